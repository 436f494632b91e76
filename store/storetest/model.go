package storetest

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ventanilla/flows"
	"ventanilla/store"
)

// machine holds a driver and what a map would hold in its place.
type machine struct {
	t     *testing.T
	open  Open
	dir   string
	clock *flows.Clock
	kv    store.KV
	want  map[string]store.Entry
	held  map[string]bool
}

// model lets rapid draw calls and compares the driver with the map after each.
func model(t *testing.T, open Open) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "model")
		if err != nil {
			rt.Fatal(err)
		}
		m := &machine{t: t, open: open, dir: dir, clock: &flows.Clock{}, want: map[string]store.Entry{}, held: map[string]bool{}}
		m.kv = open(t, dir, m.clock)
		defer func() { _ = m.kv.Close() }()
		rt.Repeat(map[string]func(*rapid.T){
			"put":     m.put,
			"claim":   m.claim,
			"release": m.release,
			"advance": func(rt *rapid.T) {
				m.clock.Advance(time.Duration(rapid.IntRange(1, 90).Draw(rt, "minutes")) * time.Minute)
			},
			"restart": m.restart,
			"":        m.compare,
		})
	})
}

var someKey = rapid.SampledFrom([]string{"a", "b", "c.1", "c.2", "c.10"})

func (m *machine) draw(rt *rapid.T) store.Entry {
	e := store.Entry{Key: someKey.Draw(rt, "key"), Value: []byte(rapid.SampledFrom([]string{"", "1", "22", "333"}).Draw(rt, "value"))}
	if minutes := rapid.IntRange(-60, 60).Draw(rt, "due"); minutes%3 != 0 {
		e.Due = m.clock.Now().Add(time.Duration(minutes) * time.Minute)
	}
	return e
}

func (m *machine) put(rt *rapid.T) {
	e := m.draw(rt)
	fits := rapid.IntRange(0, 3).Draw(rt, "fits") > 0
	if e.Rev = m.want[e.Key].Rev; !fits {
		e.Rev += 1000
	}
	var with []store.Entry
	for range rapid.IntRange(0, 2).Draw(rt, "with") {
		if w := m.draw(rt); w.Key != e.Key && !slices.ContainsFunc(with, func(x store.Entry) bool { return x.Key == w.Key }) {
			with = append(with, w)
		}
	}
	rev, err := m.kv.Put(m.t.Context(), e, with...)
	if !fits {
		if !errors.Is(err, store.ErrConflict) {
			rt.Fatalf("putting %s at %d: got %v, want ErrConflict", e.Key, e.Rev, err)
		}
		return
	}
	if err != nil {
		rt.Fatal(err)
	}
	e.Rev = rev
	m.set(rt, e)
	for _, w := range with {
		m.set(rt, w)
	}
}

// set does to the map what was done to the driver; the revision of what was written beside is read.
func (m *machine) set(rt *rapid.T, e store.Entry) {
	if len(e.Value) == 0 {
		delete(m.want, e.Key)
		return
	}
	got, err := m.kv.Get(m.t.Context(), e.Key)
	if err != nil || got.Rev <= m.want[e.Key].Rev || e.Rev != 0 && got.Rev != e.Rev {
		rt.Fatalf("%s is at %d, %v, after %d", e.Key, got.Rev, err, m.want[e.Key].Rev)
	}
	e.Rev = got.Rev
	m.want[e.Key] = e
}

// due are the keys that a claim may return, the oldest first.
func (m *machine) due() (keys []string) {
	now := m.clock.Now()
	for key, e := range m.want {
		if !e.Due.IsZero() && !e.Due.After(now) && !m.held[key] {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int {
		if d := m.want[a].Due.Compare(m.want[b].Due); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return keys
}

func (m *machine) claim(rt *rapid.T) {
	keys := m.due()
	if len(keys) == 0 {
		return
	}
	n := rapid.IntRange(1, 4).Draw(rt, "n")
	es, err := m.kv.Claim(m.t.Context(), n, time.Hour)
	if err != nil {
		rt.Fatal(err)
	}
	var got []string
	for _, e := range es {
		got = append(got, e.Key)
		m.held[e.Key] = true
	}
	if want := keys[:min(n, len(keys))]; !slices.Equal(got, want) {
		rt.Fatalf("claimed %q, want %q", got, want)
	}
}

func (m *machine) release(rt *rapid.T) {
	if len(m.held) == 0 {
		return
	}
	key := rapid.SampledFrom(slices.Sorted(maps.Keys(m.held))).Draw(rt, "held")
	m.kv.Release(key)
	delete(m.held, key)
}

// restart closes and opens; leases may be forgotten or not, so all are given back first.
func (m *machine) restart(rt *rapid.T) {
	for key := range m.held {
		m.kv.Release(key)
	}
	clear(m.held)
	if err := m.kv.Close(); err != nil {
		rt.Fatal(err)
	}
	m.kv = m.open(m.t, m.dir, m.clock)
}

func (m *machine) compare(rt *rapid.T) {
	es, err := m.kv.List(m.t.Context(), "", "", 100)
	if err != nil {
		rt.Fatal(err)
	}
	keys := slices.Sorted(maps.Keys(m.want))
	if len(es) != len(keys) {
		rt.Fatalf("%d entries, want %q", len(es), keys)
	}
	for i, e := range es {
		w := m.want[keys[i]]
		if e.Key != w.Key || string(e.Value) != string(w.Value) || e.Rev != w.Rev || !e.Due.Equal(w.Due) {
			rt.Fatalf("got %v, want %v", e, w)
		}
	}
}
