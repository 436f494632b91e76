package payslip

import (
	"encoding/json"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/period"
)

// wish is what the person wants, kept until it can be looked for: through a proof,
// or a second one that the first outlived.
type wish struct {
	Reading period.Reading `json:"r,omitzero"`
	IDs     []string       `json:"i,omitempty"` // these payslips
	Again   []named        `json:"g,omitempty"` // these once more, perhaps of several accounts
	Each    bool           `json:"e,omitempty"` // of each of the person's accounts
	Done    []string       `json:"d,omitempty"` // of Each: the accounts that had their turn
	Perhaps bool           `json:"p,omitempty"` // the sentence may mean Each
	List    bool           `json:"l,omitempty"` // a list to choose from
	From    int            `json:"f,omitempty"` // the first of the list, from the newest on
	Before  string         `json:"b,omitempty"` // the one before this
	Back    int            `json:"k,omitempty"` // so many places behind the newest: "el penúltimo"
	Other   bool           `json:"o,omitempty"` // of another account than the one that the dialog is about
	Of      string         `json:"w,omitempty"` // the words of it, which may name an account
}

func (p payslips) wish(t *flows.Turn, w wish) { put(t, "wish", w) }

// wished takes the wish out of the dialog.
func (p payslips) wished(t *flows.Turn) (w wish) {
	get(t, "wish", &w)
	delete(t.Values, "wish")
	return w
}

// named is a payslip as the dialog remembers it.
type named struct {
	ID      string `json:"i"`
	Title   string `json:"t"`
	Account string `json:"a,omitempty"` // of one that was sent; "": the dialog's
}

func naming(s backend.Payslip) named { return named{ID: s.ID, Title: account.Shortened(s.Title, 60)} }

// naming is how the dialog remembers a payslip that it sends: with its account.
func (p payslips) naming(t *flows.Turn, s backend.Payslip) named {
	n := naming(s)
	n.Account = t.Values["account"]
	return n
}

func ids(list []named) (all []string) {
	for _, n := range list {
		all = append(all, n.ID)
	}
	return all
}

// put remembers something in the dialog.
func put(t *flows.Turn, key string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		return // cannot happen: strings and numbers alone
	}
	t.Values[key] = string(b)
}

// get reads what put wrote; nothing if there is none.
func get(t *flows.Turn, key string, v any) {
	if s := t.Values[key]; s != "" {
		_ = json.Unmarshal([]byte(s), v) // written by put; what cannot be read is not there
	}
}
