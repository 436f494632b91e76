package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ventanilla/cmd/ventanilla/door"
	"ventanilla/store"
)

var (
	_ door.Asides = (*Vault)(nil)
	_ door.Asides = works{}
)

// operator stands in the trail for who works at the command line. No agent can be called so.
const operator = "(operator)"

// Aside returns the messages that were set aside, the latest first, without what they say.
func (v *Vault) Aside(ctx context.Context) (all []door.Message, err error) {
	err = v.store.EachBroken(ctx, func(x store.Broken) error {
		all = append(all, door.Message{ID: x.ID, Case: x.Case, At: x.At, Portal: x.Key.Portal, Channel: x.Key.Channel,
			Where: strings.Trim(x.Flow+"/"+x.Step, "/"), Kind: string(x.Kind), Reason: x.Reason})
		return nil
	})
	slices.SortFunc(all, func(a, b door.Message) int { return b.At.Compare(a.At) })
	return all, err
}

// asideID is which message is meant by an id, or by a case number that no other has.
func (v *Vault) asideID(ctx context.Context, named string) (string, error) {
	var ids []string
	err := v.store.EachBroken(ctx, func(x store.Broken) error {
		if x.ID == named || strings.EqualFold(x.Case, named) {
			ids = append(ids, x.ID)
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", fmt.Errorf("nothing is set aside as %q", named)
	case len(ids) > 1:
		return "", fmt.Errorf("%d messages have the case number %s; name one of %s", len(ids), named, strings.Join(ids, ", "))
	}
	return ids[0], nil
}

// RetryAside puts a message back where it was read.
func (v *Vault) RetryAside(ctx context.Context, named string) error {
	id, err := v.asideID(ctx, named)
	if err == nil {
		err = v.store.Retry(ctx, id, operator)
	}
	if errors.Is(err, store.ErrHeld) {
		return fmt.Errorf("an agent has that conversation: once it is handed back, %s can be tried again", named)
	}
	return err
}

// DismissAside lets a message go.
func (v *Vault) DismissAside(ctx context.Context, named, why string) error {
	if !slices.Contains(store.DismissReasons, why) {
		return fmt.Errorf("%q is no reason; one of %s is", why, strings.Join(store.DismissReasons, ", "))
	}
	id, err := v.asideID(ctx, named)
	if err != nil {
		return err
	}
	return v.store.Dismiss(ctx, id, operator, why)
}

// Aside implements [door.Asides].
func (w works) Aside(ctx context.Context) ([]door.Message, error) {
	all, err := w.vault().Aside(ctx)
	if err != nil {
		w.opt.Log.Warn("what was set aside could not be listed", "err", err)
	}
	return all, err
}

// RetryAside implements [door.Asides].
func (w works) RetryAside(ctx context.Context, named string) error {
	if err := w.vault().RetryAside(ctx, named); err != nil {
		w.opt.Log.Warn("a message that was set aside could not be put back", "case", named, "err", err)
		return err
	}
	w.opt.Log.Info("a message that was set aside is tried again", "case", named)
	return nil
}

// DismissAside implements [door.Asides].
func (w works) DismissAside(ctx context.Context, named, why string) error {
	if err := w.vault().DismissAside(ctx, named, why); err != nil {
		w.opt.Log.Warn("a message that was set aside could not be let go", "case", named, "reason", why, "err", err)
		return err
	}
	w.opt.Log.Info("a message that was set aside is let go", "case", named, "reason", why)
	return nil
}
