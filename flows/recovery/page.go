package recovery

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"ventanilla/backend"
	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// page is the one-time page of the new password (RULES: pw.page).
func (r recovery) page() *flows.Form {
	return &flows.Form{Name: "password", Title: "page_title", Intro: "page_intro", Fields: account.PasswordFields(), Check: r.JudgePassword, Submit: r.submit}
}

// submit sets the password and unlocks the account in one operation of the core
// (RULES: reset.unlocks). It says part by part what happened.
func (r recovery) submit(ctx context.Context, t *flows.Turn, v flows.FormValues) (flows.Outcome, error) {
	if o, shut, err := r.Gate(ctx, t, account.Proven(t)); shut || err != nil {
		return o, err
	}
	problems, err := r.JudgeWhole(ctx, t, v)
	if err != nil {
		return flows.Outcome{}, err
	}
	if len(problems) > 0 {
		return flows.Outcome{Problems: problems}, nil
	}
	return r.reset(ctx, t, change{password: v["password"], evidence: account.Evidence(t), username: t.Values["username"], events: "password"})
}

// change is a new password for the account that the evidence is about.
type change struct {
	password secret.Text
	evidence backend.Evidence
	username string
	events   string // with what the events begin
}

func (r recovery) reset(ctx context.Context, t *flows.Turn, c change) (flows.Outcome, error) {
	result, err := r.core.Reset(ctx, t.Op("reset/"+strconv.FormatInt(c.evidence.At.Unix(), 36)), r.Profile.ID, c.evidence.Account,
		backend.ResetRequest{Password: c.password, Unlock: true, Evidence: c.evidence})
	if e, ok := errors.AsType[*backend.Error](err); ok && e.Code == backend.WeakPassword {
		return flows.Outcome{Problems: map[string]string{"password": r.Violated(t, e.Violated)}}, nil
	} else if ok && !e.Later() {
		return flows.Outcome{Event: c.events + "_failed", State: "failed", Title: t.Text("page_failed_title"), Text: t.Text("page_failed")}, nil
	}
	if err != nil {
		return flows.Outcome{}, fmt.Errorf("setting the password: %w", err)
	}
	o := flows.Outcome{Values: map[string]string{"username": c.username, "account": c.evidence.Account}}
	r.CanEnd(ctx, o.Values)
	switch {
	case result.Password.Outcome != backend.Done && result.Unlock.Outcome == backend.Done: // only the password is missing
		return flows.Outcome{Problems: map[string]string{"password": t.Text("core_unsaved")}}, nil
	case result.Password.Outcome != backend.Done:
		o.Event, o.State, o.Title, o.Text = c.events+"_failed", "failed", t.Text("page_failed_title"), t.Text("page_failed")
	case result.Unlock.Outcome == backend.Failed:
		o.Event, o.State, o.Title, o.Text = c.events+"_part", "part", t.Text("page_part_title"), t.Text("page_part", "username", c.username)
	default:
		o.Event, o.State, o.Title, o.Text = c.events+"_set", "done", t.Text("page_done_title"), t.Text("page_done", "username", c.username)
		o.Link = r.Profile.URL
	}
	return o, nil
}

// unlock asks the core only for the part that was missing.
func (r recovery) unlock(ctx context.Context, t *flows.Turn) (string, error) {
	if !account.Proven(t) {
		return "late", nil
	}
	if frozen, err := r.Frozen(ctx, t); err != nil || frozen {
		return "frozen", err
	}
	if t.Values["counted_as"] == "" {
		t.Values["counted_as"] = t.Op("unlock")
	}
	left, err := r.Guard.Spend(ctx, r.Subject(t.Values["account"]), r.Limits.Unlocks, t.Values["counted_as"])
	if err != nil {
		return "", err
	}
	if !left.OK {
		return "again", nil
	}
	part, err := r.core.Unlock(ctx, t.Op("unlock"), r.Profile.ID, t.Values["account"], account.Evidence(t))
	if account.Refused(err) {
		return "again", nil
	}
	if err != nil {
		return "", fmt.Errorf("unlocking: %w", err)
	}
	if part.Outcome == backend.Failed {
		return "again", nil
	}
	return "", nil
}
