// Package change lets a person who knows the current password choose another one, on a
// one-time page. Whose account it is need only be said (package proof): the current
// password is the proof. Whoever does not know it is led to recovery, with what is known of them.
//
// A person whom nobody knows gets the same page and the same refusal as somebody
// who typed a wrong current password (RULES: enum.same). Nothing that is typed stays here.
package change

import (
	"context"
	"embed"
	"io/fs"
	"slices"

	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
)

//go:embed texts/*.yaml
var texts embed.FS

// Core is what this errand changes in the account system; see [backend.Client].
type Core interface {
	Change(ctx context.Context, op, portal, account string, current, password secret.Text) error
}

// pageLife is how long the page stays open.
const pageLife = flows.ProofLife

// New returns the flow of one organisation.
func New(d account.Desk, core Core) flows.Flow {
	c := change{d, core}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "change", Texts: dir, Steps: slices.Concat(c.choosing(), c.otherwise(), c.ending()), Always: flows.On{"password_changed": "done"}}
}

type change struct {
	account.Desk
	core Core
}

// choosing are the steps to the page.
func (c change) choosing() []flows.Step {
	offer := []string{"forgot", "word/persona"}
	return []flows.Step{
		{Name: "start", Do: c.start, On: flows.On{"unproven": "proof/", "too_many": "proof/too_many", "unregistered": c.elsewhere(), "reset": "reset", "next": "form"}},
		{Name: "form", Say: "open_form", Fill: pageLeft, Help: "help_form", Status: status, Offer: []string{"new_link", "forgot"}, Take: takePage("page_waits"), Wait: pageLife, Form: c.page(),
			On: flows.On{"new_link": "form", "forgot": "forgot", "stuck": "doubt", "password_changed": "done", "change_wrong": "missed", "change_spent": "used_up", "change_locked": "locked", "timeout": "late"}},
		{Name: "late", Say: "late", Help: "help_wrong", Guarded: true, Offer: append([]string{"new_link"}, offer...), Yes: "new_link", Take: takePage("tap_option"),
			On: flows.On{"new_link": "form", "forgot": "forgot", "stuck": "doubt"}},
	}
}

// otherwise are the steps of who does not know the current password, or only thinks so.
func (c change) otherwise() []flows.Step {
	onward := flows.On{"by_code": "by_code", "forgot": "by_code", "stuck": "by_code", "retry": "form"}
	ask := func(name string, offer ...string) flows.Step {
		return flows.Step{Name: name, Say: name, Help: "help_wrong", Guarded: true, Offer: append(offer, "word/persona"), Yes: "by_code", Take: takePage("tap_option"), On: onward}
	}
	steps := []flows.Step{
		{Name: "doubt", Do: known, On: flows.On{"known": "reset", "next": "stuck"}},
		ask("stuck", "by_code", "retry"),
		{Name: "missed", Do: c.warn, On: flows.On{"known": "reset", "next": "wrong"}},
		ask("wrong", "by_code", "retry"),
		{Name: "used_up", Do: c.warn, On: flows.On{"known": "reset", "next": "spent"}},
		ask("spent", "by_code"),
		ask("locked", "open"),
	}
	last := &steps[len(steps)-1]
	last.Yes, last.On = "open", flows.On{"open": "open", "forgot": "by_code", "stuck": "by_code"}
	return append(steps,
		flows.Step{Name: "open", Do: knows, On: flows.On{"next": c.opens()}},
		flows.Step{Name: "reset", Say: "reset", On: flows.On{"next": "by_code"}},
		flows.Step{Name: "by_code", Do: c.recover(account.Code), On: flows.On{"next": c.elsewhere()}},
		flows.Step{Name: "forgot", Do: c.recover(c.modest()), On: flows.On{"next": c.elsewhere()}},
	)
}

func (c change) ending() []flows.Step {
	return []flows.Step{
		{Name: "done", Solves: true, Say: "done", Offers: account.Afterwards, Fill: c.told, Do: c.tell, On: flows.On{"next": flows.End}},
	}
}

// start looks what is known of the person, and asks for what is missing.
func (c change) start(ctx context.Context, t *flows.Turn) (string, error) {
	switch {
	case account.Proven(t) && t.Values["unregistered"] != "":
		return "unregistered", nil
	case account.Proven(t):
		return c.proven(ctx, t)
	case !account.Claimed(t):
		account.Ask(t, portal.Change, account.Identity)
		return "unproven", nil
	}
	left, err := c.Guard.Spend(ctx, account.Chat(t), c.Limits.Starts, c.Identity(t))
	if err == nil && !left.OK && !t.Dialog.Proof.Valid(t.At) {
		return "too_many", nil
	}
	return "", err
}

// proven recognises an account that was reset a while ago: its current password is
// one that nobody chose, and that people rarely find (a mail, the user name).
func (c change) proven(ctx context.Context, t *flows.Turn) (string, error) {
	a, err := c.Core.Account(ctx, c.Profile.ID, t.Values["account"])
	if err == nil && a.State.MustChange && c.Profile.Offers(portal.Recover) {
		return "reset", nil
	}
	return "", err
}

// known tells whether there is a proof: then nobody needs the current password.
func known(_ context.Context, t *flows.Turn) (string, error) {
	if account.Proven(t) {
		return "known", nil
	}
	return "", nil
}

// recover goes on with a recovery, which finds the identity as it was given here
// (RULES: pw.current).
func (c change) recover(need account.Need) flows.Do {
	return func(_ context.Context, t *flows.Turn) (string, error) {
		account.Ask(t, portal.Recover, need)
		t.Values["fresh"] = "1"
		for _, f := range c.Fields(t) {
			if f.Asked(t.Values) && !f.Optional && t.Values[f.ID] == "" {
				delete(t.Values, "claimed") // recovering asks for more than changing did
			}
		}
		return "", nil
	}
}

// modest is what a forgotten password needs: where a mail brings a temporary one or a link, no code.
func (c change) modest() account.Need {
	if c.Profile.Recovery == portal.ByCode {
		return account.Code
	}
	return account.Identity
}

// knows notes that the password is known, so that nobody asks.
func knows(_ context.Context, t *flows.Turn) (string, error) {
	t.Values["knows"] = "1"
	return "", nil
}

// opens is where an account is unlocked whose password is known.
func (c change) opens() string {
	if c.Profile.Offers(portal.Unlock) {
		return "unlock/"
	}
	return "by_code"
}

// elsewhere is where people go who do not know the current password.
func (c change) elsewhere() string {
	if c.Profile.Offers(portal.Recover) {
		return "recovery/"
	}
	return "handoff/"
}

// said is what people write instead of going to the page.
var said = intent.List(map[string][]string{
	"forgot": {
		"olvid*", "no me acuerdo", "no recuerdo", "no la se", "no se cual", "no se mi", "no se la", "no la tengo", "no tengo", "perdi", "la perdi", "sin la actual", "ni idea", "cual es mi clave",
		"cual es mi contraseña", "forgot", "do not know", "do not remember",
	},
	"stuck": {
		"incorrect*", "equivocad*", "invalid*", "no coincid*", "no la acepta", "no acepta", "no me la acepta", "no la toma", "no me la toma", "no toma", "no me toma", "no anda", "no me anda", "no funciona",
		"no sirve", "no me deja", "no deja", "rechaza*", "no es la actual", "no reconoc*", "da error", "sale error", "tira error", "un error", "pongo usuario", "wrong", "does not work", "not accept*",
	},
})

// takePage takes an option, or what people say about the current password.
func takePage(otherwise string) flows.Take {
	return func(t *flows.Turn, in flows.Input) (string, string) {
		want := in.Choice
		if want == "" {
			want = said.Find(in.Text)
		}
		if want == "" {
			return "", otherwise
		}
		return want, ""
	}
}

// pageLeft fills for how long the page can still be used.
func pageLeft(t *flows.Turn) []string {
	return []string{"left", account.About(t, min(max(t.Dialog.Since.Add(pageLife).Sub(t.At), 0), pageLife))}
}

func status(_ context.Context, t *flows.Turn) error {
	t.Say("status_form", pageLeft(t)...)
	return nil
}
