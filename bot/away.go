package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// Carry sends one reply that goes elsewhere than the conversation's own chat,
// such as a mail, and notes its fate: "sent" or "undelivered" goes back to the
// dialog in the transaction that ends it. The error is the store's, or ctx's.
func (w *Worker) Carry(ctx context.Context, a store.Away) error {
	if now := w.Clock.Now(); a.Out.Not.After(now) && ending(&a.Out).After(now) {
		return nil
	}
	c, err := w.Store.Load(ctx, a.Key)
	if err != nil {
		return fmt.Errorf("loading what a mail is about: %w", err)
	}
	f, err := w.attempt(ctx, a.Key, c, &a.Out)
	if err != nil {
		return fmt.Errorf("sending a mail: %w", err)
	}
	ctx, end := outlasting(ctx)
	defer end()
	if f.code != "" {
		a.Out.Why = f.code
	}
	if a.Out.Sent, a.Out.Known = f.receipt, f.known; f.again.IsZero() {
		return w.Away.Done(ctx, a, f.lost)
	}
	again := w.Away.PostponeAway
	if f.held {
		again = w.Away.DelayAway
	}
	return unlessChanged(again(ctx, a, f.again))
}

// Returned takes to heart that something which a network took for elsewhere came back from
// there, such as a mail that bounced: the dialog, the agents and the figures know it then as if
// it had been refused at once. It returns false for a receipt of which nothing is known (any
// more), so the same report twice is once. The error is the store's.
func (w *Worker) Returned(ctx context.Context, receipt, code string) (known bool, err error) {
	a, err := w.Away.Returned(ctx, receipt, returned, code)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		w.fallen(a.Key, &a.Out, fate{lost: returned}, nil)
	}
	return err == nil, err
}

// returned is why a reply is lost that its network took and brought back.
const returned = "returned"

// Fell logs and counts a reply to elsewhere that the store ended because it came
// to no send before its end; it goes into store.Options.
func (w *Worker) Fell(a store.Away) {
	w.fallen(a.Key, &a.Out, fate{lost: store.Expired}, nil)
}

// unlessChanged is for a reply that is put off: if somebody else did something with
// it meanwhile, that counts.
func unlessChanged(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}

// held asks the portal's ceiling of mails a minute, and returns until when it
// holds this reply back (RULES: flood.starts). A retry within the minute counts once.
func (w *Worker) held(ctx context.Context, k flows.Key, out *store.Outbound) (until time.Time, err error) {
	if channel, _ := destination(k, out.Reply.To); channel != "email" || w.Limits.PortalMails.Max == 0 {
		return until, nil
	}
	left, err := w.Guard.Spend(ctx, "portal/"+k.Portal, w.Limits.PortalMails, out.ID)
	if err != nil || left.OK {
		return until, err
	}
	w.pauses.set(place{k.Portal, "email"}, left.Next)
	w.Meters.ceiling.WithLabelValues(k.Portal).Inc()
	w.Log.Error("ceiling of mails a minute reached: mails wait", "portal", k.Portal, "max", w.Limits.PortalMails.Max, "until", left.Next)
	return left.Next.Add(w.spread(time.Second)), nil
}
