package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ventanilla/store"
)

// DefaultAnswer is how long an agent has to answer an assignment or a transfer before it goes back to the queue.
const DefaultAnswer = 3 * time.Minute

// mate is somebody who works at the console, as the others see them.
type mate struct {
	words
	Name  string
	Role  store.Role
	Me    bool
	State string    // "available", "away", "out": signed in nowhere, which counts as away
	Back  time.Time // when they are back, if they said so
	Holds int       // conversations
	Asked int       // that they were asked to take
	agent store.Agent
}

// team are those who work here, by name.
func (c *Console) team(ctx context.Context) (all []mate, err error) {
	agents, err := c.agents.All(ctx)
	if err != nil {
		return nil, err
	}
	here, err := c.here(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range agents {
		if a.Works() {
			all = append(all, c.mate(a, here))
		}
	}
	return all, nil
}

func (c *Console) mate(a store.Agent, here map[string]bool) mate {
	m := mate{Name: a.Name, Role: a.Role, agent: a, State: "available"}
	switch {
	case !here[a.Name]:
		m.State = "out"
	case !a.Takes(c.Now()):
		m.State, m.Back = "away", a.Back
	}
	return m
}

// here are the agents who are signed in somewhere.
func (c *Console) here(ctx context.Context) (map[string]bool, error) {
	sessions, err := c.agents.Sessions(ctx)
	here := map[string]bool{}
	for _, s := range sessions {
		here[s.Agent] = true
	}
	return here, err
}

// takers are the others who can be asked to take a conversation of an organisation now.
func (c *Console) takers(ctx context.Context, portal, but string) ([]mate, error) {
	all, err := c.team(ctx)
	return slices.DeleteFunc(all, func(m mate) bool { return m.Name == but || !m.takes(portal) }), err
}

func (m mate) takes(portal string) bool {
	return m.State == "available" && m.Role != store.Audits && m.agent.Sees(portal)
}

// teamPage shows who is there. Of those who work for other organisations one hears nothing.
func (c *Console) teamPage(w http.ResponseWriter, r *http.Request, v visit) {
	all, err := c.team(r.Context())
	if err != nil {
		c.fail(w, err)
		return
	}
	rows := c.live.all(func(r row) bool { return v.agent.Sees(r.Portal) && !r.idle() })
	f := c.frame(v, "team_title")
	for _, m := range all {
		if !together(v.agent, m.agent) {
			continue
		}
		m.words, m.Me = v.words, m.Name == v.agent.Name
		for _, x := range rows {
			if holds(m.agent, x.Holder) {
				m.Holds++
			}
			if x.Care.Asked != nil && x.Care.Asked.To == m.Name {
				m.Asked++
			}
		}
		f.Team = append(f.Team, m)
	}
	slices.SortStableFunc(f.Team, func(a, b mate) int { return cmp.Compare(states[a.State], states[b.State]) })
	c.show(w, http.StatusOK, "team", f)
}

var states = map[string]int{"available": 0, "away": 1, "out": 2}

// together tells whether two agents see the conversations of one organisation.
func together(a, b store.Agent) bool {
	return len(a.Portals) == 0 || len(b.Portals) == 0 || slices.ContainsFunc(a.Portals, b.Sees)
}

// longestAway is for how long ahead one can say when one is back.
const longestAway = 12 * time.Hour

// setStatus says whether the visitor takes conversations, and if not when they are back.
func (c *Console) setStatus(w http.ResponseWriter, r *http.Request, v visit) {
	away := r.PostFormValue("status") == "away"
	minutes, err := strconv.Atoi(cmp.Or(r.PostFormValue("minutes"), "0"))
	back := time.Duration(minutes) * time.Minute
	if err != nil || back < 0 || back > longestAway {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_request")
		return
	}
	now := c.Now()
	err = c.agents.Update(r.Context(), v.agent.Name, func(a *store.Agent) error {
		a.Away, a.Back = time.Time{}, time.Time{}
		if !away {
			a.Note("available", now)
			return nil
		}
		if a.Away = now; back > 0 {
			a.Back = now.Add(back)
		}
		a.Note("away", now, "minutes", strconv.Itoa(minutes))
		return nil
	})
	if err == nil {
		err = c.Overdue(r.Context()) // who is away is asked no more
	}
	if err != nil {
		c.fail(w, err)
		return
	}
	c.live.tell(news{list: true})
	http.Redirect(w, r, ownPath(r.PostFormValue("to")), http.StatusSeeOther)
}

// ownPath is a page of the console to go back to.
func ownPath(to string) string {
	if strings.HasPrefix(to, Path) && !strings.ContainsAny(to, "\\\r\n") && !strings.Contains(to, "//") {
		return to
	}
	return Path + "team"
}

// Away tells whether the visitor takes nothing now, for the head of each page.
func (f frame) Away() bool { return f.away }

// BackAt is when somebody is back, as a clock shows it; "" if nobody knows.
func (m mate) BackAt() string {
	if m.State != "away" || m.Back.IsZero() {
		return ""
	}
	return m.words.at(m.Back).Format("15:04")
}
