// Package register opens the account of a person whom the organisation knows and
// who never opened it: the terms, who they are, an address that proves it, what the
// portal wants to know beside, and a password on the one-time page.
//
// Personal data and a newly typed e-mail never open an account (RULES: reg.proof):
// what counts is a code to an address that the core knew already, the key of an
// invitation, or that nobody whom the core knows said no for 72 hours. Until one of them came, whoever exists hears what whoever does not
// exist hears.
package register

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

//go:embed texts/*.yaml
var texts embed.FS

// Core is what registering asks of the account system; see [backend.Client].
type Core interface {
	Invitation(ctx context.Context, portal, key string) (backend.Invitation, error)
	Products(ctx context.Context, portal, account string) ([]backend.Product, error)
	Register(ctx context.Context, op, portal string, r backend.Registration) (backend.RegisterResult, error)
}

// pageLife is how long the page of the password stays open.
const pageLife = flows.ProofLife

// New returns the flow of one organisation: what its profile does not ask is not in it.
func New(d account.Desk, core Core) flows.Flow {
	r := newRegister(d, core)
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	f := flows.Flow{Name: "register", Texts: dir, Always: flows.On{"account_opened": "done", "account_waits": "waits", "register_failed": "failed", "register_known": "known"},
		Steps: slices.Concat(r.beginning(), r.invited(), r.trusting(), r.looking(), r.mails(), r.given(), r.opening(), r.ending())}
	if r.Profile.Trust == portal.TrustData {
		f.Asides = map[string]flows.Aside{ready: r.isReady}
		f.Grants = map[string]*flows.Form{"stop_data": {Name: "stop_data", Title: "stop_data_title", Intro: "stop_data_intro", Submit: r.stopData}}
	}
	return f
}

type register struct {
	account.Desk
	core  Core
	key   portal.Field   // the key of an invitation; without an id if there is no such door
	asks  []portal.Field // what becomes contact data, without the e-mail
	picks bool           // the person chooses an e-mail
}

func newRegister(d account.Desk, core Core) register {
	r := register{Desk: d, core: core, picks: d.Profile.Username == portal.NamedByEmail}
	for _, f := range d.Profile.Fields(portal.Register) {
		if f.Kind == portal.KindInvitation {
			r.key = f
		}
	}
	for _, f := range d.Profile.Given(portal.Register) {
		if f.Saves == portal.SavesEmail {
			r.picks = true
		} else {
			r.asks = append(r.asks, f)
		}
	}
	return r
}

// beginning are the gate and the terms.
func (r register) beginning() []flows.Step {
	start := flows.Step{Name: "start", Do: r.start, On: flows.On{"unproven": "proof/", "next": "look"}}
	if r.key.ID != "" {
		start.On["invited"] = "invite"
	}
	if r.onlyInvited() {
		start.On["no_key"] = "no_key"
	}
	if r.Profile.Trust == portal.TrustData {
		start.On["data_mail"], start.On["data_wait"] = "data_mail", "data_wait"
	}
	if !r.Profile.Terms.Asked() {
		return []flows.Step{start}
	}
	start.On["terms"] = "terms"
	terms := flows.Step{Name: "terms", Say: "terms", Help: "help_terms", Fill: r.terms, Offer: []string{"accept", "decline"}, Yes: "accept", Take: takeTerms, Do: r.accept,
		On: flows.On{"decline": "declined", "read": "terms_read", "next": "start"}}
	read := flows.Step{Name: "terms_read", Say: "terms_read", Fill: r.terms, On: flows.On{"next": "terms"}}
	declined := terms
	declined.Name, declined.Say, declined.Offer, declined.On = "declined", "declined", []string{"accept", "word/persona", "word/menu"}, flows.On{"decline": "declined", "read": "terms_read", "next": "start"}
	return []flows.Step{start, terms, read, declined}
}

// looking is where everybody arrives who proved who they are.
func (r register) looking() []flows.Step {
	return []flows.Step{{Name: "look", Do: r.look,
		On: flows.On{"known": "known", "waits": "still_waits", "closed": "closed", "frozen": "proof/frozen", "late": "late", "chosen": r.after()}}}
}

// after is the first step behind the choice of an e-mail.
func (r register) after() string {
	switch {
	case len(r.asks) > 0:
		return r.asks[0].ID
	case r.picks:
		return "review"
	}
	return "form"
}

// opening are the review and the page.
func (r register) opening() (steps []flows.Step) {
	if r.picks || len(r.asks) > 0 {
		review := flows.Step{Name: "review", Say: "review", Help: "help_review", Fill: r.summary, Offer: []string{"yes"}, Take: r.takeReview, Wait: pageLife,
			On: flows.On{"timeout": "late", "next": "form"}}
		if len(r.asks) > 0 {
			review.Offer = append(review.Offer, "word/corregir")
		}
		if r.picks {
			review.Offer, review.On["pick"] = append(review.Offer, "pick"), "pick_mail"
		}
		steps = append(steps, review)
	}
	form := flows.Step{Name: "form", Say: "open_form", Fill: r.formWords, Help: "help_form", Status: r.statusForm, Offer: []string{"new_link"}, Take: account.TakeOption("page_waits"), Wait: pageLife,
		Form: r.page(), On: flows.On{"new_link": "form", "account_opened": "done", "account_waits": "waits", "register_failed": "failed", "register_known": "known", "timeout": "late"}}
	if r.picks {
		form.On["taken"] = "taken"
		steps = append(steps, flows.Step{Name: "taken", Say: "taken", Do: forgetMail, On: flows.On{"next": "pick_mail"}})
	}
	return append(steps, form)
}

// ending are the ways out.
func (r register) ending() []flows.Step {
	known := flows.Step{Name: "known", Say: "known", Help: "help_known", Offer: []string{"recover", "word/persona", "word/menu"}, Take: account.TakeOption("tap_option"), Yes: "recover", Do: r.known,
		On: flows.On{"next": "handoff/"}}
	if r.Profile.Offers(portal.Recover) {
		known.On["next"] = "recovery/"
	}
	steps := []flows.Step{
		known,
		{Name: "late", Say: "late", Help: "help_late", Offer: []string{"again", "word/persona"}, Take: account.TakeOption("tap_option"), Yes: "again", Do: forgetMail, On: flows.On{"next": "start"}},
		{Name: "done", Solves: true, Say: "done", Offers: account.Notices, Fill: r.username, Do: r.tell, On: flows.On{"next": flows.End}},
		{Name: "waits", Solves: true, Say: "waits", Fill: r.username, Do: r.tell, On: flows.On{"next": flows.End}},
		{Name: "still_waits", Say: "waits", Fill: r.username, On: flows.On{"next": flows.End}},
		{Name: "closed", Say: "closed", On: flows.On{"next": "handoff/"}},
		{Name: "failed", Say: "failed", On: flows.On{"next": "handoff/"}},
	}
	if r.onlyInvited() {
		steps = append(steps, flows.Step{Name: "no_key", Say: "no_key", On: flows.On{"next": "handoff/"}})
	}
	return steps
}

// username fills the user name; where it may not stand in the chat, the page has shown it.
func (r register) username(t *flows.Turn) []string {
	fill := r.Username(t)
	if fill[1] != t.Values["username"] {
		fill[1] = t.Text("seen_on_page", "masked", fill[1])
	}
	return fill
}

// onlyInvited tells that the organisation opens accounts to nobody without a key.
func (r register) onlyInvited() bool { return r.Profile.Trust == portal.TrustInvitation }

// start looks what is known of the person, and asks for what is missing.
func (r register) start(_ context.Context, t *flows.Turn) (string, error) {
	account.Ask(t, portal.Register, account.Code)
	switch {
	case r.Profile.Terms.Asked() && t.Values["accepted"] != r.Profile.Terms.Version:
		return "terms", nil
	case r.proven(t):
		return "", nil
	case t.Values["by_data"] != "":
		return r.onData(t), nil
	case (r.key.ID != "" || r.awaited(t)) && !account.Claimed(t): // the key may spare the code, and so may the time that went by
		account.Ask(t, portal.Register, account.Identity)
	case r.key.ID != "" && t.Values[r.key.ID] != "":
		return "invited", nil
	case r.awaited(t):
		t.Values["by_data"] = "1"
		return r.onData(t), nil
	case r.onlyInvited():
		return "no_key", nil
	}
	return "unproven", nil
}

// proven tells whether the account was proven a short while ago, by a code, by an invitation or by waiting.
func (r register) proven(t *flows.Turn) bool {
	_, invited := r.holdsKey(t)
	_, waited := r.hasWaited(t)
	return invited || waited || account.Proven(t)
}

// look reads the account: whether it can be opened, and what its owner is shown now.
func (r register) look(ctx context.Context, t *flows.Turn) (string, error) {
	if frozen, err := r.Frozen(ctx, t); err != nil || frozen {
		return "frozen", err
	}
	if !r.proven(t) { // the code for another address took too long
		return "late", nil
	}
	a, err := r.Core.Account(ctx, r.Profile.ID, t.Values["account"])
	if err != nil {
		return "", fmt.Errorf("reading the account: %w", err)
	}
	t.Values["username"] = a.Username
	switch {
	case a.State.Disabled:
		return "closed", nil
	case a.State.Registered && a.State.OpensAt.After(t.At):
		t.Values["opens"] = r.day(a.State.OpensAt)
		return "waits", nil
	case a.State.Registered:
		return "known", nil
	case !r.picks:
		return "", nil
	}
	return r.offerMails(ctx, t, a)
}

// day writes a moment as people there say it.
func (r register) day(at time.Time) string {
	return at.In(r.Profile.Location()).Format("2/1/2006 15:04")
}

// known leads the owner of an open account to recovery. Who came by a key has to say
// there who they are; who proved the account keeps proof and identity.
func (r register) known(ctx context.Context, t *flows.Turn) (string, error) {
	if account.Proven(t) { // it may have been opened meanwhile
		return "", r.Enter(ctx, t, t.Values["account"])
	}
	for _, of := range []string{"account", "claimed", "invited_at", "waited_at", "by_data", "username"} {
		delete(t.Values, of)
	}
	t.Dialog.Want = ""
	return "", nil
}

// tell notes what was opened, and tells everybody (RULES: notify.all).
func (r register) tell(ctx context.Context, t *flows.Turn) (string, error) {
	t.Dialog.Memory.Awaited = time.Time{}
	t.Note(flows.Audit{What: "registered", Account: t.Values["account"], Detail: map[string]string{"method": t.Values["method"], "terms": t.Values["accepted"]}})
	return "", r.Tell(ctx, t, "registered")
}
