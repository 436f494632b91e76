package flows_test

import (
	"slices"
	"testing"
	"time"

	"ventanilla/flows"
)

// tick has silence looked at, at a moment.
func tick(t *testing.T, e *flows.Engine, d flows.Dialog, at time.Time) flows.Result {
	t.Helper()
	r, err := e.Handle(t.Context(), flows.Call{ID: "tick", At: at, Dialog: d, Input: flows.Input{From: flows.System, Event: "tick"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What the bot itself says when a time is over is not followed by "are you still there?". RULES: talk.idle
func TestWhoWasJustToldSomethingIsNotRemindedAtOnce(t *testing.T) {
	e := engine(t, nothing)
	d := flows.Dialog{Flow: "errand", Step: "number", Values: map[string]string{"kind": "1"}, Path: []string{"kind"}, Heard: noon, Since: noon.Add(15 * time.Minute)}
	if r := tick(t, e, d, noon.Add(16*time.Minute)); len(r.Replies) > 0 {
		t.Errorf("a minute after: %q", r.Replies[0].Text)
	}
	if r := tick(t, e, d, noon.Add(20*time.Minute)); len(r.Replies) != 1 || !r.Dialog.Nudged {
		t.Errorf("five minutes after: %+v", r.Replies)
	}
	if r := tick(t, e, d, noon.Add(30*time.Minute)); r.Dialog.Flow != "" {
		t.Errorf("half an hour after the person's last word the dialog is at %s", r.Dialog.Step)
	}
}

// What counts longer than a dialog stays open can be gone on with until it does not.
func TestWhatLastsIsKeptWhenSilenceClosesTheDialog(t *testing.T) {
	all := small(nothing)
	all[1].Steps[5].Lasts = func(t *flows.Turn) time.Time { return noon.Add(2 * time.Hour) }
	all[1].Steps[5].Wait = 0
	all[1].Steps[5].On = flows.On{"set": "done", "new_link": "page"}
	e, err := build(all)
	if err != nil {
		t.Fatal(err)
	}
	d := flows.Dialog{Flow: "errand", Step: "page", Values: map[string]string{"kind": "1"}, Heard: noon, Since: noon}
	closed := tick(t, e, d, noon.Add(31*time.Minute)).Dialog
	if closed.Flow != "" || closed.Parked == nil || !closed.Due.Equal(noon.Add(2*time.Hour)) {
		t.Fatalf("closed: %+v", closed)
	}
	say := func(text string, at time.Time) flows.Result {
		r, err := e.Handle(t.Context(), flows.Call{ID: "say", At: at, Dialog: closed, Input: flows.Input{From: flows.Person, Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := say("seguir", noon.Add(90*time.Minute)); r.Dialog.Step != "page" {
		t.Errorf("gone on with it is at %s: %+v", r.Dialog.Step, r.Replies)
	}
	if r := say("estado", noon.Add(3*time.Hour)); r.Dialog.Parked != nil || slices.ContainsFunc(r.Replies[len(r.Replies)-1].Offer, func(o flows.Option) bool { return o.ID == "word/seguir" }) {
		t.Errorf("afterwards: %+v", r.Replies)
	}
	if d := tick(t, e, closed, noon.Add(2*time.Hour)).Dialog; d.Parked != nil || !d.Due.IsZero() {
		t.Errorf("what was kept is kept for ever: %+v", d)
	}
}

// Whoever stands before an answer that waits hears so, and is not asked for it again. RULES: talk.stuck, talk.status
func TestTheStateOfThingsIsThatAMessageWaits(t *testing.T) {
	e := engine(t, nothing)
	d := flows.Dialog{Flow: "errand", Step: "sure", Values: map[string]string{"kind": "1"}, Heard: noon, Since: noon}
	for waits, want := range map[bool]bool{true: false, false: true} {
		r, err := e.Handle(t.Context(), flows.Call{ID: "s", At: noon, Dialog: d, Waits: waits, Input: flows.Input{From: flows.Person, Text: "estado"}})
		if err != nil {
			t.Fatal(err)
		}
		asks := slices.ContainsFunc(r.Replies[len(r.Replies)-1].Offer, func(o flows.Option) bool { return o.ID == "yes" })
		if asks != want {
			t.Errorf("an earlier message waits: %v; the answer is asked for: %v", waits, asks)
		}
	}
}
