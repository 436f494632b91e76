package console

import (
	"cmp"
	"context"
	"net/http"

	"ventanilla/flows"
	"ventanilla/store"
)

// sideView is what stands beside a conversation: a picture of the errand, how far the latest lines got, and
// the person's other conversations.
type sideView struct {
	words
	Name   string // of the conversation
	Way    wayView
	Drawn  bool // there is an errand to draw
	Ticks  []*tick
	Others []otherView
	Fresh  bool // it is fetched for a page that is open
}

// otherView is another conversation that has something in common with this one.
type otherView struct {
	rowView
	Person string
	Common string // what they have in common, in words
}

const (
	// sideLines is over how many of the latest lines the picture and the ticks look.
	sideLines = 120
	// mostOthers is how many other conversations are shown.
	mostOthers = 8
)

// side is what stands beside a conversation. What cannot be read now is left out: the page is worth more.
func (c *Console) side(ctx context.Context, v visit, conv *store.Conversation, t talkView) sideView {
	s := sideView{words: v.words, Name: conv.ID()}
	lines := make([]store.Line, 0, len(t.Lines))
	for _, l := range t.Lines {
		lines = append(lines, l.Line)
	}
	s.Way, s.Drawn = c.way(v.words, conv, lines)
	s.Others = c.others(ctx, v, conv)
	return s
}

// talkSide is what stands beside the transcript, for a page that is open.
func (c *Console) talkSide(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	t, ok := c.filled(w, r, v, conv, uint64(max(int64(conv.Lines)-sideLines, 0)))
	if !ok {
		return
	}
	s := c.side(r.Context(), v, conv, t)
	s.Fresh = true
	for _, l := range t.Lines {
		if l.Tick != nil {
			s.Ticks = append(s.Ticks, l.Tick)
		}
	}
	c.show(w, http.StatusOK, "side", s)
}

// others are the conversations in which the same account was proven or the same identifier was used. The
// visitor sees the organisation, since they see this one.
func (c *Console) others(ctx context.Context, v visit, conv *store.Conversation) (all []otherView) {
	found, err := c.Store.Others(ctx, conv.ID())
	if err != nil {
		c.Log.Warn("other conversations could not be found", "err", err)
		return nil
	}
	for _, o := range found {
		other, err := c.Store.Find(ctx, o.Name)
		if err != nil || other.Key.Person == "" || !v.agent.Sees(other.Key.Portal) {
			continue // it was erased
		}
		common := v.words.T("others_account")
		if o.Kind != flows.AccountIdent {
			common = v.words.T("others_ident", "what", v.words.StepName("proof", o.Kind))
		}
		row := c.rowOf(other)
		all = append(all, otherView{rowView: c.rowView(v, row), Person: cmp.Or(other.Name, v.words.T("nameless")), Common: common})
		other.Leave()
		if len(all) == mostOthers {
			break
		}
	}
	return all
}
