package bot_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// faulty is a store of which one write fails at the stage that was named: before it, or without a word after it.
func faulty(t *testing.T) (s *store.Store, clock *flows.Clock, fail func(boltkv.Stage)) {
	t.Helper()
	var fault atomic.Value
	clock = &flows.Clock{}
	kv, err := boltkv.Open(filepath.Join(t.TempDir(), "db"), boltkv.Options{Clock: clock, OnCommit: func(s boltkv.Stage) error {
		if fault.CompareAndSwap(s, boltkv.Stage("")) {
			return errors.New("the disk said nothing")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kv.Close() })
	keys, err := store.NewKeyring(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = store.New(t.Context(), kv, store.Options{Keys: keys, Clock: clock, Random: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	return s, clock, func(at boltkv.Stage) { fault.Store(at) }
}

// Whatever is flushed when, and however writes fail, what is read is the sum of what was counted but
// for what a crash took that was never flushed.
func TestFiguresAreTheSumOfWhatHappenedOverAnyFlushesAndCrashes(t *testing.T) {
	s, clock, fail := faulty(t)
	fresh := func() *bot.Figures {
		return &bot.Figures{Keeper: s, Clock: clock, Log: slog.New(slog.DiscardHandler), Zones: map[string]*time.Location{"mseg": time.FixedZone("-3", -3*3600)},
			Random: func(n int) string { b := make([]byte, n); _, _ = rand.Read(b); return hex.EncodeToString(b) }}
	}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		portal := fmt.Sprint("p", n)
		k := flows.Key{Portal: portal, Channel: "telegram", Person: "1"}
		f, kept, open := fresh(), store.Figures{}, store.Figures{}
		noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 20).Draw(rt, "moments") {
			switch rapid.SampledFrom([]string{"turn", "turn", "turn", "flush", "fault", "fault", "crash"}).Draw(rt, "what") {
			case "turn":
				step := rapid.SampledFrom([]string{"code", "confirm"}).Draw(rt, "step")
				f.Turned(k, noon.AddDate(0, 0, mathrand.IntN(2)), false, flows.Result{Events: []flows.Event{{What: flows.Arrived, Errand: "recovery", Flow: "proof", Step: step}}})
				open[store.Figure{What: store.CountArrived, Channel: "telegram", Errand: "recovery", Step: "proof/" + step}]++
			case "fault": // the write fails, or nobody hears that it did not; the next flush comes
				fail(map[bool]boltkv.Stage{true: boltkv.Before, false: boltkv.After}[rapid.Bool().Draw(rt, "before")])
				_ = f.Flush(t.Context())
				fail("")
				fallthrough
			case "flush":
				if err := f.Flush(t.Context()); err != nil {
					rt.Fatal(err)
				}
				kept.Merge(open)
				open = store.Figures{}
			case "crash":
				f, open = fresh(), store.Figures{}
			}
		}
		got := store.Figures{}
		err := f.Each(t.Context(), portal, "20261101", "20261130", func(_ string, counts store.Figures) error {
			got.Merge(counts)
			return nil
		})
		kept.Merge(open)
		if err != nil || !maps.Equal(got, kept) {
			rt.Fatalf("got %v, %v\nwant %v", got, err, kept)
		}
	})
}

// Who takes a table away slowly keeps neither the counts from being written nor others from reading.
func TestFiguresAreWrittenWhileSomebodyReadsThem(t *testing.T) {
	s, clock, _ := faulty(t)
	f := &bot.Figures{Keeper: s, Clock: clock, Random: func(int) string { return "once" }, Log: slog.New(slog.DiscardHandler)}
	now := clock.Now()
	f.Count("mseg", now, 1, store.Figure{What: store.CountBegan, Channel: "telegram"})
	reading, read := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(read)
		day := f.Day("mseg", now)
		_ = f.Each(t.Context(), "mseg", day, day, func(string, store.Figures) error {
			reading <- struct{}{}
			<-reading
			return nil
		})
	}()
	<-reading
	flushed := make(chan error, 1)
	go func() { flushed <- f.Flush(t.Context()) }()
	select {
	case err := <-flushed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing is written while somebody reads")
	}
	close(reading)
	<-read
}

func TestADayIsTheOrganisationsOwn(t *testing.T) {
	f := &bot.Figures{Zones: map[string]*time.Location{"mseg": time.FixedZone("-3", -3*3600)}}
	at := time.Date(2026, 11, 21, 2, 30, 0, 0, time.UTC)
	if got := f.Day("mseg", at); got != "20261120" {
		t.Errorf("half past eleven at night in Buenos Aires: got %s", got)
	}
	if got := f.Day("unknown", at); got != "20261121" {
		t.Errorf("where the zone is unknown: got %s", got)
	}
}

// Whatever the zone and wherever a day begins, what happens counts on the day that [bot.Figures.Day] tells.
func TestWhatHappensCountsOnItsDay(t *testing.T) {
	s, clock, _ := faulty(t)
	f := &bot.Figures{Keeper: s, Clock: clock, Zones: map[string]*time.Location{}}
	for _, zone := range []string{"UTC", "America/Argentina/Buenos_Aires", "America/Mexico_City", "America/Guayaquil", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Asuncion", "Pacific/Chatham"} {
		at, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		f.Zones[zone] = at
		want := map[string]uint64{}
		for _, day := range []string{"2026-11-20", "2023-10-01", "2024-03-24", "2026-10-04"} { // also days on which clocks change
			from, err := time.Parse(time.DateOnly, day)
			if err != nil {
				t.Fatal(err)
			}
			for at := from.Add(-15 * time.Hour); at.Before(from.Add(40 * time.Hour)); at = at.Add(7*time.Minute + 29*time.Second) {
				f.Count(zone, at, 1, store.Figure{What: store.CountBegan, Channel: "telegram"})
				want[f.Day(zone, at)]++
			}
		}
		got := map[string]uint64{}
		err = f.Each(t.Context(), zone, "20000101", "20991231", func(day string, counts store.Figures) error {
			got[day] = counts[store.Figure{What: store.CountBegan, Channel: "telegram"}]
			return nil
		})
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: got %v, %v\nwant %v", zone, got, err, want)
		}
	}
}

// BenchmarkFigures measures what counting a turn costs that goes from one question to the next.
func BenchmarkFigures(b *testing.B) {
	zone, err := time.LoadLocation("America/Argentina/Buenos_Aires")
	if err != nil {
		b.Fatal(err)
	}
	f := &bot.Figures{Zones: map[string]*time.Location{"mseg": zone}}
	k, now := flows.Key{Portal: "mseg", Channel: "telegram", Person: "1"}, time.Now()
	r := flows.Result{Events: []flows.Event{{What: flows.Arrived, Errand: "recovery", Flow: "proof", Step: "code"}}}
	b.ReportAllocs()
	for b.Loop() {
		f.Turned(k, now, false, r)
	}
}
