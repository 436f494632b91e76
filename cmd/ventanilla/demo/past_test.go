package demo

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/store"
)

// The world begins with a history, quickly, all of it marked as invented, with figures on its days.
func TestTheWorldBeginsWithAHistory(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w, err := New(t.Context(), Options{Public: l, Data: t.TempDir(), Log: slog.New(slog.DiscardHandler), Limits: settings.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	began := time.Now()
	if err := w.remembered(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("the history took %v", time.Since(began))
	s, figures, err := w.program.Past(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	n, ends := 0, map[string]int{}
	err = s.EachConversation(t.Context(), func(c *store.Conversation) error {
		n++
		ends[c.Dialog.Flow]++
		inventedAndHeard(t, c)
		lines, err := s.Transcript(context.Background(), c.Key, 0, 100)
		if err != nil || len(lines) < 4 {
			t.Errorf("%s said %d lines, %v", c.Name, len(lines), err)
		}
		if testing.Verbose() && n%23 == 1 {
			for _, l := range lines {
				t.Log(l.At.Format("01-02 15:04:05"), l.From, l.Who, l.Text, l.Event, l.Step)
			}
		}
		return nil
	})
	if err != nil || n != len(w.profiles)*pastDays*pastTalks || ends[""] != n {
		t.Errorf("%d conversations, %v; those that go on: %v", n, err, ends)
	}
	for _, p := range w.profiles {
		total, days := store.Figures{}, 0
		now := w.clock.Now().In(p.Location())
		err := figures.Each(t.Context(), p.ID, now.AddDate(0, 0, -pastDays).Format(store.FiguresDay), now.Format(store.FiguresDay), func(_ string, f store.Figures) error {
			total.Merge(f)
			days++
			return nil
		})
		if err != nil || days < pastDays || total.Sum(store.Figure{What: store.CountBegan}) == 0 || total.Sum(store.Figure{What: store.CountLost}) == 0 || total.Sum(store.Figure{What: store.CountTaken}) == 0 {
			t.Errorf("%s: the figures of %d days are %v, %v", p.ID, days, total, err)
		}
		t.Logf("%s: began %d, solved %d, opinions %d", p.ID, total.Sum(store.Figure{What: store.CountBegan}), total.Sum(store.Figure{What: store.CountSolved}), total.Sum(store.Figure{What: store.CountOpined}))
	}
	before := n
	if err := w.remembered(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.EachConversation(t.Context(), func(*store.Conversation) error { n--; return nil }); err != nil || n != 0 {
		t.Errorf("begun again, there are %d conversations, %v; want %d", before-n, err, before)
	}
}

// inventedAndHeard wants a conversation of the past to be marked as such, and every line of it to have been heard.
func inventedAndHeard(t *testing.T, c *store.Conversation) {
	t.Helper()
	if c.Care == nil || len(c.Care.Labels) != 1 || c.Care.Labels[0] != invented {
		t.Errorf("%s is not marked as invented", c.Name)
	}
	if len(c.Fates.Lost) > 0 {
		t.Errorf("%s heard nothing of %v, want all of it said", c.Name, c.Fates.Lost)
	}
}

// People who need somebody are there once the world runs, as long ago as their stories say.
func TestSomebodyNeedsAnAgentWhenTheWorldBegins(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w, err := New(t.Context(), Options{Public: l, Data: t.TempDir(), Log: slog.New(slog.DiscardHandler), Limits: settings.DefaultLimits(), Past: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	defer func() { stop(); <-ended }()
	s, _, err := w.program.Past(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	missing := len(patients)
	for end := time.Now().Add(time.Minute); missing > 0 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		missing = len(patients)
		err := s.EachConversation(t.Context(), func(c *store.Conversation) error {
			for _, p := range patients {
				ago := w.clock.Now().Sub(c.Dialog.Since)
				if c.Name == p.name && c.Dialog.Flow != "" && ago >= p.ago && ago < p.ago+2*time.Minute && c.Care != nil {
					missing--
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d are not there", missing, len(patients))
	}
}
