package recovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ventanilla/backend"
	"ventanilla/backend/password"
	"ventanilla/backend/secret"
	"ventanilla/flows"
)

// page is the one-time page of the new password (RULES: pw.page).
func (r recovery) page() *flows.Form {
	return &flows.Form{Name: "password", Title: "page_title", Intro: "page_intro", Fields: []flows.Field{
		{Name: "password", Label: "field_password", Hint: "hint_password", Kind: "new-password", Autocomplete: "new-password"},
		{Name: "repeat", Label: "field_repeat", Kind: "new-password", Autocomplete: "new-password"},
	}, Check: r.judge, Submit: r.submit}
}

// judge says which rules hold while the person types. Without the core it
// judges by our own rules; submitting asks again.
func (r recovery) judge(ctx context.Context, t *flows.Turn, v flows.FormValues) (flows.Judgement, error) {
	policy, personal, err := r.policy(ctx, t)
	if err != nil {
		policy = r.Profile.Policy(password.Imposed{})
	}
	verdict := policy.Check(v["password"], personal)
	j := flows.Judgement{Strength: verdict.Strength, Problems: map[string]string{}}
	for _, rule := range policy.Rules() {
		if rule.Code == password.Unreadable || rule.Code == password.Blank || rule.Code == password.Long && !rule.Imposed {
			continue
		}
		text := t.Text("rule_"+string(rule.Code), "n", strconv.Itoa(rule.N), "chars", rule.Chars)
		j.Rules = append(j.Rules, flows.Rule{Text: text, OK: v["password"] != "" && !verdict.Has(rule.Code), Core: rule.Imposed})
	}
	if v["password"] != "" {
		verdict.Problems = slices.DeleteFunc(verdict.Problems, ofPerson)
		j.Problems = r.problems(t, verdict, v)
	}
	return j, nil
}

// ofPerson are the problems that are only told with the PIN: they confirm a
// guess at the owner's numbers to whoever has the link.
func ofPerson(p password.Problem) bool {
	return p.Code == password.Owner || p.Code == password.Username
}

func (r recovery) problems(t *flows.Turn, verdict password.Verdict, v flows.FormValues) map[string]string {
	problems := map[string]string{}
	if !verdict.OK() {
		p := verdict.Problems[0]
		problems["password"] = t.Text("pw_"+string(p.Code), "n", strconv.Itoa(p.N), "chars", p.Chars)
	}
	if v["repeat"] != "" && !flows.Same(v["repeat"].Reveal(), v["password"]) {
		problems["repeat"] = t.Text("pw_differ")
	}
	return problems
}

// policy is how the new password is judged, and what is known of the person.
func (r recovery) policy(ctx context.Context, t *flows.Turn) (password.Policy, []string, error) {
	caps, err := r.Core.Capabilities(ctx, r.Profile.ID)
	if err != nil {
		return password.Policy{}, nil, fmt.Errorf("asking for the password rules: %w", err)
	}
	a, err := r.Core.Account(ctx, r.Profile.ID, t.Values["account"])
	if err != nil {
		return password.Policy{}, nil, fmt.Errorf("reading the account: %w", err)
	}
	personal := []string{a.Username, a.FullName, a.GivenName}
	for _, address := range a.Addresses {
		personal = append(personal, address.Email)
	}
	for _, f := range r.asked() {
		if v := t.Values[f.ID]; v != "" && len(f.For(t.Values).Options) == 0 {
			personal = append(personal, v)
		}
	}
	return r.Profile.Policy(imposed(caps.Password)), personal, nil
}

func imposed(p backend.PasswordRules) password.Imposed {
	one := map[bool]int{true: 1}
	return password.Imposed{Min: p.MinLength, Max: p.MaxLength, Upper: one[p.Upper], Lower: one[p.Lower], Digit: one[p.Digit],
		Symbol: one[p.Symbol], Forbidden: p.Forbidden}
}

// submit sets the password and unlocks the account in one operation of the core
// (RULES: reset.unlocks). It says part by part what happened.
func (r recovery) submit(ctx context.Context, t *flows.Turn, v flows.FormValues) (flows.Outcome, error) {
	if !t.Dialog.Proof.Valid(t.At) || t.Dialog.Proof.Account != t.Values["account"] {
		return flows.Outcome{Event: "timeout", State: "late", Title: t.Text("page_late_title"), Text: t.Text("page_late")}, nil
	}
	frozen, err := r.frozen(ctx, t)
	if err != nil {
		return flows.Outcome{}, err
	}
	if frozen {
		return flows.Outcome{Event: "not_me", State: "failed", Title: t.Text("page_failed_title"), Text: t.Text("page_frozen")}, nil
	}
	policy, personal, err := r.policy(ctx, t)
	if err != nil {
		return flows.Outcome{}, err
	}
	v["password"], v["repeat"] = password.Normalize(v["password"]), password.Normalize(v["repeat"])
	problems := r.problems(t, policy.Check(v["password"], personal), v)
	if v["repeat"] == "" && problems["password"] == "" {
		problems["repeat"] = t.Text("pw_repeat")
	}
	if len(problems) > 0 {
		return flows.Outcome{Problems: problems}, nil
	}
	return r.reset(ctx, t, v["password"])
}

func (r recovery) reset(ctx context.Context, t *flows.Turn, p secret.Text) (flows.Outcome, error) {
	result, err := r.Core.Reset(ctx, t.Op("reset"), r.Profile.ID, t.Values["account"],
		backend.ResetRequest{Password: p, Unlock: true, Evidence: evidence(t)})
	if e, ok := errors.AsType[*backend.Error](err); ok && e.Code == backend.WeakPassword {
		return flows.Outcome{Problems: map[string]string{"password": r.violated(t, e.Violated)}}, nil
	} else if ok && !e.Later() {
		return flows.Outcome{Event: "password_failed", State: "failed", Title: t.Text("page_failed_title"), Text: t.Text("page_failed")}, nil
	}
	if err != nil {
		return flows.Outcome{}, fmt.Errorf("setting the password: %w", err)
	}
	o := flows.Outcome{Values: map[string]string{"username": t.Values["username"], "account": t.Values["account"]}}
	switch {
	case result.Password.Outcome != backend.Done && result.Unlock.Outcome == backend.Done: // only the password is missing
		return flows.Outcome{Problems: map[string]string{"password": t.Text("core_unsaved")}}, nil
	case result.Password.Outcome != backend.Done:
		o.Event, o.State, o.Title, o.Text = "password_failed", "failed", t.Text("page_failed_title"), t.Text("page_failed")
	case result.Unlock.Outcome == backend.Failed:
		o.Event, o.State, o.Title, o.Text = "password_part", "part", t.Text("page_part_title"), t.Text("page_part", "username", t.Values["username"])
	default:
		o.Event, o.State, o.Title, o.Text = "password_set", "done", t.Text("page_done_title"), t.Text("page_done", "username", t.Values["username"])
		o.Link = r.Profile.URL
	}
	return o, nil
}

// violated explains what the core refuses beyond what it had said.
func (r recovery) violated(t *flows.Turn, rules []backend.Rule) string {
	if len(rules) == 0 {
		return t.Text("core_other")
	}
	said := make([]string, len(rules))
	for i, rule := range rules {
		said[i] = t.Text("core_" + string(rule))
	}
	return strings.Join(said, " ")
}

func evidence(t *flows.Turn) backend.Evidence {
	p := t.Dialog.Proof
	return backend.Evidence{Account: p.Account, Method: p.Method, Address: p.Address, At: p.At}
}

// frozen tells whether the account's owner said "No fui yo" (RULES: notme).
func (r recovery) frozen(ctx context.Context, t *flows.Turn) (bool, error) {
	until, err := r.Guard.Frozen(ctx, r.subject(t.Values["account"]))
	return until.After(t.At), err
}

// unlock asks the core only for the part that was missing.
func (r recovery) unlock(ctx context.Context, t *flows.Turn) (string, error) {
	if !t.Dialog.Proof.Valid(t.At) || t.Dialog.Proof.Account != t.Values["account"] {
		return "late", nil
	}
	if frozen, err := r.frozen(ctx, t); err != nil || frozen {
		return "frozen", err
	}
	part, err := r.Core.Unlock(ctx, t.Op("unlock"), r.Profile.ID, t.Values["account"], evidence(t))
	if err != nil {
		return "", fmt.Errorf("unlocking: %w", err)
	}
	if part.Outcome == backend.Failed {
		return "again", nil
	}
	return "", nil
}
