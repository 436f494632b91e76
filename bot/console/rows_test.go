package console

import (
	"strconv"
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
		if got := len(l.rows) - needy; got > 8 || len(l.going.of)+len(l.done.of) != got {
			t.Fatalf("%d rows, of which %d need somebody; %d and %d in line", len(l.rows), needy, len(l.done.of), len(l.going.of))
		}
		for _, c := range []crowd{l.done, l.going} {
			for i, m := range c.of {
				if r, ok := l.rows[m.name]; !ok || !r.at().Equal(m.at) || i > 0 && m.at.Before(c.of[i-1].at) {
					t.Fatalf("%v stands in line at %d, the row is of %v", m, i, r.at())
				}
			}
		}
	})
}
