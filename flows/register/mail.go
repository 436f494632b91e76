package register

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ventanilla/backend"
	"ventanilla/backend/mailaddr"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// mails are the steps in which the e-mail of the account is chosen: one that the core
// knows, from a list that shows only what its owner knows again, or a new one, typed
// twice. One that was not proven a moment ago is proven by a code.
func (r register) mails() []flows.Step {
	if !r.picks {
		return nil
	}
	on := func(more flows.On) flows.On {
		all := flows.On{"prove": "proof/", "chosen": r.after(), "new_mail": "new_mail", "timeout": "late"}
		maps.Copy(all, more)
		return all
	}
	return []flows.Step{
		{Name: "products", Say: "products", Skip: func(t *flows.Turn) bool { return t.Values["products"] == "" || t.Values["shown"] != "" }, Do: shown},
		{Name: "pick_mail", Say: r.said("pick_mail", "pick_contact"), Help: "help_pick_mail", Fill: r.stage(2), Offers: r.listed, Offer: []string{"new_mail"}, Take: takeMail, Do: r.pick, Wait: flows.ProofLife,
			On: on(flows.On{"next": "repeat_mail"})},
		{Name: "new_mail", Say: "new_mail", Help: "help_new_mail", Take: takeNew, Do: r.pick, Wait: flows.ProofLife, On: on(flows.On{"new_mail": "new_mail", "next": "repeat_mail"})},
		{Name: "repeat_mail", Say: "repeat_mail", Help: "help_repeat_mail", Offer: []string{"new_mail"}, Take: takeRepeated, Do: r.repeated, Wait: flows.ProofLife, On: on(nil)},
	}
}

// said is what is said of an e-mail: where it becomes the user name, or where it does not.
func (r register) said(name, contact string) string {
	if r.Profile.Username == portal.NamedByEmail {
		return name
	}
	return contact
}

func shown(_ context.Context, t *flows.Turn) (string, error) {
	t.Values["shown"] = "1"
	return "", nil
}

// offerMails notes what is shown of the account, now that it was proven (RULES: enum.same).
func (r register) offerMails(ctx context.Context, t *flows.Turn, a backend.Account) (string, error) {
	if chosen := t.Values["chosen"]; chosen != "" && chosen == t.Values["address"] {
		if t.Values["chosen_at"] == "" {
			t.Values["chosen_at"] = t.Values["proven_at"]
		}
		return "chosen", nil
	}
	if err := forget(t); err != nil {
		return "", err
	}
	known := []string{}
	for _, x := range a.Addresses {
		if to, err := mailaddr.Parse(x.Email); err == nil && !slices.Contains(known, to.String()) && len(known) < 8 {
			known = append(known, to.String())
		}
	}
	b, err := json.Marshal(known)
	if err != nil {
		return "", err
	}
	t.Values["mails"] = string(b)
	products, err := r.products(ctx, a.ID)
	if err != nil {
		return "", err
	}
	t.Values["products"] = list(t, products)
	return "", nil
}

// listLength keeps the list of products within a message (RULES: talk.size).
const listLength = 350

func list(t *flows.Turn, products []backend.Product) string {
	lines := []string{}
	for i, p := range products {
		line := "• " + p.Title
		if p.Number != "" {
			line += ", " + p.Number
		}
		if len([]rune(strings.Join(append(lines, line), "\n"))) > listLength {
			return strings.Join(append(lines, t.Text("products_more", "n", strconv.Itoa(len(products)-i))), "\n")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// knownMails are the addresses noted by offerMails.
func knownMails(t *flows.Turn) (all []string) {
	if json.Unmarshal([]byte(t.Values["mails"]), &all) != nil {
		return nil // written by offerMails; without it there is nothing to choose among
	}
	return all
}

func (r register) listed(t *flows.Turn) (all []flows.Option) {
	for i, address := range knownMails(t) {
		all = append(all, flows.Option{ID: "mail-" + strconv.Itoa(i), Label: mailaddr.Mask(address)})
	}
	return all
}

// takeMail takes one of the list, or an address that is typed at once.
func takeMail(t *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	return wanted(in.Text)
}

// wanted is the address in a sentence, or the wish for another than those offered.
func wanted(typed string) (string, string) {
	address, problem := typedMail(typed)
	if problem == "no_mail_found" && account.AboutMail.Find(typed) == "no_mail" {
		return "new_mail", ""
	}
	return address, problem
}

func takeNew(_ *flows.Turn, in flows.Input) (string, string) { return typedMail(in.Text) }

func typedMail(typed string) (string, string) {
	a, err := mailaddr.Find(typed)
	switch {
	case err == nil:
		return a.String(), ""
	case errors.Is(err, mailaddr.ErrNone):
		return "", "no_mail_found"
	case errors.Is(err, mailaddr.ErrMany):
		return "", "many_mails"
	}
	return "", "bad_mail"
}

// takeRepeated wants the new address a second time, as it was typed the first.
func takeRepeated(t *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	address, problem := wanted(in.Text)
	if problem == "" && address != "new_mail" && address != t.Values["new_mail"] {
		return "", "mails_differ"
	}
	return address, problem
}

// pick chooses an address: a known one at once, another when it was repeated.
func (r register) pick(_ context.Context, t *flows.Turn) (string, error) {
	known := knownMails(t)
	address := t.Answer
	if n, ok := strings.CutPrefix(t.Answer, "mail-"); ok {
		i, err := strconv.Atoi(n)
		if err != nil || i < 0 || i >= len(known) {
			return "", fmt.Errorf("choosing e-mail %q of %d", t.Answer, len(known))
		}
		address = known[i]
	}
	if !slices.Contains(known, address) {
		t.Values["new_mail"] = address
		return "", nil
	}
	return r.choose(t, address, false)
}

func (r register) repeated(_ context.Context, t *flows.Turn) (string, error) {
	return r.choose(t, t.Answer, true)
}

// choose goes on with an address, after a code to it unless that is what proved the account.
func (r register) choose(t *flows.Turn, address string, isNew bool) (string, error) {
	t.Values["chosen"] = address
	delete(t.Values, "chosen_at")
	if account.Proven(t) && t.Dialog.Proof.Address == address {
		t.Values["address"] = address
		return "chosen", nil
	}
	delete(t.Values, "address")
	account.Ask(t, portal.Register, account.Address)
	return "prove", account.SetHits(t, []account.Hit{{Account: t.Values["account"], Address: address, New: isNew}})
}

// forgetMail has the e-mail chosen again.
func forgetMail(_ context.Context, t *flows.Turn) (string, error) { return "", forget(t) }

func forget(t *flows.Turn) error {
	for _, of := range []string{"chosen", "chosen_at", "address", "new_mail"} {
		delete(t.Values, of)
	}
	return account.SetHits(t, nil)
}
