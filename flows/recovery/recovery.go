// Package recovery lets a person who forgot the password, or whose account is
// locked, prove who they are by a code sent to an address the core knows, and
// choose a new password on a one-time page.
//
// Until the code arrives, whoever exists hears exactly what whoever does not
// exist hears. Nothing about an account changes before the proof.
package recovery

import (
	"context"
	"embed"
	"io/fs"
	"strconv"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
)

//go:embed texts/*.yaml
var texts embed.FS

// Core is what recovery asks of the account system; see [backend.Client].
type Core interface {
	Identify(ctx context.Context, portal string, fields map[string]string) ([]backend.Candidate, error)
	Account(ctx context.Context, portal, account string) (backend.Account, error)
	Capabilities(ctx context.Context, portal string) (backend.Capabilities, error)
	Reset(ctx context.Context, op, portal, account string, r backend.ResetRequest) (backend.ResetResult, error)
	Unlock(ctx context.Context, op, portal, account string, e backend.Evidence) (backend.Part, error)
}

// Config is what the flow stands on.
type Config struct {
	Profile  portal.Profile
	Core     Core
	Guard    flows.Guard
	Codes    flows.Codes
	Limits   flows.Limits
	MailDown func() bool // whether mails are not going out right now, for anybody
}

// mailLife is how long a code's mail is worth sending: afterwards the dialog has closed.
const mailLife = 25 * time.Minute

// pageLife is how long the page of the new password stays open after the proof.
const pageLife = flows.ProofLife

// New returns the flow of one organisation: its identity fields first, then the
// same for all.
func New(c Config) flows.Flow {
	r := recovery{c}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "recovery", Texts: dir, Steps: append(r.fields(), r.steps()...),
		Always: flows.On{"password_set": "done", "password_part": "part", "password_failed": "failed", "not_me": "frozen", "stop": "stopped"},
		Grants: map[string]*flows.Form{
			"not_me": {Name: "not_me", Title: "not_me_title", Intro: "not_me_intro", Submit: r.notMe},
			"stop":   {Name: "stop", Title: "stop_title", Intro: "stop_intro", Submit: r.stop},
			"go_on":  {Name: "go_on", Title: "go_on_title", Intro: "go_on_intro", Submit: r.goOn},
		}}
}

type recovery struct{ Config }

func (r recovery) steps() []flows.Step {
	return []flows.Step{
		{Name: "confirm", Say: "confirm", Help: "help_confirm", Fill: r.summary, Offer: []string{"yes", "word/corregir"}, Take: takeOption("confirm_again"),
			Veiled: true, On: flows.On{"yes": "lookup"}},
		{Name: "lookup", Do: r.lookup, Acts: true, Veiled: true,
			On: flows.On{"next": "code", "too_many": "too_many", "resend_spent": "resend_spent"}},
		{Name: "code", Say: "ask_code", Help: "help_code", Fill: r.minutes, Offer: []string{"missing", "word/persona"}, Take: takeCode, Do: r.check,
			Watch: r.watchMail, Status: r.status, Again: "wrong_code",
			On: flows.On{"wrong": "code", "spent_code": "code_spent", "spent_day": "day_spent", "expired": "code_expired", "missing": "missing",
				"several": "which", "unregistered": "unregistered", "next": "form"}},
		{Name: "missing", Say: "ask_missing", Help: "help_missing", Status: r.status, Offer: []string{"resend", "no_mail", "not_mine", "have_code"}, Take: r.takeMissing, Do: r.check,
			On: flows.On{"resend": "resend", "no_mail": "no_mail", "not_mine": "no_mail", "have_code": "code_again", "wrong": "code_again",
				"spent_code": "code_spent", "spent_day": "day_spent", "expired": "code_expired", "several": "which", "unregistered": "unregistered", "next": "form"}},
		{Name: "code_again", Say: "ask_again", Fill: r.minutes, Offer: []string{"missing", "word/persona"}, Help: "help_code", Take: takeCode, Do: r.check,
			Watch: r.watchMail, Status: r.status, Again: "wrong_code",
			On: flows.On{"wrong": "code_again", "spent_code": "code_spent", "spent_day": "day_spent", "expired": "code_expired", "missing": "missing",
				"several": "which", "unregistered": "unregistered", "next": "form"}},
		{Name: "resend", Do: r.resend, Acts: true, On: flows.On{"next": "resent", "too_soon": "too_soon", "resend_spent": "resend_spent"}},
		{Name: "resent", Say: "resent", On: flows.On{"next": "code_again"}},
		{Name: "too_soon", Say: "too_soon", Fill: r.wait, On: flows.On{"next": "code_again"}},
		{Name: "resend_spent", Say: "resend_spent", Help: "help_code", Fill: r.wait, Offer: []string{"have_code", "word/persona"}, Take: takeCode, Do: r.check, Status: r.status,
			On: flows.On{"have_code": "code_again", "wrong": "code_again", "spent_code": "code_spent", "spent_day": "day_spent", "expired": "code_expired",
				"several": "which", "unregistered": "unregistered", "next": "form"}},
		{Name: "code_spent", Say: "code_spent", Help: "help_missing", Offer: []string{"resend", "word/persona"}, Take: takeOption("tap_option"), Status: r.status,
			On: flows.On{"resend": "resend"}},
		{Name: "code_expired", Say: "code_expired", Help: "help_missing", Offer: []string{"resend", "word/persona"}, Take: takeOption("tap_option"), Status: r.status,
			On: flows.On{"resend": "resend"}},
		{Name: "day_spent", Say: "day_spent", On: flows.On{"next": "handoff/"}},
		{Name: "too_many", Say: "too_many", On: flows.On{"next": "handoff/"}},
		{Name: "no_mail", Say: "no_mail", On: flows.On{"next": "handoff/"}},
		{Name: "unregistered", Say: "unregistered", On: flows.On{"next": "handoff/"}},
		{Name: "which", Say: "which", Help: "help_which", Offers: r.accounts, Take: r.takeAccount, Do: r.choose,
			On: flows.On{"unregistered": "unregistered"}},
		{Name: "form", Say: "open_form", Help: "help_form", Offer: []string{"new_link"}, Take: takeOption("page_waits"), Wait: pageLife,
			Form: r.page(), On: flows.On{"new_link": "form", "password_set": "done", "password_part": "part", "password_failed": "failed", "timeout": "late"}},
		{Name: "late", Say: "late", Help: "help_missing", Offer: []string{"resend", "word/persona"}, Take: takeOption("tap_option"),
			On: flows.On{"resend": "resend"}},
		{Name: "part", Say: "part", Help: "help_part", Offer: []string{"retry", "word/persona"}, Take: takeOption("tap_option"),
			On: flows.On{"retry": "unlock"}},
		{Name: "unlock", Do: r.unlock, Acts: true, On: flows.On{"next": "done", "again": "part_again"}},
		{Name: "part_again", Say: "part_again", Help: "help_part", Offer: []string{"retry", "word/persona"}, Take: takeOption("tap_option"), On: flows.On{"retry": "unlock"}},
		{Name: "done", Say: "done", Fill: r.account, Do: r.tellOwner, On: flows.On{"next": flows.End}},
		{Name: "failed", Say: "failed", On: flows.On{"next": "handoff/"}},
		{Name: "frozen", Say: "frozen", On: flows.On{"next": "handoff/"}},
		{Name: "stopped", Say: "stopped", Do: block, On: flows.On{"next": flows.End}},
	}
}

// fields are one step for each thing the organisation asks of a person.
func (r recovery) fields() (steps []flows.Step) {
	for i, f := range r.Profile.Identity {
		s := flows.Step{Name: f.ID, Say: "ask_field", Help: "help_field", Keep: true, Masked: f.IsSensitive(), Take: takeField(f),
			Fill: r.fieldWords(f, i), Offers: fieldOptions(f), Show: func(t *flows.Turn) string { return f.Display(t.Values[f.ID], t.Values) },
			Label: func(t *flows.Turn) string { return f.For(t.Values).Label }}
		if f.Depends != "" {
			s.Needs = []string{f.Depends}
		}
		steps = append(steps, s)
	}
	return steps
}

func (r recovery) fieldWords(f portal.Field, i int) func(*flows.Turn) []string {
	return func(t *flows.Turn) []string {
		q := f.For(t.Values)
		return []string{"ask", q.Ask, "label", q.Label, "label_up", upperFirst(q.Label), "where", q.Where, "n", strconv.Itoa(i + 1), "total", strconv.Itoa(len(r.Profile.Identity))}
	}
}

func fieldOptions(f portal.Field) func(*flows.Turn) []flows.Option {
	return func(t *flows.Turn) (all []flows.Option) {
		for _, o := range f.For(t.Values).Options {
			all = append(all, flows.Option{ID: o.ID, Label: o.Label})
		}
		return all
	}
}

func takeField(f portal.Field) flows.Take {
	return func(t *flows.Turn, in flows.Input) (string, string) {
		typed := in.Text
		if in.Choice != "" {
			typed = in.Choice
		}
		value, reason := f.Parse(typed, t.Values)
		if reason != "" {
			return "", "bad_" + string(reason)
		}
		return value, ""
	}
}

// takeOption takes one of the step's options; anything else is refused with a text.
func takeOption(otherwise string) flows.Take {
	return func(_ *flows.Turn, in flows.Input) (string, string) {
		if in.Choice == "" {
			return "", otherwise
		}
		return in.Choice, ""
	}
}

// account fills what may be said of the account after the proof.
func (r recovery) account(t *flows.Turn) []string {
	return []string{"username", t.Values["username"]}
}

// block ends the trust in this chat: the owner of the account did not ask for this (RULES: notme).
func block(_ context.Context, t *flows.Turn) (string, error) {
	t.Dialog.Memory.Blocked = t.At.Add(24 * time.Hour)
	return "", nil
}
