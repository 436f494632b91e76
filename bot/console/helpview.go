package console

import (
	"cmp"
	"context"
	"strings"

	"ventanilla/flows"
	"ventanilla/store"
)

// helpView is what can be done for a person, as the pages show it.
type helpView struct {
	words
	Name     string // of the conversation
	Person   string
	Request  string
	Can      []aidView
	Cannot   []aidView
	Accounts []flows.Option // to choose among; none: there is no choice
	Away     bool           // the core did not say whose account it is
	Revealed []flows.Identifier
	Seconds  int        // for which what is revealed is shown
	Pleas    []pleaView // what waits for a second agent here
	Pleaded  []pleaView // and everywhere
	Doing    []string   // what was asked for and is not done yet, in words
	Open     bool       // the visitor may act
}

// aidView is one act.
type aidView struct {
	Act, Title, Hint string
	Second, Checked  bool
	Whose            bool   // the agent says about which account
	Why              string // in words
}

// pleaView is an act that waits for a second agent.
type pleaView struct {
	words
	Name, ID, Title, Agent, Reason, Checked, Label, Left string
	Person                                               string
	Org                                                  Organisation
	Mine, May                                            bool
}

func (c *Console) helpView(ctx context.Context, v visit, conv *store.Conversation) helpView {
	h := helpView{words: v.words, Name: conv.ID(), Person: conv.Name, Request: c.Random(8)}
	all, err := c.chances(ctx, conv)
	if err != nil {
		c.Log.Warn("what can be done for somebody is not known", "err", err)
		h.Away = true
	}
	for _, x := range all {
		a := aidView{Act: x.Act, Title: v.words.T("aid_" + x.Act), Hint: v.words.T("aid_" + x.Act + "_hint"), Second: x.Second, Checked: x.Checked, Whose: len(x.Accounts) > 1}
		if x.Why != "" {
			a.Why = v.words.T("aid_was_" + x.Why)
			h.Cannot = append(h.Cannot, a)
			continue
		}
		h.Can = append(h.Can, a)
		if len(x.Accounts) > 1 && len(h.Accounts) == 0 {
			h.Accounts = x.Accounts
		}
	}
	return h
}

// helping is what stands on the page of a conversation: what waits and what is being done.
func (c *Console) helping(v visit, conv *store.Conversation) helpView {
	may := v.may(store.Answers, store.Supervises)
	h := helpView{words: v.words, Name: conv.ID(), Open: may && c.Aids != nil && (conv.Holder == nil || conv.Holder.Agent == v.agent.Name) && !conv.Erasing}
	for _, p := range conv.Pleas {
		if p.Until.After(c.Now()) {
			h.Pleas = append(h.Pleas, pleaView{words: v.words, Name: conv.ID(), ID: p.ID, Title: v.words.aid(p.Event), Agent: p.Agent, Reason: p.Values[flows.AidReason],
				Checked: p.Values[flows.AidChecked], Label: p.Label, Left: v.words.ago(p.Until.Sub(c.Now())), Mine: p.Agent == v.agent.Name, May: may})
		}
	}
	for _, in := range conv.Inbox {
		if in.Acts() {
			h.Doing = append(h.Doing, v.words.aid(in.Input.Event))
		}
	}
	return h
}

// pleaded are the acts of all conversations that wait for a second agent, as far as the visitor sees them.
func (c *Console) pleaded(ctx context.Context, v visit) (all []pleaView) {
	if !v.may(store.Answers, store.Supervises) {
		return nil
	}
	some, err := c.Store.Pleaded(ctx, v.agent.Sees)
	if err != nil {
		c.Log.Warn("what waits for a second agent cannot be read", "err", err)
		return nil
	}
	for _, p := range some {
		conv, err := c.Store.Find(ctx, p.Name)
		if err != nil {
			continue // it was erased
		}
		if conv.Key.Person != "" && !conv.Erasing {
			all = append(all, pleaView{words: v.words, Name: p.Name, Person: conv.Name, Org: c.organisation(p.Portal), Title: v.words.aid(p.Event), Agent: p.Agent,
				Left: v.words.ago(p.Until.Sub(c.Now())), Mine: p.Agent == v.agent.Name})
		}
		conv.Leave()
	}
	return all
}

// aid is an act in words.
func (w words) aid(event string) string {
	return w.T("aid_" + strings.TrimPrefix(event, flows.AidEvent))
}

// aidLine is a line of the transcript about an act, in words; "" if it is about none.
func (w words) aidLine(l store.Line) string {
	if !strings.HasPrefix(l.Event, flows.AidEvent) {
		return ""
	}
	return l.Who + " · " + w.aid(l.Event) + ": " + w.T("aid_was_"+cmp.Or(l.Choice, "asked"))
}
