package standard_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
	"ventanilla/flows/standard"
)

// The matrix: every state of every flow of every organisation, on both channels, against
// whatever people do there. The states are found by playing every written conversation
// and looking at the dialog before each of its lines.

// conversation is a written one and the organisation it is played at.
type conversation struct{ path, portal string }

// conversations are those of all flows that are played with the people of the core
// emulator. Those of recovery have people of their own, and a matrix of their own.
func conversations(t *testing.T) (all []conversation) {
	t.Helper()
	ids := []string{}
	for _, p := range profiles(t) {
		ids = append(ids, p.ID)
	}
	for _, root := range []string{"..", "testdata"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".chat" || strings.HasPrefix(path, filepath.Join("..", "recovery")) || strings.HasPrefix(path, filepath.Join("..", "standard")) {
				return err
			}
			c := conversation{path, "mseg"}
			for part := range strings.SplitSeq(filepath.ToSlash(path), "/") {
				if slices.Contains(ids, part) {
					c.portal = part
				}
			}
			all = append(all, c)
			return nil
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if len(all) < 20 {
		t.Fatalf("%d conversations, want those of all flows", len(all))
	}
	return all
}

func profiles(t *testing.T) []portal.Profile {
	t.Helper()
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// probe is one person at one state, of whom anything may be tried: nothing of it stays.
type probe struct {
	*testing.T
	w  *town.Town
	at string
}

// say hears one input and returns where it leads and what is said.
func (p probe) say(d flows.Dialog, at time.Time, in flows.Input) flows.Result {
	p.Helper()
	if in.From == "" {
		in.From = flows.Person
	}
	in = p.w.Engine.Screen(p.w.Key, d, in)
	r, err := p.w.Engine.Handle(p.Context(), flows.Call{ID: "probe", At: at, Key: p.w.Key, Dialog: d, Input: in})
	if err != nil {
		p.Fatalf("%s: %.40q: %v", p.at, in.Text+in.Choice+in.Event, err)
	}
	for _, reply := range r.Replies {
		if n := len([]rune(reply.Text)); reply.To == "" && n > 500 {
			p.Errorf("%s: %.40q is answered with %d characters: %q", p.at, in.Text, n, reply.Text)
		}
	}
	return r
}

func heard(r flows.Result) string {
	var all []string
	for _, reply := range r.Replies {
		if reply.To == "" && reply.Text != "" {
			all = append(all, reply.Text)
		}
	}
	return strings.Join(all, "\n")
}

func offersHuman(r flows.Result) bool {
	return slices.ContainsFunc(r.Replies, func(reply flows.Reply) bool {
		return slices.ContainsFunc(reply.Offer, func(o flows.Option) bool { return o.ID == "word/persona" || o.ID == "persona" })
	})
}

// words: each universal word does what it says, and silence is no answer. RULES: talk.words
func (p probe) words() {
	for word, want := range map[string]string{"menú": "menu/", "cancelar": "/", "volver": "", "repetir": "", "ayuda": "", "corregir": "", "estado": "", "persona": "handoff/", "terminar": "/",
		"¿sos oficial?": "", "seguir": ""} {
		r := p.say(p.w.Dialog, p.w.Clock.Now(), flows.Input{Text: word})
		if heard(r) == "" {
			p.Errorf("%s: %q is met with silence", p.at, word)
		}
		if got := r.Dialog.Flow + "/"; want != "" && got != want {
			p.Errorf("%s: %q leads to %s, want %s", p.at, word, got, want)
		}
		if word == "terminar" && (r.Dialog.Proof != nil || len(r.Dialog.Values) > 0 || r.Dialog.Parked != nil) {
			p.Errorf("%s: something outlives %q", p.at, word)
		}
	}
}

// wrong: what answers nothing is answered, a human is offered at the latest the third
// time, and no text comes more than three times in a row. RULES: talk.tries
func (p probe) wrong() {
	for _, text := range []string{"zzqx wvk", "99999999999999999999", "¿y eso por qué me lo preguntan ustedes?", "ni", "👽👽"} {
		d, last, row, human := p.w.Dialog, "", 0, false
		for range 7 {
			r := p.say(d, p.w.Clock.Now(), flows.Input{Text: text})
			if heard(r) == "" {
				p.Errorf("%s: %q is met with silence", p.at, text)
			}
			if row++; heard(r) != last {
				last, row = heard(r), 1
			}
			human = human || offersHuman(r) || r.Dialog.Flow == "handoff"
			if d = r.Dialog; row > 3 {
				p.Errorf("%s: %q is answered %d times with %q", p.at, text, row, last)
				break
			}
		}
		if moved := d.Flow != p.w.Dialog.Flow || d.Step != p.w.Dialog.Step; !human && !moved {
			p.Errorf("%s: after %q seven times no human was offered", p.at, text)
		}
	}
}

// odd: what is no answer at all leaves the question standing, kindly. RULES: talk.size
func (p probe) odd() {
	for _, text := range []string{"", " ", "\u200b", "\u202emenú", "مرحبا", "你好", strings.Repeat("a", 4096), strings.Repeat("no puedo entrar ", 250), "{code}", "{pin}", "%s%d", "<b>hola</b>", "'; drop table--", "\x00", "\xff\xfe"} {
		if r := p.say(p.w.Dialog, p.w.Clock.Now(), flows.Input{Text: text}); heard(r) == "" {
			p.Errorf("%s: %.20q is met with silence", p.at, text)
		}
	}
	for _, kind := range []flows.Kind{flows.Audio, flows.Photo, flows.Sticker, flows.Location, flows.Contact, flows.Document, flows.Video, flows.Edited, flows.Other} {
		if r := p.say(p.w.Dialog, p.w.Clock.Now(), flows.Input{Kind: kind}); heard(r) == "" || r.Dialog.Step != p.w.Dialog.Step {
			p.Errorf("%s: %q is answered with %q and leads to %s", p.at, kind, heard(r), r.Dialog.Step)
		}
	}
}

// old: a button of an earlier visit does nothing but say so.
func (p probe) old() {
	r := p.say(p.w.Dialog, p.w.Clock.Now(), flows.Input{Choice: "no-such-option", Ref: "an earlier visit"})
	if heard(r) == "" || r.Dialog.Step != p.w.Dialog.Step || len(r.Audit) > 0 {
		p.Errorf("%s: an old button leads to %s and says %q", p.at, r.Dialog.Step, heard(r))
	}
}

// silent: whoever says nothing hears of it, unless the errand was done already, and the
// dialog ends within a day. RULES: talk.idle
func (p probe) silent() {
	d, end, said := p.w.Dialog, p.w.Clock.Now().Add(26*time.Hour), ""
	for range 40 {
		if d.Due.IsZero() || d.Due.After(end) {
			break
		}
		r := p.say(d, d.Due, flows.Input{From: flows.System, Event: "tick"})
		d, said = r.Dialog, said+heard(r)
	}
	if d.Flow != "" || said == "" && !p.w.Dialog.Acted && !p.w.Dialog.Solved {
		p.Errorf("%s: after a day of silence the dialog is at %s/%s, due %v, and said %q", p.at, d.Flow, d.Step, d.Due, said)
	}
}

// stored: a dialog that was written and read back goes on the same way. RULES: talk.resume
func (p probe) stored() {
	b, err := json.Marshal(p.w.Dialog)
	if err != nil {
		p.Fatal(err)
	}
	if len(b) > 8<<10 {
		p.Errorf("%s: a dialog of %d bytes", p.at, len(b))
	}
	var back flows.Dialog
	if err := json.Unmarshal(b, &back); err != nil {
		p.Fatal(err)
	}
	for _, text := range []string{"ayuda", "estado", "zzqx"} {
		now := p.w.Clock.Now()
		forget := p.w.Guard.Mark()
		a := p.say(p.w.Dialog, now, flows.Input{Text: text})
		forget()
		b := p.say(back, now, flows.Input{Text: text})
		if heard(a) != heard(b) || a.Dialog.Step != b.Dialog.Step {
			p.Errorf("%s: %q is answered with %q, and after a restart with %q", p.at, text, heard(a), heard(b))
		}
	}
}

func (p probe) everything() {
	for _, try := range []func(){p.words, p.wrong, p.odd, p.old, p.silent, p.stored} {
		forget := p.w.Guard.Mark()
		try()
		forget()
	}
}

func TestTheMatrixOfAllStatesAndWhatPeopleDoThere(t *testing.T) {
	reached := map[string]bool{}
	for _, channel := range []string{"telegram", "whatsapp"} {
		t.Run(channel, func(t *testing.T) {
			seen := map[string]bool{}
			for _, c := range conversations(t) {
				if raceEnabled && rand.IntN(8) != 0 { // other ones each time: each takes ten times as long
					continue
				}
				script, err := os.ReadFile(c.path)
				if err != nil {
					t.Fatal(err)
				}
				synctest.Test(t, func(t *testing.T) {
					w := town.New(t, c.portal, channel)
					w.Before = func(int) {
						at := fmt.Sprintf("%s/%s/%s", c.portal, w.Dialog.Flow, w.Dialog.Step)
						if w.Dialog.Flow == "" || seen[at] {
							return
						}
						seen[at] = true
						probe{t, w, channel + " " + at}.everything()
					}
					w.Play(t, string(script))
				})
			}
			maps.Copy(reached, seen)
		})
	}
	if !raceEnabled {
		unreached(t, reached)
	}
}

// unreached names the states that no conversation leads to, at any organisation.
func unreached(t *testing.T, seen map[string]bool) {
	t.Helper()
	reached := map[string]bool{}
	for at := range seen {
		_, place, _ := strings.Cut(at, "/")
		reached[place] = true
	}
	missing := map[string]bool{}
	for _, p := range profiles(t) {
		all, err := standard.Flows(p, deps())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			for _, s := range f.Steps {
				if _, field := p.Field(s.Name); s.Waits() && !reached[f.Name+"/"+s.Name] && !field && f.Name != "recovery" {
					missing[f.Name+"/"+s.Name] = true
				}
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("no conversation leads to %v", slices.Sorted(maps.Keys(missing)))
	}
}
