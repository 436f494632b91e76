package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ventanilla/flows"
	"ventanilla/store"
)

// Aids knows what agents can do for the person of a dialog, and what that person said of themselves. A
// *[flows.Engine] is one.
type Aids interface {
	Chances(ctx context.Context, k flows.Key, d flows.Dialog) ([]flows.Chance, error)
	Identifiers(k flows.Key, d flows.Dialog) []flows.Identifier
}

var _ Aids = (*flows.Engine)(nil)

const (
	// mostReason is the longest reason, in characters.
	mostReason = 300
	// leastReason is the shortest: a reason is a word or two, not a dot.
	leastReason = 4
	// revealedFor is for how long a page shows what was revealed.
	revealedFor = time.Minute
	// aidsWait is how long a page waits for the core to say whose account it is.
	aidsWait = 5 * time.Second
)

// chances are the acts for a conversation now, in the order in which they are shown. Each that cannot be done says why.
func (c *Console) chances(ctx context.Context, conv *store.Conversation) ([]flows.Chance, error) {
	ctx, cancel := context.WithTimeout(ctx, aidsWait)
	defer cancel()
	all, err := c.Aids.Chances(ctx, conv.Key, conv.Dialog)
	if err != nil {
		return nil, err
	}
	for i := range all {
		reach := c.unreachable(conv)
		if reach != "" && all[i].Why == "" && !all[i].Quiet {
			all[i].Why = reach
		}
	}
	return all, nil
}

// unreachable names why the person would not hear what the assistant says, "" if they would.
func (c *Console) unreachable(conv *store.Conversation) string {
	end := window(conv.Key, conv.Heard)
	switch {
	case !conv.Muted.IsZero():
		return "muted"
	case !end.IsZero() && !end.After(c.Now()):
		return "window"
	}
	return ""
}

// helped finds the conversation of a request, if the visitor may act on it now: nobody else holds it.
func (c *Console) helped(w http.ResponseWriter, r *http.Request, v visit) (*store.Conversation, bool) {
	conv, ok := c.talk(w, r, v)
	switch {
	case !ok:
		return nil, false
	case c.Aids == nil || conv.Erasing:
		c.refuse(w, v.words, http.StatusNotFound, "no_conversation")
		return nil, false
	case conv.Holder != nil && conv.Holder.Agent != v.agent.Name:
		c.said(w, r, v, "held_by_other")
		return nil, false
	}
	return conv, true
}

// helpPage shows what can be done for the person, and why the rest cannot.
func (c *Console) helpPage(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.helped(w, r, v)
	if !ok {
		return
	}
	f := c.frame(v, "aids_title")
	f.Help = c.helpView(r.Context(), v, conv)
	name := "help"
	if r.Header.Get("HX-Request") != "" {
		name = "helpform"
	}
	c.show(w, http.StatusOK, name, f)
}

// reasoned reads why a visitor does something, and names what is wrong with it. It stands in the trail, which
// outlives the person's data, so identifiers in it are masked.
func reasoned(r *http.Request, field, missing string) (text, problem string) {
	text = strings.Join(strings.Fields(r.PostFormValue(field)), " ")
	switch n := utf8.RuneCountInString(text); {
	case n < leastReason:
		return "", missing
	case n > mostReason:
		return "", "reason_long"
	case flows.Secret(text):
		return "", "say_secret" // RULES: agent.never: it is neither kept nor shown
	}
	return flows.Concealed(text), ""
}

// help does something for the person, or asks another agent to allow it. A request that is repeated does it once.
func (c *Console) help(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.helped(w, r, v)
	if !ok {
		return
	}
	p, second, problem := c.wish(r, v, conv)
	if problem != "" {
		c.said(w, r, v, problem)
		return
	}
	var err error
	if second {
		err = c.Store.Plead(r.Context(), conv.Key, p)
	} else {
		err = c.Store.Bid(r.Context(), conv.Key, store.Inbound{ID: p.ID, At: p.At, Name: p.Agent, Input: flows.Input{Event: p.Event, Values: p.Values}})
	}
	c.settled(w, r, v, err)
}

// wish reads what a visitor wants to do: the act, whether that takes another agent, and what is wrong with it.
func (c *Console) wish(r *http.Request, v visit, conv *store.Conversation) (p store.Plea, second bool, problem string) {
	act, id := r.PostFormValue("act"), r.PostFormValue("request")
	switch {
	case act == "":
		return p, false, "aid_none"
	case !requestID(id):
		return p, false, "bad_request"
	}
	reason, problem := reasoned(r, "reason", "reason_missing")
	if problem != "" {
		return p, false, problem
	}
	all, err := c.chances(r.Context(), conv)
	if err != nil {
		c.Log.Warn("what can be done for somebody is not known", "err", err)
		return p, false, "aids_away"
	}
	i := slices.IndexFunc(all, func(x flows.Chance) bool { return x.Act == act })
	if i < 0 {
		return p, false, "bad_request"
	}
	if all[i].Why != "" {
		return p, false, "aid_not_now"
	}
	p = store.Plea{ID: "aid/" + v.agent.Name + "/" + id, Agent: v.agent.Name, Event: flows.AidEvent + act, At: c.Now(), Values: map[string]string{flows.AidReason: reason}}
	if problem := about(r, all[i], &p); problem != "" {
		return p, false, problem
	}
	if all[i].Checked {
		p.Values[flows.AidChecked], problem = reasoned(r, "checked", "checked_missing")
	}
	return p, all[i].Second, problem
}

// about notes whose account an act is about: the one there is, or the one that was chosen.
func about(r *http.Request, x flows.Chance, p *store.Plea) (problem string) {
	if len(x.Accounts) == 0 {
		return ""
	}
	chosen := x.Accounts[0]
	if len(x.Accounts) > 1 {
		i := slices.IndexFunc(x.Accounts, func(o flows.Option) bool { return o.ID == r.PostFormValue("account") })
		if i < 0 {
			return "account_missing"
		}
		chosen = x.Accounts[i]
	}
	p.Values[flows.AidAccount], p.Label = chosen.ID, chosen.Label
	return ""
}

// settled answers a request that the store judged.
func (c *Console) settled(w http.ResponseWriter, r *http.Request, v visit, err error) {
	switch {
	case err == nil:
		c.said(w, r, v, "")
	case errors.Is(err, store.ErrHeld):
		c.said(w, r, v, "held_by_other")
	default:
		c.fail(w, err)
	}
}

// allow lets the act of another agent go ahead.
func (c *Console) allow(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	id := r.PostFormValue("id")
	p, err := conv.Plea(id, c.Now())
	if err == nil {
		err = c.voided(r.Context(), conv, p)
	}
	if err == nil {
		err = c.Store.Allow(r.Context(), conv.Key, id, v.agent.Name)
	}
	c.judged(w, r, v, err)
}

// deny says no to the act of another agent, or takes one's own back.
func (c *Console) deny(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	p, err := conv.Plea(r.PostFormValue("id"), c.Now())
	if err == nil {
		why := map[bool]string{true: "withdrawn", false: "denied"}[p.Agent == v.agent.Name]
		err = c.Store.Deny(r.Context(), conv.Key, p.ID, v.agent.Name, why)
	}
	c.judged(w, r, v, err)
}

// errVoid is what allowing brings where who asked may not ask any more.
var errVoid = errors.New("who asked may not act here any more")

// voided ends an act whose agent was removed, or may not act here any more.
func (c *Console) voided(ctx context.Context, conv *store.Conversation, p store.Plea) error {
	a, err := c.agents.Agent(ctx, p.Agent)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case err == nil && a.Removed.IsZero() && a.Sees(conv.Key.Portal) && (a.Role == store.Answers || a.Role == store.Supervises):
		return nil
	}
	if err := c.Store.Deny(ctx, conv.Key, p.ID, "", "void"); err != nil {
		return err
	}
	return errVoid
}

// judged shows how things stand after a yes or a no.
func (c *Console) judged(w http.ResponseWriter, r *http.Request, v visit, err error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.back(w, r, v, "plea_gone")
	case errors.Is(err, store.ErrOwnPlea):
		c.back(w, r, v, "plea_own")
	case errors.Is(err, errVoid):
		c.back(w, r, v, "plea_void")
	default:
		c.acted(w, r, v, err)
	}
}

// reveal shows what the person said of themselves, for a while. It is in the trail, with why. What the dialog does not
// hold any more is nowhere else either: transcripts keep it masked.
func (c *Console) reveal(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.helped(w, r, v)
	if !ok {
		return
	}
	reason, problem := reasoned(r, "reason", "reason_missing")
	if problem != "" {
		c.said(w, r, v, problem)
		return
	}
	f := c.frame(v, "revealed_title")
	labels := []string{}
	for _, x := range c.Aids.Identifiers(conv.Key, conv.Dialog) {
		f.Help.Revealed, labels = append(f.Help.Revealed, x), append(labels, x.Label)
	}
	if err := c.audit(r, conv.Key, "revealed", v, flows.AidReason, reason, "what", strings.Join(labels, ", ")); err != nil {
		c.fail(w, err)
		return
	}
	f.Help.words, f.Help.Name, f.Help.Seconds = v.words, conv.ID(), int(revealedFor/time.Second)
	if r.Header.Get("X-Composer") != "" {
		c.show(w, http.StatusOK, "revealed", f)
		return
	}
	w.Header().Set("Refresh", "60; url="+Path+"c/"+conv.ID())
	c.show(w, http.StatusOK, "revealedpage", f)
}
