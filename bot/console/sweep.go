package console

import (
	"context"
	"errors"
	"slices"
	"time"

	"ventanilla/store"
)

// How often it is looked for agents who left, and for what was asked of agents and not answered.
const (
	sweepEvery = time.Minute
	lookEvery  = 2 * time.Second
)

// sweep gives back what was left behind or not answered, now and then, until ctx ends.
func (c *Console) sweep(ctx context.Context) {
	every, often := time.NewTicker(sweepEvery), time.NewTicker(lookEvery)
	defer every.Stop()
	defer often.Stop()
	for {
		var err error
		select {
		case <-every.C:
			err = c.Abandoned(ctx)
		case <-often.C:
			err = c.Overdue(ctx)
		case <-ctx.Done():
			return
		}
		if err != nil && ctx.Err() == nil {
			c.Log.Error("conversations that nobody answers could not be given back", "err", err)
		}
	}
}

// Abandoned frees the conversations whose agent is signed in nowhere: nobody would answer there. [Console.Run] calls it.
func (c *Console) Abandoned(ctx context.Context) error {
	here, err := c.here(ctx)
	if err != nil {
		return err
	}
	for _, r := range c.live.all(func(r row) bool { return r.Holder != "" }) {
		conv, err := c.Store.Find(ctx, r.Name)
		if err != nil || conv.Holder == nil || here[conv.Holder.Agent] {
			continue // what cannot be read now is looked at again
		}
		if err := c.Desk.Free(ctx, conv.Key, conv.Holder.Agent, ""); err != nil && !errors.Is(err, store.ErrHeld) {
			return err
		}
	}
	return nil
}

// Overdue puts back into the queue what agents were asked to take and did not in time, or cannot because they
// left. [Console.Run] calls it; that the time runs on while the program does not is in the record.
func (c *Console) Overdue(ctx context.Context) error {
	asked := c.live.all(func(r row) bool { return r.Care.Asked != nil })
	if len(asked) == 0 {
		return nil
	}
	team, err := c.team(ctx)
	if err != nil {
		return err
	}
	for _, r := range asked {
		a := r.Care.Asked
		there := a.To == a.By || slices.ContainsFunc(team, func(m mate) bool { return m.Name == a.To && m.takes(r.Portal) })
		if there && a.Until.After(c.Now()) {
			continue
		}
		conv, err := c.Store.Find(ctx, r.Name)
		if errors.Is(err, store.ErrNotFound) || err == nil && conv.Key.Person == "" {
			continue // erased meanwhile
		}
		if err == nil {
			err = c.Desk.Unanswered(ctx, conv.Key, a.At)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
