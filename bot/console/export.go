package console

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ventanilla/store"
)

// What a spreadsheet may take for the beginning of a formula, and for the border of a cell if it
// expects another separator than ours (OWASP, CSV injection). Full-width signs count, too.
const (
	formulas = "=+-@\t\r\n＝＋－＠"
	borders  = ",;|\t\r\n"
)

// Harmless is a cell that no spreadsheet takes for a formula, or for a border with a formula behind
// it: an apostrophe stands before what could be one.
func Harmless(cell string) string {
	var b strings.Builder
	border := true
	for _, r := range cell {
		if border && strings.ContainsRune(formulas, r) {
			b.WriteByte('\'')
		}
		b.WriteRune(r)
		border = strings.ContainsRune(borders, r) || border && (r == '"' || r == ' ')
	}
	return b.String()
}

// sheet writes a table for spreadsheets: RFC 4180, in UTF-8 with the mark by which Excel knows that.
type sheet struct {
	w    *csv.Writer
	left int // rows that there is room for
}

func newSheet(w io.Writer, comma rune, rows int) (*sheet, error) {
	_, err := io.WriteString(w, "\uFEFF")
	s := &sheet{csv.NewWriter(w), rows}
	s.w.UseCRLF, s.w.Comma = true, comma
	return s, err
}

// errFull is what a table brings that has as many rows as it can have.
var errFull = errors.New("the table is full")

func (s *sheet) row(cells ...string) error {
	if s.left--; s.left < 0 {
		return errFull
	}
	return s.last(cells...)
}

// last is a row for which there is always room.
func (s *sheet) last(cells ...string) error {
	for i := range cells {
		cells[i] = Harmless(cells[i])
	}
	return s.w.Write(cells)
}

// bounds are how much a download may take.
type bounds struct {
	rows int           // with the headings, and without what says that it was cut
	time time.Duration // real time, of making and of fetching it
}

// exportBounds are as many rows as spreadsheets take (1,048,576), roundly, and what nobody waits longer for.
var exportBounds = bounds{rows: 1_000_000, time: 10 * time.Minute}

// export answers with a table that write fills, once the trail says who took it. A table that
// could not be finished says so, and why, in its last row.
func (c *Console) export(w http.ResponseWriter, r *http.Request, v visit, name string, pairs []string, write func(context.Context, *sheet) error) {
	if _, busy := c.exporting.LoadOrStore(v.agent.Name, true); busy { // nobody keeps another one from theirs
		c.refuse(w, v.words, http.StatusTooManyRequests, "too_many_exports")
		return
	}
	defer c.exporting.Delete(v.agent.Name)
	err := c.agents.Update(r.Context(), v.agent.Name, func(a *store.Agent) error {
		a.Note("exported", c.Now(), append([]string{"table", name}, pairs...)...)
		return nil
	})
	if err != nil {
		c.fail(w, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.bounds.time)
	defer cancel()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(c.bounds.time + time.Minute)) // with time to say that it was cut; a recorder has none
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", `attachment; filename="ventanilla-`+name+"-"+c.Now().UTC().Format("20060102-1504")+`.csv"`)
	comma := ','
	if r.PostFormValue("comma") == ";" {
		comma = ';'
	}
	s, err := newSheet(w, comma, c.bounds.rows)
	if err == nil {
		err = write(ctx, s)
	}
	if err != nil {
		c.Log.Warn("a table could not be finished", "table", name, "err", err)
		_ = s.last(v.words.T(cutBy(err), "n", c.bounds.rows, "min", int(c.bounds.time.Minutes())))
	}
	s.w.Flush()
}

// cutBy is the words for why a table ends before its end.
func cutBy(err error) string {
	switch {
	case errors.Is(err, errFull):
		return "export_full"
	case errors.Is(err, context.DeadlineExceeded):
		return "export_slow"
	}
	return "export_cut"
}

// exportFigures is every count of some days, a row for each.
func (c *Console) exportFigures(w http.ResponseWriter, r *http.Request, v visit) {
	s, ok := c.exportSpan(w, r, v)
	if !ok {
		return
	}
	c.export(w, r, v, "figures", s.pairs(), func(ctx context.Context, out *sheet) error {
		if err := out.row(figureHeads()...); err != nil || c.Figures == nil {
			return err
		}
		for _, portal := range s.portals {
			from, to := s.of(c, portal)
			err := c.Figures.Each(ctx, portal, from.Format(store.FiguresDay), to.Format(store.FiguresDay), func(day string, f store.Figures) error {
				for x, n := range f.All() {
					if err := out.row(figureRow(portal, day, x, n)...); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func figureHeads() []string {
	cells := []string{"organisation", "day", "what"}
	for _, t := range store.Told {
		cells = append(cells, string(t))
	}
	return append(cells, "count")
}

// figureRow puts what a count tells under the headings.
func figureRow(portal, day string, x store.Figure, n uint64) []string {
	cells := []string{portal, day[:4] + "-" + day[4:6] + "-" + day[6:], string(x.What)}
	for _, t := range store.Told {
		cells = append(cells, x.Tell(t))
	}
	return append(cells, strconv.FormatUint(n, 10))
}

// exportTalks is a row for each conversation in which the person wrote last on one of the days:
// what became of it, and nothing of what was said. Who it was is masked.
func (c *Console) exportTalks(w http.ResponseWriter, r *http.Request, v visit) {
	s, ok := c.exportSpan(w, r, v)
	if !ok {
		return
	}
	c.export(w, r, v, "conversations", s.pairs(), func(ctx context.Context, out *sheet) error {
		err := out.row("conversation", "organisation", "channel", "person", "heard", "state", "errand", "step", "since", "waiting_since", "agent", "answers", "lines", "wrong_answers", "case", "labels")
		if err != nil {
			return err
		}
		return c.Store.EachConversation(ctx, func(conv *store.Conversation) error {
			portal := conv.Key.Portal
			from, to := s.of(c, portal)
			if !s.seen(portal) || conv.Heard.Before(from) || !conv.Heard.Before(to.AddDate(0, 0, 1)) {
				return nil
			}
			return out.row(c.talkRow(conv)...)
		})
	})
}

func (c *Console) talkRow(conv *store.Conversation) []string {
	d, zone := conv.Dialog, c.zoneOf(conv.Key.Portal)
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(time.RFC3339)
	}
	agent, labels := "", ""
	if conv.Holder != nil {
		agent = conv.Holder.Agent
	}
	if conv.Care != nil {
		labels = strings.Join(conv.Care.Labels, " · ")
	}
	return []string{conv.ID()[:12], conv.Key.Portal, conv.Key.Channel, masked(conv.Key.Person), at(conv.Heard), c.rowOf(conv).need().String(), d.Flow, d.Step,
		at(d.Since), at(d.Waiting), agent, strconv.FormatUint(conv.Turns, 10), strconv.FormatUint(conv.Lines, 10), strconv.Itoa(d.Tries), d.Values["case"], labels}
}

// masked leaves of a person's address on a network only so much that two can be told apart: "••••21".
func masked(person string) string {
	r := []rune(person)
	if len(r) < 4 {
		return "••••"
	}
	return "••••" + string(r[len(r)-2:])
}

// exportActs is what agents did on the days.
func (c *Console) exportActs(w http.ResponseWriter, r *http.Request, v visit) {
	if err := r.ParseForm(); err != nil {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_request")
		return
	}
	a, day, ok := c.actsOf(r.PostForm, v)
	if !ok {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_span")
		return
	}
	v.words = v.words.in(c.homeZone(v))
	c.export(w, r, v, "acts", []string{"day", a.Day}, func(ctx context.Context, out *sheet) error {
		if err := out.row("at", "agent", "act", "organisation", "conversation", "detail"); err != nil {
			return err
		}
		return c.eachAct(ctx, v, day, func(x store.Act) error {
			if a.Agent != "" && x.Who != a.Agent || a.What != "" && x.What != a.What {
				return nil
			}
			return out.row(v.words.Stamp(x.At), x.Who, x.What, x.Portal, x.Name[:min(len(x.Name), 12)], c.actView(v.words, x).Details())
		})
	})
}

func (c *Console) exportSpan(w http.ResponseWriter, r *http.Request, v visit) (span, bool) {
	if err := r.ParseForm(); err != nil {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_request")
		return span{}, false
	}
	s, ok := c.spanOf(r.PostForm, v)
	if !ok {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_span")
	}
	return s, ok
}

// pairs are the span as the trail names it.
func (s span) pairs() []string {
	return []string{"portal", s.Portal, "from", s.From, "to", s.To}
}
