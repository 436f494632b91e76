package standard_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

// monkey types, taps, submits pages and waits at random, as one of an organisation's people.
type monkey struct {
	*testing.T
	w        *town.Town
	rand     *rand.Rand
	junk     []string
	turns    int
	offered  []string
	codes    []string
	accounts []string
	last     string
	row      int
	reached  map[string]int
}

var common = []string{"hola", "si", "no", "ok", "1", "2", "3", "menu", "volver", "corregir", "seguir", "estado", "ayuda", "repetir", "persona", "cancelar", "sos oficial",
	"no puedo entrar", "no me llego", "otro codigo", "00000000", "ya no tengo ese correo", "no tengo", "gracias", "👍", "", "\u202e", "{pin}", "mi clave es Boca1905!", "terminar",
	"el último", "octubre", "los ultimos 3", "avisos", "mis datos", "no fui yo", "nuevo@correo.example", "221 555 0199", "Calle 7 número 1", "La Plata", strings.Repeat("x ", 2000)}

var coreEvents = []string{"password_set", "password_part", "password_failed", "not_me", "stop", "timeout", "sent", "undelivered", "unknown",
	"core_payslip_available", "core_account_locked", "core_password_expiring", "core_password_changed", "unlinked"}

// identifiers are what the organisation's people would type.
func identifiers(t *testing.T, w *town.Town) (all, accounts []string) {
	t.Helper()
	people, err := w.Core.People()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		if p.Portal != w.Profile.ID {
			continue
		}
		for _, a := range p.Accounts {
			all, accounts = append(all, slices.Collect(maps.Values(a.Fields))...), append(accounts, a.ID)
		}
	}
	if len(all) < 5 {
		t.Fatalf("%d identifiers at %s", len(all), w.Profile.ID)
	}
	slices.Sort(all)
	return slices.Compact(all), accounts
}

func (m *monkey) act() {
	switch n := m.rand.IntN(100); {
	case n < 40:
		m.person(flows.Input{Text: m.junk[m.rand.IntN(len(m.junk))]})
	case n < 72 && len(m.offered) > 0:
		m.person(flows.Input{Choice: m.offered[m.rand.IntN(len(m.offered))]})
	case n < 80 && len(m.codes) > 0:
		m.person(flows.Input{Text: m.codes[len(m.codes)-1]})
	case n < 82:
		m.person(flows.Input{Kind: flows.Audio})
	case n < 84:
		m.hear(flows.Input{From: flows.System, Event: coreEvents[m.rand.IntN(len(coreEvents))], Ref: []string{"", m.w.Dialog.Entered, "other"}[m.rand.IntN(3)],
			Values: map[string]string{"account": m.accounts[m.rand.IntN(len(m.accounts))], "period": "2026-10", "at": "2026-11-30T15:00:00Z"}})
	case n < 90:
		m.page()
	default:
		m.w.Clock.Advance(time.Duration(m.rand.IntN(1200)) * time.Second)
		m.hear(flows.Input{From: flows.System, Event: "tick"})
	}
	m.check()
}

// page types something into the page of the step, if it has one.
func (m *monkey) page() {
	form, ok := m.w.Engine.Form(m.w.Key, m.w.Dialog)
	if !ok {
		return
	}
	typed := flows.FormValues{}
	for _, f := range form.Fields {
		v := m.junk[m.rand.IntN(len(m.junk))]
		switch {
		case strings.Contains(f.Kind, "password"):
			v = []string{"siete gatos en la terraza 9", "corta"}[m.rand.IntN(2)]
		case len(f.Options) > 0:
			v = f.Options[m.rand.IntN(len(f.Options))].ID
		}
		typed[f.Name] = secret.Text(v)
	}
	m.turns++
	o, err := m.w.Engine.Submit(m.Context(), flows.Call{ID: fmt.Sprint("page", m.turns), At: m.w.Clock.Now(), Key: m.w.Key, Dialog: m.w.Dialog}, typed)
	if err != nil {
		m.Fatalf("at %s: the page: %v", m.at(), err)
	}
	if o.Event != "" {
		m.hear(flows.Input{From: flows.System, Event: o.Event, Ref: m.w.Dialog.Entered, Values: o.Values})
	}
}

func (m *monkey) at() string { return m.w.Dialog.Flow + "/" + m.w.Dialog.Step }

func (m *monkey) person(in flows.Input) {
	in.From, in.Sender = flows.Person, "Ana"
	if said := m.hear(in); said == 0 {
		m.Fatalf("at %s %+v was met with silence", m.at(), in)
	}
}

func (m *monkey) hear(in flows.Input) (said int) {
	m.turns++
	before := m.at()
	in = m.w.Engine.Screen(m.w.Key, m.w.Dialog, in)
	r, err := m.w.Engine.Handle(m.Context(), flows.Call{ID: fmt.Sprint(m.turns), At: m.w.Clock.Now(), Key: m.w.Key, Dialog: m.w.Dialog, Input: in})
	if err != nil {
		m.Fatalf("at %s: %+v: %v", before, in, err)
	}
	m.w.Dialog = r.Dialog
	for _, reply := range r.Replies {
		if reply.To != "" {
			if reply.Code != nil {
				m.codes = append(m.codes[max(0, len(m.codes)-3):], m.w.Codes.Code(m.w.Key, *reply.Code).Reveal())
			}
			continue
		}
		said++
		m.line(before, reply)
	}
	return said
}

var leftover = regexp.MustCompile(`\[[a-z]*\.[a-z_0-9.]+\]|\{[a-z_]+\}`)

func (m *monkey) line(before string, r flows.Reply) {
	if n := len([]rune(r.Text)); !r.Delete && (n == 0 || n > 500) {
		m.Fatalf("at %s, from %s: a line of %d characters: %q", m.at(), before, n, r.Text)
	}
	if r.Text != m.last {
		m.last, m.row = r.Text, 0
	}
	if m.row++; m.row > 3 && r.File == nil {
		m.Fatalf("at %s, from %s: %d times %q", m.at(), before, m.row, r.Text)
	}
	for _, left := range leftover.FindAllString(r.Text, -1) {
		if left != "{pin}" || r.Form == "" && r.PIN == "" {
			m.Fatalf("at %s, from %s: %q is left in %q", m.at(), before, left, r.Text)
		}
	}
	m.offered = m.offered[:0]
	for _, o := range r.Offer {
		m.offered = append(m.offered, o.ID)
	}
}

func (m *monkey) check() {
	d := m.w.Dialog
	if (d.Flow == "") != (d.Step == "") || d.Flow != "" && d.Due.IsZero() {
		m.Fatalf("the dialog is stranded: %+v", d)
	}
	m.reached[m.at()]++
	if m.turns%16 == 0 {
		if b, err := json.Marshal(d); err != nil || len(b) > 12<<10 || d.Flow == "" && len(b) > 1<<10 {
			m.Fatalf("a dialog of %d bytes at %s: %v", len(b), m.at(), err)
		}
	}
	if d.Memory.Blocked.After(m.w.Clock.Now()) {
		m.w.Clock.Advance(24 * time.Hour)
	}
}

// Whatever people, pages, time and the core's events do in any order, at any
// organisation, strands nobody. MONKEY sets another number of turns, VENTANILLA_SEED other
// ones; a million take some minutes.
func TestRandomTurnsAtAllOrganisationsStrandNobody(t *testing.T) {
	turns := 30_000
	if testing.Short() || raceEnabled {
		turns = 4_000
	}
	if s := os.Getenv("MONKEY"); s != "" {
		if _, err := fmt.Sscan(s, &turns); err != nil {
			t.Fatal(err)
		}
	}
	stream := uint64(11)
	if s := os.Getenv("VENTANILLA_SEED"); s != "" {
		if _, err := fmt.Sscan(s, &stream); err != nil {
			t.Fatal(err)
		}
	}
	reached := map[string]int{}
	const life = 400
	for seed := range uint64(max(1, turns/life)) {
		all := profiles(t)
		id := all[seed%uint64(len(all))].ID
		channel := []string{"telegram", "whatsapp"}[seed/uint64(len(all))%2]
		synctest.Test(t, func(t *testing.T) {
			w := town.New(t, id, channel)
			m := &monkey{T: t, w: w, rand: rand.New(rand.NewPCG(seed, stream)), reached: reached}
			m.junk, m.accounts = identifiers(t, w)
			m.junk = append(m.junk, common...)
			for range life {
				m.act()
				if m.rand.IntN(60) == 0 {
					w.Guard.Reset()
				}
			}
		})
	}
	t.Logf("%d places were reached", len(reached))
	if len(reached) < 40 {
		t.Errorf("only %d places were reached: %v", len(reached), slices.Sorted(maps.Keys(reached)))
	}
}
