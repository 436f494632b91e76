// Package proof is the sub-dialog that finds out who somebody is: it asks for the
// organisation's identity fields, has them confirmed, and proves them by a code sent
// to an address of the account. Errands call it and go on where it returns
// (see [flows.Return] and package account).
//
// Until the code arrives, whoever exists hears exactly what whoever does not
// exist hears. Nothing about an account changes here.
package proof

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"time"

	"ventanilla/backend/mailaddr"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
)

//go:embed texts/*.yaml
var texts embed.FS

// New returns the sub-dialog of one organisation: its identity fields first, then
// the same for all.
func New(d account.Desk) flows.Flow {
	p := proof{d}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "proof", Sub: true, Texts: dir, Steps: slices.Concat(p.beginning(), p.fields(), p.asking(), p.proving(), p.others(), p.ending()),
		Always: flows.On{"not_me": "frozen", "stop": "stopped", Another: "other_account"},
		Grants: map[string]*flows.Form{
			"not_me": {Name: "not_me", Title: "not_me_title", Intro: "not_me_intro", Submit: p.notMe},
			"stop":   {Name: "stop", Title: "stop_title", Intro: "stop_intro", Submit: p.stop},
			"go_on":  {Name: "go_on", Title: "go_on_title", Intro: "go_on_intro", Submit: p.goOn},
		}}
}

// Another is the event of who wants another account than the errand is about.
const Another = "another_one"

type proof struct{ account.Desk }

// beginning looks what is known already.
func (p proof) beginning() []flows.Step {
	first := "confirm"
	if all := p.all(); len(all) > 0 {
		first = all[0].ID
	}
	return []flows.Step{
		{Name: "start", Do: p.start, On: flows.On{"known": flows.Return, "same": "same", "claimed": "lookup", "mail": "post_new", "next": first}},
		{Name: "same", Say: "same", Help: "help_same", Offer: []string{"same", "other"}, Yes: "same", Take: takeSame, Do: p.same, On: flows.On{"other": first, "next": flows.Return}},
	}
}

// asking are the steps from the confirmation of who one is to the mail.
func (p proof) asking() []flows.Step {
	return []flows.Step{
		{Name: "confirm", Say: "confirm", Help: "help_confirm", Fill: p.summary, Offers: p.options, Offer: []string{"word/corregir"}, Take: p.takeConfirm, Do: p.claim, Veiled: true,
			On: flows.On{"find": "find", "claimed": flows.Return, "suspicious": "challenge", "no_mail": "gone", "too_many": "too_many", "next": "lookup"}},
		p.challenge(),
		{Name: "find", Do: needCode, On: flows.On{"next": "lookup"}},
		{Name: "lookup", Do: p.Lookup(account.ACode), Acts: true, Veiled: true,
			On: flows.On{"too_many": "too_many", "too_soon": "too_soon", "resend_spent": "resend_spent", "next": "code"}},
	}
}

// proving are the steps from the code to the proof.
func (p proof) proving() []flows.Step {
	return []flows.Step{
		{Name: "code", Veiled: true, Masked: true, Say: "ask_code", Help: "help_code", Why: "why_code", Fill: p.codeWords, Offer: []string{"missing", "word/persona"}, Take: takeCode, Do: p.check,
			Watch: p.WatchMail, Status: p.status, Again: "wrong_code", On: judged("code", nil)},
		p.missingAt(flows.Step{Name: "missing", Veiled: true, On: flows.On{"not_mine": "gone"}}),
		{Name: "wrong", Say: "wrong_code", On: flows.On{"next": "again"}},
		{Name: "again", Do: again, On: flows.On{"new": "code_new", "next": "code_again"}},
		{Name: "code_again", Veiled: true, Masked: true, Say: "ask_again", Fill: p.Minutes, Offer: []string{"missing", "word/persona"}, Help: "help_code", Why: "why_code", Take: takeCode, Do: p.check,
			Watch: p.WatchMail, Status: p.status, Again: "wrong_code", On: judged("code_again", nil)},
		{Name: "resend", Veiled: true, Do: p.Post(account.ACode), Acts: true, On: flows.On{"next": "resent", "too_soon": "too_soon", "resend_spent": "resend_spent"}},
		{Name: "resent", Say: "resent", On: flows.On{"next": "again"}},
		{Name: "too_soon", Say: "too_soon", Fill: p.Wait, Do: usable, On: flows.On{"next": "again", "void": "another"}},
		p.anotherAt(flows.Step{Name: "another", Say: "another", Status: p.status}),
		{Name: "resend_spent", Veiled: true, Masked: true, Say: "resend_spent", Help: "help_code", Why: "why_code", Fill: p.Wait, Offer: []string{"have_code", "word/persona"}, Take: takeCode, Do: p.check, Status: p.status,
			On: judged("wrong", flows.On{"have_code": "again"})},
		p.anotherAt(flows.Step{Name: "code_spent", Say: "code_spent", Status: p.status}),
		p.anotherAt(flows.Step{Name: "code_expired", Say: "code_expired", Status: p.status}),
		{Name: "which", Wait: flows.ProofLife, Say: "which", Help: "help_which", Offers: account.HitOptions, Take: account.TakeHit, Do: p.choose,
			On: flows.On{"next": flows.Return, "timeout": "late"}},
		p.anotherAt(flows.Step{Name: "late", Say: "late"}),
		{Name: "post_new", Do: p.Post(account.ACode), Acts: true, On: flows.On{"next": "code_new", "too_soon": "too_soon", "resend_spent": "resend_spent"}},
		{Name: "code_new", Masked: true, Say: "ask_new", Help: "help_new", Why: "why_code", Fill: p.toNew, Offer: []string{"missing", "other_mail"}, Take: takeCode, Do: p.check, Watch: p.WatchMail, Status: p.status,
			Again: "wrong_code", On: judged("code_new", flows.On{"other_mail": "gone", "missing": "missing_new", "undelivered": "new_back"})},
		p.missingAt(flows.Step{Name: "missing_new", On: flows.On{"undelivered": "new_back"}}),
		{Name: "new_back", Do: p.back, On: flows.On{"next": "new_lost"}},
		p.missingAt(flows.Step{Name: "new_lost", Say: "new_lost", Offers: lost}),
	}
}

// missingAt makes a step wait for what to do about a code that did not come.
func (p proof) missingAt(s flows.Step) flows.Step {
	s.Say = cmp.Or(s.Say, "ask_missing")
	if s.Offers == nil {
		s.Offers = missing
	}
	s.Masked, s.Fill, s.Help, s.Status, s.Take, s.Do = true, missed, "help_missing", p.status, takeMissing, p.check
	on := judged("wrong", flows.On{"other_mail": "gone", "have_code": "again"})
	maps.Copy(on, s.On)
	s.On = on
	return s
}

// back lets a code for the right address go at once: one that came back is no repetition of it (RULES: code.resend). How many
// there are in a quarter of an hour stays as it is.
func (p proof) back(ctx context.Context, t *flows.Turn) (string, error) {
	return "", p.CameBack(ctx, t)
}

// again tells a code for a new address from one for an account.
func again(_ context.Context, t *flows.Turn) (string, error) {
	if account.Needs(t) == account.Address {
		return "new", nil
	}
	return "", nil
}

// codeWords fills how long a code lives, and in which part of a longer errand this is.
func (p proof) codeWords(t *flows.Turn) []string {
	return append(p.Minutes(t), "step", p.Stage(t, 2), "if", t.ErrandText("if_known"))
}

// missing are the ways on for who waits for a code.
func missing(t *flows.Turn) []flows.Option {
	ids := []string{"resend", "no_mail", "not_mine", "have_code"}
	if account.Needs(t) == account.Address {
		ids = []string{"resend", "other_mail", "have_code"}
	}
	return offered(t, ids...)
}

// lost are the ways on for who typed an address from which the mail came back.
func lost(t *flows.Turn) []flows.Option { return offered(t, "other_mail", "resend", "have_code") }

func offered(t *flows.Turn, ids ...string) (all []flows.Option) {
	for _, id := range ids {
		all = append(all, flows.Option{ID: id, Label: t.Text("offer_" + id)})
	}
	return all
}

// missed fills what is to be said of a code that did not come: before a proof of the
// account that there may be none, of an address the person typed where it went.
func missed(t *flows.Turn) []string {
	key := "missing_unknown"
	if account.Needs(t) == account.Address {
		key = "missing_new"
	}
	return append(account.Delay(t), "to", target(t), "why", t.Text(key, "to", target(t)))
}

// target is where the code for an address went: whole if the person typed it
// themselves, masked if it is one that the core knows.
func target(t *flows.Turn) string {
	hits, _ := account.Hits(t) // written by the errand; check reports what cannot be read
	switch {
	case len(hits) > 0 && !hits[0].New:
		return mailaddr.Mask(hits[0].Address)
	case len(hits) > 0:
		return hits[0].Address
	}
	return ""
}

func (p proof) toNew(t *flows.Turn) []string { return append(p.Minutes(t), "to", target(t)) }

// ending are the ways out that prove nothing.
func (p proof) ending() []flows.Step {
	return []flows.Step{
		{Name: "day_spent", Say: "day_spent", On: flows.On{"next": "handoff/"}},
		{Name: "too_many", Say: "too_many", On: flows.On{"next": "handoff/"}},
		{Name: "gone", Do: p.gone, On: flows.On{"again": flows.Return, "next": "no_mail"}},
		{Name: "no_mail", Say: "no_mail", On: flows.On{"next": "handoff/"}},
		{Name: "frozen", Say: "frozen", Do: distrust, On: flows.On{"next": "handoff/"}},
		{Name: "stopped", Say: "stopped", Do: p.block, On: flows.On{"next": flows.End}},
	}
}

// anotherAt makes a step offer another code where none counts any more.
func (p proof) anotherAt(s flows.Step) flows.Step {
	s.Help, s.Offer, s.Take, s.Yes = "help_missing", []string{"resend", "word/persona"}, account.TakeAnother, "resend"
	s.On = flows.On{"resend": "resend", "no_mail": "gone"}
	return s
}

// judged is where each verdict on a code leads, with what else a step may lead to.
func judged(wrong string, more flows.On) flows.On {
	on := flows.On{"wrong": wrong, "missing": "missing", "resend": "resend", "no_mail": "gone", "spent_code": "code_spent", "spent_day": "day_spent", "expired": "code_expired",
		"several": "which", "next": flows.Return}
	maps.Copy(on, more)
	return on
}

// start looks what the errand needs and what is known. After a proof of a short
// while ago it goes on with the same account, or asks whether it is about that one.
func (p proof) start(ctx context.Context, t *flows.Turn) (string, error) {
	need := account.Needs(t)
	switch {
	case need == account.Address:
		return "mail", nil
	case account.Proven(t), need == account.Identity && account.Claimed(t):
		return "known", nil
	case account.Claimed(t):
		return "claimed", nil
	case t.Dialog.Proof.Valid(t.At) && t.Values["account"] == "" && (t.Errand() == "payslip" || !ofAnother.MatchString(flows.Plain(t.Input.Text))): // payslips find the other one
		a, err := p.Core.Account(ctx, p.Profile.ID, t.Dialog.Proof.Account)
		if err != nil {
			return "", fmt.Errorf("reading the account proven before: %w", err)
		}
		if t.Values["label"] = a.Label; onward(t) {
			if slices.Contains(once, t.Errand()) && (len(t.Dialog.Proof.Also) > 0 || len(t.Dialog.Memory.Proven) > 1) {
				t.Say("with_account", "label", a.Label)
			}
			return "known", p.goOnWith(ctx, t)
		}
		return "same", nil
	}
	t.Dialog.Redo = slices.ContainsFunc(p.Fields(t), func(f portal.Field) bool { return t.Values[f.ID] != "" }) // what an agent's act found said is not asked again
	return "", nil
}

// numbered is a message with a number as identifiers have.
var numbered = regexp.MustCompile(`\d[\d. -]{3,}\d`)

// ofAnother is who says from the start that it is about another account than the one they were busy with.
var ofAnother = regexp.MustCompile(`\b(la|mi|esa|esta|de|con) otra( cuenta)?( |$)|\botra cuenta\b`)

// once are the errands that are done for an account at a time: who begins one again may mean another account.
var once = []string{"recovery", "unlock", "register", "change"}

// onward tells that the person goes on with another errand, in one go: then it is about the same account. Who says numbers
// of their own with it may mean another.
func onward(t *flows.Turn) bool {
	known := t.Dialog.Proof
	return !known.Paused && !numbered.MatchString(t.Input.Text) && !(slices.Contains(once, t.Errand()) && slices.Contains(known.Errands, t.Errand()))
}

// goOnWith goes on with the account that was proven before.
func (p proof) goOnWith(ctx context.Context, t *flows.Turn) error {
	known := *t.Dialog.Proof
	known.Paused = false
	if !slices.Contains(known.Errands, t.Errand()) {
		known.Errands = append(slices.Clone(known.Errands), t.Errand())
	}
	t.Dialog.Proof = &known
	return p.Enter(ctx, t, known.Account)
}

func takeSame(_ *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	want := aboutSame.Find(in.Text)
	if flows.Plain(in.Text) == "no" {
		want = "other"
	}
	if want == "" {
		return "", "tap_option"
	}
	return want, ""
}

// aboutSame is what people answer to whether it is about the same account.
var aboutSame = intent.List(map[string][]string{
	"same": {"la misma", "misma", "mismo", "misma cuenta", "la misma de antes", "con la misma", "esa", "esa misma", "con esa", "con esa cuenta", "sigo con esa", "segui con esa", "sigue con esa", "siga con esa", "seguimos", "correcto",
		"exacto", "asi es", "same one", "that one", "the same"},
	"other": {"otra", "otro", "con otra", "otra cuenta", "con otra cuenta", "no con otra", "no esa no", "esa no", "la misma no", "no es esa", "no la misma", "no es la misma", "no quiero esa", "otro usuario", "la otra", "cambiar de cuenta", "es para otra", "another", "other"},
})

// same goes on with the account that was proven before.
func (p proof) same(ctx context.Context, t *flows.Turn) (string, error) {
	if !t.Dialog.Proof.Valid(t.At) {
		return "other", nil
	}
	return "", p.goOnWith(ctx, t)
}

// gone is a mailbox that the person cannot read: of a new address another one is
// asked for, of an account's a human has to help, unless the organisation opens accounts
// to who waits (RULES: reg.proof).
func (p proof) gone(_ context.Context, t *flows.Turn) (string, error) {
	switch {
	case account.Needs(t) == account.Address:
		return "again", nil
	case p.Profile.Trust == portal.TrustData && t.Errand() == "register" && t.Answer != "not_mine":
		t.Values["by_data"] = "1"
		return "again", nil
	}
	return "", nil
}

// claim notes that the person stands by what they typed.
func (p proof) claim(ctx context.Context, t *flows.Turn) (string, error) {
	t.Values["claimed"] = "1"
	if t.Dialog.Want == "" && p.Profile.Recovery != portal.ByCode { // parked when recovery asked this itself
		account.Ask(t, portal.Recover, account.Identity)
	}
	if t.Errand() != "change" && account.NoMail.Find(t.Told(flows.GivenWish)) != "" { // no code would be read, whoever this is
		event, err := p.Claims(ctx, t)
		return cmp.Or(event, "no_mail"), err
	}
	if p.temporary(t) && hasOne.Find(t.Told(flows.GivenWish)) != "" {
		return "find", nil
	}
	if account.Needs(t) == account.Identity {
		return "claimed", nil
	}
	suspicious, err := p.suspicious(ctx, t)
	if err != nil || !suspicious {
		return "", err
	}
	t.Values["riddle"] = riddle(t)
	return "suspicious", nil
}

// hasOne is how people say from the start that they have a temporary password, and that it does not do.
var hasOne = intent.List(map[string][]string{"find": {
	"actual es incorrect*", "actual incorrect*", "actual esta mal", "actual no es", "actual equivocada", "no me deja cambiarla", "no me deja cambiar la", "no la puedo cambiar", "no puedo cambiarla", "temporal no", "provisoria no", "temporal vencid*", "temporal caduc*",
	"pide clave nueva", "pide una clave nueva", "pide una nueva y", "clave ha caducado", "temporal pero",
}})

// needCode goes on with a code where less would have done.
func needCode(_ context.Context, t *flows.Turn) (string, error) {
	t.Values["claimed"] = "1"
	account.Ask(t, account.Service(t), account.Code)
	return "", nil
}

// block ends the trust in this chat: the owner of the account did not ask for
// this. If somebody here has just proven it all the same, it is frozen, too (RULES: notme).
func (p proof) block(ctx context.Context, t *flows.Turn) (string, error) {
	if id, known := t.Values["account"], t.Dialog.Proof; known.Valid(t.At) && known.Account == id {
		if err := p.Guard.Freeze(ctx, p.Subject(id), t.At.Add(p.Limits.FreezeLife)); err != nil {
			return "", fmt.Errorf("freezing: %w", err)
		}
	}
	t.Dialog.Memory.Blocked, t.Dialog.Memory.Awaited = t.At.Add(24*time.Hour), time.Time{}
	return distrust(ctx, t)
}

// distrust forgets that this chat ever proved an account.
func distrust(_ context.Context, t *flows.Turn) (string, error) {
	t.Dialog.Proof, t.Dialog.Memory.Proven = nil, nil
	t.Note(flows.Audit{What: t.Input.Event, Account: t.Values["account"]})
	return "", nil
}

// options are the answers to the confirmation; who asks for a temporary password may have one already.
func (p proof) options(t *flows.Turn) []flows.Option {
	all := []flows.Option{{ID: "yes", Label: t.Text("offer_yes")}}
	if p.temporary(t) {
		all = append(all, flows.Option{ID: "find", Label: t.Text("offer_find")})
	}
	return all
}

// temporary tells that the errand is a recovery by temporary password.
func (p proof) temporary(t *flows.Turn) bool {
	return p.Profile.Recovery == portal.ByTemporary && t.Errand() == "recovery"
}
