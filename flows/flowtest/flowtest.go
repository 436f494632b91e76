// Package flowtest runs written conversations against an engine alone, with no
// store, network or clock of its own.
//
// A script reads like a chat. Lines that begin with two spaces are what the bot
// must say; the others are what happens:
//
//	# a remark
//	> what the person types; {code} is the code of the latest mail, {code:ana@…} of the latest to an address
//	= the option the person taps, by its label or id
//	* audio            something that is not text
//	+ event k=v        an event from the system about the current step
//	~ 10m              time passes, with the ticks that fall due
//	@ password=… repeat=…   the page of the current step is submitted
package flowtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
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
	Name   string // what the person calls themselves

	turns int
	mails []flows.Reply
	last  []flows.Option
}

// Run plays every script in testdata/*.chat, each in a world of its own. With
// UPDATE=1 in the environment it rewrites what the bot says.
func Run(t *testing.T, world func(t *testing.T) *World) {
	t.Helper()
	scripts, _ := filepath.Glob("testdata/*.chat") // the pattern is valid
	if len(scripts) == 0 {
		t.Fatal("no testdata/*.chat")
	}
	for _, name := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".chat"), func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := world(t).Play(t, string(want))
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
	for line := range strings.Lines(script) {
		text := strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(text, "  ") {
			continue
		}
		got.WriteString(text + "\n")
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if err := w.step(t.Context(), text, &got); err != nil {
			fmt.Fprintf(&got, "  !! %v\n", err)
		}
	}
	return got.String()
}

func (w *World) step(ctx context.Context, line string, got *strings.Builder) error {
	mark, rest, _ := strings.Cut(line, " ")
	switch mark {
	case ">":
		return w.turn(ctx, flows.Input{From: flows.Person, Text: w.filled(rest), Sender: w.Name}, got)
	case "=":
		return w.tap(ctx, rest, got)
	case "*":
		return w.turn(ctx, flows.Input{From: flows.Person, Kind: flows.Kind(rest), Sender: w.Name}, got)
	case "+":
		return w.event(ctx, rest, got)
	case "~":
		return w.pass(ctx, rest, got)
	case "@":
		return w.submit(ctx, rest, got)
	}
	return fmt.Errorf("a line cannot begin with %q", mark)
}

// turn screens an input as the store does, and answers it as the worker does.
func (w *World) turn(ctx context.Context, in flows.Input, got *strings.Builder) error {
	w.turns++
	in = w.Engine.Screen(w.Key, w.Dialog, in)
	r, err := w.Engine.Handle(ctx, flows.Call{ID: strconv.Itoa(w.turns), At: w.Clock.Now(), Key: w.Key, Dialog: w.Dialog, Input: in})
	if err != nil {
		return err
	}
	w.Dialog = r.Dialog
	for _, reply := range r.Replies {
		w.show(reply, got)
	}
	return w.deliver(ctx, r.Replies, got)
}

// deliver lets the mail server take the mails that the dialog waits for.
func (w *World) deliver(ctx context.Context, replies []flows.Reply, got *strings.Builder) error {
	for _, reply := range replies {
		if reply.To != "" && reply.Ref != "" {
			if err := w.turn(ctx, flows.Input{From: flows.System, Event: "sent", Ref: reply.Ref}, got); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *World) show(r flows.Reply, got *strings.Builder) {
	switch {
	case r.To != "":
		w.mails = append(w.mails, r)
		fmt.Fprintf(got, "  ✉ %s: %s%s\n", strings.TrimPrefix(r.To, "email:"), r.Title, grants(r))
		return
	case r.Delete:
		got.WriteString("  (deletes the message)\n")
		return
	}
	got.WriteString("  " + strings.ReplaceAll(r.Text, "\n", "\n  ") + "\n")
	if r.Form != "" {
		fmt.Fprintf(got, "  <%s → %s>\n", r.Button, r.Form)
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
	for _, o := range w.last {
		if o.Label == label || o.ID == label {
			return w.turn(ctx, flows.Input{From: flows.Person, Choice: o.ID, Sender: w.Name}, got)
		}
	}
	return fmt.Errorf("there is no option %q", label)
}

func (w *World) event(ctx context.Context, line string, got *strings.Builder) error {
	name, pairs, _ := strings.Cut(line, " ")
	in := flows.Input{From: flows.System, Event: name, Ref: w.Dialog.Entered, Values: values(pairs)}
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

func (w *World) submit(ctx context.Context, line string, got *strings.Builder) error {
	typed := flows.FormValues{}
	for k, v := range values(line) {
		typed[k] = secret.Text(v)
	}
	w.turns++
	call := flows.Call{ID: "form/" + strconv.Itoa(w.turns), At: w.Clock.Now(), Key: w.Key, Dialog: w.Dialog}
	o, err := w.Engine.Submit(ctx, call, typed)
	if err != nil {
		return err
	}
	for field, problem := range o.Problems {
		fmt.Fprintf(got, "  page: %s: %s\n", field, problem)
	}
	if len(o.Problems) > 0 {
		return nil
	}
	fmt.Fprintf(got, "  page: %s. %s\n", o.Title, o.Text)
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
	for _, m := range w.mails {
		if m.Code != nil {
			code := flows.Spaced(w.Codes.Code(w.Key, *m.Code)).Reveal()
			s = strings.ReplaceAll(s, "{code:"+strings.TrimPrefix(m.To, "email:")+"}", code)
		}
	}
	for i := len(w.mails) - 1; i >= 0; i-- {
		if m := w.mails[i]; m.Code != nil {
			return strings.ReplaceAll(s, "{code}", flows.Spaced(w.Codes.Code(w.Key, *m.Code)).Reveal())
		}
	}
	return s
}
