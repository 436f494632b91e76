package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

const (
	// gather is for how long reports of arrival are collected, so that those of one
	// conversation cost one write: less than a channel waits before a line is sent
	// again whose answer was lost, so that its report prevents that. They are lost with
	// the process, which changes nothing: without a report a line counts as delivered too.
	gather = time.Second
	// maxFailed is how often a line may be tried whose network took it and then reported a failure.
	maxFailed = 5
	// reportTime is how long one report may take, most of it waiting for a line that is being sent.
	reportTime = 8 * time.Second
)

// Report is a [Reported]. An arrival is noted with others a moment later; a
// failure is safe when it returns nil.
func (w *Worker) Report(ctx context.Context, r Report) error {
	if r.Err == nil && (!w.arrive.add(r) || w.rushes.begin(func(life context.Context) { w.gathered(life, r.Chat) })) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, reportTime)
	defer cancel()
	reports := w.arrive.take(r.Chat)
	if r.Err != nil {
		reports = append(reports, r)
	}
	return w.heed(ctx, r.Chat, reports)
}

// gathered notes what arrived within [gather].
func (w *Worker) gathered(ctx context.Context, chat string) {
	timer := time.NewTimer(gather)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTime)
	defer cancel()
	if err := w.heed(ctx, chat, w.arrive.take(chat)); err != nil {
		w.Log.Warn("reports of arrival were not noted", "who", chat, "err", err)
	}
}

// heed writes what reports say into their conversation. It waits for a line that
// is being sent: its report may be faster than the note that it was sent.
func (w *Worker) heed(ctx context.Context, chat string, reports []Report) error {
	if len(reports) == 0 {
		return nil
	}
	k, err := w.find(ctx, chat)
	if err != nil || k.Person == "" {
		return err
	}
	d := w.desks.enter(k)
	defer w.desks.leave(k, d)
	if err := lock(ctx, d.line); err != nil {
		return fmt.Errorf("waiting for a line to %v: %w", k, err)
	}
	defer unlock(d.line)
	v := w.visit(k, d)
	if err := v.load(ctx); err != nil {
		return err
	}
	fates, landed := map[string]fate{}, map[string]bool{}
	err = v.change(ctx, func(c *store.Conversation) (changed bool) {
		for _, r := range reports {
			if _, there := c.Line(r.Line); there && r.Err == nil {
				landed[r.Line] = true
			}
			changed = w.reported(c, r, fates) || changed
		}
		return changed
	})
	if err == nil {
		w.Figures.reply(k.Portal, k.Channel, len(landed), store.ReplyDelivered, "")
	}
	return err
}

// find returns the key of a conversation; the zero key if there is none any more.
func (w *Worker) find(ctx context.Context, chat string) (k flows.Key, err error) {
	if w.Finder == nil {
		return k, errors.New("finding a conversation: nothing finds one")
	}
	c, err := w.Finder.Find(ctx, chat)
	if errors.Is(err, store.ErrNotFound) {
		return k, nil
	}
	if err != nil {
		return k, fmt.Errorf("finding a conversation: %w", err)
	}
	return c.Key, nil
}

// reported notes one report, if its line is still waited for. What a failure
// leads to is decided once, in fates, however often the write has to be tried.
func (w *Worker) reported(c *store.Conversation, r Report, fates map[string]fate) bool {
	out, there := c.Line(r.Line)
	if r.Err == nil {
		news := c.Arrived(r.N, r.Read)
		return there && w.note(c, r.Line, fate{}) || news
	}
	if !there {
		return false
	}
	if out.Sent != "" && !slices.Contains(strings.Fields(out.Sent), r.Receipt) {
		return false // of an earlier try: the line was sent again since
	}
	f, decided := fates[r.Line+" "+r.Receipt]
	if !decided {
		f = w.failedLater(c.Key, out, *r.Err)
		fates[r.Line+" "+r.Receipt] = f
	}
	return w.note(c, r.Line, f)
}

// failedLater is the fate of a line whose network took it and then could not deliver it.
func (w *Worker) failedLater(k flows.Key, out store.Outbound, e SendError) fate {
	if out.Tries >= maxFailed {
		e.Never = true
	}
	channel, _ := destination(k, out.Reply.To)
	return w.missed(k, place{k.Portal, channel}, &out, &e)
}

// arrivals are reports of arrival that were not noted yet, by conversation. The zero value is ready.
type arrivals struct {
	mu sync.Mutex
	m  map[string][]Report
}

// add keeps a report and tells whether it is the first of its conversation.
func (a *arrivals) add(r Report) (first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.m == nil {
		a.m = map[string][]Report{}
	}
	a.m[r.Chat] = append(a.m[r.Chat], r)
	return len(a.m[r.Chat]) == 1
}

func (a *arrivals) take(chat string) []Report {
	a.mu.Lock()
	defer a.mu.Unlock()
	reports := a.m[chat]
	delete(a.m, chat)
	return reports
}
