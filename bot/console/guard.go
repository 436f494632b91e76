package console

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/store"
)

// visit is one request of somebody who is signed in.
type visit struct {
	agent   store.Agent
	session store.Session
	words   words
	local   *time.Location // where the browser is; nil: it did not say
}

// may tells whether the visitor's role is one of those.
func (v visit) may(roles ...store.Role) bool { return slices.Contains(roles, v.agent.Role) }

// cookie is the name of the session's cookie. With TLS, browsers hold it to this host (RFC 6265bis, __Host-).
func (c *Console) cookie() string {
	if c.secure() {
		return "__Host-ventanilla"
	}
	return "ventanilla-console"
}

// only lets those in who are signed in with one of the roles.
func (c *Console) only(roles []store.Role, do func(http.ResponseWriter, *http.Request, visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := c.visitor(r)
		switch {
		case errors.Is(err, store.ErrNotFound):
			c.toSignIn(w, r)
		case err != nil:
			c.fail(w, err)
		case !v.may(roles...):
			c.refuse(w, v.words, http.StatusForbidden, "not_yours")
		default:
			do(w, r, v)
		}
	}
}

func (c *Console) visitor(r *http.Request) (v visit, err error) {
	cookie, err := r.Cookie(c.cookie())
	if err != nil {
		return v, store.ErrNotFound
	}
	v.words = wordsFor(r)
	v.words.fields, v.local = c.fields, localZone(r)
	find := c.agents.Session
	if unasked(r) {
		find = c.agents.Look
	}
	v.session, v.agent, err = find(r.Context(), secret.Text(cookie.Value))
	v.words.zone = c.homeZone(v)
	return v, err
}

// unasked tells that a page asked by itself: that nobody left it open for ever keeps nobody signed in.
func unasked(r *http.Request) bool {
	part := r.Header.Get("HX-Request") != "" || strings.Contains(r.Header.Get("Accept"), "event-stream")
	return r.Method == http.MethodGet && part
}

// toSignIn leads a page to the sign-in; a part of a page tells the page to go there.
func (c *Console) toSignIn(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("HX-Request") != "":
		w.Header().Set("HX-Redirect", Path+"sign-in")
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method != http.MethodGet || strings.Contains(r.Header.Get("Accept"), "event-stream"):
		w.WriteHeader(http.StatusUnauthorized)
	default:
		http.Redirect(w, r, Path+"sign-in", http.StatusSeeOther)
	}
}

// talk finds the conversation that a request is about. One of a portal that the agent
// does not see is not there, as one that never was.
func (c *Console) talk(w http.ResponseWriter, r *http.Request, v visit) (*store.Conversation, bool) {
	conv, err := c.Store.Find(r.Context(), r.PathValue("name"))
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && (!v.agent.Sees(conv.Key.Portal) || conv.Key.Person == ""):
		c.refuse(w, v.words, http.StatusNotFound, "no_conversation")
		return nil, false
	case err != nil:
		c.fail(w, err)
		return nil, false
	}
	return conv, true
}

// audit adds a line to a conversation's trail: who did what (RULES: data.audit).
func (c *Console) audit(r *http.Request, k flows.Key, what string, v visit, pairs ...string) error {
	a := flows.Audit{What: what, Who: v.agent.Name}
	for i := 0; i+1 < len(pairs); i += 2 {
		if a.Detail == nil {
			a.Detail = map[string]string{}
		}
		a.Detail[pairs[i]] = pairs[i+1]
	}
	return c.Store.Update(r.Context(), k, func(conv *store.Conversation) error {
		conv.Audit(a, c.Now())
		return nil
	})
}

// fail answers what should not happen. Why is for the log.
func (c *Console) fail(w http.ResponseWriter, err error) {
	c.Log.Error("a page of the console could not be made", "err", err)
	http.Error(w, "Algo falló. Volvé a intentar en un momento. / Something failed. Try again in a moment.", http.StatusInternalServerError)
}

// refuse says in words why something is not done.
func (c *Console) refuse(w http.ResponseWriter, t words, status int, key string) {
	c.show(w, status, "refused", frame{words: t, Title: t.T(key)})
}
