package flows

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Texts finds what to say, in the language and voice of one organisation.
type Texts interface {
	// Text returns the sentence of a flow ("" for the engine's own) with its
	// {placeholders} filled from pairs of name and value or else from values, and whether there is one.
	Text(flow, key string, values map[string]string, pairs ...string) (string, bool)
}

// Options are what an [Engine] is made of.
type Options struct {
	Flows  []Flow
	Home   string // the flow that starts a conversation: its first step is the menu
	Human  string // the flow that leads to a person
	Texts  Texts
	Words  map[string]string // what people write, as [Plain] leaves it, to the universal word it means
	Limits Limits
	Now    func() time.Time
	Random func(n int) string // n random bytes in hex
	Banner string             // said first to whoever starts a conversation, in the operator's words; "": nothing
	// Pages tells on which channels identity documents and bank accounts are asked on a
	// one-time page instead of in the chat (RULES: wa.policy); nil: on none.
	Pages func(channel string) bool
	// Listen reads a sentence that answers no question; nil: nothing is understood of it.
	Listen func(text string) Heard
	// Tells finds what a message tells besides what it asks for; nil: nothing is heard before it is asked. It finds a
	// [GivenNumber] only in text that holds a digit: of other messages [Engine.Screen] does not ask it.
	Tells func(text string) []Given
	// Missed is told what was not understood, so that it can be counted; nil: nobody. A
	// turn that runs again tells it again.
	Missed func(k Key, flow, step, text string)
	// Whose finds out whose account a dialog is about, for agents; nil: that is never known.
	Whose func(context.Context, *Turn) (About, error)
}

// Engine walks the flows of one organisation. It keeps no state between calls
// and is safe for concurrent use.
type Engine struct {
	flows  map[string]*machine
	home   string
	human  string
	texts  Texts
	words  map[string]string
	spoken []string // spellings of the universal words that may stand within a sentence, the longest first
	limits Limits
	now    func() time.Time
	random func(n int) string
	pages  func(channel string) bool
	banner string
	listen func(text string) Heard
	tells  func(text string) []Given
	missed func(k Key, flow, step, text string)
	whose  func(context.Context, *Turn) (About, error)
	masked []*Step           // whose answers transcripts may not quote
	beside map[string]Option // universal words as options

	// speak is e.text, of which each turn would make another.
	speak func(flow, key string, values map[string]string, pairs ...string) string
}

// New compiles the flows. It refuses tables that could strand a person, with
// every mistake in one error.
func New(o Options) (*Engine, error) {
	e := &Engine{flows: map[string]*machine{}, beside: map[string]Option{}, home: o.Home, human: o.Human, texts: o.Texts,
		words: o.Words, limits: o.Limits, now: o.Now, random: o.Random, pages: o.Pages, banner: o.Banner, listen: o.Listen, tells: o.Tells, missed: o.Missed, whose: o.Whose}
	e.spoken = spoken(o.Words)
	var errs []error
	for _, f := range o.Flows {
		if len(f.Steps) == 0 || e.flows[f.Name] != nil {
			errs = append(errs, fmt.Errorf("flow %q is empty or there are two of this name", f.Name))
			continue
		}
		e.flows[f.Name] = compile(f)
	}
	e.masked, e.speak = masks(e.flows), e.text
	for _, word := range Universal {
		e.beside["word/"+word] = Option{ID: "word/" + word, Label: e.own("word_" + word)}
	}
	if err := errors.Join(append(errs, e.check())...); err != nil {
		return nil, err
	}
	return e, nil
}

// Handle takes one input and returns where the conversation stands afterwards
// and what to say. It saves and sends nothing: if the caller cannot save the
// result, it may call again with the same Call.ID. An error means that the turn
// has to be tried again; what a step did outside is safe under its [Turn.Op] keys.
func (e *Engine) Handle(ctx context.Context, c Call) (Result, error) {
	r := e.begin(c)
	if err := r.hear(ctx); err != nil {
		return Result{}, fmt.Errorf("turn at %s: %w", r.t.Mark(), err)
	}
	return r.result(), nil
}

// Notice is a sentence of the engine's own, for what happens outside a turn:
// "later", "broken" (with {case}), "flood", "opted_out", "opted_in".
func (e *Engine) Notice(_ Key, key string, pairs ...string) Reply {
	text, _ := e.texts.Text("", key, nil, pairs...)
	return Reply{Text: text}
}

// run is one turn being walked.
type run struct {
	e      *Engine
	t      *Turn // turn
	d      Dialog
	m      *machine // of the current step; nil when no dialog is going on
	s      *Step
	fresh  bool // the person starts a conversation with this message
	late   bool // the step's time was over before this message; what follows was just said
	nudged bool // the person was just asked whether they are still there
	veiled bool
	told   []Given // what this message tells
	noted  []*Step // answered by it or by earlier ones, not said yet
	hops   int
	stood  spot   // where the dialog last waited
	visit  string // Dialog.Entered of it
	shared bool   // Dialog.Shares of the turn before
	waits  bool   // [Call.Waits]
	owed   bool   // a human was promised who has not come: silence ended the wait in the chat, not the agents' list
	thanks bool   // the person was about to be asked whether it helped
	events []Event

	outcome string // of an agent's act
	doing   act    // which that is
	turn    Turn
}

// spot is a step of a flow.
type spot struct{ flow, step string }

// begin copies what the turn may change: a turn that fails must leave the
// caller's dialog as it was.
func (e *Engine) begin(c Call) *run {
	r := &run{e: e, d: c.Dialog, waits: c.Waits, visit: c.Dialog.Entered, shared: c.Dialog.Shares}
	r.owed = !r.d.Waiting.IsZero() && r.d.Flow != e.human
	r.d.Values, r.d.Path = maps.Clone(c.Dialog.Values), slices.Clone(c.Dialog.Path)
	r.d.Memory.Proven, r.d.Memory.Linked = maps.Clone(c.Dialog.Memory.Proven), maps.Clone(c.Dialog.Memory.Linked)
	if r.d.Values == nil {
		r.d.Values = map[string]string{}
	}
	r.turn = Turn{ID: c.ID, Key: c.Key, At: c.At, Now: e.now(), Input: c.Input, Values: r.d.Values,
		Dialog: &r.d, Pages: e.onPages(c.Key.Channel), Random: e.random, text: e.speak}
	r.t = &r.turn
	if r.m, r.s = e.find(r.d.Flow, r.d.Step); r.s != nil {
		r.d.Caller = r.m.calledBy(r.d.Flow, r.d.Caller)
		r.d.Flow, r.d.Step = r.m.flow.Name, r.s.Name
		r.stood = spot{r.d.Flow, r.d.Step}
	}
	return r
}

// onPages tells whether questions about documents and accounts are asked on a page there; see [Options.Pages].
func (e *Engine) onPages(channel string) bool { return e.pages != nil && e.pages(channel) }

// find returns a step by the names it has or had, and its flow; nil if there is none.
func (e *Engine) find(flow, step string) (*machine, *Step) {
	m := e.flows[flow]
	if m == nil {
		return nil, nil
	}
	if s := m.at(step); s != nil {
		return m, s
	}
	if other, moved, ok := strings.Cut(m.moved(step), "/"); ok && e.flows[other] != nil {
		if s := e.flows[other].at(moved); s != nil {
			return e.flows[other], s
		}
	}
	return nil, nil
}

// hear tells who spoke. Agents speak past the engine, but for what they do for the person.
func (r *run) hear(ctx context.Context) error {
	switch r.t.Input.From {
	case System:
		return r.system(ctx)
	case Person:
		return r.person(ctx)
	case Agent:
		if strings.HasPrefix(r.t.Input.Event, AidEvent) {
			return r.aided(ctx)
		}
	}
	return nil
}

// accept remembers a good answer and acts on it.
func (r *run) accept(ctx context.Context, value string) error {
	r.t.Answer = value
	if _, ok := r.s.On[value]; ok {
		return r.follow(ctx, value)
	}
	if r.s.Keep {
		r.keep(value)
		r.besideAnswer(value)
		r.answeredBy(value)
	}
	return r.act(ctx)
}

// keep stores an answer; what depended on another one is asked again.
func (r *run) keep(value string) {
	if old, ok := r.d.Values[r.s.Name]; ok && old != value {
		r.forget(r.s.Name)
	}
	r.d.Values[r.s.Name] = value
	if r.s.Ident {
		r.t.Ident(r.s.Name, value)
	}
	if !slices.Contains(r.d.Path, r.s.Name) {
		r.d.Path = append(r.d.Path, r.s.Name)
		slices.SortFunc(r.d.Path, func(a, b string) int { return r.m.place(a) - r.m.place(b) })
	}
}

func (r *run) forget(name string) {
	for i := range r.m.flow.Steps {
		s := &r.m.flow.Steps[i]
		if slices.Contains(s.Needs, name) {
			r.drop(s.Name)
			r.forget(s.Name)
		}
	}
}

// drop takes an answer back.
func (r *run) drop(name string) {
	delete(r.d.Values, name)
	r.d.Path = slices.DeleteFunc(r.d.Path, func(p string) bool { return p == name })
}
