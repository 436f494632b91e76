package account

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ventanilla/backend"
	"ventanilla/backend/password"
	"ventanilla/backend/portal"
	"ventanilla/flows"
)

// PasswordFields are the fields of a page on which a new password is chosen (RULES: pw.page).
func PasswordFields() []flows.Field {
	return []flows.Field{
		{Name: "password", Label: "field_password", Hint: "hint_password", Kind: "new-password", Autocomplete: "new-password"},
		{Name: "repeat", Label: "field_repeat", Kind: "new-password", Autocomplete: "new-password"},
	}
}

// Gate is how the pages begin that set a password: without a proof that counts they are late, and of an
// account whose owner said "No fui yo" nothing is changed (RULES: notme). It tells whether the page is shut, and what it says then.
func (d Desk) Gate(ctx context.Context, t *flows.Turn, proven bool) (o flows.Outcome, shut bool, err error) {
	if !proven {
		return flows.Outcome{Event: "timeout", State: "late", Title: t.Text("page_late_title"), Text: t.Text("page_late")}, true, nil
	}
	frozen, err := d.Frozen(ctx, t)
	if err != nil || !frozen {
		return flows.Outcome{}, false, err
	}
	return flows.Outcome{Event: "not_me", State: "failed", Title: t.Text("page_failed_title"), Text: t.Text("page_frozen")}, true, nil
}

// JudgePassword is the [flows.Form.Check] of such a page. It says which rules hold while the person types. Without the core it
// judges by our own rules; submitting asks again.
func (d Desk) JudgePassword(ctx context.Context, t *flows.Turn, v flows.FormValues) (flows.Judgement, error) {
	policy, personal, err := d.policy(ctx, t, v)
	if err != nil {
		policy = d.Profile.Policy(password.Imposed{})
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
		j.Problems = d.problems(t, verdict, v)
	}
	return j, nil
}

// ofPerson are the problems that are only told with the PIN: they confirm a
// guess at the owner's numbers to whoever has the link.
func ofPerson(p password.Problem) bool {
	return p.Code == password.Owner || p.Code == password.Username
}

func (d Desk) problems(t *flows.Turn, verdict password.Verdict, v flows.FormValues) map[string]string {
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
func (d Desk) policy(ctx context.Context, t *flows.Turn, v flows.FormValues) (password.Policy, []string, error) {
	caps, err := d.Core.Capabilities(ctx, d.Profile.ID)
	if err != nil {
		return password.Policy{}, nil, fmt.Errorf("asking for the password rules: %w", err)
	}
	var personal []string
	if id := subject(t); id != "" {
		a, err := d.Core.Account(ctx, d.Profile.ID, id)
		if err != nil {
			return password.Policy{}, nil, fmt.Errorf("reading the account: %w", err)
		}
		personal = append(personal, a.Username, a.FullName, a.GivenName)
		for _, address := range a.Addresses {
			personal = append(personal, address.Email)
		}
	}
	for _, f := range d.Fields(t) {
		if v := t.Values[f.ID]; v != "" && len(f.For(t.Values).Options) == 0 {
			personal = append(personal, v)
		}
	}
	return d.Profile.Policy(imposed(caps.Password)), append(personal, becoming(d.Profile, t, v)...), nil
}

// becoming is what the account will be known by once the page is submitted, so that the same page sent again, when
// the core knows it already, is judged as it was.
func becoming(p portal.Profile, t *flows.Turn, v flows.FormValues) []string {
	all := []string{v["username"].Reveal(), t.Values["chosen"]}
	for _, f := range p.Given(Service(t)) {
		if f.Saves == portal.SavesName || f.Saves == portal.SavesEmail {
			all = append(all, t.Values[f.ID])
		}
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// subject is the account that a password is chosen for, "" while it is only claimed: what
// the core knows of its owner must then not be told by a refusal (RULES: enum.same).
func subject(t *flows.Turn) string {
	switch {
	case t.Grant != nil:
		return t.Grant.Account
	case Proven(t):
		return t.Values["account"]
	}
	return ""
}

// imposed are the rules of the core.
func imposed(p backend.PasswordRules) password.Imposed {
	one := map[bool]int{true: 1}
	return password.Imposed{Min: p.MinLength, Max: p.MaxLength, Upper: one[p.Upper], Lower: one[p.Lower], Digit: one[p.Digit],
		Symbol: one[p.Symbol], Forbidden: p.Forbidden}
}

// JudgeWhole judges the whole page of [PasswordFields] when it is submitted, and
// normalises the password in v. Without problems it may be set.
func (d Desk) JudgeWhole(ctx context.Context, t *flows.Turn, v flows.FormValues) (problems map[string]string, err error) {
	policy, personal, err := d.policy(ctx, t, v)
	if err != nil {
		return nil, err
	}
	v["password"], v["repeat"] = password.Normalize(v["password"]), password.Normalize(v["repeat"])
	problems = d.problems(t, policy.Check(v["password"], personal), v)
	if v["repeat"] == "" && problems["password"] == "" {
		problems["repeat"] = t.Text("pw_repeat")
	}
	return problems, nil
}

// Violated explains what the core refuses beyond what it had said.
func (d Desk) Violated(t *flows.Turn, rules []backend.Rule) string {
	if len(rules) == 0 {
		return t.Text("core_other")
	}
	said := make([]string, len(rules))
	for i, rule := range rules {
		said[i] = t.Text("core_" + string(rule))
	}
	return strings.Join(said, " ")
}

// Demanded is why a core demands another password at the next sign-in: "expired" by
// its own rules (RULES: pw.rotation), "must_change" after a reset, or "".
func Demanded(s backend.State) string {
	switch {
	case s.Expired:
		return "expired"
	case s.MustChange:
		return "must_change"
	}
	return ""
}
