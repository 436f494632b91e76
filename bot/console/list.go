package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"ventanilla/store"
)

// need is how much a conversation needs an agent: the smaller the sooner.
type need int

const (
	waits   need = iota // asked for a person, and none came
	stuck               // failed twice, or its message cannot be answered
	closes              // soon only a template can be sent (RULES: wa.window)
	held                // an agent is there
	running             // the bot is at it
	done                // nothing goes on
)

var needNames = []string{"waiting", "stuck", "closing", "held", "running", "done"}

func (n need) String() string { return needNames[n] }

// human is the flow of those who wait for a person.
const human = "handoff"

// failedTwice is from how many wrong answers to a question on somebody should look.
const failedTwice = 2

func (r row) need() need {
	switch {
	case r.idle():
		return done
	case r.Holder == "" && (r.Flow == human || r.Care.Missed != nil):
		return waits
	case r.Holder == "" && (r.Stuck || r.Tries >= failedTwice):
		return stuck
	case r.Near:
		return closes
	case r.Holder != "":
		return held
	}
	return running
}

// near notes for how long free text can still be written, where that is less than an hour (RULES: wa.window).
// The summary does not hold when the person was last heard, so the record is asked: once for each row, and then only
// while the hour would have begun by what was read, if something was written since.
func (c *Console) near(ctx context.Context, r *row) {
	if r.Channel != "whatsapp" || r.idle() {
		return
	}
	left := func() time.Duration { return r.heard.Add(windowFor).Sub(c.Now()) }
	if !r.read || r.stale && left() < closing {
		c.live.reading(r.Name)
		conv, err := c.Store.Find(ctx, r.Name)
		if err != nil {
			return // it is drawn without
		}
		r.heard = conv.Heard
		conv.Leave()
		c.live.heard(r.Name, r.heard)
	}
	r.Left = left()
	r.Near = r.Left > 0 && r.Left < closing
}

// holds tells whether an agent is the holder that a summary names, whose name may be cut.
func holds(a store.Agent, holder string) bool {
	return holder != "" && strings.HasPrefix(a.Name, holder)
}

// group is a part of the list with a heading.
type group struct {
	Need need
	Rows []rowView
	More int // rows that are not shown
}

// All is how many there are.
func (g group) All() int { return len(g.Rows) + g.More }

// rowView is a conversation in the list.
type rowView struct {
	row
	words
	Org   Organisation
	Mine  bool
	Ago   string // since when it is where it is
	Care  careView
	Query string // the filter of the list in which it stands, as in an address
	How   string // by what it was found
}

// What is where it stands, in words. Of who waits for a person, which the heading says, it is only what is special.
func (v rowView) What() string {
	switch {
	case v.Flow == "", v.Flow == human && (v.Holder != "" || v.Step == "waiting" && v.Care.Missed == nil):
		return ""
	case v.Flow == human:
		return v.StepName(v.Flow, v.Step)
	}
	return v.Where(v.Flow, v.Step)
}

// mostRows is how many rows of a group are drawn.
const mostRows = 100

// groups sorts what an agent wants to see by need.
func (c *Console) groups(ctx context.Context, v visit, f filter) (all []group) {
	rows := c.live.all(func(r row) bool { return f.wants(r, v.agent) })
	for i := range rows {
		c.near(ctx, &rows[i])
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.need(), b.need()), order(a, b, v.agent), strings.Compare(a.Name, b.Name))
	})
	for _, r := range rows {
		if len(all) == 0 || all[len(all)-1].Need != r.need() {
			all = append(all, group{Need: r.need()})
		}
		g := &all[len(all)-1]
		if len(g.Rows) == mostRows {
			g.More++
			continue
		}
		view := c.rowView(v, r)
		view.Query = f.Query()
		g.Rows = append(g.Rows, view)
	}
	return all
}

// order is that of two rows of the same need: one's own first, who waits longest first, what
// ended last first.
func order(a, b row, me store.Agent) int {
	switch a.need() {
	case done:
		return b.Changed.Compare(a.Changed)
	case held:
		if x, y := holds(me, a.Holder), holds(me, b.Holder); x != y {
			return map[bool]int{true: -1, false: 1}[x]
		}
	}
	return a.Since.Compare(b.Since)
}

func (c *Console) rowView(v visit, r row) rowView {
	view := rowView{row: r, words: v.words, Org: c.organisation(r.Portal), Mine: holds(v.agent, r.Holder), Care: c.careView(v, r.Care, r.Holder != "")}
	if since := r.Since; !since.IsZero() {
		view.Ago = v.words.ago(c.Now().Sub(since))
	} else if !r.Changed.IsZero() {
		view.Ago = v.words.ago(c.Now().Sub(r.Changed))
	}
	return view
}

func (c *Console) organisation(id string) Organisation {
	if o, ok := c.organs[id]; ok {
		return o
	}
	return Organisation{ID: id, Name: id, Short: id, Locale: "es"} // it had a bot once
}

// Address is the page of the conversation, beside the list in which the row stands.
func (r rowView) Address() string { return withQuery(Path+"c/"+r.Name, r.Query) }

// Closes is for how long free text can still be written, "" if that is no worry.
func (r rowView) Closes() string {
	if !r.Near {
		return ""
	}
	return r.words.ago(r.row.Left)
}

// Failed tells that answers did not do, where that says something: who waits for a person may write what they like.
func (r rowView) Failed() bool { return r.Tries >= failedTwice && r.Flow != human }

// ChannelName is the channel as people know it.
func (r rowView) ChannelName() string { return channelName(r.Summary.Channel) }

func channelName(channel string) string {
	return cmp.Or(channelNames[channel], channel)
}

// channelNames are what people call the channels that they write on.
var channelNames = map[string]string{"telegram": "Telegram", "whatsapp": "WhatsApp"}

func (c *Console) listPage(w http.ResponseWriter, r *http.Request, v visit) {
	f := c.frame(v, "list_title")
	c.listed(r, v, &f)
	f.Choices = c.choices(v, f.Filter)
	f.Page = "list"
	c.show(w, http.StatusOK, "list", f)
}

// listRows is the list alone, for a page that is open.
func (c *Console) listRows(w http.ResponseWriter, r *http.Request, v visit) {
	f := c.frame(v, "list_title")
	c.listed(r, v, &f)
	c.show(w, http.StatusOK, "rows", f)
}

// listed fills in the list that the address asks for.
func (c *Console) listed(r *http.Request, v visit, f *frame) {
	f.Filter, f.Here = filterOf(r.URL.Query()), r.URL.RequestURI()
	f.Groups = c.groups(r.Context(), v, f.Filter)
	f.Help.Pleaded = c.pleaded(r.Context(), v)
}

// rowOf is a stored conversation as the list knows it.
func (c *Console) rowOf(conv *store.Conversation) row {
	d := conv.Dialog
	s := store.Summary{Name: conv.ID(), Portal: conv.Key.Portal, Channel: conv.Key.Channel, Person: conv.Name, Flow: d.Flow, Step: d.Step,
		Since: d.Since, Tries: d.Tries, Stuck: conv.Stuck != nil}
	if conv.Holder != nil {
		s.Holder = conv.Holder.Agent
	}
	r := row{Summary: s, Changed: conv.Heard}
	if conv.Care != nil {
		r.Care = *conv.Care
	}
	return r
}
