package recovery_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
)

// bureau is an organisation and the phones that write to it.
type bureau struct {
	testing.TB
	*flowtest.World
	core  *core
	guard *town.Guard
	turns int
}

// in plays a test where the wall clock stands still.
func in(t *testing.T, play func(*bureau)) {
	t.Helper()
	inOf(t, "mseg", "telegram", play)
}

// inOf is in with another organisation, on another channel.
func inOf(t *testing.T, id, channel string, play func(*bureau)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, c, g, _ := worldOf(t, id, channel)
		play(&bureau{TB: t, World: w, core: c, guard: g})
	})
}

// phone is one person's chat.
type phone struct {
	*bureau
	key    flows.Key
	dialog flows.Dialog
	mails  []flows.Reply // sent because of this chat
	linked []flows.Reply // what the other chats of the account hear because of this one
	said   []flows.Reply // what the last input was answered with, in the chat
	audit  []flows.Audit

	holds   bool      // the mail server takes nothing yet
	still   time.Time // if set, time stands still in this chat
	offered []string  // ids of the latest options
}

func (w *bureau) phone(person string) *phone {
	return &phone{bureau: w, key: flows.Key{Portal: w.Key.Portal, Channel: w.Key.Channel, Person: person}}
}

func (p *phone) now() time.Time {
	if p.still.IsZero() {
		return p.Clock.Now()
	}
	return p.still
}

func (p *phone) hear(in flows.Input) []flows.Reply {
	p.Helper()
	p.turns++
	in = p.Engine.Screen(p.key, p.dialog, in)
	r, err := p.Engine.Handle(p.Context(), flows.Call{ID: p.key.Person + strconv.Itoa(p.turns), At: p.now(), Key: p.key, Dialog: p.dialog, Input: in})
	if err != nil {
		p.Fatal(err)
	}
	p.dialog = r.Dialog
	p.audit = append(p.audit, r.Audit...)
	if in.From == flows.Person {
		p.said = nil
	}
	var sent []flows.Reply
	for _, reply := range r.Replies {
		if reply.To == "" {
			p.said = append(p.said, reply)
			continue
		}
		if strings.HasPrefix(reply.To, "linked:") {
			p.linked = append(p.linked, reply)
			continue
		}
		p.mails = append(p.mails, reply)
		if reply.Ref != "" {
			sent = append(sent, reply)
		}
	}
	for _, m := range sent {
		if p.holds {
			break
		}
		p.hear(flows.Input{From: flows.System, Event: "sent", Ref: m.Ref})
	}
	return p.said
}

func (p *phone) say(lines ...string) *phone {
	p.Helper()
	for _, line := range lines {
		p.hear(flows.Input{From: flows.Person, Text: line, Sender: "Ana"})
	}
	return p
}

func (p *phone) tap(id string) *phone {
	p.Helper()
	p.hear(flows.Input{From: flows.Person, Choice: id, Sender: "Ana"})
	return p
}

func (p *phone) pass(d time.Duration) *phone {
	p.Clock.Advance(d)
	return p
}

// heard is all that the last input was answered with.
func (p *phone) heard() string {
	var texts []string
	for _, r := range p.said {
		texts = append(texts, r.Text)
	}
	return strings.Join(texts, "\n")
}

func (p *phone) wantHeard(part string) {
	p.Helper()
	if !strings.Contains(p.heard(), part) {
		p.Errorf("the bot said %q, want something with %q", p.heard(), part)
	}
}

func (p *phone) wantStep(step string) {
	p.Helper()
	if got := p.dialog.Flow + "/" + p.dialog.Step; got != step {
		p.Fatalf("the dialog stands at %s (%q), want %s", got, p.heard(), step)
	}
}

// identify says who one is; every account of the world is known by its document.
func (p *phone) identify(document string) *phone {
	p.Helper()
	return p.say("menu", "no puedo entrar", "ley 10430", "123456", "dni", document, "4000123456", "si")
}

// solve answers the question that whoever says to be many people is asked.
func (p *phone) solve() *phone {
	p.Helper()
	if p.dialog.Step == "challenge" {
		p.say("7 siete mesa miercoles cuatro fuego nueve febrero silla")
	}
	return p
}

// codes are the codes mailed because of this chat, oldest first.
func (p *phone) codes() (codes []string) {
	for _, m := range p.mails {
		if m.Code != nil {
			codes = append(codes, p.Codes.Code(p.key, *m.Code).Reveal())
		}
	}
	return codes
}

func (p *phone) code() string {
	p.Helper()
	codes := p.codes()
	if len(codes) == 0 {
		p.Fatal("no code was mailed")
	}
	return codes[len(codes)-1]
}

// wrong is a code that was not sent.
func (p *phone) wrong() string {
	n, _ := strconv.Atoi(append(p.codes(), "12345677")[0])
	p.turns++
	return strconv.Itoa(10_000_000 + (n+7919*p.turns)%89_999_999)
}

func (p *phone) submit(password string) flows.Outcome {
	p.Helper()
	o, err := p.trySubmit(password)
	if err != nil {
		p.Fatal(err)
	}
	if o.Event != "" {
		p.said = nil
		p.hear(flows.Input{From: flows.System, Event: o.Event, Values: o.Values})
	}
	return o
}

func (p *phone) trySubmit(password string) (flows.Outcome, error) {
	p.turns++
	v := flows.FormValues{"password": secret.Text(password), "repeat": secret.Text(password)}
	return p.Engine.Submit(p.Context(), flows.Call{ID: "form" + strconv.Itoa(p.turns), At: p.Clock.Now(), Key: p.key, Dialog: p.dialog}, v)
}

// follow submits a link of the latest mail that has one of this kind, and tells the chat.
func (p *phone) follow(kind string) flows.Outcome {
	p.Helper()
	for i := len(p.mails) - 1; i >= 0; i-- {
		for _, g := range p.mails[i].Grants {
			if g.Kind != kind {
				continue
			}
			o, err := p.Engine.SubmitGrant(p.Context(), flows.Call{ID: "g" + strconv.Itoa(p.turns), At: p.Clock.Now(), Key: p.key}, g, nil)
			if err != nil {
				p.Fatal(err)
			}
			if o.Event != "" {
				p.said = nil
				p.hear(flows.Input{From: flows.System, Event: o.Event, Values: o.Values})
			}
			return o
		}
	}
	p.Fatalf("no mail has a link %q", kind)
	return flows.Outcome{}
}

const good = "mate amargo y libros 8"

func stored(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
