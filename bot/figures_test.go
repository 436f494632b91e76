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
	"testing"
	"time"

	"pgregory.net/rapid"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// Whatever is flushed when, and however writes fail, what is read is the sum of what was counted but
// for what a crash took that was never flushed.
func TestFiguresAreTheSumOfWhatHappenedOverAnyFlushesAndCrashes(t *testing.T) {
	var fault boltkv.Stage
	clock := &flows.Clock{}
	kv, err := boltkv.Open(filepath.Join(t.TempDir(), "db"), boltkv.Options{Clock: clock, OnCommit: func(s boltkv.Stage) error {
		if s == fault {
			fault = ""
			return errors.New("the disk said nothing")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kv.Close() }()
	keys, err := store.NewKeyring(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.New(t.Context(), kv, store.Options{Keys: keys, Clock: clock, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
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
			switch rapid.SampledFrom([]string{"turn", "turn", "turn", "flush", "before", "after", "crash"}).Draw(rt, "what") {
			case "turn":
				step := rapid.SampledFrom([]string{"code", "confirm"}).Draw(rt, "step")
				f.Turned(k, noon.AddDate(0, 0, mathrand.IntN(2)), false, flows.Result{Events: []flows.Event{{What: flows.Arrived, Errand: "recovery", Flow: "proof", Step: step}}})
				open.Add(1, "arrived", "telegram", "recovery", "proof/"+step)
			case "before", "after": // the write fails, or nobody hears that it did not; the next flush comes
				fault = map[bool]boltkv.Stage{true: boltkv.Before, false: boltkv.After}[rapid.Bool().Draw(rt, "before")]
				if len(open) == 0 {
					fault = ""
				}
				_ = f.Flush(t.Context())
				fault = ""
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
