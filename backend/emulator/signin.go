package emulator

import (
	"context"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

// Result is how a sign-in ended.
type Result string

// The results of a sign-in.
const (
	OK         Result = "ok"
	Wrong      Result = "wrong" // username or password
	LockedNow  Result = "locked"
	MustChange Result = "must_change" // right, but a new password is demanded
	Expired    Result = "expired"     // right, but too old
)

// recognised says which of an account's passwords a typed one is.
type recognised struct {
	current   bool
	temporary bool
	hash      string // what was compared, to see later whether it still stands
	temp      *temporary
}

func (r recognised) right() bool { return r.current || r.temporary }

// stillTrue tells whether the account's passwords are the ones that were compared.
func (r recognised) stillTrue(now *record) bool {
	same := now.Temporary == nil && r.temp == nil || now.Temporary != nil && r.temp != nil && *now.Temporary == *r.temp
	return now.Hash == r.hash && same
}

// recognise compares a typed password with those of an account. It always hashes
// at least once, so that an account without a password takes as long.
func (e *Emulator) recognise(ctx context.Context, r *record, typed secret.Text, now time.Time) (recognised, error) {
	by := recognised{hash: r.Hash, temp: r.Temporary}
	var err error
	if by.current, err = e.hash.matches(ctx, r.Hash, typed); err != nil || by.current {
		return by, err
	}
	if t := r.live(now); t != nil {
		by.temporary, err = e.hash.matches(ctx, t.Hash, typed)
	}
	return by, err
}

// SignIn tries a password as the portal's own page does: wrong ones count and lock.
// A temporary password works once; only then is the account unlocked, the old
// password ended and a change demanded (RULES: temp.keeps). It returns an error
// only if the file or ctx fails.
func (e *Emulator) SignIn(ctx context.Context, portal, username string, password secret.Text) (Result, error) {
	for {
		result, again, err := e.signIn(ctx, portal, username, password)
		if err != nil || !again {
			return result, err
		}
	}
}

// signIn tries once; again means that the account changed while the password was hashed.
func (e *Emulator) signIn(ctx context.Context, portal, username string, password secret.Text) (result Result, again bool, err error) {
	seen := &record{} // of an unknown person: the same work for nothing
	err = e.view(func(b *book) error {
		r, err := b.byUsername(portal, username)
		if err == nil {
			seen = r
		}
		return ignore(err, backend.NotFound)
	})
	if err != nil {
		return "", false, err
	}
	by, err := e.recognise(ctx, seen, password, e.opt.Now())
	if err != nil || seen.ID == "" {
		return Wrong, false, err
	}
	err = e.update("signin", func(b *book) error {
		r, err := b.account(seen.Portal, seen.ID)
		if err != nil {
			return err
		}
		if !by.stillTrue(r) {
			again = true
			return nil
		}
		var kinds []string
		result, kinds = r.signIn(by, b.now, e.opt.LockAfter)
		return b.change(r, kinds...)
	})
	return result, again, err
}

// signIn judges a sign-in and notes its consequences.
func (r *record) signIn(by recognised, now time.Time, lockAfter int) (Result, []string) {
	switch {
	case r.Disabled, r.OpensAt.After(now):
		return LockedNow, nil
	case by.temporary && !r.Temporary.Used:
		kinds := []string{PasswordEnded}
		_ = unlockRecord(r, &kinds)
		r.Temporary = &temporary{Hash: r.Temporary.Hash, ExpiresAt: r.Temporary.ExpiresAt, Used: true}
		r.Hash, r.MustChange = "", true
		return MustChange, kinds
	case r.Locked:
		return LockedNow, nil
	case !by.current:
		return r.wrong(lockAfter)
	}
	r.Wrong = 0
	switch {
	case r.MustChange:
		return MustChange, nil
	case r.Expired:
		return Expired, nil
	}
	r.Sessions++
	return OK, nil
}

func (r *record) wrong(lockAfter int) (Result, []string) {
	r.Wrong++
	if r.Wrong < lockAfter {
		return Wrong, nil
	}
	r.Locked = true
	return LockedNow, []string{LockedOut}
}

// ignore drops an error of one code.
func ignore(err error, code backend.Code) error {
	if backend.CodeOf(err) == code {
		return nil
	}
	return err
}
