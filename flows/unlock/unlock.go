// Package unlock opens an account that too many wrong tries locked, and leaves its password
// as it is, for who still knows it. Who it is must be proven by a code (package proof). Whoever
// does not know the password is led to recovery, which asks nothing again.
package unlock

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
)

//go:embed texts/*.yaml
var texts embed.FS

// Core is what this errand changes in the account system; see [backend.Client].
type Core interface {
	Unlock(ctx context.Context, op, portal, account string, e backend.Evidence) (backend.Part, error)
}

// New returns the flow of one organisation.
func New(d account.Desk, core Core) flows.Flow {
	u := unlock{d, core}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "unlock", Texts: dir, Aids: u.aids(), Steps: slices.Concat(u.opening(), u.otherwise(), u.ending())}
}

type unlock struct {
	account.Desk
	core Core
}

// question makes a step ask something that a proof is behind.
func question(s flows.Step) flows.Step {
	s.Take, s.Guarded, s.Wait = takeAnswer(understood[s.Name]), true, flows.ProofLife
	s.On["timeout"] = "late"
	return s
}

// opening are the steps to the open account.
func (u unlock) opening() []flows.Step {
	return []flows.Step{
		{Name: "start", Do: u.start, On: flows.On{"unproven": "proof/", "unregistered": u.elsewhere(), "shut": "shut", "expired": "expired", "must_change": "must_change", "free": "free", "known": "unlock", "next": "ask"}},
		question(flows.Step{Name: "ask", Say: "ask", Help: "help_ask", Offer: []string{"know", "new", "word/persona"}, Yes: "know", On: flows.On{"know": "unlock", "new": "new"}}),
		{Name: "unlock", Do: u.unlock, Acts: true, On: flows.On{"next": "done", "again": "again", "late": "late", "frozen": "proof/frozen", "used_up": "spent", "shut": "shut"}},
		question(flows.Step{Name: "again", Say: "again", Help: "help_again", Left: "left", Offer: []string{"retry", "choose", "word/persona"}, Yes: "retry",
			On: flows.On{"retry": "unlock", "know": "unlock", "new": "new", "choose": "new"}}),
		{Name: "late", Say: "late", Help: "help_again", Left: "left", Offer: []string{"resend", "word/persona"}, Take: account.TakeAnother, Yes: "resend",
			On: flows.On{"resend": "proof/resend", "no_mail": "proof/no_mail"}},
	}
}

// otherwise are the steps of who needs something else than an open lock.
func (u unlock) otherwise() []flows.Step {
	renew := "new"
	if u.Profile.Offers(portal.Change) {
		renew = "change/"
	}
	return []flows.Step{
		question(flows.Step{Name: "spent", Say: "spent", Help: "help_new", Offer: []string{"choose", "word/persona"}, Yes: "choose", On: flows.On{"choose": "new", "new": "new"}}),
		question(flows.Step{Name: "free", Say: "free", Help: "help_new", Offer: []string{"choose", "another", "fine", "word/persona"}, Yes: "choose", On: flows.On{"choose": "new", "new": "new", "another": "another", "know": "fine", "fine": "fine"}}),
		question(flows.Step{Name: "expired", Say: "expired", Help: "help_new", Offer: []string{"renew", "new", "word/persona"}, Yes: "renew", On: flows.On{"renew": renew, "know": renew, "new": "new"}}),
		question(flows.Step{Name: "must_change", Say: "must_change", Help: "help_new", Offer: []string{"choose", "word/persona"}, Yes: "choose", On: flows.On{"choose": "new", "new": "new", "know": "new"}}),
		{Name: "another", Do: u.another, On: flows.On{"which": "proof/which", "next": "proof/" + u.first()}},
		{Name: "new", Do: anew, On: flows.On{"next": u.elsewhere()}},
		{Name: "fine", Solves: true, Say: "fine", On: flows.On{"next": flows.End}},
	}
}

// first is the question with which it begins who somebody is.
func (u unlock) first() string {
	for _, f := range u.Profile.Fields(portal.Unlock) {
		return f.ID
	}
	return "" // an organisation that does not offer this asks nothing
}

func (u unlock) ending() []flows.Step {
	return []flows.Step{
		{Name: "shut", Say: "account_closed", On: flows.On{"next": "handoff/"}},
		{Name: "done", Solves: true, Say: "done", Fill: u.told, Offers: account.Notices, Do: u.tell, On: flows.On{"next": flows.End}},
	}
}

// elsewhere is where people go who need another password.
func (u unlock) elsewhere() string {
	if u.Profile.Offers(portal.Recover) {
		return "recovery/"
	}
	return "handoff/"
}

// start looks what is known of the person, and what stands between them and their account.
func (u unlock) start(ctx context.Context, t *flows.Turn) (string, error) {
	switch {
	case !account.Proven(t):
		account.Ask(t, portal.Unlock, account.Code)
		return "unproven", nil
	case t.Values["unregistered"] != "":
		return "unregistered", nil
	}
	a, err := u.Core.Account(ctx, u.Profile.ID, t.Values["account"])
	if err != nil {
		return "", fmt.Errorf("reading the account: %w", err)
	}
	t.Values["was"] = account.Demanded(a.State)
	if knowing.Find(t.Told(flows.GivenWish)) == "know" {
		t.Values["knows"] = "1"
	}
	switch {
	case a.State.Disabled:
		return "shut", nil
	case a.State.Locked && t.Values["knows"] != "":
		return "known", nil
	case a.State.Locked:
		return "", nil
	case t.Values["knows"] != "":
		if ours, err := u.openedByThis(ctx, t); err != nil || ours {
			return "known", err
		}
	}
	return cmp.Or(t.Values["was"], "free"), nil
}

// openedByThis tells whether this very turn unlocked the account when it ran before and could not be saved: the core
// then answers the same key as it did. Who owns the account has not been told of it yet.
func (u unlock) openedByThis(ctx context.Context, t *flows.Turn) (bool, error) {
	if frozen, err := u.Frozen(ctx, t); err != nil || frozen {
		return false, err
	}
	part, err := u.core.Unlock(ctx, t.Op("unlock"), u.Profile.ID, t.Values["account"], account.Evidence(t))
	if err != nil && !account.Refused(err) {
		return false, fmt.Errorf("unlocking: %w", err)
	}
	return err == nil && part.Outcome == backend.Done, nil
}

// another goes to another account of the person: one that the same mail proved, if there is one, or else who they are is asked anew.
func (u unlock) another(ctx context.Context, t *flows.Turn) (string, error) {
	hits, err := account.Hits(t)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(hits, func(h account.Hit) bool { return h.Account != t.Values["account"] }) && t.Values["proven_at"] != "" && account.AllMine(t, hits) {
		return "which", nil
	}
	if err := u.Answered(ctx, t); err != nil {
		return "", err
	}
	for _, f := range u.Fields(t) {
		delete(t.Values, f.ID)
	}
	for _, old := range []string{"account", "claimed", "username", "counted_as", "was"} {
		delete(t.Values, old)
	}
	t.Dialog.Path, t.Dialog.Redo, t.Dialog.Given = nil, false, nil
	account.Ask(t, portal.Unlock, account.Code)
	return "", account.SetHits(t, nil)
}

// anew goes on with another password; recovery need not ask whether the old one is known.
func anew(_ context.Context, t *flows.Turn) (string, error) {
	account.Ask(t, portal.Recover, account.Code)
	t.Values["fresh"] = "1"
	return "", nil
}

// unlock opens the account. What was missing is asked for again under another key, and counts
// once in the day's budget (RULES: unlock.day).
func (u unlock) unlock(ctx context.Context, t *flows.Turn) (string, error) {
	if !account.Proven(t) {
		return "late", nil
	}
	if frozen, err := u.Frozen(ctx, t); err != nil || frozen {
		return "frozen", err
	}
	if t.Values["counted_as"] == "" {
		t.Values["counted_as"] = t.Op("unlock")
	}
	left, err := u.Guard.Spend(ctx, u.Subject(t.Values["account"]), u.Limits.Unlocks, t.Values["counted_as"])
	if err != nil {
		return "", err
	}
	if !left.OK {
		return "used_up", nil
	}
	part, err := u.core.Unlock(ctx, t.Op("unlock"), u.Profile.ID, t.Values["account"], account.Evidence(t))
	if account.Refused(err) {
		return "shut", nil
	}
	if err != nil {
		return "", fmt.Errorf("unlocking: %w", err)
	}
	if part.Outcome == backend.Failed {
		return "again", nil
	}
	return "", nil
}

// tell writes to every address of the account (RULES: notify.all).
func (u unlock) tell(ctx context.Context, t *flows.Turn) (string, error) {
	return "", u.Tell(ctx, t, "unlocked", "unlocked")
}

// told fills the user name, and what the portal will ask for yet.
func (u unlock) told(t *flows.Turn) []string {
	then := ""
	if t.Values["was"] != "" {
		then = " " + t.Text("then_"+t.Values["was"])
	}
	return append(u.Username(t), "then", then)
}

// knowing is how people say from the start that they know their password, or that they do not.
var knowing = intent.List(map[string][]string{
	"know": {"se la clave", "se mi clave", "se la contraseña", "se mi contraseña", "recuerdo la clave", "recuerdo mi clave", "recuerdo la contraseña", "recuerdo mi contraseña", "me acuerdo la clave", "me acuerdo de la clave", "me acuerdo de mi clave", "la clave la se", "la clave la tengo", "clave si la se", "solo desbloque*", "solamente desbloque*", "i know my password", "i know the password"},
	"new": {"no se la clave", "no se mi clave", "no se la contraseña", "no se mi contraseña", "no recuerdo la clave", "no recuerdo mi clave", "no recuerdo la contraseña", "no recuerdo mi contraseña", "no me acuerdo la clave", "no me acuerdo de la clave", "no me acuerdo de mi clave", "olvid*",
		"creo que se la clave", "creo que me acuerdo de la clave", "creo que recuerdo la clave", "no se si", "no estoy segur*"},
})

// said is how people answer whether they know their password.
var said = intent.List(map[string][]string{
	"know": {"me acuerdo", "la recuerdo", "la se", "se mi clave", "se mi contraseña", "se la clave", "se la contraseña", "la tengo", "solo desbloque*", "desbloque*", "destrab*", "i know", "i remember", "just unlock", "unlock"},
	"new": {
		"no", "no me acuerdo", "no recuerdo", "no la recuerdo", "no la se", "no se mi clave", "no se la clave", "no se", "no la tengo", "olvid*", "me olvid*", "nueva", "otra clave", "otra contraseña", "quiero otra", "cambiar*",
		"no estoy segur*", "ni idea", "creo que no", "forgot", "new one", "do not know",
	},
	"retry":   {"probar", "proba", "otra vez", "de nuevo", "reintent*", "try again", "again"},
	"another": {"otra cuenta", "es otra", "la otra", "el otro", "otro usuario", "no es esa", "esa no", "no es esa cuenta", "another account", "other one"},
	"fine":    {"gracias", "listo", "ya entre", "ya pude", "esta bien", "thanks"},
	"renew":   {"renovar*", "la cambio", "cambiarla"},
})

// takeAnswer takes an option, or words that mean one of the step's events.
func takeAnswer(events []string) flows.Take {
	return func(_ *flows.Turn, in flows.Input) (string, string) {
		if in.Choice != "" {
			return in.Choice, ""
		}
		want := said.Find(in.Text)
		if want == "" || !slices.Contains(events, want) {
			return "", "tap_option"
		}
		return want, ""
	}
}

// understood are the words that mean something at each question.
var understood = map[string][]string{
	"ask": {"know", "new"}, "again": {"retry", "know", "new"}, "spent": {"new"}, "free": {"new", "fine", "know", "another"}, "expired": {"renew", "know", "new"}, "must_change": {"new", "know"},
}
