package console

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ventanilla/store"
)

// However conversations change, the list keeps all in which somebody is needed, and of the others the latest.
func TestOfThoseInWhichNobodyIsNeededTheListKeepsTheLatest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		l := newLive(func() time.Time { return now })
		l.done.most, l.going.most = 3, 5
		want := map[string]row{}
		for range rapid.IntRange(1, 200).Draw(t, "changes") {
			now = now.Add(time.Second)
			sum := store.Summary{Name: strconv.Itoa(rapid.IntRange(1, 30).Draw(t, "name")), Portal: "mseg", Since: now,
				Flow: rapid.SampledFrom([]string{"", "recovery", "recovery", human}).Draw(t, "flow"), Holder: rapid.SampledFrom([]string{"", "", "", "ana"}).Draw(t, "holder"),
				Stuck: rapid.IntRange(0, 9).Draw(t, "stuck") == 0}
			r := row{Summary: sum, Changed: now}
			l.put(r, true)
			want[sum.Name] = r
		}
		needy := 0
		for _, r := range want {
			if l.crowd(r) != nil {
				continue
			}
			needy++
			if _, ok := l.rows[r.Name]; !ok {
				t.Fatalf("%s, in which somebody is needed, is gone", r.Name)
			}
		}
		if got := len(l.rows) - needy; got > 8 || len(l.going.there())+len(l.done.there()) != got {
			t.Fatalf("%d rows, of which %d need somebody; %d and %d in line", len(l.rows), needy, len(l.done.there()), len(l.going.there()))
		}
		for _, c := range []crowd{l.done, l.going} {
			for i, m := range c.there() {
				if r, ok := l.rows[m.name]; !ok || !r.at().Equal(m.at) || i > 0 && m.at.Before(c.there()[i-1].at) {
					t.Fatalf("%v stands in line at %d, the row is of %v", m, i, r.at())
				}
			}
		}
	})
}

// there are those who are not gone.
func (c *crowd) there() []member {
	return slices.DeleteFunc(slices.Clone(c.of), func(m member) bool { return m.gone })
}

// A line in which who left is marked is like one that closes up at once, and no longer than twice that.
func TestALineWithMarksIsLikeOneThatClosesUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		marked, plain := crowd{most: 6}, []member{}
		start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 200).Draw(t, "changes") {
			r := row{Summary: store.Summary{Name: strconv.Itoa(rapid.IntRange(1, 4).Draw(t, "name"))},
				Changed: start.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "second")) * time.Second)}
			m := member{at: r.Changed, name: r.Name}
			if i := slices.Index(plain, m); i >= 0 || rapid.Bool().Draw(t, "leaves") {
				marked.remove(r)
				plain = slices.DeleteFunc(plain, func(x member) bool { return x == m })
			} else {
				plain = append(plain, m)
				slices.SortFunc(plain, func(a, b member) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.name, b.name)) })
				want := ""
				if len(plain) > marked.most {
					want, plain = plain[0].name, plain[1:]
				}
				if got := marked.add(r); got != want {
					t.Fatalf("for %v went %q, want %q", m, got, want)
				}
			}
			if got := marked.there(); !slices.Equal(got, plain) || len(marked.of)-len(got) != marked.gone || len(marked.of) > 2*len(plain)+1 {
				t.Fatalf("got %v of %d, want %v", got, len(marked.of), plain)
			}
		}
	})
}

// What it costs that a conversation among 5,000 changes.
func BenchmarkChange(b *testing.B) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	l := newLive(func() time.Time { return now })
	rows := make([]row, mostGoing)
	for i := range rows {
		rows[i] = row{Summary: store.Summary{Name: "conversation-" + strconv.Itoa(i), Portal: "mseg", Flow: "recovery", Since: now}, Changed: now}
		l.put(rows[i], true)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		now = now.Add(time.Millisecond)
		r := rows[n*7919%len(rows)]
		r.Changed = now
		l.put(r, true)
	}
}
