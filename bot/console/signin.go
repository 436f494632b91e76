package console

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/store"
)

// signInTries bounds guessing at one agent: with a code of six digits beside the password,
// of which three count at a time, that is a chance of one in a hundred thousand a day and less.
var signInTries = flows.Budget{Kind: "console.signin", Max: 10, Per: 15 * time.Minute}

// maxName is the longest name of an agent, in bytes.
const maxName = 32

func (c *Console) signInPage(w http.ResponseWriter, r *http.Request) {
	if _, err := c.visitor(r); err == nil {
		http.Redirect(w, r, Path, http.StatusSeeOther)
		return
	}
	c.show(w, http.StatusOK, "signin", frame{words: wordsFor(r)})
}

// signIn judges name, password and one-time code together: what was wrong is not told apart.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	t := wordsFor(r)
	name := strings.TrimSpace(r.PostFormValue("name"))
	agent, problem, err := c.admit(r, name)
	switch {
	case err != nil:
		c.fail(w, err)
	case problem != "":
		status := http.StatusForbidden
		if problem == "too_many" {
			status = http.StatusTooManyRequests
		}
		c.show(w, status, "signin", frame{words: t, Alert: t.T(problem), Name: name})
	default:
		c.begin(w, r, agent)
	}
}

// admit returns who signs in, or the key of what is wrong.
func (c *Console) admit(r *http.Request, name string) (agent store.Agent, problem string, err error) {
	ctx := r.Context()
	if name == "" || len(name) > maxName {
		return agent, "sign_in_wrong", nil
	}
	left, err := c.Guard.Spend(ctx, "console/"+strings.ToLower(name), signInTries, c.Random(16))
	if err != nil {
		return agent, "", err
	}
	if !left.OK {
		return agent, "too_many", nil
	}
	agent, err = c.agents.Agent(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return agent, "", err
	}
	works, kept := err == nil && agent.Works() && agent.Password != "", nobody
	if works {
		kept = agent.Password
	}
	right, err := c.matches(ctx, kept, r.PostFormValue("password"))
	if err != nil {
		return agent, "", err
	}
	if !works {
		return agent, "sign_in_wrong", nil
	}
	if right, err = c.useCode(r, agent.Name, right); err != nil || !right {
		return agent, "sign_in_wrong", err
	}
	return agent, "", nil
}

// useCode takes the one-time code that came with a password, once, and notes in the agent's
// trail whether it let in. The swap keeps two who type the same code at once apart.
func (c *Console) useCode(r *http.Request, name string, password bool) (ok bool, err error) {
	err = c.agents.Update(r.Context(), name, func(a *store.Agent) error {
		var counter uint64
		counter, ok = taken(a.Seed, r.PostFormValue("code"), a.Counter, c.Now())
		ok = ok && password && a.Works()
		if !ok {
			a.Note("sign_in_refused", c.Now())
			return nil
		}
		a.Counter = counter
		a.Note("signed_in", c.Now())
		return nil
	})
	return ok, err
}

// begin opens a session under a new token and leads to the list.
func (c *Console) begin(w http.ResponseWriter, r *http.Request, agent store.Agent) {
	token := c.Random(32)
	if _, err := c.agents.Begin(r.Context(), secret.Text(token), agent.Name, r.UserAgent()); err != nil {
		c.fail(w, err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: c.cookie(), Value: token, Path: "/", HttpOnly: true, Secure: c.secure(), SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, Path, http.StatusSeeOther)
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request, v visit) {
	if err := c.agents.End(r.Context(), v.session.ID); err != nil {
		c.fail(w, err)
		return
	}
	c.live.ended()
	http.SetCookie(w, &http.Cookie{Name: c.cookie(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: c.secure(), SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, Path+"sign-in", http.StatusSeeOther)
}

// leads tells whether a visitor may know of another agent what concerns no conversation, and end their sessions: a supervisor,
// of agents who see no organisation that the supervisor does not.
func (v visit) leads(a store.Agent) bool { return v.may(store.Supervises) && within(a, v.agent) }

// within tells whether all that an agent sees another one sees, too.
func within(a, other store.Agent) bool {
	if len(other.Portals) == 0 {
		return true
	}
	return len(a.Portals) > 0 && !slices.ContainsFunc(a.Portals, func(p string) bool { return !other.Sees(p) })
}

// sessionsPage lists where one is signed in; a supervisor sees those of the agents whom they lead.
func (c *Console) sessionsPage(w http.ResponseWriter, r *http.Request, v visit) {
	all, err := c.agents.Sessions(r.Context())
	if err != nil {
		c.fail(w, err)
		return
	}
	led := map[string]bool{v.agent.Name: true}
	if v.may(store.Supervises) {
		agents, err := c.agents.All(r.Context())
		if err != nil {
			c.fail(w, err)
			return
		}
		for _, a := range agents {
			led[a.Name] = led[a.Name] || v.leads(a)
		}
	}
	f := c.frame(v, "sessions_title")
	for _, s := range all {
		if led[s.Agent] {
			f.Sessions = append(f.Sessions, sessionView{Session: s, Mine: s.ID == v.session.ID, words: v.words})
		}
	}
	c.show(w, http.StatusOK, "sessions", f)
}

// endSession signs a browser out; only a supervisor ends those of others, of the agents whom they lead.
func (c *Console) endSession(w http.ResponseWriter, r *http.Request, v visit) {
	s, of, err := c.agents.Peek(r.Context(), r.PostFormValue("id"))
	if errors.Is(err, store.ErrNotFound) || err == nil && s.Agent != v.agent.Name && !v.leads(of) {
		c.refuse(w, v.words, http.StatusNotFound, "no_session")
		return
	}
	if err == nil {
		err = c.agents.Update(r.Context(), s.Agent, func(a *store.Agent) error {
			a.Note("session_ended", c.Now(), "by", v.agent.Name)
			return nil
		})
	}
	if err == nil {
		err = c.agents.End(r.Context(), s.ID)
	}
	if err != nil {
		c.fail(w, err)
		return
	}
	c.live.ended()
	http.Redirect(w, r, Path+"sessions", http.StatusSeeOther)
}

// tickets let somebody in by one click. Only the demo makes them. The zero value is ready.
type tickets struct {
	mu  sync.Mutex
	all map[string]ticket
}

type ticket struct {
	agent string
	until time.Time
}

// Ticket returns the address that signs an agent in once, within a minute, without password and
// code: for a demo, whose agents are invented.
func (c *Console) Ticket(agent string) string {
	c.tickets.mu.Lock()
	defer c.tickets.mu.Unlock()
	if c.tickets.all == nil {
		c.tickets.all = map[string]ticket{}
	}
	id := c.Random(16)
	c.tickets.all[id] = ticket{agent, c.Now().Add(time.Minute)}
	return c.base.String() + Path + "enter/" + id
}

func (t *tickets) use(id string, now time.Time) (agent string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.all[id]
	delete(t.all, id)
	if one.until.Before(now) {
		return ""
	}
	return one.agent
}

func (c *Console) enter(w http.ResponseWriter, r *http.Request) {
	name := c.tickets.use(r.PathValue("ticket"), c.Now())
	if name == "" {
		http.Redirect(w, r, Path+"sign-in", http.StatusSeeOther)
		return
	}
	agent, err := c.agents.Agent(r.Context(), name)
	if err != nil {
		c.fail(w, err)
		return
	}
	c.begin(w, r, agent)
}
