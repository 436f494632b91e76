package bot

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// FigureKeeper keeps counts. *store.Store is one.
type FigureKeeper interface {
	// AddFigures merges counts into a day of an organisation, once for each name.
	AddFigures(ctx context.Context, portal, day, name string, more store.Figures) error
	EachFigures(ctx context.Context, portal, from, to string, visit func(day string, f store.Figures) error) error
}

// Figures counts what happens, for supervisors: per organisation, on its own days. It counts in
// memory, so that a turn costs no write of its own, and writes what it counted every [FlushEvery]
// and at the end: a crash loses the counts of the last half minute, and nothing else. There is
// nothing in them that says who a person is. A nil *Figures counts nothing. It is safe for
// concurrent use; the fields are set before the first call.
type Figures struct {
	Keeper FigureKeeper
	Zones  map[string]*time.Location // of the organisations; UTC for others
	Clock  *flows.Clock
	Random func(n int) string // n random bytes in hex
	Log    *slog.Logger

	mu   sync.Mutex
	open map[shelf]store.Figures // counted since the last flush
	last map[string]quarter      // by portal: where the latest was counted

	writing sync.Mutex
	going   []batch // that are being written, or of whose write nobody heard the end; under writing
}

// FlushEvery is how much of the counts a crash may lose.
const FlushEvery = 30 * time.Second

// shelf is where counts belong.
type shelf struct{ portal, day string }

// quarter is where what happens in a quarter of an hour is counted: the same day for all of it, because
// clocks differ from UTC by whole quarters, and telling the day costs more than counting.
type quarter struct {
	n      int64 // since 1970
	counts store.Figures
}

// batch is what is merged into one record, once.
type batch struct {
	shelf
	name   string
	counts store.Figures
}

// Day is an organisation's own day at a moment, as [store.FiguresDay] says.
func (f *Figures) Day(portal string, at time.Time) string {
	zone := f.Zones[portal]
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format(store.FiguresDay)
}

// add counts what happens now.
func (f *Figures) add(portal string, n uint64, what store.Figure) {
	if f != nil && n > 0 {
		f.Count(portal, f.Clock.Now(), n, what)
	}
}

// Count counts something at a moment, which is another than now for who writes a past down.
func (f *Figures) Count(portal string, at time.Time, n uint64, what store.Figure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts(portal, at)[what] += n
}

// counts is what of a moment is counted in. It is called under the lock.
func (f *Figures) counts(portal string, at time.Time) store.Figures {
	now := at.Unix() / (15 * 60)
	if q, ok := f.last[portal]; ok && q.n == now {
		return q.counts
	}
	s := shelf{portal, f.Day(portal, at)}
	if f.open == nil {
		f.open, f.last = map[shelf]store.Figures{}, map[string]quarter{}
	}
	if f.open[s] == nil {
		f.open[s] = store.Figures{}
	}
	f.last[portal] = quarter{now, f.open[s]}
	return f.open[s]
}

// Run writes what was counted now and then, until ctx ends; [Figures.Flush] once more then, when nothing counts any more.
func (f *Figures) Run(ctx context.Context) error {
	every := time.NewTicker(FlushEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-ctx.Done():
			return nil
		}
		if err := f.Flush(ctx); err != nil && ctx.Err() == nil {
			f.Log.Warn("the figures could not be written; trying again", "after", FlushEvery, "err", err)
		}
	}
}

// Flush writes what was counted. What fails is tried again at the next one, under the same name, so
// that a write that did happen is not counted twice.
func (f *Figures) Flush(ctx context.Context) error {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.mu.Lock()
	for s, counts := range f.open {
		f.going = append(f.going, batch{s, f.Random(8), counts})
	}
	f.open, f.last = nil, nil
	f.mu.Unlock()
	for len(f.going) > 0 {
		b := f.going[0]
		if err := f.Keeper.AddFigures(ctx, b.portal, b.day, b.name, b.counts); err != nil {
			return err
		}
		f.going = f.going[1:]
	}
	return nil
}

// Each calls visit for each day of an organisation, from and to included, with what was written and what was not yet.
// All is read before the first is visited: what a slow reader takes their time over keeps nobody from counting.
func (f *Figures) Each(ctx context.Context, portal, from, to string, visit func(day string, counts store.Figures) error) error {
	days, err := f.days(ctx, portal, from, to)
	if err != nil {
		return err
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		if err := visit(day, days[day]); err != nil {
			return err
		}
	}
	return nil
}

func (f *Figures) days(ctx context.Context, portal, from, to string) (map[string]store.Figures, error) {
	f.writing.Lock()
	defer f.writing.Unlock()
	days := map[string]store.Figures{}
	f.mu.Lock()
	for s, counts := range f.open {
		if s.portal == portal && s.day >= from && s.day <= to {
			days[s.day] = maps.Clone(counts)
		}
	}
	f.mu.Unlock()
	return days, f.Keeper.EachFigures(ctx, portal, from, to, func(day string, counts store.Figures) error {
		counts.Merge(days[day])
		days[day] = counts
		return nil
	})
}

// turned counts what a saved turn brought. held tells that an agent has the conversation.
func (f *Figures) turned(k flows.Key, held bool, r flows.Result) {
	if f == nil {
		return
	}
	f.Turned(k, f.Clock.Now(), held, r)
}

// Turned counts what a turn brought at a moment. The worker calls it; so does who writes a past down.
func (f *Figures) Turned(k flows.Key, at time.Time, held bool, r flows.Result) {
	for _, e := range r.Events {
		if what, counts := happened(k.Channel, held, e); counts {
			f.Count(k.Portal, at, 1, what)
		}
		if e.What == flows.Solved && !e.Helped && !held && e.Took > 0 {
			f.Count(k.Portal, at, 1, store.Figure{What: store.CountTook, Channel: k.Channel, Errand: e.Errand, Span: store.SpanOf(e.Took)})
		}
	}
	for _, a := range r.Audit {
		if a.What == "case_opened" {
			f.Count(k.Portal, at, 1, store.Figure{What: store.CountCase, Channel: k.Channel})
		}
	}
}

// happened is what an event of a turn counts as.
func happened(channel string, held bool, e flows.Event) (one store.Figure, counts bool) {
	one = store.Figure{Channel: channel, Errand: e.Errand}
	switch e.What {
	case flows.Began:
		one.What = store.CountBegan
	case flows.Arrived:
		one.What, one.Step = store.CountArrived, e.Flow+"/"+e.Step
	case flows.Refused:
		one.What, one.Step = store.CountRefused, e.Flow+"/"+e.Step
	case flows.Lost:
		one.What, one.Step, one.Detail = store.CountLost, e.Flow+"/"+e.Step, e.Why
	case flows.Opined:
		one.What, one.Outcome = store.CountOpined, e.Why
	case flows.Solved:
		one.What, one.Outcome = store.CountSolved, store.SolvedAlone
		if e.Helped || held {
			one.Outcome = store.SolvedHelped
		}
	default:
		return one, false
	}
	return one, true
}

// took counts that an agent came to somebody, who had waited since a moment, or for nobody.
func (f *Figures) took(k flows.Key, since time.Time) {
	f.add(k.Portal, 1, store.Figure{What: store.CountTaken, Channel: k.Channel})
	if f != nil && !since.IsZero() {
		f.add(k.Portal, 1, store.Figure{What: store.CountWaited, Channel: k.Channel, Span: store.SpanOf(f.Clock.Now().Sub(since))})
	}
}

// gave counts that an agent left a conversation: how is the audit's word for it, or the outcome of a close.
func (f *Figures) gave(k flows.Key, a flows.Audit) {
	what := store.Figure{What: store.CountReturned, Channel: k.Channel}
	if outcome := a.Detail["outcome"]; outcome != "" {
		what.What, what.Outcome = store.CountClosed, outcome
	}
	f.add(k.Portal, 1, what)
}

// reply counts what became of replies on a channel, such as [store.ReplySent], and why they failed.
func (f *Figures) reply(portal, channel string, n int, outcome, why string) {
	f.add(portal, uint64(max(n, 0)), store.Figure{What: store.CountReply, Channel: channel, Outcome: outcome, Detail: why})
}
