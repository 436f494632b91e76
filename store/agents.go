package store

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/flows"
)

// Role is what an agent may do at the console.
type Role string

// The roles. Each sees only the conversations of its portals.
const (
	Answers    Role = "agent"      // takes conversations over and answers
	Supervises Role = "supervisor" // also gives them back for others, sees figures and sessions, and ends sessions
	Audits     Role = "auditor"    // reads, with the audit trail, and touches nothing
)

// Roles are all roles.
var Roles = []Role{Answers, Supervises, Audits}

// ErrAgentExists is returned when an agent of that name is there already.
var ErrAgentExists = errors.New("store: there is an agent of that name")

// EnrolFor is how long an enrolment link can be used.
const EnrolFor = 24 * time.Hour

const (
	seedSize  = 20 // bytes: RFC 4226, section 4, R6 recommends 160 bits
	tokenSize = 16 // bytes: RULES link.token asks for 128 bits
)

// Agent is somebody who works at the console. Its record also heads the trail of what
// happened to it: sign-ins, refusals, sessions that were ended (RULES: data.audit).
type Agent struct {
	Name     string // as it was given; names that differ only in case are the same
	Role     Role
	Portals  []string // empty: all
	Added    time.Time
	Enrolled time.Time   // zero: the enrolment link was not used yet
	Removed  time.Time   // zero: works here
	Password secret.Text // its hash, as the console writes it
	Seed     secret.Text // of the one-time codes (RFC 6238)
	Away     time.Time   // since when they take nothing; zero: available
	Back     time.Time   // when they are available again by themselves; zero: when they say so
	Counter  uint64      // of the last one-time code that was taken: none up to it counts any more

	enrol   string // keyed hash of the enrolment token, hex; "" when it was used
	enrolBy time.Time
	chain   Chain
	rev     uint64
	lines   []AuditLine
}

// agentRecord is an agent as it is stored, before sealing.
type agentRecord struct {
	Name     string    `json:"name"`
	Role     Role      `json:"role"`
	Portals  []string  `json:"portals,omitempty"`
	Added    time.Time `json:"added"`
	Enrolled time.Time `json:"enrolled,omitzero"`
	Removed  time.Time `json:"removed,omitzero"`
	Password string    `json:"password,omitempty"`
	Seed     []byte    `json:"seed,omitempty"`
	Counter  uint64    `json:"counter,omitempty"`
	Away     time.Time `json:"away,omitzero"`
	Back     time.Time `json:"back,omitzero"`
	Enrol    string    `json:"enrol,omitempty"`
	EnrolBy  time.Time `json:"enrol_by,omitzero"`
	Chain    Chain     `json:"chain,omitzero"`
}

// Sees tells whether an agent may see the conversations of a portal.
func (a Agent) Sees(portal string) bool {
	return len(a.Portals) == 0 || slices.Contains(a.Portals, portal)
}

// Works tells whether an agent was enrolled and not removed.
func (a Agent) Works() bool { return a.Removed.IsZero() && !a.Enrolled.IsZero() }

// Takes tells whether an agent says that they take conversations now. Whether they are there, their sessions tell.
func (a Agent) Takes(now time.Time) bool { return a.Away.IsZero() || past(a.Back, now) }

// Note queues a line for the agent's trail; [Agents.Update] writes it.
func (a *Agent) Note(what string, at time.Time, pairs ...string) {
	d := flows.Audit{What: what, Who: a.Name}
	for i := 0; i+1 < len(pairs); i += 2 {
		if d.Detail == nil {
			d.Detail = map[string]string{}
		}
		d.Detail[pairs[i]] = pairs[i+1]
	}
	l := AuditLine{N: a.chain.N + 1, At: at.UTC().Round(0), Audit: d}
	a.chain = a.chain.next(l.canonical())
	a.lines = append(a.lines, l)
}

// Agents keeps those who work at the console, sealed like everything else. It is safe for concurrent use.
type Agents struct{ s *Store }

// Agents returns the agents kept in the store.
func (s *Store) Agents() *Agents { return &Agents{s} }

func (g *Agents) id(name string) string { return g.s.names.name("agent", strings.ToLower(name)) }

// Add makes an agent, or lets one that was removed come back, and returns the token
// with which to enrol, once, within [EnrolFor]. It returns [ErrAgentExists] if the agent is there.
func (g *Agents) Add(ctx context.Context, a Agent) (token secret.Text, err error) {
	b := make([]byte, tokenSize+seedSize)
	if _, err := io.ReadFull(g.s.random, b); err != nil {
		return "", fmt.Errorf("drawing an enrolment token: %w", err)
	}
	id := g.id(a.Name)
	half := hex.EncodeToString(b[:tokenSize])
	return secret.Text(id + half), g.s.retry(ctx, agents+id, func() error {
		old, err := g.byID(ctx, id)
		if err == nil && old.Removed.IsZero() {
			return ErrAgentExists
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		now := g.s.clock.Now()
		fresh := Agent{Name: a.Name, Role: a.Role, Portals: a.Portals, Added: now, Seed: secret.Text(b[tokenSize:]),
			enrol: g.tokenHash(id, half), enrolBy: now.Add(EnrolFor), chain: old.chain, rev: old.rev}
		fresh.Note("agent_added", now, "role", string(a.Role), "portals", strings.Join(a.Portals, " "))
		return g.put(ctx, id, fresh)
	})
}

func (g *Agents) tokenHash(id, half string) string { return g.s.names.name("enrol", id, half) }

// Enrolling returns the agent that a token lets enrol now, or [ErrNotFound]. It changes nothing.
func (g *Agents) Enrolling(ctx context.Context, token string) (Agent, error) {
	if len(token) != 4*tokenSize {
		return Agent{}, ErrNotFound
	}
	a, err := g.byID(ctx, token[:2*tokenSize])
	if err != nil {
		return a, err
	}
	if !a.enrols(g.tokenHash(token[:2*tokenSize], token[2*tokenSize:]), g.s.clock.Now()) {
		return Agent{}, ErrNotFound
	}
	return a, nil
}

func (a Agent) enrols(hash string, now time.Time) bool {
	same := subtle.ConstantTimeCompare([]byte(a.enrol), []byte(hash)) == 1
	return same && a.enrol != "" && a.Removed.IsZero() && !past(a.enrolBy, now)
}

// Enrol uses a token: the agent has a password from now on, and a first code was taken.
// Of several who do so at once one wins; the others get [ErrNotFound].
func (g *Agents) Enrol(ctx context.Context, token string, password secret.Text, counter uint64) error {
	a, err := g.Enrolling(ctx, token)
	if err != nil {
		return err
	}
	hash := g.tokenHash(token[:2*tokenSize], token[2*tokenSize:])
	return g.Update(ctx, a.Name, func(a *Agent) error {
		now := g.s.clock.Now()
		if !a.enrols(hash, now) {
			return ErrNotFound
		}
		a.Password, a.Counter, a.Enrolled, a.enrol = password, counter, now, ""
		a.Note("agent_enrolled", now)
		return nil
	})
}

// Agent returns the agent of a name, or [ErrNotFound].
func (g *Agents) Agent(ctx context.Context, name string) (Agent, error) {
	return g.byID(ctx, g.id(name))
}

func (g *Agents) byID(ctx context.Context, id string) (a Agent, err error) {
	e, err := g.s.kv.Get(ctx, agents+id)
	if err != nil {
		return a, fmt.Errorf("looking for an agent: %w", err)
	}
	return g.open(e)
}

func (g *Agents) open(e Entry) (Agent, error) {
	var r agentRecord
	if err := g.s.unseal(e, &r); err != nil {
		return Agent{}, err
	}
	return Agent{Name: r.Name, Role: r.Role, Portals: r.Portals, Added: r.Added, Enrolled: r.Enrolled, Removed: r.Removed,
		Password: secret.Text(r.Password), Seed: secret.Text(r.Seed), Counter: r.Counter, Away: r.Away, Back: r.Back,
		enrol: r.Enrol, enrolBy: r.EnrolBy, chain: r.Chain, rev: e.Rev}, nil
}

// Update lets change work on an agent and saves it with the lines that were noted,
// again if somebody else wrote in between. An error of change leaves the agent as it was.
func (g *Agents) Update(ctx context.Context, name string, change func(*Agent) error) error {
	id := g.id(name)
	return g.s.retry(ctx, agents+id, func() error {
		a, err := g.byID(ctx, id)
		if err != nil {
			return err
		}
		if err := change(&a); err != nil {
			return err
		}
		return g.put(ctx, id, a)
	})
}

// put writes an agent and the lines of its trail, in one transaction.
func (g *Agents) put(ctx context.Context, id string, a Agent) error {
	w := &write{seal: g.s.sealer.Load()}
	w.add(Entry{Key: agents + id, Rev: a.rev}, agentRecord{Name: a.Name, Role: a.Role, Portals: a.Portals, Added: a.Added, Enrolled: a.Enrolled,
		Removed: a.Removed, Password: a.Password.Reveal(), Seed: []byte(a.Seed.Reveal()), Counter: a.Counter, Away: a.Away, Back: a.Back, Enrol: a.enrol, EnrolBy: a.enrolBy, Chain: a.chain})
	for _, l := range a.lines {
		w.with = append(w.with, w.sealed(Entry{Key: numbered(trail, id, l.N)}, l.canonical()))
	}
	if len(a.lines) > 0 {
		w.add(Entry{Key: trailDays + dayOf(g.s.clock.Now()) + "." + id}, a.chain)
	}
	if w.err != nil {
		return w.err
	}
	if _, err := g.s.kv.Put(ctx, w.with[0], w.with[1:]...); err != nil {
		return fmt.Errorf("saving an agent: %w", err)
	}
	return nil
}

// All returns every agent, also those that were removed, by name.
func (g *Agents) All(ctx context.Context) (all []Agent, err error) {
	err = g.s.each(ctx, agents, func(e Entry) error {
		a, err := g.open(e)
		all = append(all, a)
		return err
	})
	slices.SortFunc(all, func(a, b Agent) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all, err
}

// Remove takes an agent off, with its password and its sessions. The trail stays.
func (g *Agents) Remove(ctx context.Context, name string) error {
	err := g.Update(ctx, name, func(a *Agent) error {
		if !a.Removed.IsZero() {
			return ErrNotFound
		}
		a.Removed, a.Password, a.Seed, a.enrol = g.s.clock.Now(), "", "", ""
		a.Note("agent_removed", a.Removed)
		return nil
	})
	if err != nil {
		return err
	}
	return g.EndAll(ctx, name)
}

// each calls do for every entry under prefix, until that returns an error.
func (s *Store) each(ctx context.Context, prefix string, do func(Entry) error) error {
	for after := ""; ; {
		es, err := s.kv.List(ctx, prefix, after, 256)
		if err != nil {
			return fmt.Errorf("listing %s: %w", kindOf(prefix), err)
		}
		if len(es) == 0 {
			return nil
		}
		for _, e := range es {
			if err := do(e); err != nil {
				return err
			}
			after = e.Key
		}
	}
}

// Trail returns the lines of an agent's trail, oldest first.
func (g *Agents) Trail(ctx context.Context, name string) (lines []AuditLine, err error) {
	err = g.s.each(ctx, trail+g.id(name)+".", func(e Entry) error {
		var l AuditLine
		b, err := g.s.sealer.Load().open(e.Key, e.Value)
		if err == nil {
			err = json.Unmarshal(b, &l)
		}
		lines = append(lines, l)
		return err
	})
	return lines, err
}
