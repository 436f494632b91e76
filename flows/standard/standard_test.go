package standard_test

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"ventanilla/backend"
	"ventanilla/backend/natid"
	"ventanilla/backend/password"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/flowtest/town"
	"ventanilla/flows/standard"
	"ventanilla/flows/text"
)

var locales = slices.Clip(portal.Locales)

type noCore struct{ standard.Core }

func (noCore) Identify(context.Context, string, map[string]string) ([]backend.Candidate, error) {
	return nil, nil
}
func (noCore) Account(context.Context, string, string) (backend.Account, error) {
	return backend.Account{}, nil
}
func (noCore) Capabilities(context.Context, string) (backend.Capabilities, error) {
	return backend.Capabilities{}, nil
}
func (noCore) Reset(context.Context, string, string, string, backend.ResetRequest) (backend.ResetResult, error) {
	return backend.ResetResult{}, nil
}
func (noCore) Unlock(context.Context, string, string, string, backend.Evidence) (backend.Part, error) {
	return backend.Part{}, nil
}

func deps() standard.Deps {
	return standard.Deps{Core: noCore{}, Links: &town.Links{}, Line: &town.Line{}, Codes: flows.Codes{Key: secret.Text(strings.Repeat("k", 32))}, Limits: flows.DefaultLimits(),
		MailDown: func() bool { return false }, PublicURL: "https://bot.example.org", Now: time.Now, Random: func(n int) string { return strings.Repeat("0", 2*n) }}
}

func profile(t testing.TB, locale string) portal.Profile {
	t.Helper()
	all, err := portal.Builtin()
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	p := all[slices.IndexFunc(all, func(p portal.Profile) bool { return p.ID == "mseg" })]
	p.Locale = locale
	return p
}

func catalogue(t *testing.T, locale string) (*text.Catalogue, portal.Profile) {
	t.Helper()
	p := profile(t, locale)
	all, err := standard.Flows(p, deps())
	if err != nil {
		t.Fatal(err)
	}
	c, err := standard.Texts(p, deps(), all)
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

func TestTheEngineIsWholeInEveryLanguageAndForEveryProfile(t *testing.T) {
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		for _, locale := range append(locales, p.Locale) {
			p.Locale = locale
			if _, err := standard.New(p, deps()); err != nil {
				t.Errorf("%s in %s: %v", p.ID, locale, err)
			}
		}
	}
}

func TestEveryLanguageSaysTheSameThings(t *testing.T) {
	es, _ := catalogue(t, "es")
	for _, locale := range locales {
		c, _ := catalogue(t, locale)
		for _, key := range es.Keys() {
			if !slices.Contains(c.Keys(), key) {
				t.Errorf("%s does not say %s", locale, key)
			}
		}
		for _, key := range c.Keys() {
			if !slices.Contains(es.Keys(), key) {
				t.Errorf("only %s says %s", locale, key)
			}
			flow, name, _ := strings.Cut(key, ".")
			a, _ := es.Text(flow, name, nil)
			b, _ := c.Text(flow, name, nil)
			if got, want := placeholders(b), placeholders(a); !slices.Equal(got, want) {
				t.Errorf("%s: %s is filled with %v, in es with %v", locale, key, got, want)
			}
		}
	}
}

var placeholder = regexp.MustCompile(`\{[a-z_]*\}`)

func placeholders(s string) []string {
	found := placeholder.FindAllString(s, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// dynamic are the sentences that are looked up by a name that comes from elsewhere.
func dynamic() (keys []string) {
	for _, r := range []natid.Reason{natid.Empty, natid.Many, natid.Length, natid.Format, natid.Prefix, natid.Part, natid.Date, natid.Year, natid.Checksum, natid.Unknown} {
		keys = append(keys, "common.bad_"+string(r), "common.bad_"+string(r)+".2")
	}
	for _, c := range []password.Code{password.Short, password.Long, password.Unreadable, password.Blank, password.Common, password.Repeated, password.Sequence, password.Owner,
		password.Portal, password.NoUpper, password.NoLower, password.NoDigit, password.NoSymbol, password.Forbidden, password.NotASCII, password.Username} {
		keys = append(keys, "common.pw_"+string(c))
	}
	for _, c := range []password.Code{password.Short, password.Long, password.NoUpper, password.NoLower, password.NoDigit, password.NoSymbol, password.Forbidden, password.NotASCII, password.Username} {
		keys = append(keys, "common.rule_"+string(c))
	}
	for _, r := range []backend.Rule{backend.MinLength, backend.MaxLength, backend.Upper, backend.Lower, backend.Digit, backend.Symbol, backend.Forbidden, backend.Username, backend.Reused, backend.Common} {
		keys = append(keys, "common.core_"+string(r))
	}
	for _, k := range []flows.Kind{flows.Audio, flows.Photo, flows.Sticker, flows.Location, flows.Contact, flows.Document, flows.Video, flows.Edited, flows.Other} {
		keys = append(keys, "common.kind_"+string(k))
	}
	for _, m := range []string{"common.mail_code", "common.mail_address", "common.mail_limit", "common.mail_tries", "common.mail_frozen", "common.mail_temporary", "common.mail_unopened", "common.mail_closed", "common.mail_unregistered", "register.mail_registered",
		"recovery.mail_changed", "recovery.mail_part", "common.mail_unlocked"} {
		keys = append(keys, m, m+"_subject")
	}
	for _, k := range []string{"not_me", "stop", "go_on"} {
		keys = append(keys, "common.link_"+k, "proof.act_"+k, "proof."+k+"_title", "proof."+k+"_intro", "proof."+k+"_done", "proof."+k+"_done_title")
	}
	for d := range 7 {
		keys = append(keys, fmt.Sprint("handoff.day_", d))
	}
	// RULES: talk.tries. A refusal has two wordings.
	for _, k := range []string{"common.bad_email", "common.bad_emails", "common.bad_words", "common.bad_size", "proof.code_form", "proof.wrong_code", "common.tap_option", "common.code_void", "proof.confirm_again", "recovery.page_waits", "common.bad_without",
		"proof.no_hurry", "recovery.temp_wait", "register.terms_again", "register.wrong_key", "register.review_again", "register.page_waits", "register.no_mail_found", "register.many_mails",
		"register.bad_mail", "register.mails_differ", "menu.not_understood", "handoff.noted", "common.unfixed"} {
		keys = append(keys, k, k+".2")
	}
	for flow, names := range map[string]string{
		"common": "if_known questions_n core_other no_sender tries again_now again_in minutes_n seconds_n span mail_slow mail_back mail_takes mail_still pw_differ pw_repeat mail_lost temp_mail_lost temp_again_now temp_again_in",
		"proof":  "status_none status_code status_void status_slow ask_field step",
		"register": "proof_intro terms_at products_more mail_label contact_label name_empty name_length name_letters name_taken or page_late page_late_title page_failed page_failed_title page_frozen page_done " +
			"page_done_title page_waits_title page_waits_text page_taken page_known page_known_title status_form",
		"recovery": "core_unsaved status_form status_part page_done page_done_title page_part page_part_title page_failed page_failed_title page_late page_late_title page_frozen " +
			"proof_intro proof_intro_temp temp_yours temp_status temp_status_none temp_status_slow",
	} {
		for _, k := range strings.Fields(names) {
			keys = append(keys, flow+"."+k)
		}
	}
	return keys
}

func TestSentencesLookedUpByNameExist(t *testing.T) {
	for _, locale := range locales {
		c, _ := catalogue(t, locale)
		for _, key := range dynamic() {
			flow, name, _ := strings.Cut(key, ".")
			if flow == "common" {
				flow = ""
			}
			if s, ok := c.Text(flow, name, nil); !ok || s == "" {
				t.Errorf("%s: %s is missing", locale, key)
			}
		}
	}
}

// values are the longest that a sentence can plausibly be filled with.
func values(p portal.Profile, f portal.Field) map[string]string {
	summary := []string{}
	for _, f := range p.Fields(portal.Recover) {
		summary = append(summary, "• "+strings.TrimPrefix(f.Label, "tu ")+": "+strings.Repeat("9", 28))
	}
	q := f.Question
	for answer := range f.Cases {
		if c := f.For(map[string]string{f.Depends: answer}); len(c.Where) > len(q.Where) {
			q = c
		}
	}
	return map[string]string{"questions": "10 preguntas cortas", "ask": q.Ask, "label_up": q.Label, "where": q.Where, "n": "5", "total": "10", "summary": strings.Join(summary, "\n"), "intro": "", "step": "Paso 5 de 10.", "label": q.Label,
		"wait": "14 minutos y 59 segundos", "at": "23:59", "asked": "23:59:59", "left": "14 minutos y 59 segundos", "tries": "te quedan 5 intentos", "again": "Podés pedir otro en 14 minutos y 59 segundos.",
		"address": "j•••e@e•••.example", "username": strings.Repeat("u", 40), "case": "V123456", "when": "el miércoles 31/12 a las 08:00", "day": "miércoles", "date": "31/12/2026", "time": "08:00",
		"value": strings.Repeat("9", 30), "errand": "recuperar tu cuenta", "chars": "<>&\"'", "channel": "WhatsApp", "sender": strings.Repeat("n", 40), "label_x": "", "until": "31/12/2026",
		"minutes": "14 minutos", "seconds": "59 segundos", "delay": strings.Repeat("x", 120), "code": "1234 5678", "pin": "1234", "temporary": strings.Repeat("x", 14), "fields": labels(p)}
}

// labels are those of all fields, as a page's question lists them.
func labels(p portal.Profile) string {
	lines := []string{}
	for _, f := range p.Fields(portal.Recover) {
		lines = append(lines, "• "+strings.TrimPrefix(f.Label, "tu "))
	}
	return strings.Join(lines, "\n")
}

// RULES: talk.size
func TestNoSentenceIsLongerThanFiveHundredCharacters(t *testing.T) {
	for _, locale := range locales {
		c, p := catalogue(t, locale)
		for _, f := range p.Identity {
			v := values(p, f)
			say := func(flow, key string) string {
				s, _ := c.Text(flow, key, v)
				return placeholder.ReplaceAllString(s, strings.Repeat("x", 30)) // what is not in values is no longer than that
			}
			for _, key := range c.Keys() {
				flow, name, _ := strings.Cut(key, ".")
				if n := len([]rune(say(flow, name))); n > 500 && !strings.HasPrefix(name, "mail_") {
					t.Errorf("%s: %s has %d characters", locale, key, n)
				}
			}
			refused := map[string]string{"bad_length": "help_field", "bad_without": "help_field", "bad_unknown": "help_field", "wrong_code": "help_code", "code_form": "help_code",
				"confirm_again": "help_confirm", "tap_option": "help_missing", "page_waits": "help_form", "ask_missing": "help_missing"}
			for reason, help := range refused { // the third time, both are said
				flow := map[bool]string{true: "recovery", false: "proof"}[reason == "page_waits"]
				s := say(flow, reason)
				if s == "" {
					s = say("", reason)
				}
				h := say(flow, help)
				if h == "" {
					h = say("", help)
				}
				if h == "" {
					t.Errorf("%s: %s.%s is missing", locale, flow, help)
				} else if !strings.Contains(s, h) {
					s += "\n\n" + h
				}
				if n := len([]rune(s)); n > 500 {
					t.Errorf("%s: %s with %s has %d characters", locale, reason, help, n)
				}
			}
			for _, first := range []string{"back_to", "proof_intro", "fields_noted"} {
				flow := map[string]string{"back_to": "", "proof_intro": "recovery", "fields_noted": ""}[first]
				for _, question := range []string{"ask_field", "fields_ask"} {
					if n := len([]rune(say(flow, first) + " " + say("", "fields_delete") + "\n\n" + say("proof", question))); n > 500 {
						t.Errorf("%s: %s with %s has %d characters", locale, first, question, n)
					}
				}
			}
			if n := len([]rune(say("", "fields_wait") + "\n\n" + say("", "fields_help"))); n > 500 {
				t.Errorf("%s: the third refusal at a page of fields has %d characters", locale, n)
			}
		}
	}
}

// Voseo in es-AR, tuteo in the others, never both.
func TestEachRegionKeepsItsVoice(t *testing.T) {
	tu := regexp.MustCompile(`(?i)(^|[^\pL])(tú|eres|puedes|tienes|quieres|necesitas|escribe|toca|elige|fíjate|revisa|mándame|dime|prueba|pon|vuelve|sigues|crees)($|[^\pL])`)
	vos := regexp.MustCompile(`(?i)(^|[^\pL])(vos|sos|podés|tenés|querés|necesitás|tocá|elegí|fijate|revisá|mandame|decime|probá|poné|volvé|usá|seguís|creés|esperá|acá)($|[^\pL])`)
	for _, locale := range locales {
		c, _ := catalogue(t, locale)
		wrong := map[string]*regexp.Regexp{"es-AR": tu, "es": vos, "es-MX": vos, "es-EC": vos}[locale]
		if wrong == nil {
			continue
		}
		for _, key := range c.Keys() {
			flow, name, _ := strings.Cut(key, ".")
			if s, _ := c.Text(flow, name, nil); wrong.MatchString(s) {
				t.Errorf("%s: %s says %q in %q", locale, key, wrong.FindString(s), s)
			}
		}
	}
}

// What the errands share must not speak in the engine's place, nor the other way about:
// both are found from every flow.
func TestSharedSentencesHaveNamesOfTheirOwn(t *testing.T) {
	keys := func(folder fs.FS) map[string]any {
		b, err := fs.ReadFile(folder, "es.yaml")
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]any{}
		if err := yaml.Unmarshal(b, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	engine := keys(flows.Common())
	for key := range keys(account.Texts()) {
		if _, ok := engine[key]; ok {
			t.Errorf("the engine and package account both have a sentence %q", key)
		}
	}
}

// Between two things that a sentence may mean the person chooses by their names, so each has one.
func TestWhatSomebodyCanAskForHasAName(t *testing.T) {
	for _, locale := range locales {
		p := profile(t, locale)
		all, err := standard.Flows(p, deps())
		if err != nil {
			t.Fatal(err)
		}
		texts, err := standard.Texts(p, deps(), all)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range all[0].Steps {
			for event := range s.On {
				id, is := strings.CutPrefix(event, "begin ")
				if !is {
					continue
				}
				n++
				_, own := texts.Text("menu", "offer_"+id, nil)
				if _, common := texts.Text("", "offer_"+id, nil); !own && !common {
					t.Errorf("%s: %q has no name", locale, id)
				}
			}
		}
		if n < 10 {
			t.Errorf("%s: only %d things can be asked for", locale, n)
		}
	}
}
