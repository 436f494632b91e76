package store

import (
	"context"
	"fmt"
	"strings"

	"ventanilla/flows"
)

// Erase forgets a person: dialog, memory, name, messages, transcript, mails
// under way, links in mails and to accounts, and what was set aside. A tombstone stays, with the audit trail's
// head; so do the trail, budgets and freezes, also that of this chat (RULES:
// data.retention). Call it after the last line was delivered. It may be repeated.
func (s *Store) Erase(ctx context.Context, k flows.Key) error {
	page, line := "", uint64(0)
	err := s.Update(ctx, k, func(c *Conversation) error {
		now := s.clock.Now()
		page, line = c.Page, c.Lines
		*c = Conversation{Key: flows.Key{Portal: k.Portal, Channel: k.Channel}, Turns: c.Turns, Lines: c.Lines, Page: c.Page,
			Flood: c.Flood, Chain: c.Chain, Muted: c.Muted, Marks: c.Marks, Dialog: flows.Dialog{Memory: flows.Memory{Blocked: c.Dialog.Memory.Blocked}},
			Erased: now, rev: c.rev, shown: c.shown, waiting: c.waiting, name: s.Name(k)}
		c.Audit(flows.Audit{What: "erased"}, now)
		return nil
	})
	if err != nil {
		return fmt.Errorf("erasing a conversation: %w", err)
	}
	name := s.Name(k)
	if err := s.removePages(ctx, name, page, line); err != nil {
		return err
	}
	for _, prefix := range []string{transcript + name + ".", away + name + "."} {
		if err := s.removeAll(ctx, prefix, nil); err != nil {
			return err
		}
	}
	err = s.removeAll(ctx, setAside, func(e Entry) (bool, error) {
		var b Broken
		err := s.unseal(e, &b)
		return b.Key == k, err
	})
	if err != nil {
		return err
	}
	for _, prefix := range []string{links, cases} {
		err = s.removeAll(ctx, prefix, func(e Entry) (bool, error) { return strings.HasSuffix(e.Key, "."+name), nil })
		if err != nil {
			return err
		}
	}
	return s.removeAll(ctx, grants, func(e Entry) (bool, error) {
		var g GrantRecord
		err := s.unseal(e, &g)
		return g.Key == k, err
	})
}

// removeAll deletes the entries under prefix that match, in small transactions.
func (s *Store) removeAll(ctx context.Context, prefix string, match func(Entry) (bool, error)) error {
	for after := ""; ; {
		es, err := s.kv.List(ctx, prefix, after, 64)
		if err != nil {
			return fmt.Errorf("erasing %s: %w", kindOf(prefix), err)
		}
		if len(es) == 0 {
			return nil
		}
		after = es[len(es)-1].Key
		var gone []Entry
		for _, e := range es {
			yes := match == nil
			if !yes {
				if yes, err = match(e); err != nil {
					return err
				}
			}
			if yes {
				gone = append(gone, Entry{Key: e.Key, Rev: e.Rev})
			}
		}
		if err := s.deleteAll(ctx, gone); err != nil {
			return err
		}
	}
}

func (s *Store) deleteAll(ctx context.Context, gone []Entry) error {
	if len(gone) == 0 {
		return nil
	}
	for i := range gone {
		if _, err := s.kv.Put(ctx, gone[i], gone[i+1:]...); err == nil {
			return nil
		} else if !isConflict(err) {
			return fmt.Errorf("erasing %s: %w", kindOf(gone[i].Key), err)
		}
	}
	return nil
}
