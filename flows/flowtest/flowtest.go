// Package flowtest runs written conversations against an engine alone, with no
// store, network or clock of its own.
//
// A script reads like a chat. Lines that begin with two spaces are what the bot
// must say; the others are what happens:
//
//	# a remark
//	> what the person types; {code} is the code of the latest mail, {code:ana@…} of the latest to an address
//	= the option the person taps, by its label or id; "= #id" taps a button of long ago
//	* audio            something that is not text; "* contact +549…" is the person's own contact
//	+ event k=v        an event from the system about the current step
//	+ undelivered@NAME k=v   likewise, about the document of that name that was sent last
//	~ 10m              time passes, with the ticks that fall due
//	@ password=… repeat=…   the page of the current step is submitted
//	@ legajo=… doc_number=… likewise, where a page asks for identifiers
//	% reset password=…  the page of that link in the latest mail is submitted, from wherever the dialog stands;
//	                   "old:reset" is that of the mail before; "% open reset" only looks at it
//	& Beto             from here on somebody else chats, in a chat of their own
//	^ unlock second=…  what an agent does for the person; second is another agent who allows it
//	! core down        what World.Do makes of it
//
// What goes to the person's linked chats ("linked:…") is not shown: nobody is linked here.
//
// A script that was written for a chat runs on a channel where identifiers are asked
// on a page, too: an answer that the page's next field takes is typed there, and the
// page is submitted with the last one. What no field takes is said in the chat.
//
// Whatever a script does, each turn is held to what always holds: no empty or
// long line (RULES: talk.size), a dialog that survives being stored (talk.resume)
// within its size, and no code, PIN or password in it or in what is sent (code.stored).
package flowtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/flows"
)

// World is what a script is played in. Make a new one for each script.
type World struct {
	Engine *flows.Engine
	Codes  flows.Codes
	Key    flows.Key
	Clock  *flows.Clock
	Dialog flows.Dialog
	Name   string                  // what the person calls themselves
	Do     func(what string) error // does what a line with "!" says; nil if a script has none
	Holds  func() bool             // whether the mail server takes no mail now; nil: it always does
	Before func(line int)          // called before each line that does something, from 1 on; nil: nothing

	After func(r flows.Result) // called after each turn; nil: nothing

	InChat bool // answers are typed in the chat even where a page asks for them
	Twice  bool // each turn is run once for nothing before, as by a program that ended before it wrote down what came of it

	page    typed // what was typed so far into the page of the current question
	turns   int
	chats   map[string]chat // of those who do not chat now
	mails   []mail
	held    []mail // not taken by the mail server yet
	wakes   []mail // of which a dialog hears later
	last    []flows.Option
	files   []flows.Reply // that were sent
	secrets []string
	became  string // of the latest turn, if an agent acted
}

// chat is one person's side of a script.
type chat struct {
	key    flows.Key
	dialog flows.Dialog
	name   string
	last   []flows.Option
}

// mail is one that was sent, and from whose chat.
type mail struct {
	flows.Reply
	key flows.Key
}

// Run plays every script in testdata/*.chat, each in a world of its own, where
// time stands still unless the script says otherwise (see [testing/synctest]). With
// UPDATE=1 in the environment it rewrites what the bot says.
func Run(t *testing.T, world func(t *testing.T) *World) { RunIn(t, "testdata", world) }

// RunIn is [Run] with the scripts of another folder.
func RunIn(t *testing.T, folder string, world func(t *testing.T) *World) {
	t.Helper()
	scripts, _ := filepath.Glob(filepath.Join(folder, "*.chat")) // the pattern is valid
	if len(scripts) == 0 {
		t.Fatalf("no %s/*.chat", folder)
	}
	for _, name := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".chat"), func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var got string
			synctest.Test(t, func(t *testing.T) { got = world(t).Play(t, string(want)) })
			switch {
			case got == string(want):
			case os.Getenv("UPDATE") != "":
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			default:
				t.Errorf("%s differs\n--- want\n%s--- got\n%s", name, want, got)
			}
		})
	}
}

// Play plays a script and returns it with what the bot really said.
func (w *World) Play(t *testing.T, script string) string {
	t.Helper()
	var got strings.Builder
	n := 0
	for line := range strings.Lines(script) {
		text := strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(text, "  ") {
			continue
		}
		got.WriteString(text + "\n")
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if n++; w.Before != nil {
			w.Before(n)
		}
		if err := w.step(t.Context(), text, &got); err != nil {
			fmt.Fprintf(&got, "  !! %v\n", err)
		}
	}
	return got.String()
}

func (w *World) step(ctx context.Context, line string, got *strings.Builder) error {
	mark, rest, _ := strings.Cut(line, " ")
	if done, err := w.onPage(ctx, mark, rest, got); done || err != nil {
		return err
	}
	switch mark {
	case ">":
		return w.turn(ctx, flows.Input{From: flows.Person, Text: w.filled(rest), Sender: w.Name}, got)
	case "=":
		return w.tap(ctx, rest, got)
	case "*":
		kind, phone, _ := strings.Cut(rest, " ")
		return w.turn(ctx, flows.Input{From: flows.Person, Kind: flows.Kind(kind), Phone: phone, Sender: w.Name}, got)
	case "+":
		return w.event(ctx, rest, got)
	case "~":
		return w.pass(ctx, rest, got)
	case "@":
		return w.submit(ctx, rest, got)
	case "%":
		return w.follow(ctx, rest, got)
	case "&":
		w.turnTo(rest)
		return nil
	case "^":
		return w.aid(ctx, rest, got)
	case "!":
		if err := w.Do(rest); err != nil {
			return err
		}
		return w.take(ctx, got)
	}
	return fmt.Errorf("a line cannot begin with %q", mark)
}

// turn screens an input as the store does, and answers it as the worker does.
func (w *World) turn(ctx context.Context, in flows.Input, got *strings.Builder) error {
	w.turns++
	in = w.Engine.Screen(w.Key, w.Dialog, in)
	r, err := w.handle(ctx, flows.Call{ID: strconv.Itoa(w.turns), At: w.Clock.Now(), Key: w.Key, Dialog: w.Dialog, Input: in})
	if err != nil {
		return err
	}
	if w.Dialog = r.Dialog; in.From == flows.Agent {
		w.became = r.Outcome
	}
	if w.After != nil {
		w.After(r)
	}
	for _, reply := range r.Replies {
		w.show(reply, got)
	}
	if err := w.sound(r); err != nil {
		return err
	}
	return w.take(ctx, got)
}

// take lets the mail server take the mails that wait, and the dialogs hear of it.
func (w *World) take(ctx context.Context, got *strings.Builder) error {
	if w.Holds != nil && w.Holds() {
		return nil
	}
	held := w.held
	w.held = nil
	for _, m := range held {
		if m.Ref == "" || m.key != w.Key {
			continue
		}
		if err := w.turn(ctx, flows.Input{From: flows.System, Event: "sent", Ref: m.Ref}, got); err != nil {
			return err
		}
	}
	return nil
}

// turnTo lets somebody else chat.
func (w *World) turnTo(name string) {
	if w.chats == nil {
		w.chats = map[string]chat{}
	}
	w.chats[w.Name] = chat{w.Key, w.Dialog, w.Name, w.last}
	c, ok := w.chats[name]
	if !ok {
		c = chat{key: flows.Key{Portal: w.Key.Portal, Channel: w.Key.Channel, Person: name}, name: name}
	}
	w.Key, w.Dialog, w.Name, w.last = c.key, c.dialog, c.name, c.last
}

func (w *World) show(r flows.Reply, got *strings.Builder) {
	switch {
	case strings.HasPrefix(r.To, "linked:"):
		return
	case strings.HasPrefix(r.To, flows.Later+":"):
		w.wakes = append(w.wakes, mail{r, w.Key})
		return
	case r.To != "":
		w.mails, w.held = append(w.mails, mail{r, w.Key}), append(w.held, mail{r, w.Key})
		if r.Code != nil {
			w.secrets = append(w.secrets, w.Codes.Code(w.Key, *r.Code).Reveal())
		}
		fmt.Fprintf(got, "  ✉ %s: %s%s\n", strings.TrimPrefix(r.To, "email:"), r.Title, grants(r))
		return
	case r.Delete:
		got.WriteString("  (deletes the message)\n")
		return
	}
	got.WriteString("  " + strings.ReplaceAll(r.Text, "\n", "\n  ") + "\n")
	if r.File != nil {
		w.files = append(w.files, r)
		fmt.Fprintf(got, "  📎 %s (%s)\n", r.File.Name, r.File.Account)
	}
	if r.PIN != "" && r.Form == "" {
		w.secrets = append(w.secrets, `PIN: `+w.Codes.PIN(w.Key, r.PIN).Reveal())
	}
	if r.Form != "" {
		w.secrets = append(w.secrets, `PIN: `+w.Codes.PIN(w.Key, r.Entered).Reveal(), `PIN `+w.Codes.PIN(w.Key, r.Entered).Reveal())
		fmt.Fprintf(got, "  <%s → %s>\n", r.Button, r.Form)
	}
	if r.Share != "" {
		fmt.Fprintf(got, "  ⌨ [%s]\n", r.Share)
	}
	if r.Unshare {
		got.WriteString("  ⌨ (taken away)\n")
	}
	labels := make([]string, len(r.Offer))
	for i, o := range r.Offer {
		labels[i] = "[" + o.Label + "]"
	}
	if len(labels) > 0 {
		got.WriteString("  " + strings.Join(labels, " ") + "\n")
		w.last = r.Offer
	}
}

func grants(r flows.Reply) string {
	var s strings.Builder
	for _, g := range r.Grants {
		s.WriteString(" [" + g.Label + " → " + g.Kind + "]")
	}
	return s.String()
}

func (w *World) tap(ctx context.Context, label string, got *strings.Builder) error {
	if id, ok := strings.CutPrefix(label, "#"); ok {
		return w.turn(ctx, flows.Input{From: flows.Person, Choice: id, Sender: w.Name}, got)
	}
	for _, o := range w.last {
		name, _, _ := strings.Cut(o.Label, ": •") // a label may be masked where the script's is not
		if o.Label == label || o.ID == label || name != o.Label && strings.HasPrefix(label, name+": ") {
			return w.turn(ctx, flows.Input{From: flows.Person, Choice: o.ID, Sender: w.Name}, got)
		}
	}
	return fmt.Errorf("there is no option %q", label)
}

func (w *World) event(ctx context.Context, line string, got *strings.Builder) error {
	name, pairs, _ := strings.Cut(line, " ")
	in := flows.Input{From: flows.System, Event: name, Ref: w.Dialog.Entered, Values: values(pairs)}
	if event, file, ok := strings.Cut(name, "@"); ok {
		in.Event = event
		for _, r := range w.files {
			if r.File.Name == file {
				in.Ref = r.Ref
			}
		}
	}
	return w.turn(ctx, in, got)
}

// pass moves the clock, stopping wherever silence is due.
func (w *World) pass(ctx context.Context, span string, got *strings.Builder) error {
	d, err := time.ParseDuration(span)
	if err != nil {
		return err
	}
	end := w.Clock.Now().Add(d)
	for {
		due := w.Dialog.Due
		if woken, err := w.wake(ctx, due, end, got); err != nil {
			return err
		} else if woken {
			continue
		}
		if due.IsZero() || due.After(end) {
			w.Clock.Advance(end.Sub(w.Clock.Now()))
			return nil
		}
		w.Clock.Advance(due.Sub(w.Clock.Now()))
		if err := w.turn(ctx, flows.Input{From: flows.System, Event: "tick"}, got); err != nil {
			return err
		}
		if !w.Dialog.Due.After(due) && !w.Dialog.Due.IsZero() {
			return errors.New("a tick left the dialog due at the same moment")
		}
	}
}

// wake lets the dialog hear of what it was to hear of later, if that comes before its silence is due and before the end.
func (w *World) wake(ctx context.Context, due, end time.Time, got *strings.Builder) (bool, error) {
	for i, m := range w.wakes {
		if m.key != w.Key || m.Not.After(end) || !due.IsZero() && due.Before(m.Not) {
			continue
		}
		w.wakes = slices.Delete(w.wakes, i, i+1)
		w.Clock.Advance(m.Not.Sub(w.Clock.Now()))
		return true, w.turn(ctx, flows.Input{From: flows.System, Event: "sent", Ref: m.Ref}, got)
	}
	return false, nil
}

func (w *World) submit(ctx context.Context, line string, got *strings.Builder) error {
	typed := flows.FormValues{}
	page, _ := w.Engine.Form(w.Key, w.Dialog)
	for k, v := range values(line) {
		typed[k] = secret.Text(v)
		if len(v) > 8 && page.Name != "fields" {
			w.secrets = append(w.secrets, v)
		}
	}
	return w.send(ctx, typed, got)
}

// send submits the page where the dialog stands.
func (w *World) send(ctx context.Context, typed flows.FormValues, got *strings.Builder) error {
	w.turns++
	call := flows.Call{ID: "form/" + strconv.Itoa(w.turns), At: w.Clock.Now(), Key: w.Key, Dialog: w.Dialog}
	o, err := w.twicePage(func() (flows.Outcome, error) { return w.Engine.Submit(ctx, call, typed) })
	if err != nil {
		return err
	}
	w.outcome(o, got)
	if len(o.Problems) > 0 {
		return nil
	}
	return w.turn(ctx, flows.Input{From: flows.System, Event: o.Event, Ref: w.Dialog.Entered, Values: o.Values}, got)
}

// values reads "a=1 b=dos+palabras".
func values(line string) map[string]string {
	m := map[string]string{}
	for _, pair := range strings.Fields(line) {
		k, v, _ := strings.Cut(pair, "=")
		m[k] = strings.ReplaceAll(v, "+", " ")
	}
	return m
}

// filled puts the codes of mails into what the person types.
func (w *World) filled(s string) string {
	for i := len(w.mails) - 1; i >= 0; i-- {
		if m := w.mails[i]; m.Code != nil {
			code := flows.Spaced(w.Codes.Code(m.key, *m.Code)).Reveal()
			s = strings.ReplaceAll(s, "{code}", code)
			s = strings.ReplaceAll(s, "{code:"+strings.TrimPrefix(m.To, "email:")+"}", code)
			s = strings.Replace(s, "{old:", "{", 1) // "{old:code}" is the one before
		}
	}
	return s
}

// sound reports what may never be in a result.
func (w *World) sound(r flows.Result) error {
	var errs []error
	for _, reply := range r.Replies {
		if n := len([]rune(reply.Text)); reply.To == "" && !reply.Delete && (n == 0 || n > 500) {
			errs = append(errs, fmt.Errorf("a line of %d characters: %q", n, reply.Text))
		}
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var back flows.Result
	if err := json.Unmarshal(b, &back); err != nil {
		return err
	}
	if again, _ := json.Marshal(back); string(again) != string(b) {
		errs = append(errs, errors.New("the dialog is another after being stored"))
	}
	for _, s := range w.secrets {
		if strings.Contains(string(b), s) {
			errs = append(errs, fmt.Errorf("a secret is in the result: %s", b))
		}
	}
	dialog, _ := json.Marshal(r.Dialog) // was marshalled above
	if limit := map[bool]int{true: 1 << 10, false: 8 << 10}[r.Dialog.Flow == ""]; len(dialog) > limit {
		errs = append(errs, fmt.Errorf("a dialog of %d bytes", len(dialog)))
	}
	w.Dialog = back.Dialog
	return errors.Join(errs...)
}
