package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"ventanilla/backend"
)

// A registration on personal data and a new address waits (RULES: reg.proof). What waits is kept as
// freezes are: a subject, of which nothing but a keyed hash is stored, until a moment, which is the end of the wait and
// [WaitKept] after it. So it survives restarts, needs no sweeping, and is the same for accounts that do not exist.

// WaitKept is for how long somebody may come back once the wait is over.
const WaitKept = 30 * 24 * time.Hour

// Waiting names what waits for a new address: subject is an account's ([Desk.Subject]) or that of who was typed ([Desk.Identity]).
func Waiting(subject, address string) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%d:%s%s", len(subject), subject, address))
	return "waiting/" + hex.EncodeToString(h[:])
}

// Await notes until when something named by [Waiting] waits.
func (d Desk) Await(ctx context.Context, waiting string, until time.Time) error {
	if err := d.Guard.Freeze(ctx, waiting, until.Add(WaitKept)); err != nil {
		return fmt.Errorf("noting what waits: %w", err)
	}
	return nil
}

// Awaited is until when it waits, zero if nothing does.
func (d Desk) Awaited(ctx context.Context, waiting string) (time.Time, error) {
	until, err := d.Guard.Frozen(ctx, waiting)
	if err != nil || until.IsZero() {
		return time.Time{}, err
	}
	return until.Add(-WaitKept), nil
}

// Unawait forgets that something waits: who asks again waits again.
func (d Desk) Unawait(ctx context.Context, waiting string) error {
	if err := d.Guard.Freeze(ctx, waiting, time.Time{}); err != nil {
		return fmt.Errorf("forgetting what waits: %w", err)
	}
	return nil
}

// CallOff ends whatever waits for an account, with every address: its owner said "No fui yo" (RULES: notme).
func (d Desk) CallOff(ctx context.Context, account string, at time.Time) error {
	if err := d.Await(ctx, "off/"+d.Subject(account), at.Add(d.Limits.DataWait)); err != nil {
		return fmt.Errorf("calling off: %w", err)
	}
	return nil
}

// OpenAfter tells which of the accounts may be opened now with an address: those that began to wait for
// it, whose time is over, and that nobody called off meanwhile. That is known as long as anything that began before counts.
func (d Desk) OpenAfter(ctx context.Context, accounts []backend.Account, address string, at time.Time) (open []backend.Account, err error) {
	for _, a := range accounts {
		until, err := d.Awaited(ctx, Waiting(d.Subject(a.ID), address))
		if err != nil {
			return nil, err
		}
		off, err := d.Awaited(ctx, "off/"+d.Subject(a.ID))
		if err != nil {
			return nil, err
		}
		if !until.IsZero() && !until.After(at) && until.After(off) { // both are as long after what they stand for
			open = append(open, a)
		}
	}
	return open, nil
}
