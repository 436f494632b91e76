package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ventanilla/flows"
)

// Erase forgets a person: dialog, memory, name, messages, transcript, links to
// accounts, what was set aside, and of mails what only served their own errand. A
// tombstone stays, with the audit trail's head; so do the trail, budgets and freezes,
// also that of this chat (RULES: data.retention).
//
// What protects somebody else stays too, until it ends by itself: notices that still
// wait to be mailed, and the links in mails by which the owner of an account says "No
// fui yo", stops what a stranger began, or cuts a chat off (RULES: notme). Otherwise a
// thief would silence the owner by having their own data erased. These entries hold the
// chat's Key, for the link acts on that chat. See [unmailed] and [ownErrand] for the rule.
//
// Call it after the last line was delivered. It may be repeated. If it fails halfway the record keeps the
// wish ([flows.Memory].Forget) and is due again within a minute: then it goes on where it was, and leaves alone
// what the person wrote meanwhile.
func (s *Store) Erase(ctx context.Context, k flows.Key) error {
	page, line := "", uint64(0)
	err := s.Update(ctx, k, func(c *Conversation) error {
		if page, line = c.Page, c.Lines; c.Erasing {
			return nil
		}
		gone, err := s.unmailed(ctx, k)
		if err != nil {
			return err
		}
		gone = append(gone, c.identKeys(s.Name(k))...)
		for _, p := range c.Pleas {
			gone = append(gone, s.pleaKey(k, p.ID))
		}
		now := s.clock.Now()
		*c = Conversation{Key: k, Turns: c.Turns, Lines: c.Lines, Page: c.Page,
			Flood: c.Flood, Chain: c.Chain, Muted: c.Muted, Marks: c.Marks, Dialog: flows.Dialog{Memory: flows.Memory{Blocked: c.Dialog.Memory.Blocked, Forget: true}, Due: now.Add(time.Minute)},
			Heard: c.Heard, Erased: now, Erasing: true, rev: c.rev, shown: c.shown, cared: c.cared, waiting: c.waiting, name: s.Name(k)}
		c.queue.drop = gone
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
	if err := s.removeAll(ctx, transcript+name+".", nil); err != nil {
		return err
	}
	for _, prefix := range []string{links, cases, returnable} {
		err = s.removeAll(ctx, prefix, func(e Entry) (bool, error) { return strings.HasSuffix(e.Key, "."+name), nil })
		if err != nil {
			return err
		}
	}
	if err := s.eraseSealed(ctx, k); err != nil {
		return err
	}
	return s.Update(ctx, k, func(c *Conversation) error {
		c.Erasing, c.Dialog.Memory.Forget = false, false
		if c.Dialog.Flow == "" && len(c.Inbox)+len(c.Outbox) == 0 { // nobody wrote meanwhile
			c.Key, c.Dialog.Due = flows.Key{Portal: k.Portal, Channel: k.Channel}, time.Time{}
		}
		return nil
	})
}

// eraseSealed removes the entries of a person whose keys do not say whose they are.
func (s *Store) eraseSealed(ctx context.Context, k flows.Key) error {
	err := s.removeAll(ctx, setAside, func(e Entry) (bool, error) {
		var b Broken
		err := s.unseal(e, &b)
		return b.Key == k, err
	})
	if err != nil {
		return err
	}
	return s.removeAll(ctx, grants, func(e Entry) (bool, error) {
		var g GrantRecord
		err := s.unseal(e, &g)
		return g.Key == k && ownErrand(g.Grant), err
	})
}

// ownErrand tells whether a link in a mail only serves whoever asked for it in the chat.
// These are named one by one: a kind that nobody thought of here is kept, since the
// worst of that is a link that lives until its end, and the worst of the opposite is
// an owner whose "No fui yo" does nothing.
func ownErrand(g flows.Grant) bool { return g.Kind == "reset" }

// unmailed are the keys of the mails under way whose fate the person's own dialog
// waits for, which is what a Ref says: codes, temporary passwords, links. A mail that
// no dialog asks about is a notice to somebody, and is not among them. They go in the
// transaction that makes the tombstone, so that the report on none of them can
// come between ([Store.Done]) and put a dialog's data into it.
func (s *Store) unmailed(ctx context.Context, k flows.Key) (keys []string, err error) {
	for prefix, after := away+s.Name(k)+".", ""; ; {
		es, err := s.kv.List(ctx, prefix, after, 64)
		if err != nil {
			return nil, fmt.Errorf("listing mails under way: %w", err)
		}
		if len(es) == 0 {
			return keys, nil
		}
		after = es[len(es)-1].Key
		for _, e := range es {
			var a Away
			if err := s.unseal(e, &a); err != nil {
				return nil, err
			}
			if a.Out.Reply.Ref != "" {
				keys = append(keys, e.Key)
			}
		}
	}
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
