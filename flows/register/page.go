package register

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// page is the one-time page of the password (RULES: pw.page) and, where people make
// it up themselves, of the user name.
func (r register) page() *flows.Form {
	fields := account.PasswordFields()
	if r.named() {
		fields = append([]flows.Field{{Name: "username", Label: "field_username", Hint: "hint_username", Kind: "text", Autocomplete: "username"}}, fields...)
	}
	return &flows.Form{Name: "opening", Title: "page_title", Intro: "page_intro", Fields: fields, Check: r.judge, Submit: r.submit}
}

// named tells that the person makes up the user name.
func (r register) named() bool { return r.Profile.Username == portal.NamedByPerson }

// judge says what is wrong while the person types.
func (r register) judge(ctx context.Context, t *flows.Turn, v flows.FormValues) (flows.Judgement, error) {
	j, err := r.JudgePassword(ctx, t, v)
	if problem := r.badName(t, v); err == nil && problem != "" && v["username"] != "" {
		j.Problems["username"] = problem
	}
	return j, err
}

// username is what most systems take: it is typed on small keyboards, with and without capitals.
var username = regexp.MustCompile(`^[a-z][a-z0-9]*([._-][a-z0-9]+)*$`)

const shortestName, longestName = 4, 30

func typedName(v flows.FormValues) string {
	return strings.ToLower(strings.TrimSpace(v["username"].Reveal()))
}

// badName says what is wrong with a user name; "" if nothing is, or none is asked.
func (r register) badName(t *flows.Turn, v flows.FormValues) string {
	switch name := typedName(v); {
	case !r.named():
		return ""
	case name == "":
		return t.Text("name_empty")
	case len(name) < shortestName || len(name) > longestName:
		return t.Text("name_length")
	case !username.MatchString(name):
		return t.Text("name_letters")
	}
	return ""
}

// submit opens the account in one operation of the core.
func (r register) submit(ctx context.Context, t *flows.Turn, v flows.FormValues) (flows.Outcome, error) {
	if o, shut, err := r.Gate(ctx, t, r.proven(t)); shut || err != nil {
		return o, err
	}
	problems, err := r.JudgeWhole(ctx, t, v)
	if err != nil {
		return flows.Outcome{}, err
	}
	if bad := r.badName(t, v); bad != "" {
		problems["username"] = bad
	}
	if len(problems) > 0 {
		return flows.Outcome{Problems: problems}, nil
	}
	q, err := r.registration(t, typedName(v), v["password"])
	if err != nil {
		return flows.Outcome{}, err
	}
	return r.open(ctx, t, q)
}

// registration is what the core is asked for. Where an invitation opened the way, it
// is the evidence, so that the core counts it as used (RULES: reg.proof).
func (r register) registration(t *flows.Turn, name string, p secret.Text) (backend.Registration, error) {
	q := backend.Registration{Account: t.Values["account"], Username: name, Phone: r.saved(t, portal.SavesPhone), FullName: r.saved(t, portal.SavesName), Postal: r.postal(t),
		Accepted: acceptance(t), Password: p}
	if at, ok := r.holdsKey(t); ok {
		q.Invitation = t.Values[r.key.ID]
		q.Evidence = backend.Evidence{Account: q.Account, Method: backend.MethodInvitation, At: at}
	} else if at, ok := r.hasWaited(t); ok {
		q.Evidence = backend.Evidence{Account: q.Account, Method: backend.MethodWaited, Address: t.Values["chosen"], At: at}
	} else {
		q.Evidence = account.Evidence(t)
	}
	if r.Profile.Username == portal.NamedByEmail {
		q.Username = t.Values["chosen"]
	}
	if address := t.Values["chosen"]; address != "" && !slices.Contains(knownMails(t), address) {
		at, err := time.Parse(time.RFC3339Nano, t.Values["chosen_at"])
		if err != nil {
			return q, fmt.Errorf("reading when the new address was proven: %w", err)
		}
		q.Email = address
		q.EmailEvidence = backend.Evidence{Account: q.Account, Method: backend.MethodCode, Address: address, At: at}
	}
	return q, nil
}

// open asks the core. A repeated request has the same key and body, so that a lost answer is given again.
func (r register) open(ctx context.Context, t *flows.Turn, q backend.Registration) (flows.Outcome, error) {
	result, err := r.core.Register(ctx, t.Op("register"), r.Profile.ID, q)
	if e, ok := errors.AsType[*backend.Error](err); ok && !e.Later() {
		return r.refused(ctx, t, q, e)
	}
	if err != nil {
		return flows.Outcome{}, fmt.Errorf("opening the account: %w", err)
	}
	o := flows.Outcome{Event: "account_opened", State: "done", Title: t.Text("page_done_title"), Text: t.Text("page_done", "username", result.Username), Link: r.Profile.URL,
		Values: map[string]string{"username": result.Username, "account": result.Account, "method": q.Evidence.Method}}
	if result.OpensAt.After(t.At) {
		o.Event, o.Values["opens"] = "account_waits", r.day(result.OpensAt)
		o.Title, o.Text = t.Text("page_waits_title"), t.Text("page_waits_text", "username", result.Username, "opens", o.Values["opens"])
	}
	return o, nil
}

// refused is what a refusal of the core leads to.
func (r register) refused(ctx context.Context, t *flows.Turn, q backend.Registration, e *backend.Error) (flows.Outcome, error) {
	switch {
	case e.Code == backend.WeakPassword:
		return flows.Outcome{Problems: map[string]string{"password": r.Violated(t, e.Violated)}}, nil
	case e.Reason == backend.ReasonTaken && r.named():
		other, err := r.suggestions(ctx, t, q.Username)
		return flows.Outcome{Problems: map[string]string{"username": t.Text("name_taken", "other", other)}}, err
	case e.Reason == backend.ReasonTaken && r.picks:
		return flows.Outcome{Event: "taken", State: "failed", Title: t.Text("page_failed_title"), Text: t.Text("page_taken")}, nil
	case e.Reason == backend.ReasonRegistered:
		return flows.Outcome{Event: "register_known", State: "failed", Title: t.Text("page_known_title"), Text: t.Text("page_known")}, nil
	}
	return flows.Outcome{Event: "register_failed", State: "failed", Title: t.Text("page_failed_title"), Text: t.Text("page_failed")}, nil
}

// suggestions are user names like the one that somebody else has. Whether they are free only the core knows.
func (r register) suggestions(ctx context.Context, t *flows.Turn, wish string) (string, error) {
	a, err := r.Core.Account(ctx, r.Profile.ID, t.Values["account"])
	if err != nil {
		return "", fmt.Errorf("reading the account: %w", err)
	}
	n := 0
	for _, c := range t.Random(2) {
		n = (n*16 + int(c)) % 90
	}
	ideas := []string{fmt.Sprintf("%.28s%d", wish, 10+n)}
	if words := strings.Fields(flows.Plain(a.FullName)); len(words) > 1 {
		if idea := words[0] + "." + words[1]; idea != wish && username.MatchString(idea) && len(idea) <= longestName {
			ideas = append(ideas, idea)
		}
	}
	return strings.Join(ideas, t.Text("or")), nil
}

// left is for how long the page can be used: as long as the proof counts.
func (r register) left(t *flows.Turn) time.Duration {
	end := t.Dialog.Since.Add(pageLife)
	if at, ok := r.holdsKey(t); ok {
		end = earlier(end, at.Add(flows.ProofLife))
	} else if at, ok := r.hasWaited(t); ok {
		end = earlier(end, at.Add(flows.ProofLife))
	} else if p := t.Dialog.Proof; p != nil {
		end = earlier(end, p.Ends())
	}
	return min(max(end.Sub(t.At), 0), pageLife)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// statusForm says how things stand after the proof.
func (r register) statusForm(_ context.Context, t *flows.Turn) error {
	t.Say("status_form", r.formWords(t)...)
	return nil
}
