package console

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"ventanilla/backend/mailaddr"
	"ventanilla/backend/natid"
	"ventanilla/flows"
	"ventanilla/store"
)

// maxTyped is how long what is looked for may be, in bytes.
const maxTyped = 256

// ask takes what somebody looks for and leads to the page that looks for it. What was typed stands in no
// address: those end up in histories and in the logs of proxies (RULES: data.logs).
func (c *Console) ask(w http.ResponseWriter, r *http.Request, v visit) {
	if err := r.ParseForm(); err != nil {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_request")
		return
	}
	to := "search"
	if r.PostForm.Has("text") {
		to = "search/text"
	}
	id := c.queries.put(c.Random(8), v.agent.Name, r.PostForm, c.Now())
	http.Redirect(w, r, Path+to+"?find="+id, http.StatusSeeOther)
}

// queryFor is for how long a search can be gone back to.
const queryFor = 30 * time.Minute

// maxQueries bounds the searches that are remembered.
const maxQueries = 1000

// queries are what was looked for lately, by random names. The zero value is ready.
type queries struct {
	mu  sync.Mutex
	all map[string]query
}

type query struct {
	agent string
	form  url.Values
	until time.Time
}

func (q *queries) put(id, agent string, form url.Values, now time.Time) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	maps.DeleteFunc(q.all, func(_ string, x query) bool { return x.until.Before(now) })
	if q.all == nil || len(q.all) >= maxQueries {
		q.all = map[string]query{}
	}
	q.all[id] = query{agent, form, now.Add(queryFor)}
	return id
}

// get is what the agent looked for under that name, empty if that is not known.
func (q *queries) get(id, agent string, now time.Time) url.Values {
	q.mu.Lock()
	defer q.mu.Unlock()
	if x := q.all[id]; x.agent == agent && x.until.After(now) {
		return x.form
	}
	return url.Values{}
}

// search finds conversations by a whole case number or identifier, in any spelling, or by the name in the chat. That somebody looked is
// noted in the agent's trail, with the kind of what was looked for and never with what it was.
func (c *Console) search(w http.ResponseWriter, r *http.Request, v visit) {
	typed := strings.TrimSpace(c.queries.get(r.URL.Query().Get("find"), v.agent.Name, c.Now()).Get("q"))
	if number := r.URL.Query().Get("case"); typed == "" && caseNumber.MatchString(number) {
		typed = number
	}
	f := c.frame(v, "search_title")
	f.Find = c.findForm(url.Values{}, v)
	f.Case = typed
	if typed == "" || len(typed) > maxTyped {
		c.show(w, http.StatusOK, "search", f)
		return
	}
	found, more, err := c.found(r.Context(), v, typed)
	if err == nil {
		err = c.noteSearch(r, v, "kind", kindOf(typed), "found", strconv.Itoa(len(found)))
	}
	if err != nil {
		c.fail(w, err)
		return
	}
	f.Found, f.Sought, f.Named = found, true, isName(typed)
	if more {
		f.Alert = v.words.T("search_many", "n", mostNamed)
	}
	if len(found) == 0 && f.Named {
		f.Find.Text = typed // a word is looked for in what was said
	}
	c.show(w, http.StatusOK, "search", f)
}

func (c *Console) noteSearch(r *http.Request, v visit, pairs ...string) error {
	return c.agents.Update(r.Context(), v.agent.Name, func(a *store.Agent) error {
		a.Note("searched", c.Now(), pairs...)
		return nil
	})
}

var caseNumber = regexp.MustCompile(`^[Vv]\d{4,12}$`)

// kindOf is what somebody seems to look for.
func kindOf(typed string) string {
	switch {
	case caseNumber.MatchString(typed):
		return "case"
	case strings.Contains(typed, "@"):
		return "email"
	case strings.HasPrefix(typed, "+"):
		return "phone"
	case isName(typed):
		return "name"
	}
	return "identifier"
}

// found are the conversations that something leads to, of those that the visitor may see, what changed last first,
// and whether a name leads to more of them.
func (c *Console) found(ctx context.Context, v visit, typed string) (all []rowView, more bool, err error) {
	leads, err := c.leads(ctx, v, typed)
	if err != nil {
		return nil, false, err
	}
	named, more, err := c.named(ctx, v, typed)
	if err != nil {
		return nil, false, err
	}
	return c.follow(ctx, v, append(leads, named...)), more, nil
}

// leads are the conversations of a case or of a whole identifier.
func (c *Console) leads(ctx context.Context, v visit, typed string) ([]store.Other, error) {
	var leads []store.Other
	if caseNumber.MatchString(typed) {
		names, err := c.Store.Cases(ctx, typed)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			leads = append(leads, store.Other{Name: name, Kind: "case"})
		}
	}
	spellings := spellings(typed)
	for _, o := range c.Organisations {
		if !v.agent.Sees(o.ID) {
			continue
		}
		for _, s := range spellings {
			for _, channel := range slices.Sorted(maps.Keys(channelNames)) {
				leads = append(leads, store.Other{Name: c.Store.Name(flows.Key{Portal: o.ID, Channel: channel, Person: s}), Kind: "chat"})
			}
			known, err := c.Store.Known(ctx, o.ID, s)
			if err != nil {
				return nil, err
			}
			leads = append(leads, known...)
		}
	}
	return leads, nil
}

// follow are the conversations to which something leads, each once, if they are there and the visitor may see them.
func (c *Console) follow(ctx context.Context, v visit, leads []store.Other) (all []rowView) {
	seen := map[string]bool{}
	for _, lead := range leads {
		if seen[lead.Name] {
			continue
		}
		seen[lead.Name] = true
		conv, err := c.Store.Find(ctx, lead.Name)
		if err != nil || !v.agent.Sees(conv.Key.Portal) || conv.Key.Person == "" {
			continue // it was erased, or is not for these eyes
		}
		view := c.rowView(v, c.rowOf(conv))
		view.How = v.words.how(lead.Kind)
		conv.Leave()
		all = append(all, view)
	}
	slices.SortStableFunc(all, func(a, b rowView) int { return b.Changed.Compare(a.Changed) })
	return all
}

// how is by what a conversation was found, in words.
func (w words) how(kind string) string {
	if s, ok := w.text["found_by_"+kind]; ok {
		return s
	}
	if s := w.fields[kind]; s != "" {
		return s
	}
	return w.T("found_by_identifier")
}

// spellings are what was typed and what each kind of identifier makes of it: "mi cuil es 20-…" is the CUIL. The
// plain kinds would find numbers in anything, and say nothing that the store does not know by itself.
func spellings(typed string) []string {
	all := []string{typed, "+" + strings.TrimPrefix(typed, "+")}
	if a, err := mailaddr.Find(typed); err == nil {
		all = append(all, a.String())
	}
	for _, name := range natid.Names() {
		if kind, ok := natid.Lookup(name); ok && (strings.Contains(name, ".") || name == "passport") {
			if s, reason := kind.Parse(typed); reason == "" {
				all = append(all, s)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
