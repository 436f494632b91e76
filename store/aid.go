package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ventanilla/flows"
)

// PleaLife is for how long an act waits for the word of a second agent.
const PleaLife = 15 * time.Minute

// ErrOwnPlea is returned to an agent who would allow an act of their own (RULES: agent.never).
var ErrOwnPlea = errors.New("store: nobody allows what they asked for themselves")

// Plea is an act that one agent asked for and another has to allow. It ends by itself.
type Plea struct {
	ID     string            `json:"id"`
	Agent  string            `json:"agent"`
	Event  string            `json:"event"` // [flows.AidEvent] and the act
	Values map[string]string `json:"values,omitempty"`
	Label  string            `json:"label,omitempty"` // of the account, where there was a choice
	At     time.Time         `json:"at"`
	Until  time.Time         `json:"until"`
}

// Pleaded is a plea in the list of all that wait.
type Pleaded struct {
	Name   string    `json:"name"` // of the conversation
	Portal string    `json:"portal"`
	ID     string    `json:"id"`
	Agent  string    `json:"agent"`
	Event  string    `json:"event"`
	Until  time.Time `json:"until"`
}

// Acts tells whether an input is something that an agent does for the person.
func (in Inbound) Acts() bool {
	return in.Input.From == flows.Agent && strings.HasPrefix(in.Input.Event, flows.AidEvent)
}

// Held tells whether somebody else holds the conversation than the agents whose act it is.
func (c *Conversation) Held(in Inbound) bool {
	return c.Holder != nil && c.Holder.Agent != in.Name && c.Holder.Agent != in.Input.Values[flows.AidSecond]
}

// Bid accepts an act of the agent in.Name, if at the moment of the write nobody else holds the
// conversation; otherwise it returns [ErrHeld]. The dialog does it as it answers a message. The same id twice is once.
func (s *Store) Bid(ctx context.Context, k flows.Key, in Inbound) error {
	in.Input.Values = maps.Clone(in.Input.Values)
	delete(in.Input.Values, flows.AidSecond)
	return s.bid(ctx, k, in, func(c *Conversation) error {
		c.auditAid("aid_asked", in.Name, in.Input, "", in.At)
		return nil
	})
}

// bid accepts an act if check, which may change the conversation, lets it pass.
func (s *Store) bid(ctx context.Context, k flows.Key, in Inbound, check func(*Conversation) error) error {
	in.Input.From = flows.Agent
	return s.retry(ctx, s.Name(k), func() error {
		c, changed, err := s.Receive(ctx, k, in)
		if err != nil || !changed {
			return err
		}
		if c.Held(in) {
			return ErrHeld
		}
		if err := check(c); err != nil {
			return err
		}
		return s.Save(ctx, c)
	})
}

// auditAid adds a line about an act to the trail: who, why, for whom.
func (c *Conversation) auditAid(what, who string, in flows.Input, outcome string, now time.Time) {
	a := flows.Audit{What: what, Who: who, Account: in.Values[flows.AidAccount], Detail: map[string]string{"act": strings.TrimPrefix(in.Event, flows.AidEvent)}}
	for _, name := range []string{flows.AidReason, flows.AidSecond, flows.AidChecked} {
		if v := in.Values[name]; v != "" {
			a.Detail[name] = v
		}
	}
	if outcome != "" {
		a.Detail["outcome"] = outcome
	}
	c.Audit(a, now)
}

// Aided notes in the trail and in the transcript what became of an act.
func (c *Conversation) Aided(in Inbound, outcome string, now time.Time) {
	c.auditAid("aided", in.Name, in.Input, outcome, now)
	c.line(Line{At: now, From: Note, Who: in.Name, Event: in.Input.Event, Choice: outcome, Text: in.Input.Values[flows.AidReason]})
}

// Plead keeps an act that takes a second agent until that one allows it or [PleaLife] has passed. It
// returns [ErrHeld] if somebody else holds the conversation. The same id twice is once, and the same act
// of the same agent replaces the one that waits.
func (s *Store) Plead(ctx context.Context, k flows.Key, p Plea) error {
	in := Inbound{ID: p.ID, At: p.At, Name: p.Agent, Input: flows.Input{From: flows.Agent, Event: p.Event, Values: p.Values}}
	return s.retry(ctx, s.Name(k), func() error {
		c, err := s.Load(ctx, k)
		if err != nil {
			return err
		}
		if dup, err := s.accepted(ctx, c, in); err != nil || dup {
			return err
		}
		if c.Held(in) {
			return ErrHeld
		}
		c.lapse(s.clock.Now())
		c.Pleas = slices.DeleteFunc(c.Pleas, func(x Plea) bool {
			again := x.Agent == p.Agent && x.Event == p.Event
			if again {
				c.queue.drop = append(c.queue.drop, s.pleaKey(c.Key, x.ID))
			}
			return again
		})
		p.Until = p.At.Add(PleaLife)
		c.Pleas = append(c.Pleas, p)
		s.mark(c, in)
		c.auditAid("aid_pleaded", p.Agent, in.Input, "", p.At)
		c.queue.pleas = append(c.queue.pleas, p)
		return s.Save(ctx, c)
	})
}

// Plea returns an act that waits, or [ErrNotFound].
func (c *Conversation) Plea(id string, now time.Time) (Plea, error) {
	for _, p := range c.Pleas {
		if p.ID == id && p.Until.After(now) {
			return p, nil
		}
	}
	return Plea{}, ErrNotFound
}

// lapse forgets the acts that waited too long.
func (c *Conversation) lapse(now time.Time) {
	c.Pleas = slices.DeleteFunc(c.Pleas, func(p Plea) bool { return past(p.Until, now) })
}

// settlePlea takes an act off those that wait.
func (s *Store) settlePlea(c *Conversation, id string) {
	c.Pleas = slices.DeleteFunc(c.Pleas, func(p Plea) bool { return p.ID == id })
	c.queue.drop = append(c.queue.drop, s.pleaKey(c.Key, id))
}

// Allow lets an act go ahead at the word of the agent by. It returns [ErrNotFound] if it does not wait any
// more, [ErrOwnPlea] to who asked for it, and [ErrHeld] if neither of the two holds a conversation that somebody holds.
func (s *Store) Allow(ctx context.Context, k flows.Key, id, by string) error {
	c, err := s.Load(ctx, k)
	if err != nil {
		return err
	}
	p, err := c.Plea(id, s.clock.Now())
	switch {
	case err != nil:
		return err
	case strings.EqualFold(p.Agent, by):
		return ErrOwnPlea
	}
	values := maps.Clone(p.Values)
	values[flows.AidSecond] = by
	in := Inbound{ID: id + "/allowed", At: s.clock.Now(), Name: p.Agent, Input: flows.Input{Event: p.Event, Values: values}}
	return s.bid(ctx, k, in, func(c *Conversation) error {
		if _, err := c.Plea(id, s.clock.Now()); err != nil {
			return err
		}
		s.settlePlea(c, id)
		c.auditAid("aid_allowed", by, in.Input, "", in.At)
		return nil
	})
}

// Deny ends an act that waits: another agent said no, who asked took it back, or why is "void", since who
// asked may not ask any more. It returns [ErrNotFound] if it does not wait.
func (s *Store) Deny(ctx context.Context, k flows.Key, id, by, why string) error {
	err := s.Update(ctx, k, func(c *Conversation) error {
		p, err := c.Plea(id, s.clock.Now())
		if err != nil {
			return err
		}
		s.settlePlea(c, id)
		c.auditAid("aid_denied", by, flows.Input{Event: p.Event, Values: p.Values}, why, s.clock.Now())
		c.line(Line{At: s.clock.Now(), From: Note, Who: by, Event: p.Event, Choice: why})
		return nil
	})
	if err != nil {
		return fmt.Errorf("denying an act: %w", err)
	}
	return nil
}

func (s *Store) pleaKey(k flows.Key, id string) string {
	return pleas + s.names.name("plea", k.Portal, k.Channel, k.Person, id)
}

// addPleas makes new acts findable that wait for a second agent.
func (s *Store) addPleas(w *write, c *Conversation, name string) {
	for _, p := range c.queue.pleas {
		w.add(Entry{Key: s.pleaKey(c.Key, p.ID), Expires: p.Until}, Pleaded{Name: name, Portal: c.Key.Portal, ID: p.ID, Agent: p.Agent, Event: p.Event, Until: p.Until})
	}
}

// maxPleas is how many acts that wait for a second agent are listed.
const maxPleas = 100

// Pleaded returns the acts that wait for a second agent at the organisations that sees wants, at most a
// hundred: those that end first.
func (s *Store) Pleaded(ctx context.Context, sees func(portal string) bool) (all []Pleaded, err error) {
	for after := ""; ; {
		es, err := s.kv.List(ctx, pleas, after, maxPleas)
		if err != nil {
			return nil, fmt.Errorf("listing what waits for a second agent: %w", err)
		}
		for _, e := range es {
			var p Pleaded
			if err := s.unseal(e, &p); err != nil {
				return nil, err
			}
			if sees(p.Portal) && !past(p.Until, s.clock.Now()) {
				all = append(all, p)
			}
			after = e.Key
		}
		if len(es) < maxPleas {
			slices.SortFunc(all, func(a, b Pleaded) int { return a.Until.Compare(b.Until) })
			return all[:min(len(all), maxPleas)], nil
		}
	}
}
