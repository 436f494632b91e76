package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ventanilla/backend/secret"
)

// How long an agent stays signed in (OWASP ASVS 5.0, 7.3).
const (
	SessionFor  = 12 * time.Hour
	SessionIdle = 30 * time.Minute
	// touchEvery is how exactly the time of the last request is known.
	touchEvery = time.Minute
)

// Session is one browser in which an agent is signed in.
type Session struct {
	ID    string    `json:"-"` // a keyed hash of the token: it lets nobody in
	Agent string    `json:"agent"`
	Began time.Time `json:"began"`
	Seen  time.Time `json:"seen"`            // of the latest request, to the minute
	Where string    `json:"where,omitempty"` // what the browser says it is, at most 256 bytes
	rev   uint64
}

func (s Session) over(now time.Time) bool {
	return past(s.Began.Add(SessionFor), now) || past(s.Seen.Add(SessionIdle), now)
}

func (g *Agents) sessionID(token secret.Text) string {
	return g.s.names.name("session", token.Reveal())
}

// Begin signs an agent in under a token of at least 128 random bits.
func (g *Agents) Begin(ctx context.Context, token secret.Text, agent, where string) (Session, error) {
	now := g.s.clock.Now()
	s := Session{ID: g.sessionID(token), Agent: agent, Began: now, Seen: now, Where: cut(where, 256)}
	return s, g.keep(ctx, s)
}

func (g *Agents) keep(ctx context.Context, s Session) error {
	w := &write{seal: g.s.sealer.Load()}
	if w.add(Entry{Key: sessions + s.ID, Rev: s.rev, Expires: s.Began.Add(SessionFor)}, s); w.err != nil {
		return w.err
	}
	if _, err := g.s.kv.Put(ctx, w.with[0]); err != nil {
		return fmt.Errorf("saving a session: %w", err)
	}
	return nil
}

// Session returns the session of a token and its agent, and notes that it was used. It returns
// [ErrNotFound] for one that is over, was ended, or whose agent works here no more.
func (g *Agents) Session(ctx context.Context, token secret.Text) (Session, Agent, error) {
	s, a, err := g.Peek(ctx, g.sessionID(token))
	if err != nil || g.s.clock.Now().Sub(s.Seen) < touchEvery {
		return s, a, err
	}
	s.Seen = g.s.clock.Now()
	if err := g.keep(ctx, s); err != nil && !errors.Is(err, ErrConflict) { // somebody else noted it, or ended it just now
		return s, a, err
	}
	return s, a, nil
}

// Look is Session, and notes nothing, like [Agents.Peek].
func (g *Agents) Look(ctx context.Context, token secret.Text) (Session, Agent, error) {
	return g.Peek(ctx, g.sessionID(token))
}

// Peek is Session by its ID, and notes nothing: a page that is only open does not keep anybody signed in.
func (g *Agents) Peek(ctx context.Context, id string) (s Session, a Agent, err error) {
	e, err := g.s.kv.Get(ctx, sessions+id)
	if err != nil {
		return s, a, fmt.Errorf("looking for a session: %w", err)
	}
	if err := g.s.unseal(e, &s); err != nil {
		return s, a, err
	}
	s.ID, s.rev = id, e.Rev
	if s.over(g.s.clock.Now()) {
		return s, a, ErrNotFound
	}
	a, err = g.Agent(ctx, s.Agent)
	if err == nil && !a.Works() {
		err = ErrNotFound
	}
	return s, a, err
}

// Sessions returns the sessions that are not over, the latest first.
func (g *Agents) Sessions(ctx context.Context) (all []Session, err error) {
	now := g.s.clock.Now()
	err = g.s.each(ctx, sessions, func(e Entry) error {
		var s Session
		if err := g.s.unseal(e, &s); err != nil {
			return err
		}
		if s.ID = e.Key[len(sessions):]; !s.over(now) {
			all = append(all, s)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Session) int { return b.Began.Compare(a.Began) })
	return all, err
}

// Carry makes every session that is not over so much younger as it will be older at once: for a demo, whose clock
// leaps. Who sits at a browser did not wait that long.
func (g *Agents) Carry(ctx context.Context, leap time.Duration) error {
	all, err := g.Sessions(ctx)
	if err != nil {
		return err
	}
	for _, x := range all {
		err := g.s.retry(ctx, sessions+x.ID, func() error {
			s, _, err := g.Peek(ctx, x.ID)
			if errors.Is(err, ErrNotFound) {
				return nil // it ended meanwhile
			}
			if err != nil {
				return err
			}
			s.Began, s.Seen = s.Began.Add(leap), s.Seen.Add(leap)
			return g.keep(ctx, s)
		})
		if err != nil {
			return fmt.Errorf("carrying sessions over a leap of the clock: %w", err)
		}
	}
	return nil
}

// End ends a session; one that is not there is ended already.
func (g *Agents) End(ctx context.Context, id string) error {
	return g.s.retry(ctx, sessions+id, func() error {
		e, err := g.s.kv.Get(ctx, sessions+id)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("ending a session: %w", err)
		}
		return g.s.remove(ctx, Entry{Key: e.Key, Rev: e.Rev})
	})
}

// EndAll ends all sessions of an agent.
func (g *Agents) EndAll(ctx context.Context, agent string) error {
	all, err := g.Sessions(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		if g.id(s.Agent) == g.id(agent) {
			err = errors.Join(err, g.End(ctx, s.ID))
		}
	}
	return err
}
