package console_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// Nothing is counted that no supervisor sees, and everything that is counted can be taken away.
func TestEveryFigureIsShownAndTakenAway(t *testing.T) {
	values := store.Figure{Channel: "telegram", Errand: "recovery", Step: "recovery/number", Detail: flows.BySilence, Outcome: store.SolvedAlone, Span: store.SpanOf(time.Minute)}
	outcome := map[store.Counted]string{store.CountOpined: flows.Good, store.CountClosed: "solved", store.CountReply: store.ReplySent}
	w := newWorld(t)
	boss := w.hire("Jefa", store.Supervises)
	begin := func(x store.Figure) { // a step is shown once somebody came there
		if x.What == store.CountLost {
			w.figures.Count("mseg", w.clock.Now(), 1, store.Figure{What: store.CountArrived, Channel: "telegram", Errand: "recovery", Step: x.Step})
		}
	}
	for what, tells := range store.CountedOf {
		x := store.Figure{What: what}
		for _, t := range tells {
			switch t {
			case store.TellsChannel:
				x.Channel = values.Channel
			case store.TellsErrand:
				x.Errand = values.Errand
			case store.TellsStep:
				x.Step = values.Step
			case store.TellsOutcome:
				x.Outcome = values.Outcome
				if o := outcome[what]; o != "" {
					x.Outcome = o
				}
			case store.TellsDetail:
				x.Detail = values.Detail
			case store.TellsSpan:
				x.Span = values.Span
			}
		}
		begin(x)
		_, before := boss.get("/console/today/figures?portal=mseg")
		w.figures.Count("mseg", w.clock.Now(), 1, x)
		if _, after := boss.get("/console/today/figures?portal=mseg"); plain(after) == plain(before) {
			t.Errorf("no supervisor sees that something is counted as %+v", x)
		}
		_, body := boss.post("/console/today/figures.csv", url.Values{"portal": {"mseg"}})
		rows := table(t, body, ',')
		if !slices.ContainsFunc(rows, func(row []string) bool {
			for i, tell := range store.Told {
				if rows[0][3+i] != string(tell) || row[3+i] != x.Tell(tell) {
					return false
				}
			}
			return row[2] == string(what)
		}) {
			t.Errorf("nobody can take away what is counted as %+v:\n%s", x, body)
		}
	}
}
