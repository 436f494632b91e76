package contact

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/mailaddr"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// Case returns the flow of somebody who cannot read any e-mail of their account, after two agents stood for who they
// are, of whom one checked it in person (RULES: contact.change, reg.proof). The person says the new address and proves
// by a code that they read it; the addresses known before are told. Then a new password can be chosen.
func Case(d account.Desk, core Core) flows.Flow {
	c := contact{d, core}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	next := flows.End
	if d.Profile.Offers(portal.Recover) {
		next = "recovery/"
	}
	return flows.Flow{Name: "newmail", Texts: dir, Aids: map[string]flows.Aid{"new_mail": {Who: flows.Two, Able: vouchable, Do: c.vouch, Step: "start", Place: 70,
		Refuses: []string{"has_mail", "frozen", "late", "refused"}}}, Steps: []flows.Step{
		{Name: "start", Do: c.lookAt, On: flows.On{"late": "late", "proven": "save", "next": "ask"}},
		{Name: "ask", Say: "case_ask", Help: "help_case", Take: takeMail, Do: c.prove, Wait: caseLife, On: flows.On{"next": "proof/", "timeout": "late"}},
		{Name: "save", Do: c.saveCase, Acts: true, On: flows.On{"late": "late", "frozen": "proof/frozen", "refused": "refused", "next": "saved"}},
		{Name: "saved", Say: "case_saved", Fill: savedTo, On: flows.On{"next": next}},
		{Name: "late", Say: "case_late", On: flows.On{"next": "handoff/"}},
		{Name: "refused", Say: "refused", On: flows.On{"next": "handoff/"}},
	}}
}

// caseLife is for how long what two agents said counts: within it the person proves the new address.
const caseLife = 30 * time.Minute

// What the dialog remembers of the two agents' word.
const (
	vouchedFor = "vouched_for" // the account
	vouchedAt  = "vouched_at"  // since when
)

// vouchable tells whether a new address can be given: not where somebody proved the account, for that was by an address that they read.
func vouchable(_ context.Context, t *flows.Turn, c flows.Chance) (flows.Chance, error) {
	if t.About.Proven {
		c.Why = "has_mail"
	}
	return c, nil
}

// vouch notes for whom two agents stand.
func (c contact) vouch(ctx context.Context, t *flows.Turn) (string, error) {
	id := t.Act.Account
	until, err := c.Guard.Frozen(ctx, c.Subject(id))
	if err != nil || until.After(t.At) {
		return "frozen", err
	}
	for _, old := range []string{"address", "hits", "nonce", "proven_at"} {
		delete(t.Values, old)
	}
	t.Values[vouchedFor], t.Values[vouchedAt] = id, t.At.Format(time.RFC3339Nano)
	t.Dialog.Proof, t.Dialog.Path, t.Dialog.Todo = nil, nil, nil
	return "", nil
}

// vouched is the two agents' word as the core takes it, while it counts.
func vouched(t *flows.Turn) (backend.Evidence, bool) {
	at, err := time.Parse(time.RFC3339Nano, t.Values[vouchedAt])
	ok := err == nil && t.Values[vouchedFor] != "" && t.At.Before(at.Add(caseLife))
	return backend.Evidence{Account: t.Values[vouchedFor], Method: backend.MethodAgent, At: at}, ok
}

// lookAt goes on where a code came back from the address that was typed.
func (c contact) lookAt(_ context.Context, t *flows.Turn) (string, error) {
	switch _, ok := vouched(t); {
	case !ok:
		return "late", nil
	case t.Values["address"] != "" && t.Values["address"] == t.Values["case_mail"]:
		return "proven", nil
	}
	return "", nil
}

func takeMail(_ *flows.Turn, in flows.Input) (string, string) {
	a, err := mailaddr.Find(in.Text)
	if err != nil {
		return "", "case_none"
	}
	return a.String(), ""
}

// prove has a code sent to the address, and notes those that the account has.
func (c contact) prove(ctx context.Context, t *flows.Turn) (string, error) {
	a, err := c.Core.Account(ctx, c.Profile.ID, t.Values[vouchedFor])
	if err != nil {
		return "", fmt.Errorf("reading the account: %w", err)
	}
	if err := setKnown(t, a, c.maskPhone); err != nil {
		return "", err
	}
	t.Values["case_mail"] = t.Answer
	delete(t.Values, "address")
	account.Ask(t, portal.Contact, account.Address)
	return "", account.SetHits(t, []account.Hit{{Account: t.Values[vouchedFor], Address: t.Answer, New: true}})
}

// saveCase has the core write the new address, and tells those known before and after. The person reads an
// address of the account now, as a code showed, and two agents say whose it is: that proves the account.
func (c contact) saveCase(ctx context.Context, t *flows.Turn) (string, error) {
	standing, ok := vouched(t)
	at, err := time.Parse(time.RFC3339Nano, t.Values["proven_at"])
	if !ok || err != nil {
		return "late", nil
	}
	id, address := standing.Account, t.Values["address"]
	if until, err := c.Guard.Frozen(ctx, c.Subject(id)); err != nil || until.After(t.At) {
		return "frozen", err
	}
	now, err := c.Core.Account(ctx, c.Profile.ID, id)
	if err != nil {
		return "", fmt.Errorf("reading the account: %w", err)
	}
	proof := backend.Evidence{Account: id, Method: backend.MethodCode, Address: address, At: at}
	change := backend.Contact{Evidence: standing, Email: &backend.NewEmail{Email: address, Evidence: proof}}
	if was := seen(t, id); len(was) == 1 && was[0].Email != address {
		change.Email.Replaces = was[0].ID
	}
	_, err = c.core.ChangeContact(ctx, t.Op("contact"), c.Profile.ID, id, change)
	if account.Refused(err) {
		return "refused", nil
	}
	if err != nil {
		return "", fmt.Errorf("changing the address: %w", err)
	}
	return "", c.caseDone(ctx, t, flows.Proof{Account: id, Method: backend.MethodCode, Address: address, At: at}, before(t, id, account.AddressesOf(now)))
}

func (c contact) caseDone(ctx context.Context, t *flows.Turn, p flows.Proof, old []account.Hit) error {
	t.Values["account"], t.Values["what"], t.Values["saved_to"] = p.Account, email, p.Address
	if err := c.tell(ctx, t, old); err != nil {
		return err
	}
	for _, of := range []string{vouchedFor, vouchedAt, "case_mail", "address", "hits", "what", "known"} {
		delete(t.Values, of)
	}
	t.Dialog.Want = ""
	if t.At.Before(p.Ends()) {
		t.Prove(p)
	}
	return c.Enter(ctx, t, p.Account)
}

func savedTo(t *flows.Turn) []string { return []string{"to", t.Values["saved_to"]} }
