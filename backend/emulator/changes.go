package emulator

import (
	"context"
	"slices"

	"ventanilla/backend"
	"ventanilla/backend/coreapi"
	"ventanilla/backend/secret"
)

// proven checks the evidence of a call for an account and one of the methods.
func (e *Emulator) proven(c call, text string, r *record, methods ...string) error {
	claims, err := e.claims(c, text, r, methods...)
	if err != nil {
		return err
	}
	byMail := claims.Method == backend.MethodCode || claims.Method == backend.MethodLink
	if byMail && !r.knows(claims.Address) {
		return &backend.Error{Code: backend.BadEvidence, Message: "the address is none of the account's"}
	}
	return nil
}

// claims checks all of an evidence but its address.
func (e *Emulator) claims(c call, text string, r *record, methods ...string) (backend.Claims, error) {
	claims, err := backend.ReadEvidence(text, e.opt.EvidenceKey, c.now)
	switch {
	case err != nil:
		return claims, &backend.Error{Code: backend.BadEvidence, Message: "the signature or the time does not hold"}
	case claims.Subject != r.ID || claims.Portal != r.Portal:
		return claims, &backend.Error{Code: backend.BadEvidence, Message: "it is for another account"}
	case !slices.Contains(methods, claims.Method):
		return claims, &backend.Error{Code: backend.BadEvidence, Message: "the method does not suffice"}
	}
	return claims, nil
}

// owned reads an account that was opened and checks that the evidence is its owner's.
func (e *Emulator) owned(c call, evidence string) (*record, error) {
	r, err := e.registered(c)
	if err != nil {
		return nil, err
	}
	return r, e.proven(c, evidence, r, backend.MethodCode, backend.MethodLink, backend.MethodAgent)
}

// registered reads an account that was opened and not closed since.
func (e *Emulator) registered(c call) (*record, error) {
	r, err := e.record(c.portal.ID, c.account)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Disabled:
		return nil, &backend.Error{Code: backend.Rejected, Reason: backend.ReasonDisabled}
	case !r.Registered:
		return nil, &backend.Error{Code: backend.Rejected, Reason: backend.ReasonUnregistered}
	}
	return r, nil
}

// judged refuses a password that breaks the rules, and hashes one that does not.
func (e *Emulator) judged(ctx context.Context, c call, password secret.Text, username string) (string, error) {
	if list := broken(c.portal.rules(), password, username); len(list) > 0 {
		return "", &backend.Error{Code: backend.WeakPassword, Violated: list}
	}
	return e.hash.make(ctx, password)
}

// reset sets a password and unlocks in one transaction (RULES: reset.unlocks).
func (e *Emulator) reset(ctx context.Context, c call, q coreapi.ResetRequest) (apply, error) {
	r, err := e.owned(c, q.Evidence)
	if err != nil {
		return nil, err
	}
	var hash string
	if q.Password != "" {
		if hash, err = e.judged(ctx, c, secret.Text(q.Password), r.Username); err != nil {
			return nil, err
		}
	}
	return func(b *book) (any, error) {
		r, err := b.account(c.portal.ID, c.account)
		if err != nil {
			return nil, err
		}
		var kinds []string
		res := backend.ResetResult{Password: backend.Part{Outcome: backend.Skipped}, Unlock: backend.Part{Outcome: backend.Skipped}}
		if hash != "" {
			res.Password = e.faults.part(PartialPassword, func() backend.Outcome {
				r.setPassword(hash)
				kinds = append(kinds, PasswordSet)
				return backend.Done
			})
		}
		if q.Unlock {
			res.Unlock = e.faults.part(PartialUnlock, func() backend.Outcome { return unlockRecord(r, &kinds) })
		}
		return res, b.change(r, kinds...)
	}, nil
}

func unlockRecord(r *record, kinds *[]string) backend.Outcome {
	if !r.unlock() {
		return backend.NotNeeded
	}
	*kinds = append(*kinds, Unlocked)
	return backend.Done
}

func (e *Emulator) unlock(_ context.Context, c call, q coreapi.EvidenceRequest) (apply, error) {
	if _, err := e.owned(c, q.Evidence); err != nil {
		return nil, err
	}
	return func(b *book) (any, error) {
		r, err := b.account(c.portal.ID, c.account)
		if err != nil {
			return nil, err
		}
		var kinds []string
		part := e.faults.part(PartialUnlock, func() backend.Outcome { return unlockRecord(r, &kinds) })
		return part, b.change(r, kinds...)
	}, nil
}

func (e *Emulator) endSessions(_ context.Context, c call, q coreapi.EvidenceRequest) (apply, error) {
	if _, err := e.owned(c, q.Evidence); err != nil {
		return nil, err
	}
	return func(b *book) (any, error) {
		r, err := b.account(c.portal.ID, c.account)
		if err != nil {
			return nil, err
		}
		r.Sessions = 0
		return nil, b.change(r, SessionsEnded)
	}, nil
}

// temporary makes a temporary password beside the old one (RULES: temp.form, temp.keeps).
func (e *Emulator) temporary(ctx context.Context, c call, _ coreapi.TemporaryRequest) (apply, error) {
	if _, err := e.registered(c); err != nil {
		return nil, err
	}
	password, err := e.hash.temporary()
	if err != nil {
		return nil, err
	}
	hash, err := e.hash.make(ctx, password)
	if err != nil {
		return nil, err
	}
	return func(b *book) (any, error) {
		r, err := b.account(c.portal.ID, c.account)
		if err != nil {
			return nil, err
		}
		r.Temporary = &temporary{Hash: hash, ExpiresAt: b.now.Add(temporaryLife)}
		return coreapi.TemporaryResult{Password: password.Reveal(), ExpiresAt: r.Temporary.ExpiresAt.UTC()}, b.change(r, TemporaryMade)
	}, nil
}

// changePassword replaces the password with the current or a temporary one as proof.
func (e *Emulator) changePassword(ctx context.Context, c call, q coreapi.ChangeRequest) (apply, error) {
	r, err := e.registered(c)
	if err != nil {
		return nil, err
	}
	if wait := r.paused(c.now); wait > 0 {
		return nil, &backend.Error{Code: backend.RateLimited, After: wait}
	}
	by, err := e.recognise(ctx, r, secret.Text(q.Current), c.now)
	if err != nil {
		return nil, err
	}
	var hash string
	if by.right() {
		if hash, err = e.judged(ctx, c, secret.Text(q.Password), r.Username); err != nil {
			return nil, err
		}
	}
	return func(b *book) (any, error) { return nil, b.replacePassword(c, by, hash) }, nil
}

// replacePassword writes what [Emulator.changePassword] found out, if the account is still as it was.
func (b *book) replacePassword(c call, by recognised, hash string) error {
	r, err := b.account(c.portal.ID, c.account)
	if err != nil {
		return err
	}
	if !by.stillTrue(r) {
		return &backend.Error{Code: backend.Unavailable, Message: "the account changed meanwhile"}
	}
	if !by.right() {
		r.miss(b.now)
		if err := b.save(r); err != nil {
			return err
		}
		return &backend.Error{Code: backend.WrongPassword}
	}
	kinds := []string{PasswordSet}
	if by.temporary { // using it is a proof, as signing in with it is
		_ = unlockRecord(r, &kinds)
	} else if r.Locked {
		return &backend.Error{Code: backend.Locked}
	}
	r.setPassword(hash)
	return b.change(r, kinds...)
}
