// Package handoff gives the conversation to a person: it takes a case number,
// says when somebody is there, and waits. What the agent says does not pass
// through here.
package handoff

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"ventanilla/flows"
	"ventanilla/flows/intent"
)

//go:embed texts/*.yaml
var texts embed.FS

// Office tells whether somebody is there at a moment, and otherwise when the
// office opens next (zero if it never does), in the organisation's time zone.
type Office func(at time.Time) (open bool, next time.Time)

// Line tells how many have waited for a human at an organisation for longer than since. The store is one.
type Line interface {
	Place(ctx context.Context, k flows.Key, since time.Time) (int, error)
}

// New returns the flow. Home is the flow that a person who stops waiting comes back to.
func New(home string, office Office, line Line) flows.Flow {
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	h := handoff{office, line}
	on := flows.On{"next": "waiting", "leave": "stopped", "ask": "open"}
	return flows.Flow{Name: "handoff", Texts: dir, Steps: []flows.Step{
		{Name: "open", Do: h.open, On: flows.On{"next": "waiting", "closed": "closed"}},
		{Name: "waiting", Say: "waiting_open", Again: "noted", Help: "help", Left: "left", Offer: []string{"leave"},
			Fill: fill, Status: h.status("status_open"), Take: take, Free: true, Rests: true, On: on},
		{Name: "closed", Say: "waiting_closed", Again: "noted", Help: "help", Left: "left", Offer: []string{"leave"},
			Fill: fill, Status: h.status("status_closed"), Take: take, Free: true, Rests: true, On: flows.On{"next": "closed", "leave": "stopped", "ask": "open"}},
		{Name: "stopped", Say: "stopped", Fill: fill, On: flows.On{"next": home + "/"}},
	}}
}

type handoff struct {
	office Office
	line   Line
}

// open takes a case number. Six digits are for reading aloud, not for keeping secret.
func (h handoff) open(ctx context.Context, t *flows.Turn) (string, error) {
	if t.Values["case"] == "" {
		t.Values["case"] = flows.CaseNumber(t.Random)
		t.Note(flows.Audit{What: "case_opened", Detail: map[string]string{"case": t.Values["case"]}})
	}
	since := t.Now
	if !t.Dialog.Waiting.IsZero() { // asked again
		since = t.Dialog.Waiting
	}
	if err := h.place(ctx, t, since); err != nil {
		return "", err
	}
	open, next := h.office(t.Now)
	if open {
		return "", nil
	}
	t.Values["when"] = t.Text("soon")
	if !next.IsZero() {
		t.Values["when"] = t.Text("when", "day", t.Text("day_"+strconv.Itoa(int(next.Weekday()))),
			"date", next.Format("2/1"), "time", next.Format("15:04"))
	}
	return "closed", nil
}

func fill(t *flows.Turn) []string {
	return []string{"case", t.Values["case"], "when", t.Values["when"], "place", t.Values["place"]}
}

// place notes how many come first (RULES: talk.human).
func (h handoff) place(ctx context.Context, t *flows.Turn, since time.Time) error {
	n, err := h.line.Place(ctx, t.Key, since)
	if err != nil {
		return fmt.Errorf("looking for the place in the line: %w", err)
	}
	if t.Values["place"] = t.Text("next_one"); n > 0 {
		t.Values["place"] = t.Text("place", "n", strconv.Itoa(n))
	}
	return nil
}

// status says how many come first now.
func (h handoff) status(key string) func(context.Context, *flows.Turn) error {
	return func(ctx context.Context, t *flows.Turn) error {
		if err := h.place(ctx, t, t.Dialog.Waiting); err != nil {
			return err
		}
		t.Say(key, fill(t)...)
		return nil
	}
}

// aside is what people write while they wait that is nothing for their case: whether they still have to, and that they will not.
var aside = intent.List(map[string][]string{
	"ask": {"cuando me contest*", "cuando contest*", "cuando me llam*", "cuando llam*", "cuando me escrib*", "cuando me atiend*", "cuando atiend*", "cuando me respond*", "cuando respond*", "cuando me habl*", "cuanto falta", "cuanto tarda*",
		"cuanto demora*", "a que hora", "hasta cuando", "que hago", "y ahora", "y luego", "que sigue", "como sigo", "a donde voy", "donde voy", "when will", "how long", "what now"},
	"leave": {"deja", "dejalo", "deje", "dejelo", "cancel*", "no espero", "no quiero esperar", "ya no quiero", "ya no hace falta", "ya no necesito", "olvidalo", "olvidate", "olvidelo", "never mind"},
})

// longest is how many words such an aside has at most: what is longer tells something.
const longest = 6

func take(_ *flows.Turn, in flows.Input) (value, problem string) {
	if in.Choice == "leave" {
		return "leave", ""
	}
	if n := len(strings.Fields(in.Text)); n > 0 && n <= longest {
		return cmp.Or(aside.Find(in.Text), "noted"), ""
	}
	return "noted", ""
}
