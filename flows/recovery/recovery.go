// Package recovery lets a person who forgot the password, or whose account is
// locked, choose a new password on a one-time page once they have proven who they
// are (package proof), or has the core mail them a temporary one.
package recovery

import (
	"context"
	"embed"
	"io/fs"
	"slices"

	"ventanilla/backend"
	"ventanilla/backend/mailaddr"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

//go:embed texts/*.yaml
var texts embed.FS

// Core is what recovery changes in the account system; see [backend.Client].
type Core interface {
	Reset(ctx context.Context, op, portal, account string, r backend.ResetRequest) (backend.ResetResult, error)
	Unlock(ctx context.Context, op, portal, account string, e backend.Evidence) (backend.Part, error)
}

// pageLife is how long the page of the new password stays open after the proof.
const pageLife = flows.ProofLife

// New returns the flow of one organisation.
func New(d account.Desk, core Core) flows.Flow {
	r := recovery{d, core}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	f := flows.Flow{Name: "recovery", Texts: dir, Aids: r.aids(), Moved: r.moved(),
		Always: flows.On{"password_set": "done", "password_part": "part_told", "password_failed": "failed"}}
	f.Steps = []flows.Step{{Name: "start", Do: r.start, On: flows.On{"unproven": "proof/", "unregistered": "unregistered", "closed": "closed", "unlock_left": "unlock", "next": "form"}}}
	if r.Profile.Offers(portal.Unlock) {
		f.Steps[0].On["locked"] = "unlock/ask"
	}
	switch r.Profile.Recovery {
	case portal.ByTemporary:
		f.Steps[0].On["temporary"] = "temp_lookup"
	case portal.ByLink:
		f.Steps[0].On["link"] = "link_lookup"
	}
	f.Steps = slices.Concat(f.Steps, r.temporary(), r.link(), r.choosing(), []flows.Step{{Name: "by_person", Say: "by_person", On: flows.On{"next": "start"}}})
	f.Grants, f.Asides = r.mailedPage(), r.elsewhere()
	return f
}

type recovery struct {
	account.Desk
	core Core
}

// choosing are the steps from the page to the changed password.
func (r recovery) choosing() []flows.Step {
	return []flows.Step{
		{Name: "form", Say: "open_form", Fill: pageLeft, Help: "help_form", Status: r.statusForm, Offer: []string{"new_link"}, Take: account.TakeOption("page_waits"), Wait: pageLife,
			Form: r.page(), On: flows.On{"new_link": "form", "password_set": "done", "password_part": "part_told", "password_failed": "failed", "timeout": "proof/late"}},
		{Name: "part_told", Do: r.tellPart, On: flows.On{"next": "part"}},
		{Name: "part", Say: "part", Help: "help_part", Left: "left_part", Status: statusPart, Offer: []string{"retry", "word/persona"}, Take: account.TakeOption("tap_option"), Yes: "retry",
			On: flows.On{"retry": "unlock"}},
		{Name: "unlock", Do: r.unlock, Acts: true, On: flows.On{"next": "unlocked", "again": "part_again", "late": "part_late", "frozen": "proof/frozen"}},
		{Name: "part_again", Say: "part_again", Help: "help_part", Left: "left_part", Status: statusPart, Offer: []string{"retry", "word/persona"}, Take: account.TakeOption("tap_option"), Yes: "retry", On: flows.On{"retry": "unlock"}},
		{Name: "part_late", Say: "part_late", Help: "help_part_late", Left: "left_part", Status: statusPart, Offer: []string{"resend", "word/persona"},
			Take: account.TakeAnother, Yes: "resend", On: flows.On{"resend": "proof/resend", "no_mail": "proof/no_mail"}},
		{Name: "unlocked", Solves: true, Say: "done", Offers: account.Afterwards, Fill: r.told, Do: r.tellUnlocked, On: flows.On{"next": flows.End}},
		{Name: "done", Solves: true, Say: "done", Offers: account.Afterwards, Fill: r.told, Do: r.tellChanged, On: flows.On{"next": flows.End}},
		{Name: "failed", Say: "failed", On: flows.On{"next": "handoff/"}},
		r.unregistered(),
		{Name: "closed", Say: "account_closed", On: flows.On{"next": "handoff/"}},
	}
}

// unregistered is where somebody ends who proved an account that was never opened: it is
// opened now, with what is known already, or by a person where that is not offered.
func (r recovery) unregistered() flows.Step {
	if !r.Profile.Offers(portal.Register) {
		return flows.Step{Name: "unregistered", Say: "unregistered", On: flows.On{"next": "handoff/"}}
	}
	return flows.Step{Name: "unregistered", Say: "unregistered_offer", Help: "help_unregistered", Offer: []string{"register", "word/persona", "word/menu"}, Yes: "register",
		Take: account.TakeOption("tap_option"), On: flows.On{"register": "register/"}}
}

// start looks what is known of the person, and asks for what is missing.
func (r recovery) start(ctx context.Context, t *flows.Turn) (string, error) {
	mode := r.Profile.Recovery
	byMail := mode == portal.ByTemporary || mode == portal.ByLink // what the mail brings is not typed here: who it is need only be said
	switch {
	case !account.Proven(t) && byMail && account.Needs(t) != account.Code && account.Claimed(t):
		return string(mode), nil
	case !account.Proven(t) && byMail && t.Dialog.Want == "":
		account.Ask(t, portal.Recover, account.Identity)
		return "unproven", nil
	case !account.Proven(t):
		account.Ask(t, portal.Recover, account.Code)
		return "unproven", nil
	case t.Values["unregistered"] != "":
		return "unregistered", nil
	case t.Values["closed"] != "":
		return "closed", nil
	case t.Values["part"] != "":
		return "unlock_left", nil
	case t.Values["fresh"] == "" && r.Profile.Offers(portal.Unlock):
		return r.locked(ctx, t)
	}
	return "", nil
}

// locked tells whether the account is: then its owner may still know the password, and is asked.
func (r recovery) locked(ctx context.Context, t *flows.Turn) (string, error) {
	a, err := r.Core.Account(ctx, r.Profile.ID, t.Values["account"])
	t.Values["was"] = account.Demanded(a.State)
	if err == nil && a.State.Locked && !a.State.Disabled {
		return "locked", nil
	}
	return "", err
}

// moved is where the steps went that stood here when this flow asked for the proof itself.
func (r recovery) moved() map[string]string {
	all := map[string]string{"lookup": "proof/lookup", "find": "proof/find"}
	for _, f := range r.Profile.Fields(portal.Recover) {
		all[f.ID] = "proof/" + f.ID
	}
	for _, step := range []string{"confirm", "code", "missing", "code_again", "another", "resend_spent", "code_spent", "code_expired", "which", "late"} {
		all[step] = "proof/" + step
	}
	return all
}

// told fills what is said at the end.
func (r recovery) told(t *flows.Turn) []string {
	return append(r.Username(t), account.LeftOpen(t)...)
}

func (r recovery) tellChanged(ctx context.Context, t *flows.Turn) (string, error) {
	return "", r.Tell(ctx, t, "changed", "password_set")
}

func (r recovery) tellPart(ctx context.Context, t *flows.Turn) (string, error) {
	t.Values["part"] = "1"
	return "", r.Tell(ctx, t, "part", "password_set")
}

func (r recovery) tellUnlocked(ctx context.Context, t *flows.Turn) (string, error) {
	return "", r.Tell(ctx, t, "unlocked", "unlocked")
}

// statusForm says how things stand after the proof.
func (r recovery) statusForm(_ context.Context, t *flows.Turn) error {
	address := ""
	if p := t.Dialog.Proof; p != nil {
		address = mailaddr.Mask(p.Address)
	}
	t.Say("status_form", append(pageLeft(t), "address", address)...)
	return nil
}

// pageLeft fills for how long the page of the new password can still be used.
func pageLeft(t *flows.Turn) []string {
	end := t.Dialog.Since.Add(pageLife)
	if p := t.Dialog.Proof; p != nil {
		if until := p.Ends(); until.Before(end) {
			end = until
		}
	}
	return []string{"left", account.About(t, min(max(end.Sub(t.At), 0), pageLife))}
}

func statusPart(_ context.Context, t *flows.Turn) error {
	t.Say("status_part")
	return nil
}
