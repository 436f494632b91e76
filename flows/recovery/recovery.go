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
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/natid"
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
	return flows.Flow{Name: "recovery", Texts: dir, Steps: slices.Concat(r.fields(), r.asking(), r.proving()),
		Always: flows.On{"password_set": "done", "password_part": "part_told", "password_failed": "failed", "not_me": "frozen", "stop": "stopped"},
		Grants: map[string]*flows.Form{
			"not_me": {Name: "not_me", Title: "not_me_title", Intro: "not_me_intro", Submit: r.notMe},
			"stop":   {Name: "stop", Title: "stop_title", Intro: "stop_intro", Submit: r.stop},
			"go_on":  {Name: "go_on", Title: "go_on_title", Intro: "go_on_intro", Submit: r.goOn},
		}}
}

type recovery struct{ Config }

// asking are the steps from the confirmation of who one is to the mail, by the
// organisation's mode of recovery.
func (r recovery) asking() []flows.Step {
	if r.byTemporary() {
		return r.temporary()
	}
	return []flows.Step{
		r.confirm([]string{"yes", "word/corregir"}, takeOption("confirm_again"), flows.On{"yes": "lookup"}),
		r.lookUp("lookup", aCode, flows.On{"next": "code"}),
	}
}

// confirm is "corroborá tus datos".
func (r recovery) confirm(offer []string, take flows.Take, on flows.On) flows.Step {
	return flows.Step{Name: "confirm", Say: "confirm", Help: "help_confirm", Fill: r.summary, Offer: offer, Take: take, Veiled: true, On: on}
}

// lookUp finds the accounts and sends the mail.
func (r recovery) lookUp(name, what string, on flows.On) flows.Step {
	all := flows.On{"too_many": "too_many", "too_soon": "too_soon", "resend_spent": "resend_spent"}
	maps.Copy(all, on)
	return flows.Step{Name: name, Do: r.lookup(what), Acts: true, Veiled: true, On: all}
}

// proving are the steps from the code to the changed password.
func (r recovery) proving() []flows.Step {
	return []flows.Step{
		{Name: "code", Veiled: true, Masked: true, Say: "ask_code", Help: "help_code", Fill: r.minutes, Offer: []string{"missing", "word/persona"}, Take: takeCode, Do: r.check,
			Watch: r.watchMail, Status: r.status, Again: "wrong_code", On: judged("code", nil)},
		{Name: "missing", Veiled: true, Masked: true, Say: "ask_missing", Fill: delay, Help: "help_missing", Status: r.status, Offer: []string{"resend", "no_mail", "not_mine", "have_code"}, Take: takeMissing, Do: r.check,
			On: judged("wrong", flows.On{"not_mine": "no_mail", "have_code": "code_again"})},
		{Name: "wrong", Say: "wrong_code", On: flows.On{"next": "code_again"}},
		{Name: "code_again", Veiled: true, Masked: true, Say: "ask_again", Fill: r.minutes, Offer: []string{"missing", "word/persona"}, Help: "help_code", Take: takeCode, Do: r.check,
			Watch: r.watchMail, Status: r.status, Again: "wrong_code", On: judged("code_again", nil)},
		{Name: "resend", Veiled: true, Do: r.mail, Acts: true, On: flows.On{"next": "resent", "too_soon": "too_soon", "resend_spent": "resend_spent"}},
		{Name: "resent", Say: "resent", On: flows.On{"next": "code_again"}},
		{Name: "too_soon", Say: "too_soon", Fill: r.wait, Do: usable, On: flows.On{"next": "code_again", "void": "another"}},
		{Name: "another", Say: "another", Help: "help_missing", Offer: []string{"resend", "word/persona"}, Take: takeAnother, Yes: "resend", Status: r.status,
			On: flows.On{"resend": "resend", "no_mail": "no_mail"}},
		{Name: "resend_spent", Veiled: true, Masked: true, Say: "resend_spent", Help: "help_code", Fill: r.wait, Offer: []string{"have_code", "word/persona"}, Take: takeCode, Do: r.check, Status: r.status,
			On: judged("wrong", flows.On{"have_code": "code_again"})},
		{Name: "code_spent", Say: "code_spent", Help: "help_missing", Offer: []string{"resend", "word/persona"}, Take: takeAnother, Yes: "resend", Status: r.status,
			On: flows.On{"resend": "resend", "no_mail": "no_mail"}},
		{Name: "code_expired", Say: "code_expired", Help: "help_missing", Offer: []string{"resend", "word/persona"}, Take: takeAnother, Yes: "resend", Status: r.status,
			On: flows.On{"resend": "resend", "no_mail": "no_mail"}},
		{Name: "day_spent", Say: "day_spent", On: flows.On{"next": "handoff/"}},
		{Name: "too_many", Say: "too_many", On: flows.On{"next": "handoff/"}},
		{Name: "no_mail", Say: "no_mail", On: flows.On{"next": "handoff/"}},
		{Name: "unregistered", Say: "unregistered", On: flows.On{"next": "handoff/"}},
		{Name: "which", Wait: pageLife, Say: "which", Help: "help_which", Offers: r.accounts, Take: r.takeAccount, Do: r.choose,
			On: flows.On{"unregistered": "unregistered", "unlock_left": "unlock", "timeout": "late"}},
		{Name: "form", Say: "open_form", Fill: pageLeft, Help: "help_form", Status: r.statusForm, Offer: []string{"new_link"}, Take: takeOption("page_waits"), Wait: pageLife,
			Form: r.page(), On: flows.On{"new_link": "form", "password_set": "done", "password_part": "part_told", "password_failed": "failed", "timeout": "late"}},
		{Name: "late", Say: "late", Help: "help_missing", Offer: []string{"resend", "word/persona"}, Take: takeAnother, Yes: "resend",
			On: flows.On{"resend": "resend", "no_mail": "no_mail"}},
		{Name: "part_told", Do: r.tellPart, On: flows.On{"next": "part"}},
		{Name: "part", Say: "part", Help: "help_part", Left: "left_part", Status: statusPart, Offer: []string{"retry", "word/persona"}, Take: takeOption("tap_option"), Yes: "retry",
			On: flows.On{"retry": "unlock"}},
		{Name: "unlock", Do: r.unlock, Acts: true, On: flows.On{"next": "unlocked", "again": "part_again", "late": "part_late", "frozen": "frozen"}},
		{Name: "part_again", Say: "part_again", Help: "help_part", Left: "left_part", Status: statusPart, Offer: []string{"retry", "word/persona"}, Take: takeOption("tap_option"), Yes: "retry", On: flows.On{"retry": "unlock"}},
		{Name: "part_late", Say: "part_late", Help: "help_part_late", Left: "left_part", Status: statusPart, Offer: []string{"resend", "word/persona"},
			Take: takeAnother, Yes: "resend", On: flows.On{"resend": "resend", "no_mail": "no_mail"}},
		{Name: "unlocked", Say: "done", Fill: r.account, Do: r.tellUnlocked, On: flows.On{"next": flows.End}},
		{Name: "done", Say: "done", Fill: r.account, Do: r.tellChanged, On: flows.On{"next": flows.End}},
		{Name: "failed", Say: "failed", On: flows.On{"next": "handoff/"}},
		{Name: "frozen", Say: "frozen", Do: distrust, On: flows.On{"next": "handoff/"}},
		{Name: "stopped", Say: "stopped", Do: r.block, On: flows.On{"next": flows.End}},
	}
}

// judged is where each verdict on a code leads, with what else a step may lead to.
func judged(wrong string, more flows.On) flows.On {
	on := flows.On{"wrong": wrong, "missing": "missing", "resend": "resend", "no_mail": "no_mail", "spent_code": "code_spent", "spent_day": "day_spent", "expired": "code_expired",
		"several": "which", "unregistered": "unregistered", "unlock_left": "unlock", "next": "form"}
	maps.Copy(on, more)
	return on
}

func (r recovery) byTemporary() bool { return r.Profile.Recovery == portal.ByTemporary }

// mode is the sentence as the organisation's mode of recovery says it.
func (r recovery) mode(key string) string {
	if r.byTemporary() {
		return "temp_" + key
	}
	return key
}

// asked are the fields that tell who somebody is, for this errand.
func (r recovery) asked() []portal.Field { return r.Profile.Fields(portal.Recover) }

// fields are one step for each thing the organisation asks of a person.
func (r recovery) fields() (steps []flows.Step) {
	say := "ask_field"
	if len(r.asked()) == 1 {
		say = "ask_only"
	}
	for i, f := range r.asked() {
		s := flows.Step{Name: f.ID, Say: say, Help: "help_field", Keep: true, Masked: f.IsSensitive(), Sensitive: f.IsSensitive(), Take: takeField(f), Field: pageField(f),
			Skip: func(t *flows.Turn) bool { return !f.Asked(t.Values) },
			Fill: r.fieldWords(f, i), Offers: fieldOptions(f), Show: func(t *flows.Turn) string { return f.Display(t.Values[f.ID], t.Values) },
			Mask:  func(t *flows.Turn) string { return f.Mask(t.Values[f.ID], t.Values) },
			Label: func(t *flows.Turn) string { return title(f.For(t.Values).Label) }}
		if f.Depends != "" {
			s.Needs = []string{f.Depends}
		}
		steps = append(steps, s)
	}
	return steps
}

func (r recovery) fieldWords(f portal.Field, i int) func(*flows.Turn) []string {
	total := strconv.Itoa(len(r.asked()))
	return func(t *flows.Turn) []string {
		q, intro := f.For(t.Values), ""
		if len(t.Dialog.Path) == 0 && i == 0 {
			intro = t.Text(r.mode("intro"), "total", total) + "\n\n"
		}
		return []string{"intro", intro, "ask", q.Ask, "label", q.Label, "label_up", upperFirst(q.Label), "where", q.Where, "n", strconv.Itoa(i + 1), "total", total}
	}
}

// pageField is a question as a page asks it, with where to find the answer.
func pageField(f portal.Field) func(*flows.Turn) flows.Field {
	return func(t *flows.Turn) flows.Field {
		q := f.For(t.Values)
		field := flows.Field{Name: f.ID, Label: title(q.Label), Hint: q.Where, Kind: "text", Autocomplete: "off", Optional: f.Optional, Digits: slices.Contains(ofDigits, q.Kind)}
		if q.Kind == portal.KindChoice {
			field.Kind, field.Options = "choice", fieldOptions(f)(t)
		}
		return field
	}
}

// ofDigits are the kinds of identifiers that a keyboard of digits can write.
var ofDigits = []string{"digits", "ar.dni", "ar.libreta", "ar.cuit", "ar.cbu", "ar.account", "ec.cedula", "ec.ruc"}

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
		if reason == natid.Empty && without.Find(typed) != "" {
			return "", "bad_without"
		}
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

// account fills the user name: what the person typed, or after the proof what the core says.
// One that is made of an identifier is masked where identifiers may not be shown.
func (r recovery) account(t *flows.Turn) []string {
	username := t.Values["username"]
	for _, f := range r.asked() {
		if v := t.Values[f.ID]; t.Pages && f.IsSensitive() && v != "" && strings.Contains(username, v) {
			username = f.Mask(v, t.Values)
		}
	}
	return []string{"username", username}
}

// block ends the trust in this chat: the owner of the account did not ask for
// this. If somebody here has just proven it all the same, it is frozen, too (RULES: notme).
func (r recovery) block(ctx context.Context, t *flows.Turn) (string, error) {
	if account, p := t.Values["account"], t.Dialog.Proof; p.Valid(t.At) && p.Account == account {
		if err := r.Guard.Freeze(ctx, r.subject(account), t.At.Add(r.Limits.FreezeLife)); err != nil {
			return "", fmt.Errorf("freezing: %w", err)
		}
	}
	t.Dialog.Memory.Blocked = t.At.Add(24 * time.Hour)
	return distrust(ctx, t)
}

// distrust forgets that this chat ever proved an account.
func distrust(_ context.Context, t *flows.Turn) (string, error) {
	t.Dialog.Proof, t.Dialog.Memory.Proven = nil, nil
	t.Note(flows.Audit{What: t.Input.Event, Account: t.Values["account"]})
	return "", nil
}
