package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ventanilla/store"
)

// need is how much a conversation needs an agent: the smaller the sooner.
type need int

const (
	waits   need = iota // asked for a person, and none came
	stuck               // failed twice, or its message cannot be answered
	held                // an agent is there
	running             // the bot is at it
	done                // nothing goes on
)

var needNames = []string{"waiting", "stuck", "held", "running", "done"}

func (n need) String() string { return needNames[n] }

// human is the flow of those who wait for a person.
const human = "handoff"

// failedTwice is from how many wrong answers to a question on somebody should look.
const failedTwice = 2

func (r row) need() need {
	switch {
	case r.Holder != "":
		return held
	case r.Flow == human:
		return waits
	case r.Stuck || r.Tries >= failedTwice:
		return stuck
	case r.Flow != "":
		return running
	}
	return done
}

// near notes for how long free text can still be written, where that is less than an hour (RULES: wa.window).
// The summary does not hold it, so the record is asked. Who waits or is held so long is in a part of the list
// that comes first anyway; a dialog with the bot closes long before.
func (c *Console) near(ctx context.Context, r *row) {
	if r.Channel != "whatsapp" || r.idle() {
		return
	}
	conv, err := c.Store.Find(ctx, r.Name)
	if err != nil {
		return // it is drawn without
	}
	left := window(conv.Key, conv.Heard).Sub(c.Now())
	r.Near, r.Left = left > 0 && left < closing, left
	conv.Leave()
}

// filter is what an agent wants to see in the list.
type filter struct {
	Portal, Channel string
	Who             string // "mine", "free"; "": everybody's
}

func filterOf(q url.Values) filter {
	return filter{Portal: q.Get("portal"), Channel: q.Get("channel"), Who: q.Get("who")}
}

// Query is the filter as it stands in an address.
func (f filter) Query() string {
	q := url.Values{}
	for k, v := range map[string]string{"portal": f.Portal, "channel": f.Channel, "who": f.Who} {
		if v != "" {
			q.Set(k, v)
		}
	}
	return q.Encode()
}

func (f filter) wants(r row, a store.Agent) bool {
	switch {
	case !a.Sees(r.Portal), f.Portal != "" && r.Portal != f.Portal, f.Channel != "" && r.Channel != f.Channel:
		return false
	case f.Who == "mine":
		return holds(a, r.Holder)
	case f.Who == "free":
		return r.Holder == "" && !r.idle()
	}
	return true
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

// rowView is a conversation in the list.
type rowView struct {
	row
	words
	Org  Organisation
	Mine bool
	Ago  string // since when it is where it is
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
		g.Rows = append(g.Rows, c.rowView(v, r))
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
	view := rowView{row: r, words: v.words, Org: c.organisation(r.Portal), Mine: holds(v.agent, r.Holder)}
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
	if s := map[string]string{"telegram": "Telegram", "whatsapp": "WhatsApp"}[channel]; s != "" {
		return s
	}
	return channel
}

func (c *Console) listPage(w http.ResponseWriter, r *http.Request, v visit) {
	f := c.frame(v, "list_title")
	f.Filter = filterOf(r.URL.Query())
	f.Groups = c.groups(r.Context(), v, f.Filter)
	f.Page = "list"
	c.show(w, http.StatusOK, "list", f)
}

// listRows is the list alone, for a page that is open.
func (c *Console) listRows(w http.ResponseWriter, r *http.Request, v visit) {
	f := c.frame(v, "list_title")
	f.Filter = filterOf(r.URL.Query())
	f.Groups = c.groups(r.Context(), v, f.Filter)
	c.show(w, http.StatusOK, "rows", f)
}

// rowOf is a stored conversation as the list knows it.
func (c *Console) rowOf(conv *store.Conversation) row {
	d := conv.Dialog
	s := store.Summary{Name: conv.ID(), Portal: conv.Key.Portal, Channel: conv.Key.Channel, Person: conv.Name, Flow: d.Flow, Step: d.Step,
		Since: d.Since, Tries: d.Tries, Stuck: conv.Stuck != nil}
	if conv.Holder != nil {
		s.Holder = conv.Holder.Agent
	}
	return row{Summary: s, Changed: conv.Heard}
}
