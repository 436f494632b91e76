// Package contact lets a person who has proven an account change what the
// organisation knows of them: e-mail, phone, postal address, name.
//
// A new e-mail counts only once a code sent to it came back, and the old one is told
// (RULES: contact.change).
package contact

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ventanilla/backend"
	"ventanilla/backend/mailaddr"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

//go:embed texts/*.yaml
var texts embed.FS

// Core is what the errand changes in the account system; see [backend.Client].
type Core interface {
	ChangeContact(ctx context.Context, op, portal, account string, k backend.Contact) (backend.Account, error)
}

// New returns the flow of one organisation.
func New(d account.Desk, core Core) flows.Flow {
	c := contact{d, core}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "contact", Texts: dir, Steps: slices.Concat(c.choosing(), c.fields(), c.saving())}
}

type contact struct {
	account.Desk
	core Core
}

// The things that can be changed; the parts of a postal address are one.
const (
	email  = "email"
	phone  = "phone"
	name   = "name"
	postal = "postal"
)

// thing is what a field belongs to.
func thing(p portal.Part) string {
	switch p {
	case portal.SavesEmail, portal.SavesPhone, portal.SavesName:
		return string(p)
	default:
		return postal
	}
}

// things are what the organisation lets people change, in the order of its fields.
func (c contact) things() (all []string) {
	for _, f := range c.Profile.Given(portal.Contact) {
		if s := thing(f.Saves); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func (c contact) choosing() []flows.Step {
	return []flows.Step{
		{Name: "start", Do: c.start, On: flows.On{"unproven": "proof/", "frozen": "proof/frozen", "proven": "save", "next": "look"}},
		{Name: "look", Do: c.look},
		{Name: "what", Say: "what", Help: "help_what", Offer: c.things(), Take: c.takeThing, Early: c.thingTold, Keep: true, Label: c.labelled("label_what"), Show: c.label, Wait: flows.ProofLife,
			On: flows.On{"timeout": "proof/late"}},
		{Name: "which", Say: "which", Help: "help_which", Skip: c.single, Offers: known, Offer: []string{"add"}, Take: account.TakeOption("tap_option"), Keep: true,
			Needs: []string{"what"}, Label: c.labelled("label_which"), Show: c.replaced, Wait: flows.ProofLife, On: flows.On{"timeout": "proof/late"}},
	}
}

// fields are the organisation's questions, of which those of the chosen thing are asked.
func (c contact) fields() (steps []flows.Step) {
	for _, f := range c.Profile.Given(portal.Contact) {
		s := account.FieldStep(f)
		s.Say, s.Field, s.Masked = "ask_field", nil, false
		s.Fill, s.Take, s.Do, s.On = c.words(f), c.takeField(f, s.Take), c.beside(f, s.Take), flows.On{elsewhere: "noted"}
		s.Skip = func(t *flows.Turn) bool { return t.Values["what"] != thing(f.Saves) || !f.Asked(t.Values) }
		s.Needs = append(s.Needs, "what")
		steps = append(steps, s)
	}
	return steps
}

func (c contact) saving() []flows.Step {
	return []flows.Step{
		{Name: "confirm", Say: "confirm", Help: "help_confirm", Fill: c.summary, Offer: []string{"yes", "word/corregir"}, Take: c.unless(account.TakeOption("confirm_again")), Do: c.confirmed,
			Wait: flows.ProofLife, On: flows.On{elsewhere: "noted", "email": "proof/", "known": "known", "timeout": "proof/late", "next": "save"}},
		{Name: "known", Say: "known", On: flows.On{"next": "what"}},
		{Name: "noted", Do: c.noted, On: flows.On{"next": "what"}},
		{Name: "save", Do: c.save, Acts: true, On: flows.On{"late": "proof/late", "frozen": "proof/frozen", "refused": "refused", "more": "saved_more", "over": "saved_over", "next": "saved"}},
		{Name: "saved_more", Solves: true, Say: "saved", Fill: c.summary, Do: c.next, On: flows.On{"next": "look"}},
		{Name: "saved_over", Solves: true, Say: "saved", Fill: c.summary, On: flows.On{"next": flows.End}},
		{Name: "saved", Solves: true, Say: "saved", Help: "help_saved", Fill: c.summary, Offers: c.after, Offer: []string{"done"}, Take: c.takeMore, Do: c.another, Wait: flows.ProofLife, Rests: true,
			On: flows.On{"done": "bye", "link": "notices/", "timeout": flows.End, "next": "start"}},
		{Name: "bye", Say: "bye", On: flows.On{"next": flows.End}},
		{Name: "refused", Say: "refused", On: flows.On{"next": "handoff/"}},
	}
}

// start wants a fresh proof of the account, whatever was proven of this chat before (RULES: link.chat).
func (c contact) start(ctx context.Context, t *flows.Turn) (string, error) {
	if !account.Proven(t) {
		account.Ask(t, portal.Contact, account.Code)
		return "unproven", nil
	}
	if frozen, err := c.Frozen(ctx, t); err != nil || frozen {
		return "frozen", err
	}
	if t.Values["address"] != "" && t.Values["address"] == c.typed(t, portal.SavesEmail) {
		return "proven", nil
	}
	if account.Needs(t) == account.Address { // it is another one
		c.forget(t, portal.SavesEmail)
		account.Ask(t, portal.Contact, account.Code)
	}
	t.Dialog.Redo = t.Values["what"] != "" // what was answered before the proof lapsed
	return "", nil
}

// look notes what the core knows now, masked.
func (c contact) look(ctx context.Context, t *flows.Turn) (string, error) {
	a, err := c.Core.Account(ctx, c.Profile.ID, t.Values["account"])
	if err != nil {
		return "", fmt.Errorf("reading the account: %w", err)
	}
	lines := []string{}
	note := func(what, shown string) { lines = append(lines, "• "+t.Text("offer_"+what)+": "+shown) }
	for _, x := range a.Addresses {
		note(email, mailaddr.Mask(x.Email))
	}
	for _, x := range a.Phones {
		note(phone, c.maskPhone(x.Number))
	}
	if a.Postal.City != "" {
		note(postal, a.Postal.City)
	}
	if said := c.mentioned(t.Told(flows.GivenWish)); len(said) > 1 {
		t.Values["todo_next"] = strings.Join(said[1:], " ")
	}
	t.Values["current"] = t.Text("current_none")
	if len(lines) > 0 {
		t.Values["current"] = strings.Join(lines, "\n")
	}
	return "", setKnown(t, a, c.maskPhone)
}

func (c contact) maskPhone(number string) string {
	for _, f := range c.Profile.Given(portal.Contact) {
		if f.Saves == portal.SavesPhone {
			return f.Mask(number, nil)
		}
	}
	return "•••" + number[max(0, len(number)-3):]
}

// confirmed has a new e-mail proven first; one that is there already changes nothing.
func (c contact) confirmed(ctx context.Context, t *flows.Turn) (string, error) {
	if t.Values["what"] != email {
		return "", nil
	}
	address := c.typed(t, portal.SavesEmail)
	hits, err := c.Addresses(ctx, t.Values["account"])
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(hits, func(h account.Hit) bool { return h.Address == address }) {
		for _, again := range []string{"what", "which"} {
			delete(t.Values, again)
		}
		return "known", nil
	}
	delete(t.Values, "address")
	account.Ask(t, portal.Contact, account.Address)
	return "email", account.SetHits(t, []account.Hit{{Account: t.Values["account"], Address: address, New: true}})
}

// typed is the answer to the field that becomes a part of the contact data.
func (c contact) typed(t *flows.Turn, part portal.Part) string {
	for _, f := range c.Profile.Given(portal.Contact) {
		if f.Saves == part {
			return t.Values[f.ID]
		}
	}
	return ""
}

// forget takes back what was typed for a part.
func (c contact) forget(t *flows.Turn, part portal.Part) {
	for _, f := range c.Profile.Given(portal.Contact) {
		if f.Saves == part {
			delete(t.Values, f.ID)
		}
	}
}

// save asks the core for the change, and tells every address known before and after (RULES: notify.all).
func (c contact) save(ctx context.Context, t *flows.Turn) (string, error) {
	if !account.Proven(t) { // a code to the account again, not to the new address
		account.Ask(t, portal.Contact, account.Code)
		return "late", account.SetHits(t, nil)
	}
	if frozen, err := c.Frozen(ctx, t); err != nil || frozen {
		return "frozen", err
	}
	now, err := c.Addresses(ctx, t.Values["account"])
	if err != nil {
		return "", err
	}
	change, err := c.change(ctx, t)
	if err != nil {
		return "", err
	}
	_, err = c.core.ChangeContact(ctx, t.Op("contact"), c.Profile.ID, t.Values["account"], change)
	if account.Refused(err) {
		return "refused", nil
	}
	if err != nil {
		return "", fmt.Errorf("changing contact data: %w", err)
	}
	if change.Email != nil { // the one proven before may be gone
		p := *t.Dialog.Proof // a copy: a turn that fails leaves the dialog as it was
		p.Address, t.Dialog.Proof = change.Email.Email, &p
	}
	return c.onward(t), c.tell(ctx, t, before(t, t.Values["account"], now))
}

// onward is where it goes on once a thing is saved: to what else was to be changed, to what else was asked for, or to whatever comes.
func (c contact) onward(t *flows.Turn) string {
	switch {
	case t.Values["todo_next"] != "":
		return "more"
	case len(t.Dialog.Todo) > 0 || t.Dialog.Parked != nil:
		return "over"
	}
	return ""
}

// tell writes to the addresses of before and after and to the linked chats, and notes what was changed.
func (c contact) tell(ctx context.Context, t *flows.Turn, before []account.Hit) error {
	t.Note(flows.Audit{What: "contact_changed", Account: t.Values["account"], Detail: map[string]string{"what": t.Values["what"]}})
	after, err := c.Addresses(ctx, t.Values["account"])
	if err != nil {
		return fmt.Errorf("reading whom to tell: %w", err)
	}
	t.Values["changed"] = t.Text("offer_" + t.Values["what"])
	told := []string{}
	for _, h := range append(before, after...) {
		if !slices.Contains(told, h.Address) {
			t.Send(c.Letter(t, h, "contact", c.Grant(t, h, "not_me", account.NoticeLife)))
			told = append(told, h.Address)
		}
	}
	t.Send(c.Word(t, t.Values["account"], after, "contact"))
	return nil
}
