package standard_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

// handedBack: an agent who leaves is noticed, and the question that was open is asked again, with
// its page; whoever waited for a person does not wait any more; and a close ends the dialog.
func (p probe) handedBack() {
	d, now := p.w.Dialog, p.w.Clock.Now()
	for _, later := range []time.Duration{10 * time.Second, 3 * time.Hour} {
		r := p.say(d, now.Add(later), flows.Input{From: flows.System, Event: "handback"})
		said := heard(r)
		timedOut := r.Dialog.Flow == "" && later > time.Hour // what the step's own time leads to
		back, rest, _ := strings.Cut(said, "\n")
		if !strings.Contains(back, "salió del chat") || strings.TrimSpace(rest) == "" && !timedOut {
			p.Errorf("%s: handed back after %s: %q, want that the agent left and what was asked", p.at, later, said)
		}
		if r.Dialog.Flow == "" && !timedOut || r.Dialog.Flow == "handoff" && d.Flow == "handoff" {
			p.Errorf("%s: handed back after %s the dialog is at %s/%s", p.at, later, r.Dialog.Flow, r.Dialog.Step)
		}
		if later < time.Minute && d.Flow != "handoff" && (r.Dialog.Flow != d.Flow || r.Dialog.Step != d.Step || r.Dialog.Entered != d.Entered) {
			p.Errorf("%s: handed back at once the dialog is at %s/%s", p.at, r.Dialog.Flow, r.Dialog.Step)
		}
		if !timedOut && r.Dialog.Due.Before(now.Add(later)) {
			p.Errorf("%s: handed back after %s, silence is due at %v already", p.at, later, r.Dialog.Due)
		}
	}
	r := p.say(d, now, flows.Input{From: flows.System, Event: "handback", Values: map[string]string{"close": "yes"}})
	if r.Dialog.Flow != "" || !strings.Contains(heard(r), "cerró la conversación") {
		p.Errorf("%s: closed, the dialog is at %s/%s and hears %q", p.at, r.Dialog.Flow, r.Dialog.Step, heard(r))
	}
}

func TestAnAgentCanHandBackAndHelpAtEveryStateOfEveryFlow(t *testing.T) {
	seen, helped := map[string]bool{}, 0
	for _, channel := range []string{"telegram", "whatsapp"} {
		for _, c := range conversations(t) {
			script, err := os.ReadFile(c.path)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				w := town.New(t, c.portal, channel)
				w.Before = func(int) {
					at := fmt.Sprintf("%s %s/%s/%s", channel, c.portal, w.Dialog.Flow, w.Dialog.Step)
					if w.Dialog.Flow == "" || seen[at] {
						return
					}
					seen[at] = true
					forget := w.Guard.Mark()
					defer forget()
					probe{t, w, at}.handedBack()
					helped += probe{t, w, at}.aided()
				}
				w.Play(t, string(script))
			})
		}
	}
	if len(seen) < 100 || helped < 500 {
		t.Errorf("tried at %d states, where %d acts were done, want those of all flows", len(seen), helped)
	}
}
