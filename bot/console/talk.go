package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// talkView is one conversation as its page shows it.
type talkView struct {
	words
	Name      string
	Person    string
	Org       Organisation
	Channel   string
	Flow      string
	Step      string
	Need      string
	Holder    string
	Mine      bool
	May       bool // take, answer, note
	Lead      bool // give back for others
	Read      bool // see the trail
	Case      string
	Waited    string
	Viewers   []string
	Window    time.Time // until when free text can be written; zero: always
	Left      string    // until then
	Near      bool      // that is less than an hour
	Shut      bool      // it is over
	Template  bool      // and yet a canned answer can be sent
	Proven    bool      // the person proved an account a short while ago
	Erased    bool
	Lines     []lineView
	Last      uint64
	Canned    []Canned
	Request   string
	Alert     string
	Undelived int // lines that wait to leave
	Help      helpView
	Trouble   string // why the latest message is not answered yet
	Tries     int    // how often that was tried
	Side      sideView
	Care      careView
	Forms     careForms
}

// Place is where the dialog stands, in words; that somebody waits for a person, or has one, is said anyhow.
func (t talkView) Place() string {
	if t.Flow == "" || t.Flow == human {
		return ""
	}
	return t.Where(t.Flow, t.Step)
}

// lineView is one line of the transcript.
type lineView struct {
	store.Line
	words
	Time string
	Day  string // set on the first line of a day
	Kind voice
	Mark string    // the step at which the dialog arrived
	Tick *tick     // how far it got, of what the person was sent
	Said *readView // what the assistant understood of it

	Numbered bool // what could be tapped was a numbered list
}

// voice is who a line is by, as the page shows it: person, bot, agent, note (what the bot would
// have said), private (an agent's own), event, mail.
type voice string

// String implements [fmt.Stringer].
func (v voice) String() string { return string(v) }

// DayName is the day of the line as a heading.
func (l lineView) DayName() string { return l.words.Day(l.At) }

// Sent is what was sent that is no text, in words.
func (l lineView) Sent() string {
	if l.Line.Kind == flows.Text {
		return ""
	}
	return l.T("kind_" + string(l.Line.Kind))
}

// closing is how long before its end the window is warned about.
const closing = time.Hour

// view is a conversation for its page.
func (c *Console) view(v visit, conv *store.Conversation) talkView {
	d := conv.Dialog
	r := c.rowOf(conv)
	t := talkView{words: v.words, Name: conv.ID(), Person: conv.Name, Org: c.organisation(conv.Key.Portal), Channel: channelName(conv.Key.Channel),
		Flow: d.Flow, Step: d.Step, Need: r.need().String(), Holder: r.Holder, Mine: r.Holder == v.agent.Name, Case: d.Values["case"],
		May: v.may(store.Answers, store.Supervises), Lead: v.may(store.Supervises), Read: v.may(store.Supervises, store.Audits),
		Viewers: c.live.viewers(conv.ID(), v.agent.Name), Proven: d.Proof.Valid(c.Now()), Request: c.Random(8), Erased: !conv.Erased.IsZero()}
	if !d.Waiting.IsZero() && conv.Holder == nil {
		t.Waited = v.words.ago(c.Now().Sub(d.Waiting))
	}
	for _, out := range conv.Outbox {
		if out.Sent == "" {
			t.Undelived++
		}
	}
	if t.Window = window(conv.Key, conv.Heard); !t.Window.IsZero() {
		left := t.Window.Sub(c.Now())
		t.Left, t.Near, t.Shut = v.words.ago(max(left, 0)), left < closing, left <= 0
		t.Template = t.Shut && t.Org.Template
	}
	if s := conv.Stuck; s != nil {
		t.Trouble, t.Tries = v.words.Why(cmp.Or(s.Why, "unknown")), s.Tries
	}
	t.Help = c.helping(v, conv)
	t.Canned = c.cannedFor(v, t.Org, conv)
	t.Care = c.careView(v, r.Care, conv.Holder != nil)
	return t
}

// mostLines is how many lines a page shows at first, and fetches at once.
const mostLines = 300

func (c *Console) talkPage(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	if err := c.audit(r, conv.Key, "viewed", v); err != nil {
		c.fail(w, err)
		return
	}
	t, ok := c.filled(w, r, v, conv, firstLine(r, conv))
	if !ok {
		return
	}
	var err error
	if t.Forms, err = c.careForms(r.Context(), v, conv); err != nil {
		c.fail(w, err)
		return
	}
	t.Side = c.side(r.Context(), v, conv, t)
	f := c.frame(v, "talk_title")
	f.Title, f.Talk, f.Page = cmp.Or(t.Person, v.words.T("nameless")), t, "talk"
	c.listed(r, v, &f)
	c.show(w, http.StatusOK, "talk", f)
}

// firstLine is after which line the page begins: some way before the one that the address names, or so that the latest are on it.
func firstLine(r *http.Request, conv *store.Conversation) uint64 {
	latest := int64(conv.Lines) - mostLines
	if n, err := strconv.ParseInt(r.URL.Query().Get("line"), 10, 64); err == nil {
		latest = min(latest, n-mostLines/3)
	}
	return uint64(max(latest, 0))
}

// filled is the view with the lines after a number.
func (c *Console) filled(w http.ResponseWriter, r *http.Request, v visit, conv *store.Conversation, after uint64) (talkView, bool) {
	t := c.view(v, conv)
	lines, err := c.Store.Transcript(r.Context(), conv.Key, after, mostLines)
	if err != nil {
		c.fail(w, err)
		return t, false
	}
	if err := c.labelled(r.Context(), conv.Key, lines); err != nil {
		c.fail(w, err)
		return t, false
	}
	t.Last = after
	day, tick := "", ticks(v.words, conv)
	for _, l := range lines {
		view := c.lineView(v, conv.Key.Portal, l)
		view.Tick, view.Numbered = tick(l), conv.Key.Channel == "whatsapp"
		if view.Day == day {
			view.Day = ""
		} else {
			day = view.Day
		}
		t.Lines, t.Last = append(t.Lines, view), l.N
	}
	return t, true
}

func (c *Console) lineView(v visit, portal string, l store.Line) lineView {
	at := l.At.In(c.zoneOf(portal))
	view := lineView{Line: l, words: v.words.in(c.zoneOf(portal)), Time: at.Format("15:04"), Day: at.Format("2006-01-02"), Mark: l.Step, Said: c.read(v.words, portal, l)}
	if said := v.words.aidLine(l); said != "" {
		view.Event, view.Choice = said, ""
	}
	if said := v.words.parted(l); said != "" {
		view.Event, view.Choice = said, ""
	}
	view.Text = covered(l)
	switch {
	case l.From == store.Note && l.Event != "":
		view.Kind = "event"
	case l.From == flows.Person:
		view.Kind = "person"
	case l.From == flows.Agent:
		view.Kind = "agent"
	case l.From == store.Note && l.Who != "":
		view.Kind = "private"
	case l.From == store.Note:
		view.Kind = "note"
	case l.From == flows.System:
		view.Kind = "event"
	case l.To == "linked":
		view.Kind = "linked"
	case l.To != "":
		view.Kind = "mail"
	default:
		view.Kind = "bot"
	}
	return view
}

// parted is a line of the transcript about an agent who left, in words; "" if it is about none.
func (w words) parted(l store.Line) string {
	said := w.text["parted_"+l.Event]
	if l.From != store.Note || l.Event == "" || said == "" {
		return ""
	}
	if l.Choice != "" {
		said += ": " + w.T("outcome_"+l.Choice)
	}
	return l.Who + " · " + said
}

// EventName is an event in the agent's words.
func (w words) EventName(event string) string { return cmp.Or(w.text["event_"+event], event) }

// MarkName is the step at which the dialog arrived, in the agent's words.
func (l lineView) MarkName() string {
	flow, step, _ := strings.Cut(l.Mark, "/")
	if flow == "" {
		return l.T("mark_end")
	}
	return l.Where(flow, step)
}

// talkLines are the lines after a number that the page has, for a page that is open.
func (c *Console) talkLines(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_request")
		return
	}
	if t, ok := c.filled(w, r, v, conv, after); ok {
		if len(t.Lines) > 0 && t.Lines[0].Day == r.URL.Query().Get("day") {
			t.Lines[0].Day = "" // the page has that heading
		}
		c.show(w, http.StatusOK, "lines", t)
	}
}

// talkState is what stands beside the transcript, for a page that is open.
func (c *Console) talkState(w http.ResponseWriter, r *http.Request, v visit) {
	if conv, ok := c.talk(w, r, v); ok {
		c.show(w, http.StatusOK, "state", c.view(v, conv))
	}
}

// trailPage shows the audit trail of a conversation. Looking at it is in it.
func (c *Console) trailPage(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	if err := c.audit(r, conv.Key, "trail_viewed", v); err != nil {
		c.fail(w, err)
		return
	}
	v.words = v.words.in(c.zoneOf(conv.Key.Portal))
	f := c.frame(v, "trail_title")
	f.Talk = c.view(v, conv)
	for after := uint64(0); ; {
		lines, err := c.Store.AuditTrail(r.Context(), conv.Key, after, 256)
		if err != nil {
			c.fail(w, err)
			return
		}
		if len(lines) == 0 {
			break
		}
		for _, l := range lines {
			f.Trail = append(f.Trail, c.actView(v.words, store.Act{AuditLine: l}))
		}
		after = lines[len(lines)-1].N
	}
	f.Sound = c.Store.VerifyAudit(r.Context(), conv.Key) == nil
	slices.Reverse(f.Trail)
	c.show(w, http.StatusOK, "trail", f)
}

// windowFor is for how long free text can be written on WhatsApp after the person's last line (RULES: wa.window).
const windowFor = 24 * time.Hour

// window returns until when free text can be written, zero where that has no end.
func window(k flows.Key, heard time.Time) time.Time {
	if k.Channel != "whatsapp" {
		return time.Time{}
	}
	return heard.Add(windowFor)
}
