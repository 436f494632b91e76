// Package username tells a person the name that they sign in with, once they have proven who they are
// (package proof). Where everybody's is made of something they know, it says so first, and needs no proof for it.
//
// It changes nothing, and tells a stranger nothing of who has an account.
package username

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
)

//go:embed texts/*.yaml
var texts embed.FS

// New returns the flow of one organisation.
func New(d account.Desk) flows.Flow {
	u := username{d}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "username", Texts: dir, Steps: []flows.Step{
		{Name: "start", Do: u.start, On: flows.On{"rule": "rule", "unproven": "proof/", "frozen": "proof/frozen", "closed": "closed", "unregistered": "none", "next": "tell"}},
		u.asking(flows.Step{Name: "rule", Say: u.rule(), Help: "help_rule", Fill: u.made, Offer: []string{"prove"}, Yes: "prove", Take: u.takeRule, On: flows.On{"prove": "prove"}}),
		{Name: "prove", Do: u.prove, On: flows.On{"next": "start"}},
		{Name: "tell", Do: u.tell, On: flows.On{"page": "whole", "next": "told"}},
		{Name: "whole", Say: "whole", Help: "help_whole", Fill: u.Username, Form: &flows.Form{Name: "username", Title: "page_title", Intro: "page_intro", Tells: true, Submit: u.show}, Take: account.TakeOption("page_waits"), Wait: flows.ProofLife,
			Offer: []string{"new_link", "word/persona"}, On: flows.On{"new_link": "whole", "username_seen": "seen", "timeout": "proof/late"}},
		u.asking(flows.Step{Name: "told", Solves: true, Say: "told", Help: "help_told", Offers: u.locked, Fill: u.Username, Wait: flows.ProofLife, Rests: true}),
		u.asking(flows.Step{Name: "seen", Solves: true, Say: "seen", Help: "help_told", Offers: u.locked, Wait: flows.ProofLife, Rests: true}),
		{Name: "bye", Solves: true, Say: "bye", On: flows.On{"next": flows.End}},
		{Name: "none", Say: "none", Offers: u.opens, On: flows.On{"next": flows.End}},
		{Name: "closed", Say: "account_closed", On: flows.On{"next": "handoff/"}},
	}}
}

// asking makes a step ask whether that helped: if it did not, the errands follow that may.
func (u username) asking(s flows.Step) flows.Step {
	on, last := flows.On{"enough": "bye"}, "enough"
	maps.Copy(on, s.On)
	if s.Take == nil {
		s.Take, s.Yes, on["timeout"] = u.take, "enough", flows.End
	} else {
		last, on["known"] = "known", "bye"
	}
	if u.Profile.Offers(portal.Recover) {
		s.Offer, on["stuck"] = append(s.Offer, "stuck"), "recovery/"
	}
	if s.Offers != nil && u.Profile.Offers(portal.Unlock) {
		on["open"] = "unlock/"
	}
	s.Offer, s.On = append(s.Offer, last), on
	return s
}

type username struct{ account.Desk }

// typed is the identity field of the user name itself, if that is how the organisation finds people.
func (u username) typed() (portal.Field, bool) {
	for _, f := range u.Profile.Fields(portal.Recover) {
		if f.ID == "username" || len(u.Profile.Fields(portal.Recover)) == 1 && f.IsSensitive() {
			return f, true
		}
	}
	return portal.Field{}, false
}

// rule is the sentence that says of what a user name is made: the field says it of itself, or the field is it.
func (u username) rule() string {
	if f, _ := u.typed(); f.ID == "username" {
		return "rule"
	}
	return "rule_by"
}

// start tells by what rule a user name is made, where there is one, before anything is asked.
func (u username) start(ctx context.Context, t *flows.Turn) (string, error) {
	_, made := u.typed()
	switch {
	case made && t.Values["wish"] == "" && !account.Proven(t) && t.Dialog.Want == "":
		return "rule", nil
	case !account.Proven(t):
		account.Ask(t, portal.Recover, account.Code)
		return "unproven", nil
	case t.Values["closed"] != "":
		return "closed", nil
	case t.Values["unregistered"] != "":
		return "unregistered", nil
	}
	if frozen, err := u.Frozen(ctx, t); err != nil || frozen {
		return "frozen", err
	}
	return "", nil
}

// prove goes on to the proof; who answered with what is asked there is not asked again.
func (u username) prove(_ context.Context, t *flows.Turn) (string, error) {
	t.Values["wish"] = "prove"
	f, made := u.typed()
	if _, reason := f.Parse(t.Input.Text, t.Values); made && t.Input.Choice == "" && reason == "" {
		kind, words := flows.GivenNumber, strings.Fields(flows.Plain(f.Label))
		if f.Kind == portal.KindEmail {
			kind = flows.GivenEmail
		}
		t.Dialog.Given = append(slices.Clone(t.Dialog.Given), flows.Given{Kind: kind, Text: t.Input.Text, Label: words[len(words)-1]})
	}
	return "", nil
}

// made fills of what the user names here are made.
func (u username) made(t *flows.Turn) []string {
	f, _ := u.typed()
	q := f.For(t.Values)
	return []string{"label", q.Label, "where", q.Where}
}

// tell notes that the name was told, and leads to a page where it may not stand in the chat (RULES: wa.policy).
func (u username) tell(ctx context.Context, t *flows.Turn) (string, error) {
	a, err := u.Core.Account(ctx, u.Profile.ID, t.Values["account"])
	if err != nil {
		return "", fmt.Errorf("reading the account: %w", err)
	}
	t.Note(flows.Audit{What: "username_told", Account: a.ID})
	delete(t.Values, "was")
	if a.State.Locked {
		t.Values["was"] = "locked"
	}
	if u.Username(t)[1] != t.Values["username"] {
		return "page", nil
	}
	return "", nil
}

// show is the page of the whole name.
func (u username) show(_ context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	if !account.Proven(t) {
		return flows.Outcome{Event: "timeout", State: "late", Title: t.Text("page_late_title"), Text: t.Text("page_late")}, nil
	}
	return flows.Outcome{Event: "username_seen", State: "done", Title: t.Text("page_seen_title"), Text: t.Text("page_seen", "username", t.Values["username"]), Link: u.Profile.URL}, nil
}

// locked offers to open the account, if that is what stands between the person and it.
func (u username) locked(t *flows.Turn) []flows.Option {
	if t.Values["was"] != "locked" || !u.Profile.Offers(portal.Unlock) {
		return nil
	}
	return []flows.Option{{ID: "open", Label: t.Text("offer_open")}}
}

// opens is offered to whoever never opened the account: there is no name yet.
func (u username) opens(t *flows.Turn) []flows.Option {
	if !u.Profile.Offers(portal.Register) {
		return []flows.Option{{ID: "word/persona", Label: t.Text("word_persona")}}
	}
	return []flows.Option{{ID: string(portal.Register), Label: t.Text("offer_open_account")}}
}

// about is what people answer to the name, or to how names are made.
var about = intent.List(map[string][]string{
	"prove":  {"comprob*", "comprueb*", "confirm*", "revis*", "fijate", "fijese", "verific*", "check", "cual es el mio", "mi usuario", "decime", "dime", "digame", "no estoy segur*", "no se", "tampoco"},
	"stuck":  {"no puedo", "no pude", "no entra", "no entro", "no me deja", "no me dejo", "olvid* clave", "olvid* contraseña", "no se la clave", "no anda", "no funciona", "recuperar clave", "no", "cannot", "can't"},
	"open":   {"bloque*", "desbloque*", "trabad*", "unlock", "locked"},
	"enough": {"gracias", "listo", "entendi", "ya esta", "era eso", "nada mas", "ok", "ya entre", "pude", "ya pude", "si pude", "ahora si", "si", "thanks", "that is all"},
})

// takeRule takes what people answer to how names are made: the one they think is theirs is checked.
func (u username) takeRule(t *flows.Turn, in flows.Input) (string, string) {
	if f, _ := u.typed(); in.Choice == "" {
		if _, reason := f.Parse(in.Text, t.Values); reason == "" {
			return "prove", ""
		}
	}
	switch want, problem := u.take(t, in); want {
	case "enough":
		return "known", ""
	case "":
		if about.Find(in.Text) == "prove" {
			return "prove", ""
		}
		return "", problem
	default:
		return want, ""
	}
}

func (u username) take(t *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	want := about.Find(in.Text)
	switch {
	case want == "open" && u.locked(t) == nil:
		want = "stuck"
	case want == "prove":
		want = ""
	}
	if want == "" || want == "stuck" && !u.Profile.Offers(portal.Recover) {
		return "", "tap_option"
	}
	return want, ""
}
