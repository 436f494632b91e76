// Package mydata tells a person what is kept of them, ends the notices to this chat or
// to others, and erases what is kept (RULES: data.retention; Ley 25.326, LFPDPPP, LOPDP).
package mydata

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
)

//go:embed texts/*.yaml
var texts embed.FS

// Links are the chats that hear of an account. The store is one.
type Links interface {
	Unlink(ctx context.Context, k flows.Key, portal, account string) error
	Linked(ctx context.Context, portal, account string) ([]flows.Key, error)
}

// New returns the flow of one organisation.
func New(d account.Desk, links Links) flows.Flow {
	m := mydata{d, links}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "mydata", Texts: dir, Aids: m.aids(), Steps: []flows.Step{
		{Name: "start", Do: start, On: flows.On{"go_others": "others", "go_erase": "sure", "go_unlink": "unlink", "unproven": "proof/", "next": "what"}},
		{Name: "what", Say: "what", Help: "help", Fill: kept, Offers: offers, Take: takeWhat, Do: choose,
			On: flows.On{"go_unlink": "unlink", "unproven": "proof/", "go_others": "others", "go_erase": "sure", "next": "nothing"}},
		{Name: "unlink", Do: m.unlink, Acts: true, On: flows.On{"next": "unlinked"}},
		{Name: "unlinked", Solves: true, Say: "unlinked", On: flows.On{"next": flows.End}},
		{Name: "others", Do: m.others, Acts: true, On: flows.On{"none": "no_others", "late": "proof/late", "frozen": "proof/frozen", "next": "others_cut"}},
		{Name: "others_cut", Solves: true, Say: "others_cut", On: flows.On{"next": flows.End}},
		{Name: "no_others", Say: "no_others", On: flows.On{"next": flows.End}},
		{Name: "sure", Say: "sure", Help: "help_sure", Offer: []string{"yes", "no"}, Take: account.TakeOption("tap_option"), Do: m.erase, Acts: true,
			Wait: flows.ProofLife, On: flows.On{"no": "nothing", "timeout": "nothing", "late": "start", "next": "erased"}},
		{Name: "erased", Solves: true, Say: "erased", On: flows.On{"next": flows.End}},
		{Name: "nothing", Say: "nothing", On: flows.On{"next": flows.End}},
	}}
}

type mydata struct {
	account.Desk
	links Links
}

// wanted finds what somebody came for who says it at once.
var wanted = intent.List(map[string][]string{
	"erase":  {"borr* datos", "borr* mis datos", "borr* todo", "elimin* mis datos", "elimin* todo", "olvid* mis datos", "borr* esta charla", "borr* este chat", "borr* conversacion", "erase my data", "delete my data", "forget me"},
	"others": {"otro telefono", "otros telefonos", "otro celular", "otros chats", "otro chat", "perdi telefono", "perdi celular", "robaron celular", "robaron telefono", "other phone", "other chats"},
	"unlink": {"no me avis*", "no quiero avisos", "no mas avisos", "dej* de avisar*", "dej* de mandar*", "saca* avisos", "cort* avisos", "no me mand* mas", "stop notices"},
})

func takeWhat(t *flows.Turn, in flows.Input) (string, string) {
	want := cmp.Or(in.Choice, wanted.Find(in.Text))
	if want == "" || want == "unlink" && linked(t) == 0 {
		return "", "tap_option"
	}
	return want, ""
}

// start goes on with what took a proof, and with what the person named already.
func start(ctx context.Context, t *flows.Turn) (string, error) {
	if t.Values["heard"] == "" {
		t.Values["heard"] = "1"
		if t.Answer = wanted.Find(t.Input.Text); t.Input.Choice == "erase" {
			t.Answer = "erase"
		}
		if t.Answer == "erase" || t.Answer == "others" || t.Answer == "unlink" && linked(t) > 0 {
			return choose(ctx, t)
		}
	}
	if wish := t.Values["wish"]; wish != "" && allowed(t) {
		return "go_" + wish, nil
	}
	return "", nil
}

// allowed tells whether the person may act on what is kept. A chat that never proved an
// account holds nothing but its own words: whoever holds it may erase them.
func allowed(t *flows.Turn) bool {
	return account.Proven(t) || t.Values["wish"] == "erase" && len(t.Dialog.Memory.Proven) == 0
}

func linked(t *flows.Turn) (n int) {
	for _, until := range t.Dialog.Memory.Linked {
		if until.After(t.At) {
			n++
		}
	}
	return n
}

// kept fills what is kept.
func kept(t *flows.Turn) []string {
	key := "no_notices"
	if linked(t) > 0 {
		key = "notices"
	}
	text := t.Text(key, "n", strconv.Itoa(linked(t)))
	if t.Key.Channel == "whatsapp" { // where one word ends all messages (RULES: wa.policy)
		text += " " + t.Text("stop_word")
	}
	return []string{"notices", text}
}

func offers(t *flows.Turn) (all []flows.Option) {
	ids := []string{"others", "erase", "enough"}
	if linked(t) > 0 {
		ids = append([]string{"unlink"}, ids...)
	}
	for _, id := range ids {
		all = append(all, flows.Option{ID: id, Label: t.Text("offer_" + id)})
	}
	return all
}

// choose wants a proof where more than this chat's own notices are concerned.
func choose(_ context.Context, t *flows.Turn) (string, error) {
	switch t.Answer {
	case "others", "erase":
		if t.Values["wish"] = t.Answer; !allowed(t) {
			account.Ask(t, portal.Recover, account.Code)
			return "unproven", nil
		}
	}
	if t.Answer == "enough" {
		return "", nil
	}
	return "go_" + t.Answer, nil
}

// unlink ends the notices to this chat; no proof is needed to hear less.
func (m mydata) unlink(ctx context.Context, t *flows.Turn) (string, error) {
	for id := range t.Dialog.Memory.Linked {
		if err := m.links.Unlink(ctx, t.Key, m.Profile.ID, id); err != nil {
			return "", fmt.Errorf("unlinking: %w", err)
		}
		t.Note(flows.Audit{What: "unlinked", Account: id})
	}
	t.Dialog.Memory.Linked = nil
	return "", nil
}

// others ends the notices of the proven account to all other chats: a lost phone.
func (m mydata) others(ctx context.Context, t *flows.Turn) (string, error) {
	delete(t.Values, "wish")
	if !account.Proven(t) {
		return "late", nil
	}
	if frozen, err := m.Frozen(ctx, t); err != nil || frozen {
		return "frozen", err
	}
	n, err := m.cutOthers(ctx, t, t.Values["account"])
	if err == nil && n == 0 {
		return "none", nil
	}
	return "", err
}

// cutOthers ends the notices of an account to all chats but this one, and says how many there were.
func (m mydata) cutOthers(ctx context.Context, t *flows.Turn, id string) (n int, err error) {
	keys, err := m.links.Linked(ctx, m.Profile.ID, id)
	if err != nil {
		return 0, fmt.Errorf("reading which chats are linked: %w", err)
	}
	for _, k := range keys {
		if k == t.Key {
			continue
		}
		if err := m.links.Unlink(ctx, k, m.Profile.ID, id); err != nil {
			return 0, fmt.Errorf("unlinking: %w", err)
		}
		n++
	}
	if n == 0 {
		return 0, nil
	}
	t.Note(flows.Audit{What: "unlinked", Account: id, Detail: map[string]string{"chats": strconv.Itoa(n)}})
	return n, m.TellOf(ctx, t, id, "unlinked")
}

// erase has everything of this chat erased once the last line was delivered. What
// protects accounts stays: budgets, freezes and the audit.
func (m mydata) erase(ctx context.Context, t *flows.Turn) (string, error) {
	if !allowed(t) {
		delete(t.Values, "wish")
		return "late", nil
	}
	if _, err := m.unlink(ctx, t); err != nil {
		return "", err
	}
	t.Forget()
	return "", nil
}
