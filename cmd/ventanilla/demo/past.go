package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ventanilla/backend"
	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/flows/standard"
	"ventanilla/store"
)

// The world begins with a history: what invented people and the bot wrote on the days before, spoken
// by the real engine to a core that says yes to everything, and written down through the store
// with its clock set back. Each conversation bears the label [invented].

const (
	// pastDays is how many days of history there are, pastTalks how many conversations on each at an organisation.
	pastDays, pastTalks = 7, 4
	// invented is the label of what was never said.
	invented = "demostración"
)

// remembered writes the history down, unless it is there.
func (w *World) remembered(ctx context.Context) error {
	s, figures, err := w.program.Past(ctx, 0)
	if err != nil {
		return err
	}
	if some, err := s.Summaries(ctx, "", 1); err != nil || len(some) > 0 {
		return err // it is a world that was kept
	}
	w.fresh = true
	chance := rand.New(rand.NewPCG(7, 22)) // the same history for everybody
	var writes errgroup.Group
	for _, p := range w.profiles {
		past, err := w.newPast(p.ID, chance)
		if err != nil {
			return err
		}
		for ago := range pastDays {
			day := time.Duration(ago) * 24 * time.Hour
			s, _, err := w.program.Past(ctx, day)
			if err != nil {
				return err
			}
			past.figures, past.clock = figures, w.clock.Behind(day)
			for n := range pastTalks {
				c, err := past.talk(ctx, s, n+ago*pastTalks)
				if err != nil {
					return fmt.Errorf("making up a past of %s: %w", p.ID, err)
				}
				writes.Go(func() error { return s.Save(ctx, c) })
			}
		}
	}
	if err := writes.Wait(); err != nil {
		return fmt.Errorf("writing the demo's history down: %w", err)
	}
	return figures.Flush(ctx)
}

// past makes up what was said at one organisation.
type past struct {
	portal  string
	engine  *flows.Engine
	codes   flows.Codes
	fields  []map[string]string // of invented people, as they type them
	figures *bot.Figures
	clock   *flows.Clock
	chance  *rand.Rand
	now     time.Time // in the story that is being told

	key  flows.Key
	name string
	conv *store.Conversation
	mail flows.Reply // the latest with a code
	ids  int
}

func (w *World) newPast(portal string, chance *rand.Rand) (*past, error) {
	p := &past{portal: portal, chance: chance, codes: flows.Codes{Key: secret.Text(strings.Repeat("past", 8))}}
	people, err := w.core.People()
	if err != nil {
		return nil, fmt.Errorf("asking the core for its people: %w", err)
	}
	for _, x := range people {
		for _, a := range x.Accounts {
			if x.Portal == portal && len(a.Fields) > 0 {
				p.fields = append(p.fields, a.Fields)
			}
		}
	}
	for _, profile := range w.profiles {
		if profile.ID != portal {
			continue
		}
		p.engine, err = standard.New(profile, standard.Deps{Core: willing{}, Guard: granting{}, Links: unlinked{}, Line: unlinked{}, Codes: p.codes, Limits: flows.DefaultLimits(),
			MailDown: func() bool { return false }, PublicURL: "http://127.0.0.1:" + w.port, Now: func() time.Time { return p.now }, Random: p.random})
	}
	return p, err
}

func (p *past) random(n int) string {
	const hex = "0123456789abcdef"
	b := make([]byte, 2*n)
	for i := range b {
		b[i] = hex[p.chance.IntN(16)]
	}
	return string(b)
}

// firstNames are of nobody in particular.
var firstNames = strings.Fields("Olga Raúl Nora Darío Mirta Hugo Elsa Ariel Delia Omar Irma Saúl Zulma Rubén Amalia Tito Noemí Julio Ester Fabio Celia Abel Dora Iván Lidia Nilda Bruno Alba")

// endings are how conversations end, as often as they stand here.
var endings = []string{"solved", "solved", "silence", "solved", "person", "solved", "cancel", "solved", "silence", "solved", "person", "solved", "solved", "cancel"}

// talk makes up the n-th conversation and returns it, not yet written.
func (p *past) talk(ctx context.Context, s *store.Store, n int) (*store.Conversation, error) {
	p.name = firstNames[(n*5+len(p.portal))%len(firstNames)]
	channel := []string{"telegram", "telegram", "telegram", "whatsapp"}[n%4]
	p.key = flows.Key{Portal: p.portal, Channel: channel, Person: fmt.Sprintf("99%02d%05d", len(p.portal), n)}
	if channel == "whatsapp" {
		p.key.Person = fmt.Sprintf("+1555%07d", n)
	}
	p.now = p.clock.Now().Add(-time.Duration(1+p.chance.IntN(5*60)) * time.Minute)
	p.conv, p.mail = nil, flows.Reply{}
	c, err := s.Load(ctx, p.key)
	if err != nil {
		return nil, err
	}
	p.conv = c
	how := endings[n%len(endings)]
	if err := p.tell(ctx, how); err != nil {
		return nil, err
	}
	p.conv.Inbox, p.conv.Outbox = nil, nil // long answered and delivered
	if err := p.conv.Label("demo", invented, p.now); err != nil {
		return nil, err
	}
	return p.conv, nil
}

// tell lets the person write until the story is over.
func (p *past) tell(ctx context.Context, how string) error {
	fields := p.fields[p.chance.IntN(len(p.fields))]
	stop := 30
	if how != "solved" {
		stop = 2 + p.chance.IntN(6)
	}
	opening := []string{"hola", "no puedo entrar a mi cuenta", "me olvidé la clave", "buenas, me bloquearon la cuenta"}[p.chance.IntN(4)]
	if err := p.says(ctx, opening); err != nil {
		return err
	}
	for turn := 1; turn < stop && p.conv.Dialog.Flow != ""; turn++ {
		if p.chance.IntN(9) == 0 {
			if err := p.says(ctx, "no entiendo"); err != nil {
				return err
			}
		}
		in, ok := p.answer(fields)
		if !ok {
			break
		}
		if err := p.turn(ctx, in); err != nil {
			return err
		}
	}
	switch {
	case p.conv.Dialog.Flow == "":
		return p.opinion(ctx)
	case how == "person":
		return p.helped(ctx)
	case how == "cancel":
		return p.says(ctx, "cancelar")
	}
	return p.silence(ctx)
}

func (p *past) says(ctx context.Context, text string) error {
	return p.turn(ctx, flows.Input{From: flows.Person, Text: text})
}

// answer is what a person who knows everything says where the dialog stands; false if it is nothing they could say.
func (p *past) answer(fields map[string]string) (in flows.Input, ok bool) {
	d := p.conv.Dialog
	in = flows.Input{From: flows.Person}
	if fields[d.Step] != "" {
		in.Text = fields[d.Step]
		return in, p.key.Channel != "whatsapp" // there they are asked on a page
	}
	switch d.Flow + "/" + d.Step {
	case "menu/menu", "menu/hello":
		in.Text = "no puedo entrar"
	case "proof/confirm", "unlock/ask":
		in.Text = "sí"
	case "proof/which":
		in.Text = "1"
	case "proof/code", "proof/code_again":
		if p.mail.Code == nil {
			return in, false
		}
		in.Text = p.codes.Code(p.key, *p.mail.Code).Reveal()
	case "recovery/form":
		return flows.Input{From: flows.System, Event: "password_set", Ref: d.Entered, Values: map[string]string{"username": "demo", "account": "past"}}, true
	case "recovery/temp", "recovery/temp_again":
		in.Choice = "temp_works"
	default:
		return in, false
	}
	return in, true
}

// turn lets time pass, and the engine answer.
func (p *past) turn(ctx context.Context, in flows.Input) error {
	p.now = p.now.Add(time.Duration(6+p.chance.IntN(50)) * time.Second)
	p.ids++
	in = p.engine.Screen(p.key, p.conv.Dialog, in)
	stored := store.Inbound{ID: "past/" + strconv.Itoa(p.ids), At: p.now, Name: p.name, Input: in}
	p.conv.Recall(stored)
	r, err := p.engine.Handle(ctx, flows.Call{ID: p.conv.ID() + "/" + stored.ID, At: p.now, Key: p.key, Dialog: p.conv.Dialog, Input: in})
	if err != nil {
		return err
	}
	p.figures.Turned(p.key, p.now, false, r)
	said := r.Replies[:0]
	ref := ""
	for _, x := range r.Replies {
		if x.To == "" {
			said = append(said, x)
			continue
		}
		if p.figures.Count(p.portal, p.now, 1, store.Figure{What: store.CountReply, Channel: "email", Outcome: store.ReplySent}); x.Code != nil {
			p.mail, ref = x, x.Ref
		}
	}
	r.Replies = said // mails went, long ago
	p.figures.Count(p.portal, p.now, uint64(len(said)), store.Figure{What: store.CountReply, Channel: p.key.Channel, Outcome: store.ReplySent})
	if p.key.Channel == "whatsapp" {
		p.figures.Count(p.portal, p.now, uint64(len(said)), store.Figure{What: store.CountReply, Channel: p.key.Channel, Outcome: store.ReplyDelivered})
	}
	p.conv.Answer(stored, r, p.now)
	p.conv.Outbox = nil // long delivered
	if ref != "" {
		return p.turn(ctx, flows.Input{From: flows.System, Event: "sent", Ref: ref})
	}
	return nil
}

// silence lets the dialog close by itself, if it is open.
func (p *past) silence(ctx context.Context) error {
	for range 4 {
		if p.conv.Dialog.Flow == "" || p.conv.Dialog.Due.IsZero() {
			return nil
		}
		p.now = later(p.now, p.conv.Dialog.Due)
		if err := p.turn(ctx, flows.Input{From: flows.System, Event: "tick"}); err != nil {
			return err
		}
	}
	return nil
}

// opinion answers whether it helped, more often than not.
func (p *past) opinion(ctx context.Context) error {
	if p.conv.Dialog.Due.IsZero() {
		return nil
	}
	p.now = later(p.now, p.conv.Dialog.Due)
	if err := p.turn(ctx, flows.Input{From: flows.System, Event: "tick"}); err != nil {
		return err
	}
	switch n := p.chance.IntN(10); {
	case n < 5:
		return p.turn(ctx, flows.Input{From: flows.Person, Choice: "opinion/good"})
	case n < 6:
		return p.turn(ctx, flows.Input{From: flows.Person, Choice: "opinion/bad"})
	}
	return nil
}

// helped lets an agent come, answer and close.
func (p *past) helped(ctx context.Context) error {
	if err := p.says(ctx, "quiero hablar con una persona"); err != nil {
		return err
	}
	since := p.now
	p.now = p.now.Add(time.Duration(1+p.chance.IntN(9)) * time.Minute)
	agent := staff[p.chance.IntN(2)].Name
	if err := p.conv.Hold(agent, p.now); err != nil {
		return err
	}
	p.conv.Audit(flows.Audit{What: "taken_over", Who: agent}, p.now)
	p.conv.Announce("takeover/past", p.engine.Notice(p.key, "agent_here", "agent", agent), p.now)
	p.figures.Count(p.portal, p.now, 1, store.Figure{What: store.CountTaken, Channel: p.key.Channel})
	p.figures.Count(p.portal, p.now, 1, store.Figure{What: store.CountWaited, Channel: p.key.Channel, Span: store.SpanOf(p.now.Sub(since))})
	for _, x := range []struct{ from, text string }{{agent, "Hola " + p.name + ", ya vi lo que pasó. Lo reviso y te digo."}, {"", "gracias, espero"}, {agent, "Listo, ya está resuelto. Probá entrar de nuevo."}, {"", "sí, ahora entré. ¡gracias!"}} {
		p.now = p.now.Add(time.Duration(20+p.chance.IntN(60)) * time.Second)
		in := store.Inbound{At: p.now, Name: x.from, Input: flows.Input{From: flows.Person, Text: x.text}}
		if x.from != "" {
			in.Input.From = flows.Agent
			p.conv.Audit(flows.Audit{What: "answered", Who: agent}, p.now)
		}
		p.conv.Recall(in)
	}
	p.conv.HandBack()
	p.conv.Audit(flows.Audit{What: "closed_by_agent", Who: agent, Detail: map[string]string{"outcome": "solved"}}, p.now)
	p.figures.Count(p.portal, p.now, 1, store.Figure{What: store.CountClosed, Channel: p.key.Channel, Outcome: "solved"})
	if err := p.turn(ctx, flows.Input{From: flows.System, Event: "handback", Values: map[string]string{"close": "yes", "outcome": "solved"}}); err != nil {
		return err
	}
	return p.opinion(ctx)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// willing is a core where everybody has one account and everything works. It is asked by nobody but a past.
type willing struct{ standard.Core }

func (willing) Identify(context.Context, string, map[string]string) ([]backend.Candidate, error) {
	return []backend.Candidate{{ID: "past", Label: "demo"}}, nil
}

func (willing) Account(context.Context, string, string) (backend.Account, error) {
	return backend.Account{ID: "past", Label: "demo", FullName: "Persona Inventada", GivenName: "Persona", Username: "demo",
		Addresses: []backend.Address{{ID: "1", Email: "persona@correo.example"}}, State: backend.State{Registered: true, Locked: true}}, nil
}

func (willing) Capabilities(context.Context, string) (backend.Capabilities, error) {
	return backend.Capabilities{Change: true, Unlock: true, EndSessions: true}, nil
}

func (willing) Unlock(context.Context, string, string, string, backend.Evidence) (backend.Part, error) {
	return backend.Part{Outcome: backend.Done}, nil
}

// granting counts nothing.
type granting struct{}

func (granting) Spend(context.Context, string, flows.Budget, string) (flows.Left, error) {
	return flows.Left{OK: true, N: 3}, nil
}
func (granting) Peek(context.Context, string, flows.Budget) (flows.Left, error) {
	return flows.Left{OK: true, N: 3}, nil
}
func (granting) Clear(context.Context, string, ...string) error           { return nil }
func (granting) Freeze(context.Context, string, time.Time) error          { return nil }
func (granting) Frozen(context.Context, string) (at time.Time, err error) { return at, nil }

// unlinked knows no other chat of anybody, and nobody who waits.
type unlinked struct{}

func (unlinked) Link(context.Context, flows.Key, string, string, time.Time) error { return nil }
func (unlinked) Unlink(context.Context, flows.Key, string, string) error          { return nil }
func (unlinked) Linked(context.Context, string, string) ([]flows.Key, error)      { return nil, nil }
func (unlinked) Place(context.Context, flows.Key, time.Time) (int, error)         { return 0, nil }
