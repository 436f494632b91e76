package town

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/backend/emulator"
	"ventanilla/flows"
)

// Talk is a conversation of which only what the person writes is given: see
// flows/standard/testdata/talks/README.txt. Whoever plays it answers what is asked, in the words of the
// talk where it has some, and otherwise with what the core emulator knows of the person.
type Talk struct {
	File, Portal, Who string
	Want              string              // what must be done at its end, separated by commas: "password,payslip"
	Most              int                 // messages that it may take
	Free              []string            // said in their order where nothing is asked
	At                map[string][]string // said at a step, in their order
}

// Talks reads those of a file; what is none ends the test.
func Talks(t testing.TB, path string) (all []Talk) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if head, ok := strings.CutPrefix(line, "== "); ok {
			k := Talk{File: strings.TrimSuffix(filepath.Base(path), ".talk"), At: map[string][]string{}}
			if n, err := fmt.Sscan(head, &k.Portal, &k.Who, &k.Want, &k.Most); n != 4 {
				t.Fatalf("%s: %q: %v", path, line, err)
			}
			all = append(all, k)
			continue
		}
		k := &all[len(all)-1]
		if said, ok := strings.CutPrefix(line, "> "); ok {
			k.Free = append(k.Free, said)
		} else if step, said, ok := strings.Cut(line, ": "); ok {
			k.At[step] = append(k.At[step], said)
		} else {
			t.Fatalf("%s: %q is no line of a talk", path, line)
		}
	}
	return all
}

// Told is how a talk went.
type Told struct {
	Talk
	Channel  string
	Messages int
	Lost     int      // answers that were not understood
	Finished bool     // what was wanted was done
	Trouble  []string // what went wrong; nil: nothing
	Said     string   // the conversation, as a script of package flowtest
}

// player plays one talk.
type player struct {
	*testing.T
	Told
	w      *Town
	person emulator.Person
	done   map[string]bool // what was done, as audits call it
	before map[string]string
	sat    map[string]int // how often the same step was answered by default
}

// acts are what changes something, and where it is allowed.
var acts = map[string]string{"password_set": "password", "password_changed": "password", "unlocked": "unlock", "registered": "register", "payslip_sent": "payslip", "contact_changed": "contact",
	"linked": "link", "unlinked": "unlink", "erased": "erase", "not_me": "not_me", "case_opened": "case"}

// goes along with what is wanted.
var with = map[string][]string{"password": {"unlock"}, "register": {"password"}}

// PlayTalk plays a talk in a town of its own, whose time stands still (see [synctest]).
func PlayTalk(t *testing.T, k Talk, channel string) (result Told) {
	synctest.Test(t, func(t *testing.T) {
		p := &player{T: t, Told: Told{Talk: k, Channel: channel}, w: New(t, k.Portal, channel), done: map[string]bool{}, sat: map[string]int{}}
		p.Free, p.At = slices.Clone(k.Free), maps.Clone(k.At)
		p.w.InChat = true
		p.find()
		p.before = p.states()
		p.w.After = p.note
		p.play()
		result = p.Told
	})
	return result
}

func (p *player) people() []emulator.Person {
	all, err := p.w.Core.People()
	if err != nil {
		p.Fatal(err)
	}
	return all
}

func (p *player) find() {
	for _, x := range p.people() {
		if x.Portal == p.Portal && x.ID == p.Who {
			p.person = x
			return
		}
	}
	p.Fatalf("there is no %s at %s", p.Who, p.Portal)
}

// states are how all accounts stand.
func (p *player) states() map[string]string {
	all := map[string]string{}
	for _, x := range p.people() {
		for _, a := range x.Accounts {
			all[x.Portal+" "+x.ID+" "+a.ID] = fmt.Sprint(a.State, a.Addresses)
		}
	}
	return all
}

func (p *player) note(r flows.Result) {
	for _, a := range r.Audit {
		if what := acts[a.What]; what != "" {
			p.done[what] = true
		}
	}
	if r.Dialog.Tries > 0 && r.Dialog.Flow != "handoff" {
		p.Lost++
	}
}

// over tells that nothing is left to say, or that a person has it.
func (p *player) over() bool {
	d := p.w.Dialog
	return d.Flow == "handoff" || p.Messages > 0 && len(p.Free) == 0 && (d.Flow == "" || d.Flow == "menu" || d.Flow+"/"+d.Step == "contact/saved")
}

func (p *player) play() {
	for p.Messages < p.Most*2 && !p.over() {
		line := p.next()
		if line == "" {
			p.Trouble = append(p.Trouble, "stuck at "+p.w.Dialog.Flow+"/"+p.w.Dialog.Step)
			break
		}
		p.Messages++
		p.Said += p.w.Play(p.T, line+"\n")
	}
	p.judge()
}

// judge compares what came of it with what was wanted.
func (p *player) judge() {
	wanted := strings.Split(p.Want, ",")
	for _, want := range wanted {
		if want == "case" && p.w.Dialog.Flow == "handoff" || want == "nothing" && len(p.done) == 0 {
			p.done[want] = true
		}
		p.Finished = p.done[want]
		if !p.Finished {
			p.Trouble = append(p.Trouble, "not done: "+want)
			break
		}
	}
	for what := range p.done {
		if !slices.Contains(wanted, what) && !slices.ContainsFunc(wanted, func(w string) bool { return slices.Contains(with[w], what) }) {
			p.Trouble = append(p.Trouble, "WRONG ACTION: "+what)
		}
	}
	for id, now := range p.states() {
		if now != p.before[id] && !strings.HasPrefix(id, p.Portal+" "+p.Who+" ") {
			p.Trouble = append(p.Trouble, "WRONG ACTION: "+id+" changed")
		}
	}
	if p.Messages > p.Most {
		p.Trouble = append(p.Trouble, fmt.Sprintf("%d messages, at most %d", p.Messages, p.Most))
	}
	if strings.Contains(p.Said, "\n  !! ") {
		p.Trouble = append(p.Trouble, "error")
	}
}

var mailed = regexp.MustCompile(`\[[^\]]* → (\w+)\]`)

// next is what the person does now, as a line of a script; "" if they do not know.
func (p *player) next() string {
	d := p.w.Dialog
	for _, at := range []string{d.Flow + "/" + d.Step, d.Step} {
		if own := p.At[at]; len(own) > 0 && d.Flow != "" {
			p.At[at] = own[1:]
			return "> " + own[0]
		}
	}
	page, open := p.w.Engine.Form(p.w.Key, d)
	switch {
	case d.Flow == "" || d.Flow == "menu" || d.Flow+"/"+d.Step == "contact/saved":
		return p.freely()
	case open && page.Name != "fields":
		return p.fillIn(page)
	}
	if line := p.byLink(); line != "" {
		return line
	}
	if p.sat[d.Step]++; p.sat[d.Step] > 4 {
		return ""
	}
	if v := p.datum(d.Step); v != "" {
		return "> " + v
	}
	if said := cmp.Or(defaults[d.Flow+"/"+d.Step], defaults[d.Step]); said != "" {
		return "> " + said
	}
	return p.freely()
}

// defaults are what people say at the steps that all errands have.
var defaults = map[string]string{"confirm": "si", "code": "{code}", "code_again": "{code}", "code_new": "{code}", "same": "si", "terms": "acepto", "review": "si", "consent": "si", "sent": "listo gracias",
	"other_code":  "{code}",
	"payslip/ask": "el ultimo", "unlock/ask": "no me acuerdo", "payslip/more": "eso es todo gracias", "sure": "si", "which": "la primera", "again": "si", "pick_mail": "el primero"}

func (p *player) freely() string {
	if len(p.Free) == 0 {
		return ""
	}
	line := p.Free[0]
	p.Free = p.Free[1:]
	return "> " + line
}

// datum is what the person knows of themselves.
func (p *player) datum(field string) string {
	for _, a := range p.person.Accounts {
		if v := a.Fields[field]; v != "" {
			return v
		}
	}
	return p.person.Documents[0][field]
}

const newPassword = "Gatos-terraza.947"

func (p *player) fillIn(page flows.FormPage) string {
	line := "@"
	for _, f := range page.Fields {
		value := newPassword
		switch f.Kind {
		case "current-password":
			value = strings.ReplaceAll(p.person.Accounts[0].Password, " ", "+")
		case "check":
			value = "yes"
		case "text":
			value = strings.ReplaceAll(cmp.Or(p.datum(f.Name), "miperro9"), " ", "+")
		}
		line += " " + f.Name + "=" + value
	}
	return line
}

// byLink opens the link of the latest mail, once.
func (p *player) byLink() string {
	all := mailed.FindAllStringSubmatch(p.Said, -1)
	for _, m := range slices.Backward(all) {
		if m[1] == "reset" && p.sat["link"] == 0 {
			p.sat["link"]++
			return "% reset password=" + newPassword + " repeat=" + newPassword
		}
	}
	return ""
}
