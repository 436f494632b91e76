package coretest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

// changing are the checks that change the account of [Target].Fields.
func changing() []check {
	return []check{
		{"it refuses a password that breaks its rules, and says which", refusesWeak},
		{"it judges the evidence before the password", judgesEvidenceFirst},
		{"it resets and unlocks, part by part", resets},
		{"it gives the same answer to the same Idempotency-Key", answersAgain},
		{"it refuses the same Idempotency-Key for something else", refusesMismatch},
		{"after a reset nothing stands between the person and signing in", open},
		{"it says not_needed when there is nothing to unlock", unlocksNothing},
		{"it makes temporary passwords that the contract describes, the same for the same key", makesTemporary},
		{"asking for a temporary password changes nothing", unchanged},
		{"it refuses a change with a wrong current password, and does not lock", refusesWrong},
		{"it judges the current password before the new one", judgesCurrentFirst},
		{"it changes the password with the current one", changes},
		{"it changes the password with a temporary one", changesByTemporary},
		{"it ends sessions", endsSessions},
		{"it changes name, address and phone, and leaves the rest", changesContact},
		{"it refuses a new e-mail address that nobody proved", refusesUnprovenEmail},
	}
}

// address is the first address of the account.
func (r *run) address() (string, error) {
	if len(r.account.Addresses) == 0 {
		return "", errors.New("the account has no address, so that nothing can be proven")
	}
	return r.account.Addresses[0].Email, nil
}

// proof is evidence that suffices.
func (r *run) proof() (backend.Evidence, error) {
	a, err := r.address()
	return r.evidence(r.account.ID, a), err
}

// refusedReset asks for a reset that must be refused.
func refusedReset(ctx context.Context, r *run, name string, client *backend.Client, e backend.Evidence) error {
	_, err := client.Reset(ctx, r.op(name), r.Portal, r.account.ID, backend.ResetRequest{Unlock: true, Evidence: e})
	return wantCode(err, backend.BadEvidence)
}

func refusesForged(ctx context.Context, r *run) error {
	e, err := r.proof()
	if err != nil {
		return err
	}
	forger, err := backend.New(backend.Config{URL: r.URL, Token: r.Token, EvidenceKey: "ventanilla core-test: no core has this key"})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	return refusedReset(ctx, r, "forged", forger, e)
}

func refusesAddress(ctx context.Context, r *run) error {
	return refusedReset(ctx, r, "address", r.client, r.evidence(r.account.ID, nobody+"@example.org"))
}

func refusesOld(ctx context.Context, r *run) error {
	e, err := r.proof()
	e.At = e.At.Add(-2 * time.Hour)
	return errors.Join(err, refusedReset(ctx, r, "old", r.client, e))
}

func refusesData(ctx context.Context, r *run) error {
	e, err := r.proof()
	e.Method = backend.MethodData
	return errors.Join(err, refusedReset(ctx, r, "data", r.client, e))
}

// unchanged compares the account with how it was read last.
func unchanged(ctx context.Context, r *run) error {
	now, err := r.client.Account(ctx, r.Portal, r.account.ID)
	if err != nil {
		return fmt.Errorf("reading the account: %w", err)
	}
	if !reflect.DeepEqual(now, r.account) {
		return errors.New("the account is another than before")
	}
	return nil
}

// reset asks for a new password and unlocking under a name of this run.
func (r *run) reset(ctx context.Context, name string, p secret.Text) (backend.ResetResult, error) {
	e, err := r.proof()
	if err != nil {
		return backend.ResetResult{}, err
	}
	return r.client.Reset(ctx, r.op(name), r.Portal, r.account.ID, backend.ResetRequest{Password: p, Unlock: true, Evidence: e})
}

func refusesWeak(ctx context.Context, r *run) error {
	_, err := r.reset(ctx, "weak", r.tooLong())
	if err := wantCode(err, backend.WeakPassword); err != nil {
		return err
	}
	if e, ok := errors.AsType[*backend.Error](err); !ok || len(e.Violated) == 0 {
		return errors.New("it does not say which rule is broken")
	}
	return nil
}

// tooLong is a password that breaks a rule of every core.
func (r *run) tooLong() secret.Text {
	return secret.Text(strings.Repeat("x", r.able.Password.MaxLength+1))
}

// judgesEvidenceFirst sees that who proved nothing is told nothing of a password: which rule it breaks may say something of the account.
func judgesEvidenceFirst(ctx context.Context, r *run) error {
	_, err := r.client.Reset(ctx, r.op("evidence-first"), r.Portal, r.account.ID,
		backend.ResetRequest{Password: r.tooLong(), Unlock: true, Evidence: r.evidence(r.account.ID, nobody+"@example.org")})
	return wantCode(err, backend.BadEvidence)
}

// judgesCurrentFirst sees the same of who does not know the current one.
func judgesCurrentFirst(ctx context.Context, r *run) error {
	if !r.able.Change {
		return errSkipped
	}
	err := r.client.Change(ctx, r.op("current-first"), r.Portal, r.account.ID, "this is not "+r.given, r.tooLong())
	return errors.Join(wantCode(err, backend.WrongPassword), unchanged(ctx, r))
}

func resets(ctx context.Context, r *run) (err error) {
	if r.given, err = password(r.able.Password, "1"); err != nil {
		return err
	}
	if r.done, err = r.reset(ctx, "reset", r.given); err != nil {
		return fmt.Errorf("resetting: %w", err)
	}
	p, u := r.done.Password.Outcome, r.done.Unlock.Outcome
	if p != backend.Done || u != backend.Done && u != backend.NotNeeded {
		return fmt.Errorf("the password is %s and the unlocking is %s", p, u)
	}
	return nil
}

func answersAgain(ctx context.Context, r *run) error {
	got, err := r.reset(ctx, "reset", r.given)
	if err != nil {
		return fmt.Errorf("asking again: %w", err)
	}
	if got != r.done {
		return fmt.Errorf("got %+v and then %+v", r.done, got)
	}
	return nil
}

func refusesMismatch(ctx context.Context, r *run) error {
	other, err := password(r.able.Password, "9")
	if err != nil {
		return err
	}
	_, err = r.reset(ctx, "reset", other)
	return wantCode(err, backend.IdempotencyMismatch)
}

func open(ctx context.Context, r *run) (err error) {
	if r.account, err = r.client.Account(ctx, r.Portal, r.account.ID); err != nil {
		return fmt.Errorf("reading the account: %w", err)
	}
	if s := r.account.State; !s.Registered || s.Locked || s.MustChange || s.Expired {
		return fmt.Errorf("its state is %+v", s)
	}
	return nil
}

func unlocksNothing(ctx context.Context, r *run) error {
	if !r.able.Unlock {
		return errSkipped
	}
	e, err := r.proof()
	if err != nil {
		return err
	}
	got, err := r.client.Unlock(ctx, r.op("unlock"), r.Portal, r.account.ID, e)
	if err == nil && got.Outcome != backend.NotNeeded {
		err = fmt.Errorf("got %q", got.Outcome)
	}
	return err
}

// makesTemporary checks the form (RULES: temp.form).
func makesTemporary(ctx context.Context, r *run) error {
	if !r.able.Temporary {
		return errSkipped
	}
	var made []backend.Temporary
	for _, name := range []string{"temporary", "temporary", "temporary-2"} {
		t, err := r.client.Temporary(ctx, r.op(name), r.Portal, r.account.ID)
		if err != nil {
			return fmt.Errorf("asking: %w", err)
		}
		made = append(made, t)
	}
	text, life := made[0].Password.Reveal(), made[0].ExpiresAt.Sub(r.Now())
	switch {
	case made[0].Password != made[1].Password:
		return errors.New("the same key gives another one")
	case made[0].Password == made[2].Password:
		return errors.New("another key gives the same one")
	case len(text) < 12 || strings.ContainsAny(text, "0O1lI"):
		return errors.New("it is shorter than 12, or holds one of 0 O 1 l I")
	case life <= 0 || life > 24*time.Hour+time.Minute:
		return fmt.Errorf("it lives %v, and may live 24 h", life)
	}
	return nil
}

func refusesWrong(ctx context.Context, r *run) error {
	if !r.able.Change {
		return errSkipped
	}
	next, err := password(r.able.Password, "2")
	if err != nil {
		return err
	}
	err = r.client.Change(ctx, r.op("wrong"), r.Portal, r.account.ID, "this is not "+r.given, next)
	return errors.Join(wantCode(err, backend.WrongPassword), unchanged(ctx, r))
}

func changes(ctx context.Context, r *run) error { return r.changeFrom(ctx, "change", r.given, "3") }

func changesByTemporary(ctx context.Context, r *run) error {
	if !r.able.Temporary {
		return errSkipped
	}
	t, err := r.client.Temporary(ctx, r.op("temporary-3"), r.Portal, r.account.ID)
	if err != nil {
		return fmt.Errorf("asking for a temporary password: %w", err)
	}
	return r.changeFrom(ctx, "change-temporary", t.Password, "4")
}

// changeFrom changes the password, and sees that the one before works no more.
func (r *run) changeFrom(ctx context.Context, name string, current secret.Text, seed string) error {
	if !r.able.Change {
		return errSkipped
	}
	next, err := password(r.able.Password, seed)
	if err != nil {
		return err
	}
	if err := r.client.Change(ctx, r.op(name), r.Portal, r.account.ID, current, next); err != nil {
		return fmt.Errorf("changing: %w", err)
	}
	r.given = next
	err = r.client.Change(ctx, r.op(name+"-again"), r.Portal, r.account.ID, current, next)
	if err := wantCode(err, backend.WrongPassword); err != nil {
		return fmt.Errorf("the old password still serves: %w", err)
	}
	return open(ctx, r)
}

func endsSessions(ctx context.Context, r *run) error {
	if !r.able.EndSessions {
		return errSkipped
	}
	e, err := r.proof()
	if err != nil {
		return err
	}
	return r.client.EndSessions(ctx, r.op("sessions"), r.Portal, r.account.ID, e)
}
