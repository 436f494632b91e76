package flows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/flows/text"
)

// chat is somebody who talks to an engine whose clock the test moves.
type chat struct {
	t      *testing.T
	e      *flows.Engine
	now    time.Time
	d      flows.Dialog
	said   []string
	events []flows.Event
}

func newChat(t *testing.T) *chat {
	t.Helper()
	all := small(nothing)
	steps := all[1].Steps
	steps[len(steps)-1].Solves = true
	texts, err := text.New(text.Config{Locale: "es"}, all...)
	if err != nil {
		t.Fatal(err)
	}
	words, err := flows.Words()
	if err != nil {
		t.Fatal(err)
	}
	c := &chat{t: t, now: noon}
	c.e, err = flows.New(flows.Options{Flows: all, Home: "menu", Human: "human", Texts: texts, Words: words, Limits: flows.DefaultLimits(),
		Now: func() time.Time { return c.now }, Random: func(n int) string { return strings.Repeat("0", 2*n) }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *chat) hears(in flows.Input) {
	c.t.Helper()
	r, err := c.e.Handle(c.t.Context(), flows.Call{ID: "t", At: c.now, Dialog: c.d, Input: in})
	if err != nil {
		c.t.Fatal(err)
	}
	c.d, c.said, c.events = r.Dialog, nil, append(c.events, r.Events...)
	for _, reply := range r.Replies {
		c.said = append(c.said, reply.Text)
	}
}

func (c *chat) says(lines ...string) {
	c.t.Helper()
	for _, line := range lines {
		c.hears(flows.Input{From: flows.Person, Text: line})
	}
}

// done brings the errand to its end.
func (c *chat) done() {
	c.t.Helper()
	c.says("hola", "go", "1", "2", "3", "sí")
	c.now = c.now.Add(90 * time.Second)
	c.hears(flows.Input{From: flows.System, Event: "set"})
}

// quiet lets the silence pass that the dialog asked for, and a moment more.
func (c *chat) quiet(more time.Duration) {
	c.t.Helper()
	if c.d.Due.IsZero() {
		c.said = nil
		return
	}
	c.now = c.d.Due.Add(more)
	c.hears(flows.Input{From: flows.System, Event: "tick"})
}

func (c *chat) opinions() (all []string) {
	for _, e := range c.events {
		if e.What == flows.Opined {
			all = append(all, e.Errand+" "+e.Why)
		}
	}
	return all
}

const asked = "¿Te sirvió? Si quieres, dímelo con un botón."

func TestWhetherItHelpedIsAnsweredInOneTapOrWordAndStandsInNobodysWay(t *testing.T) {
	for _, x := range []struct {
		say  flows.Input
		want string // "" if the input goes on as if nothing had been asked
	}{
		{flows.Input{Text: "1"}, "errand good"}, {flows.Input{Text: "👍"}, "errand good"}, {flows.Input{Text: "Bien!"}, "errand good"}, {flows.Input{Text: "sí"}, "errand good"},
		{flows.Input{Text: "2"}, "errand bad"}, {flows.Input{Text: "👎"}, "errand bad"}, {flows.Input{Text: "mal"}, "errand bad"}, {flows.Input{Text: "no"}, "errand bad"},
		{flows.Input{Choice: "opinion/good"}, "errand good"}, {flows.Input{Choice: "opinion/bad"}, "errand bad"},
		{flows.Input{Text: "hola"}, ""}, {flows.Input{Text: "no puedo entrar"}, ""}, {flows.Input{Text: "menú"}, ""}, {flows.Input{Text: "persona"}, ""}, {flows.Input{Choice: "opinion/other"}, ""},
	} {
		c := newChat(t)
		if c.done(); slices.Contains(c.said, asked) || c.d.Flow != "" {
			t.Fatalf("at the end: %q at %s", c.said, c.d.Flow)
		}
		if c.quiet(0); !slices.Equal(c.said, []string{asked}) {
			t.Fatalf("after a quiet minute: %q", c.said)
		}
		x.say.From = flows.Person
		c.hears(x.say)
		got := strings.Join(c.opinions(), ",")
		if got != x.want || (x.want == "") == (c.d.Flow == "") || len(c.said) == 0 {
			t.Errorf("%+v: counted %q at %q, said %q; want %q", x.say, got, c.d.Flow, c.said, x.want)
		}
		if c.hears(flows.Input{From: flows.Person, Choice: "opinion/bad"}); len(c.opinions()) > 1 {
			t.Errorf("%+v and a tap after it: counted %q", x.say, c.opinions())
		}
	}
}

func TestWhetherItHelpedIsAskedOnceADayAndNotOfWhoWritesOn(t *testing.T) {
	c := newChat(t)
	c.done()
	c.says("hola") // before the minute is over
	for range 5 {
		if c.quiet(0); slices.Contains(c.said, asked) {
			t.Fatal("who wrote on was asked")
		}
	}
	c.done()
	if c.quiet(time.Hour); len(c.said) > 0 {
		t.Errorf("an hour late: said %q", c.said)
	}
	c.done()
	if c.quiet(0); !slices.Equal(c.said, []string{asked}) {
		t.Fatalf("in time: said %q", c.said)
	}
	c.done()
	if c.quiet(0); len(c.said) > 0 {
		t.Errorf("twice a day: said %q", c.said)
	}
	c.now = c.now.Add(25 * time.Hour)
	c.done()
	if c.quiet(0); !slices.Equal(c.said, []string{asked}) {
		t.Errorf("a day later: said %q", c.said)
	}
	c.says("hola", "go")
	at := c.d.Step
	if c.hears(flows.Input{From: flows.Person, Choice: "opinion/good"}); c.d.Step != at || len(c.opinions()) != 1 {
		t.Errorf("a tap in the middle of another errand: at %s, counted %q; want %s and one", c.d.Step, c.opinions(), at)
	}
}

func TestTurnsTellWhatIsWorthCounting(t *testing.T) {
	tell := func(events []flows.Event) (all []string) {
		for _, e := range events {
			all = append(all, strings.TrimSpace(string(e.What)+" "+e.Errand+" "+e.Flow+"/"+e.Step+" "+e.Why))
		}
		return all
	}
	for _, x := range []struct {
		name string
		do   func(c *chat)
		want []string
	}{
		{"solved", func(c *chat) { c.done() }, []string{"arrived menu menu/menu", "began  /", "arrived errand errand/kind", "arrived errand errand/number", "arrived errand errand/place",
			"arrived errand errand/sure", "arrived errand errand/do", "arrived errand errand/page", "arrived errand errand/done", "solved errand errand/done"}},
		{"given up after a wrong answer", func(c *chat) { c.says("hola", "go", "uno", "cancelar") }, []string{"arrived menu menu/menu", "began  /", "arrived errand errand/kind", "refused errand errand/kind", "lost errand errand/kind cancelled"}},
		{"to a person and back", func(c *chat) { c.says("hola", "go", "1", "persona", "seguir", "2") }, []string{"arrived menu menu/menu", "began  /", "arrived errand errand/kind", "arrived errand errand/number",
			"lost errand errand/number person", "arrived human human/wait", "arrived errand errand/number", "arrived errand errand/place"}},
		{"silence", func(c *chat) { c.says("hola", "go"); c.quiet(0); c.quiet(0) }, []string{"arrived menu menu/menu", "began  /", "arrived errand errand/kind", "lost errand errand/kind silence"}},
		{"an agent helped", func(c *chat) {
			c.says("hola", "go", "1")
			c.hears(flows.Input{From: flows.System, Event: "handback"})
			c.says("2", "3", "sí")
			c.events = nil
			c.hears(flows.Input{From: flows.System, Event: "set"})
		}, []string{"arrived errand errand/done", "solved errand errand/done"}},
	} {
		c := newChat(t)
		if x.do(c); !slices.Equal(tell(c.events), x.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", x.name, tell(c.events), x.want)
		}
		for _, e := range c.events {
			if e.What == flows.Solved && (e.Helped != (x.name == "an agent helped") || x.name == "solved" && e.Took != 90*time.Second) {
				t.Errorf("%s: helped %v, took %v", x.name, e.Helped, e.Took)
			}
		}
	}
}
