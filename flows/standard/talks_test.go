package standard_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/backend/emulator"
	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

// A talk is what one person writes, without what the bot says: see testdata/talks/README.txt.
// Whoever plays it answers what is asked, in the words of the talk where it has some, and
// otherwise with what the core emulator knows of the person.

// talk is one of them.
type talk struct {
	file, portal, who, want string
	most                    int
	free                    []string            // said in their order where nothing is asked
	at                      map[string][]string // said at a step, in their order
}

// talks reads those of a file.
func talks(t *testing.T, path string) (all []talk) {
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
			k := talk{file: strings.TrimSuffix(filepath.Base(path), ".talk"), at: map[string][]string{}}
			if n, err := fmt.Sscan(head, &k.portal, &k.who, &k.want, &k.most); n != 4 {
				t.Fatalf("%s: %q: %v", path, line, err)
			}
			all = append(all, k)
			continue
		}
		k := &all[len(all)-1]
		if said, ok := strings.CutPrefix(line, "> "); ok {
			k.free = append(k.free, said)
		} else if step, said, ok := strings.Cut(line, ": "); ok {
			k.at[step] = append(k.at[step], said)
		} else {
			t.Fatalf("%s: %q is no line of a talk", path, line)
		}
	}
	return all
}

// told is how a talk went.
type told struct {
	talk
	channel  string
	messages int
	lost     int // answers that were not understood
	finished bool
	trouble  []string
	said     string
}

// player plays one talk.
type player struct {
	*testing.T
	told
	w      *town.Town
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

func playTalk(t *testing.T, k talk, channel string) (result told) {
	synctest.Test(t, func(t *testing.T) {
		p := &player{T: t, told: told{talk: k, channel: channel}, w: town.New(t, k.portal, channel), done: map[string]bool{}, sat: map[string]int{}}
		p.free, p.at = slices.Clone(k.free), maps.Clone(k.at)
		p.w.InChat = true
		p.find()
		p.before = p.states()
		p.w.After = p.note
		p.play()
		result = p.told
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
		if x.Portal == p.portal && x.ID == p.who {
			p.person = x
			return
		}
	}
	p.Fatalf("there is no %s at %s", p.who, p.portal)
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
		p.lost++
	}
}

// over tells that nothing is left to say, or that a person has it.
func (p *player) over() bool {
	d := p.w.Dialog
	return d.Flow == "handoff" || p.messages > 0 && len(p.free) == 0 && (d.Flow == "" || d.Flow == "menu")
}

func (p *player) play() {
	for p.messages < p.most*2 && !p.over() {
		line := p.next()
		if line == "" {
			p.trouble = append(p.trouble, "stuck at "+p.w.Dialog.Flow+"/"+p.w.Dialog.Step)
			break
		}
		p.messages++
		p.said += p.w.Play(p.T, line+"\n")
	}
	p.judge()
}

// judge compares what came of it with what was wanted.
func (p *player) judge() {
	wanted := strings.Split(p.want, ",")
	for _, want := range wanted {
		if want == "case" && p.w.Dialog.Flow == "handoff" || want == "nothing" && len(p.done) == 0 {
			p.done[want] = true
		}
		p.finished = p.done[want]
		if !p.finished {
			p.trouble = append(p.trouble, "not done: "+want)
			break
		}
	}
	for what := range p.done {
		if !slices.Contains(wanted, what) && !slices.ContainsFunc(wanted, func(w string) bool { return slices.Contains(with[w], what) }) {
			p.trouble = append(p.trouble, "WRONG ACTION: "+what)
		}
	}
	for id, now := range p.states() {
		if now != p.before[id] && !strings.HasPrefix(id, p.portal+" "+p.who+" ") {
			p.trouble = append(p.trouble, "WRONG ACTION: "+id+" changed")
		}
	}
	if p.messages > p.most {
		p.trouble = append(p.trouble, fmt.Sprintf("%d messages, at most %d", p.messages, p.most))
	}
	if strings.Contains(p.said, "\n  !! ") {
		p.trouble = append(p.trouble, "error")
	}
}

var mailed = regexp.MustCompile(`\[[^\]]* → (\w+)\]`)

// next is what the person does now, as a line of a script; "" if they do not know.
func (p *player) next() string {
	d := p.w.Dialog
	for _, at := range []string{d.Flow + "/" + d.Step, d.Step} {
		if own := p.at[at]; len(own) > 0 && d.Flow != "" {
			p.at[at] = own[1:]
			return "> " + own[0]
		}
	}
	page, open := p.w.Engine.Form(p.w.Key, d)
	switch {
	case d.Flow == "" || d.Flow == "menu":
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
	if len(p.free) == 0 {
		return ""
	}
	line := p.free[0]
	p.free = p.free[1:]
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
			value = strings.ReplaceAll(cmp.Or(p.datum(f.Name), "terraza9"), " ", "+")
		}
		line += " " + f.Name + "=" + value
	}
	return line
}

// byLink opens the link of the latest mail, once.
func (p *player) byLink() string {
	all := mailed.FindAllStringSubmatch(p.said, -1)
	for _, m := range slices.Backward(all) {
		if m[1] == "reset" && p.sat["link"] == 0 {
			p.sat["link"]++
			return "% reset password=" + newPassword + " repeat=" + newPassword
		}
	}
	return ""
}

// RULES: none is broken by people who write as people do: of a hundred conversations on
// both channels each comes to its end, and nothing else is done.
func TestTalks(t *testing.T) {
	files, _ := filepath.Glob("testdata/talks/*.talk") // the pattern is valid
	if len(files) == 0 {
		t.Fatal("there are no talks")
	}
	var all []told
	for _, path := range files {
		for i, k := range talks(t, path) {
			for _, channel := range []string{"telegram", "whatsapp"} {
				t.Run(fmt.Sprintf("%s/%d/%s", k.file, i+1, channel), func(t *testing.T) {
					r := playTalk(t, k, channel)
					if len(r.trouble) > 0 {
						t.Errorf("%s at %s wants %s: %s\n%s", k.who, k.portal, k.want, strings.Join(r.trouble, "; "), r.said)
					}
					all = append(all, r)
				})
			}
		}
	}
	table(t, all)
}

// table reports how the talks went, by errand and channel.
func table(t *testing.T, all []told) {
	t.Helper()
	byFile := map[string][]told{}
	for _, r := range all {
		byFile[r.file+" "+r.channel] = append(byFile[r.file+" "+r.channel], r)
		byFile["all "+r.channel] = append(byFile["all "+r.channel], r)
	}
	t.Logf("%-22s %5s %8s %18s %12s", "errand", "talks", "finished", "messages (median)", "not heard")
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		rows := byFile[name]
		finished, lost, messages := 0, 0, []int{}
		for _, r := range rows {
			if messages = append(messages, r.messages); r.finished && len(r.trouble) == 0 {
				finished++
			}
			lost += r.lost
		}
		slices.SortFunc(messages, cmp.Compare[int])
		t.Logf("%-22s %5d %8d %18s %12d", name, len(rows), finished, strconv.Itoa(messages[len(messages)/2]), lost)
	}
}
