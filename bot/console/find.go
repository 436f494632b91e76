package console

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"ventanilla/flows"
	"ventanilla/store"
)

const (
	// mostHits is after how many lines a search ends.
	mostHits = 200
	// flushEvery is how often a page that searches shows how far it is.
	flushEvery = 200 * time.Millisecond
	// stalled is how long a browser may take to read what was found so far.
	stalled = 30 * time.Second
)

// findForm is a search of what was said.
type findForm struct {
	Text, Portal string
	From, To     string // days, as the form writes them
	from, to     time.Time
	problem      string
}

// findForm reads a search; what it leaves out is the week until today, by the visitor's clock.
func (c *Console) findForm(q url.Values, v visit) findForm {
	now := v.words.at(c.Now())
	f := findForm{Text: strings.TrimSpace(q.Get("text")), Portal: q.Get("portal"),
		From: cmp.Or(q.Get("from"), now.AddDate(0, 0, -7).Format(time.DateOnly)), To: cmp.Or(q.Get("to"), now.Format(time.DateOnly))}
	var err1, err2 error
	f.from, err1 = time.ParseInLocation(time.DateOnly, f.From, now.Location())
	f.to, err2 = time.ParseInLocation(time.DateOnly, f.To, now.Location())
	f.to = f.to.AddDate(0, 0, 1).Add(-time.Nanosecond)
	if _, known := c.organs[f.Portal]; !known || !v.agent.Sees(f.Portal) {
		f.Portal = "" // what the trail will say is one of ours, or nothing
	}
	letters := utf8.RuneCountInString(strings.ReplaceAll(flows.Plain(f.Text), " ", ""))
	switch {
	case err1 != nil || err2 != nil || !f.from.Before(f.to):
		f.problem = "find_period"
	case f.Text != "" && (letters < store.MinText || len(f.Text) > maxTyped):
		f.problem = "find_short"
	}
	return f
}

// searches are those that run, by agent. The zero value is ready.
type searches struct {
	mu  sync.Mutex
	all map[string]context.CancelCauseFunc
	n   map[string]int
}

// errNewer ends a search whose agent began another one.
var errNewer = errors.New("console: the agent began another search")

// begin ends the agent's search that runs, if there is one, and returns the context of the new one and how to leave it.
func (s *searches) begin(ctx context.Context, agent string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all, s.n = map[string]context.CancelCauseFunc{}, map[string]int{}
	}
	if old := s.all[agent]; old != nil {
		old(errNewer)
	}
	s.n[agent]++
	s.all[agent] = cancel
	me := s.n[agent]
	return ctx, func() {
		cancel(nil)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.n[agent] == me {
			delete(s.all, agent)
			delete(s.n, agent)
		}
	}
}

// find looks through what was said and sends what it finds as it goes, so that the page fills while it is
// read; the page needs no script for it. Closing the page ends the search.
func (c *Console) find(w http.ResponseWriter, r *http.Request, v visit) {
	f := c.frame(v, "search_title")
	f.Find = c.findForm(c.queries.get(r.URL.Query().Get("find"), v.agent.Name, c.Now()), v)
	if f.Find.problem != "" || f.Find.Text == "" {
		if f.Find.problem != "" {
			f.Alert = v.words.T(f.Find.problem)
		}
		c.show(w, http.StatusOK, "search", f)
		return
	}
	if err := c.noteSearch(r, v, "kind", "text", "from", f.Find.From, "to", f.Find.To, "portal", cmp.Or(f.Find.Portal, "*")); err != nil {
		c.fail(w, err)
		return
	}
	ctx, leave := c.searches.begin(r.Context(), v.agent.Name)
	defer leave()
	s := &finding{c: c, v: v, w: w, out: http.NewResponseController(w), form: f.Find, talks: map[string]bool{}}
	_ = s.out.SetReadDeadline(time.Time{}) // or the search would end with the time to send a request; a recorder has none
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	if s.draw("find_begin", f) != nil || s.flush() != nil {
		return
	}
	query := store.Query{Text: f.Find.Text, From: f.Find.from, To: f.Find.to, Sees: func(portal string) bool {
		return v.agent.Sees(portal) && (f.Find.Portal == "" || f.Find.Portal == portal)
	}}
	err := c.Store.Look(ctx, query, s.hit, s.tell)
	s.end(context.Cause(ctx), err)
}

// finding is a search that runs.
type finding struct {
	c     *Console
	v     visit
	w     http.ResponseWriter
	out   *http.ResponseController
	form  findForm
	hits  int
	lines int
	talks map[string]bool
	shown time.Time
}

// hitView is a line that was found.
type hitView struct {
	words
	Name, Person, At, Before, Match, After string
	Org                                    Organisation
	N                                      uint64
}

// progressView is how far a search is, or how it ended.
type progressView struct {
	words
	Percent, Hits, Lines, Talks int
	Ended                       string // the key of why; "" while it runs
	Form                        findForm
}

// Date is a day of the form as people write it.
func (p progressView) Date(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return p.T("date", "day", t.Day(), "month", p.T("month_"+t.Format("1")), "year", t.Year())
}

// errEnough ends a search that found as much as is shown.
var errEnough = errors.New("console: that is enough")

func (s *finding) hit(f store.Found) error {
	shown := covered(f.Line)
	if shown != f.Line.Text && !strings.Contains(flows.Plain(shown), flows.Plain(s.form.Text)) {
		return nil // what nobody reads is not found either
	}
	s.hits++
	s.talks[f.Name] = true
	text := cmp.Or(shown, f.Line.File)
	view := hitView{words: s.v.words, Name: f.Name, Person: f.Person, Org: s.c.organisation(f.Portal), N: f.Line.N,
		At: f.Line.At.In(s.c.zoneOf(f.Portal)).Format("2006-01-02 15:04")}
	view.Before, view.Match, view.After = around(text, s.form.Text)
	if err := s.draw("hit", view); err != nil {
		return err
	}
	if s.hits >= mostHits {
		return errEnough
	}
	return nil
}

func (s *finding) tell(p store.Progress) error {
	s.lines = p.Lines
	if time.Since(s.shown) < flushEvery {
		return nil
	}
	s.shown = time.Now()
	if err := s.draw("progress", s.view(int(p.Done*100), "")); err != nil {
		return err
	}
	return s.flush()
}

func (s *finding) view(percent int, ended string) progressView {
	return progressView{s.v.words, percent, s.hits, s.lines, len(s.talks), ended, s.form}
}

// end says what was searched.
func (s *finding) end(cause, err error) {
	ended := "find_done"
	switch {
	case errors.Is(err, errEnough):
		ended = "find_enough"
	case errors.Is(cause, errNewer):
		ended = "find_newer"
	case err != nil && cause != nil:
		return // the page was closed
	case err != nil:
		s.c.Log.Error("a search of transcripts ended early", "err", err)
		ended = "find_failed"
	}
	if s.draw("find_end", s.view(100, ended)) == nil {
		_ = s.flush()
	}
}

func (s *finding) draw(name string, data any) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	_, err := s.w.Write(b.Bytes())
	return err
}

func (s *finding) flush() error {
	_ = s.out.SetWriteDeadline(time.Now().Add(stalled)) // a recorder has none
	return s.out.Flush()
}

// context of a line that is shown on each side of what was found, in characters.
const aside = 60

// around is a line with what was found in it set apart: the fewest of its words that hold it.
func around(text, typed string) (before, match, after string) {
	starts, wanted := wordStarts(text), flows.Plain(typed)
	end := func(j int) int {
		if j+1 < len(starts) {
			return starts[j+1]
		}
		return len(text)
	}
	holds := func(from, to int) bool { return strings.Contains(flows.Plain(text[from:to]), wanted) }
	// By halves: a person's longest line read anew for each of its words took a second.
	j := sort.Search(len(starts), func(j int) bool { return holds(0, end(j)) })
	if j < len(starts) {
		to := end(j)
		from := starts[j-sort.Search(j, func(back int) bool { return holds(starts[j-back], to) })]
		match = strings.TrimRight(text[from:to], " \n\t")
		return clip(text[:from], aside, true), match, clip(text[from+len(match):], aside, false)
	}
	return clip(text, 2*aside, false), "", "" // it is in the name of a document
}

// wordStarts are where the words of a line begin.
func wordStarts(text string) (at []int) {
	space := true
	for i, r := range text {
		now := r == ' ' || r == '\n' || r == '\t'
		if space && !now {
			at = append(at, i)
		}
		space = now
	}
	return at
}

// clip keeps n characters of a text, its last ones or its first.
func clip(s string, n int, last bool) string {
	r := []rune(s)
	switch {
	case len(r) <= n:
		return s
	case last:
		return "…" + string(r[len(r)-n:])
	}
	return string(r[:n]) + "…"
}

// Line is the address of a line within its conversation.
func (h hitView) Line() string { return strconv.FormatUint(h.N, 10) }
