package payslip_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
	"ventanilla/flows/standard"
)

// phone is somebody who chats, and what is held against every answer.
type phone struct {
	*town.Town
	t     *testing.T
	e     *flows.Engine
	d     flows.Dialog
	turns int
	codes map[string]string // the latest code of each address
	last  flows.Result
}

// core is the town's, but for the payslips, where they say something else.
type core struct {
	standard.Core
	payslips func(account string) ([]backend.Payslip, error)
}

func (c core) Payslips(ctx context.Context, portal, account string) ([]backend.Payslip, error) {
	if c.payslips == nil {
		return c.Core.Payslips(ctx, portal, account)
	}
	return c.payslips(account)
}

func newPhone(t *testing.T, portal, channel string, payslips func(string) ([]backend.Payslip, error)) *phone {
	t.Helper()
	w := town.New(t, portal, channel)
	w.Deps.Core = core{w.Deps.Core, payslips}
	return phoneOf(t, w)
}

func phoneOf(t *testing.T, w *town.Town) *phone {
	t.Helper()
	e, err := standard.New(w.Profile, w.Deps)
	if err != nil {
		t.Fatal(err)
	}
	return &phone{Town: w, t: t, e: e, codes: map[string]string{}}
}

// hear is one turn. Whatever was said: documents leave only for an account that this chat proved less than
// fifteen minutes ago, protected, with a line in the audit, and never as bytes.
func (p *phone) hear(in flows.Input) flows.Result {
	p.t.Helper()
	p.turns++
	in = p.e.Screen(p.Key, p.d, in)
	r, err := p.e.Handle(p.t.Context(), flows.Call{ID: "t" + strconv.Itoa(p.turns), At: p.Clock.Now(), Key: p.Key, Dialog: p.d, Input: in})
	if err != nil {
		p.t.Fatalf("%+v: %v", in, err)
	}
	p.d, p.last = r.Dialog, r
	for _, reply := range r.Replies {
		if reply.Code != nil {
			p.codes[strings.TrimPrefix(reply.To, "email:")] = p.Codes.Code(p.Key, *reply.Code).Reveal()
		}
		p.sound(reply, r)
	}
	return r
}

func (p *phone) sound(reply flows.Reply, r flows.Result) {
	p.t.Helper()
	if n := len([]rune(reply.Text)); reply.To == "" && !reply.Delete && (n == 0 || n > 500) {
		p.t.Errorf("%s/%s: a line of %d characters: %q", p.d.Flow, p.d.Step, n, reply.Text)
	}
	if p.d.Flow == "payslip" && len(reply.Offer) > 10 { // RULES: wa.limits
		p.t.Errorf("%s/%s offers %d options", p.d.Flow, p.d.Step, len(reply.Offer))
	}
	f := reply.File
	if f == nil {
		return
	}
	proof := p.d.Proof
	var owned []struct {
		Account string      `json:"a"`
		Proof   flows.Proof `json:"p"`
	}
	_ = json.Unmarshal([]byte(p.d.Values["owned"]), &owned) // "" before there are several
	for _, o := range owned {                               // one turn may send of several accounts, each under its own proof
		if (proof == nil || proof.Account != f.Account) && o.Account == f.Account {
			proof = &o.Proof
		}
	}
	if proof == nil || proof.Account != f.Account || p.Clock.Now().Sub(proof.At) >= 15*time.Minute {
		p.t.Errorf("%s of %s leaves under the proof %+v", f.ID, f.Account, proof)
	}
	if !reply.Private || reply.Ref == "" || f.Kind != "payslip" || !strings.HasSuffix(f.Name, ".pdf") {
		p.t.Errorf("%s leaves as %+v", f.ID, reply)
	}
	told := false
	for _, a := range r.Audit {
		told = told || a.What == "payslip_sent" && a.Account == f.Account && a.Detail["slip"] == f.ID
	}
	if !told {
		p.t.Errorf("%s of %s is not in the audit: %+v", f.ID, f.Account, r.Audit)
	}
}

func (p *phone) say(lines ...string) flows.Result {
	p.t.Helper()
	for _, line := range lines {
		p.hear(flows.Input{From: flows.Person, Text: line})
	}
	return p.last
}

// prove answers who one is, in mseg, and types the code of the only mail.
func (p *phone) prove(first string) flows.Result {
	p.t.Helper()
	p.say(first, "ley 10430", "298410", "dni", "18334562", "5034-60112/7", "si")
	return p.say(p.codes["graciela@correo.example"])
}

// files are the payslips of the last answer.
func (p *phone) files() (ids []string) {
	for _, reply := range p.last.Replies {
		if reply.File != nil {
			ids = append(ids, reply.File.ID)
		}
	}
	return ids
}

// text is the last answer without its documents.
func (p *phone) text() string {
	lines := []string{}
	for _, reply := range p.last.Replies {
		if reply.To == "" {
			lines = append(lines, reply.Text)
		}
	}
	return strings.Join(lines, "\n")
}

func (p *phone) pass(d time.Duration) { p.Clock.Advance(d) }
