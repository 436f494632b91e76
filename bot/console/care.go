package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// careView is what agents arranged about a conversation, as the pages show it.
type careView struct {
	store.Care
	words
	Passed bool   // it was transferred and not only assigned
	ToMe   bool   // the visitor was asked
	ByMe   bool   // the visitor asked
	Left   string // until it goes back to the queue
	Ago    string // since when it is back
}

func (c *Console) careView(v visit, k store.Care, held bool) careView {
	view := careView{Care: k, words: v.words, Passed: held}
	if a := k.Asked; a != nil {
		view.ToMe, view.ByMe = a.To == v.agent.Name, a.By == v.agent.Name
		view.Left = v.words.T("within_a_minute")
		if left := a.Until.Sub(c.Now()); left >= time.Minute {
			view.Left = v.words.ago(left)
		}
	}
	if k.Missed != nil {
		view.Ago = v.words.ago(c.Now().Sub(k.Missed.At))
	}
	return view
}

// assign asks an agent to take a conversation, or hands over one that the visitor holds. A note for them stays in
// the conversation; the person hears of neither.
func (c *Console) assign(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	to, note, problem := cmp.Or(r.PostFormValue("to"), v.agent.Name), "", ""
	if r.PostFormValue("text") != "" {
		note, problem = written(r)
	}
	if problem == "" && to != v.agent.Name {
		takers, err := c.takers(r.Context(), conv.Key.Portal, v.agent.Name)
		if err != nil {
			c.fail(w, err)
			return
		}
		if !slices.ContainsFunc(takers, func(m mate) bool { return m.Name == to }) {
			problem = "assign_away"
		}
	}
	if problem == "" {
		var err error
		if problem, err = c.assigned(r.Context(), v, conv.Key, to, note); err != nil {
			c.fail(w, err)
			return
		}
	}
	c.back(w, r, v, problem)
}

// accepts takes what was transferred to the visitor, who answers in it: the person hears first who that is.
func (c *Console) accepts(r *http.Request, v visit, conv *store.Conversation) error {
	if conv.Holder == nil || conv.Holder.Agent != v.agent.Name || conv.Care == nil || conv.Care.Asked == nil {
		return nil
	}
	return c.Desk.Takeover(r.Context(), conv.Key, v.agent.Name)
}

// assigned writes an assignment, and names what is wrong with it.
func (c *Console) assigned(ctx context.Context, v visit, k flows.Key, to, note string) (problem string, err error) {
	now := c.Now()
	err = c.Store.Update(ctx, k, func(conv *store.Conversation) error {
		if err := conv.Assign(v.agent.Name, to, now.Add(c.Answer), now); err != nil {
			return err
		}
		if note != "" {
			conv.Jot(v.agent.Name, note, now)
		}
		return nil
	})
	switch {
	case errors.Is(err, store.ErrHeld):
		return "held_by_other", nil
	case errors.Is(err, store.ErrOver):
		return "assign_over", nil
	}
	return "", err
}

// takersPart are the agents to choose from, for a page that was open for a while.
func (c *Console) takersPart(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	t, err := c.careForms(r.Context(), v, conv)
	if err != nil {
		c.fail(w, err)
		return
	}
	c.show(w, http.StatusOK, "takers", t)
}

// careForms is what the forms about a conversation offer.
type careForms struct {
	words
	Name   string
	Takers []mate
	Labels []string // in use elsewhere
}

func (c *Console) careForms(ctx context.Context, v visit, conv *store.Conversation) (f careForms, err error) {
	f = careForms{words: v.words, Name: conv.ID(), Labels: c.labelsInUse(v)}
	f.Takers, err = c.takers(ctx, conv.Key.Portal, v.agent.Name)
	return f, err
}

// mostSuggested is how many labels are suggested.
const mostSuggested = 50

// labelsInUse are the labels that the visitor can see in the list, those used most first.
func (c *Console) labelsInUse(v visit) (all []string) {
	used := map[string]int{}
	for _, r := range c.live.all(func(r row) bool { return v.agent.Sees(r.Portal) }) {
		for _, s := range r.Care.Labels {
			if used[s]++; used[s] == 1 {
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(used[b], used[a]), strings.Compare(a, b)) })
	return all[:min(len(all), mostSuggested)]
}

// label puts a label on a conversation.
func (c *Console) label(w http.ResponseWriter, r *http.Request, v visit) {
	c.relabel(w, r, v, (*store.Conversation).Label)
}

// unlabel takes one off.
func (c *Console) unlabel(w http.ResponseWriter, r *http.Request, v visit) {
	c.relabel(w, r, v, (*store.Conversation).Unlabel)
}

func (c *Console) relabel(w http.ResponseWriter, r *http.Request, v visit, change func(*store.Conversation, string, string, time.Time) error) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	label := r.PostFormValue("label")
	if flows.Secret(label) { // RULES: agent.never
		c.back(w, r, v, "say_secret")
		return
	}
	err := c.Store.Update(r.Context(), conv.Key, func(conv *store.Conversation) error { return change(conv, v.agent.Name, label, c.Now()) })
	switch {
	case errors.Is(err, store.ErrLabel):
		c.back(w, r, v, "label_bad")
	case err != nil:
		c.fail(w, err)
	default:
		c.back(w, r, v, "")
	}
}
