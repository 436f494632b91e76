package bot_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/secret"
	"ventanilla/flows"
)

// vault is a core that makes temporary passwords, the same one for the same key.
type vault struct {
	ops  []string
	fail error
}

func (v *vault) Temporary(_ context.Context, op, _, account string) (backend.Temporary, error) {
	v.ops = append(v.ops, op)
	if v.fail != nil {
		return backend.Temporary{}, v.fail
	}
	return backend.Temporary{Password: secret.Text("made-for-" + account + "-" + op)}, nil
}

// asks queues a mail that carries a temporary password; its line in the chat says what became of it.
func (w *world) asks() {
	w.t.Helper()
	w.say(flows.Reply{To: "email:ana@correo.example", Text: "Tu clave temporal:\n\n{temporary}", Ref: "temporary/1",
		Temporary: &flows.AccountRef{Account: "17", Op: "turn-1"}, Until: w.clock.Now().Add(10 * time.Minute)})
}

// RULES: temp.keeps. The core makes it, only when the mail leaves, and each try
// carries the same one.
func TestATemporaryPasswordIsFetchedWhenTheMailLeavesAndIsTheSameInEachTry(t *testing.T) {
	w := newWorld(t)
	v := &vault{}
	w.worker.Core = v
	w.mail.hook(failing("", 1, errors.New("connection refused")))
	w.asks()
	if len(v.ops) != 0 {
		t.Fatal("asked before the mail left")
	}
	stop := w.run()
	eventually(t, "the mail leaves", func() bool { w.clock.Advance(5 * time.Second); return len(w.mail.texts()) == 1 })
	stop()
	if got := w.mail.texts()[0]; got != "Tu clave temporal:\n\nmade-for-17-turn-1" {
		t.Errorf("the mail says %q", got)
	}
	if !slices.Equal(v.ops, []string{"turn-1", "turn-1"}) {
		t.Errorf("asked under %v, want the same key twice", v.ops)
	}
}

// RULES: temp.keeps, data.canary
func TestATemporaryPasswordIsNeverStored(t *testing.T) {
	w := newWorld(t)
	w.worker.Core = &vault{}
	w.asks()
	stop := w.run()
	eventually(t, "the mail leaves", func() bool { return len(w.mail.texts()) == 1 })
	stop()
	lines, err := w.store.Transcript(w.t.Context(), ana, 0, 50)
	if err != nil || len(lines) == 0 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, l := range lines {
		if strings.Contains(l.Text, "made-for") {
			t.Errorf("the transcript says %q", l.Text)
		}
	}
}

func TestATemporaryPasswordThatTheCoreCannotMakeNow(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		tries int // asked for in all
		heard string
	}{
		{"a core that is down is asked again until the mail is worthless", &backend.Error{Code: backend.Unavailable}, 2, "undelivered expired"},
		{"a refusal ends the mail at once", &backend.Error{Code: backend.Rejected, Reason: backend.ReasonUnregistered}, 1, "undelivered refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			v := &vault{fail: c.err}
			w.worker.Core = v
			w.asks()
			stop := w.run()
			eventually(t, "the dialog heard it", func() bool {
				w.clock.Advance(20 * time.Second)
				return slices.Contains(w.phone.texts(), c.heard)
			})
			stop()
			if n := len(v.ops); n < c.tries || c.tries == 1 && n != 1 {
				t.Errorf("the core was asked %d times, want %d", n, c.tries)
			}
			if n := len(w.mail.texts()); n != 0 {
				t.Errorf("%d mails left without a password", n)
			}
		})
	}
}
