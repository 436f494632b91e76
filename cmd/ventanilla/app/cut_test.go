package app

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"ventanilla/backend/emulator"
)

// seenBy is what the story left: what each side saw and what was done.
type seenBy struct {
	chat    []string
	mails   []string
	effects []string
}

var buttons = regexp.MustCompile(`(\n<[^>]*>)*(\n\[.*\])?$`)

// mailLate is what is said, truly, when a busy machine lets the mail server answer too late.
var mailLate = regexp.MustCompile("El correo está demorado en este momento|El correo ya está funcionando otra vez")

var unlike = regexp.MustCompile(`http://\S+|\b\d{4}( \d{4})?\b|\d+ minutos?( y \d+ segundos?)?|\d+ segundos?|\d\d?:\d\d`)

func (w *world) seen() (s seenBy) {
	w.t.Helper()
	for _, l := range w.net.Lines(person) {
		if mailLate.MatchString(l.text) {
			continue
		}
		who := ">"
		if l.bot {
			who = " "
		}
		text := l.text[:len(l.text)-len(buttons.FindString(l.text))] // under old lines they are taken away if that can be done, once
		s.chat = append(s.chat, who+" "+unlike.ReplaceAllString(text, "#"))
	}
	for _, m := range w.mail.Mails(address) {
		s.mails = append(s.mails, m.Subject)
	}
	effects, err := w.core.Effects()
	w.must(err)
	for _, e := range effects {
		s.effects = append(s.effects, e.Account+" "+e.Kind)
	}
	return s
}

// Cut at every synced write and every request that leaves, before and after it, the
// story ends as it would have, on every channel: the core did each thing once, and
// the person saw the same, with at most one line and one mail repeated.
// RULES: talk.resume, link.twice, reset.unlocks
func TestAPowerCutAtAnySeamChangesNothingButPerhapsOneLineAndOneMail(t *testing.T) {
	inEvery(t, func(t *testing.T, in way) {
		cutEverywhere(t, in, recovery, effects[in.portal], func(known, end int) (int, int) {
			if in.inChat {
				return 1, known // the rest is the same as for who types on the page
			}
			return 1, end
		})
	})
}

// So does the story of who cannot change a temporary password. RULES: temp.keeps, talk.resume, link.twice
func TestAPowerCutWhileSomebodyIsLedToThePageChangesNothingElse(t *testing.T) {
	want := []string{"acc-ana " + emulator.TemporaryMade, "acc-ana " + emulator.PasswordEnded, "acc-ana " + emulator.Unlocked, "acc-ana " + emulator.PasswordSet}
	for _, channel := range []string{"telegram", "whatsapp"} {
		t.Run(channel, func(t *testing.T) {
			cutEverywhere(t, way{channel, "segurometal", false}, stuck, want, func(known, end int) (int, int) { return known, end })
		})
	}
}

// cutEverywhere plays a story uncut and then with a cut at each seam of a part of it;
// known is the last seam before who it is about was said.
func cutEverywhere(t *testing.T, in way, story func(*world), effects []string, part func(known, end int) (from, to int)) {
	whole := newWorld(t, in).run()
	story(whole)
	want := whole.seen()
	whole.end()
	from, to := part(whole.known, whole.power.seams)
	if to-from < 20 || !slices.Equal(want.effects, effects) {
		t.Fatalf("the uncut story: seams %d to %d, %v:\n%s", from, to, want.effects, strings.Join(want.chat, "\n"))
	}
	t.Logf("seams %d to %d", from, to)
	var wg sync.WaitGroup
	free := make(chan struct{}, 16) // most of the time they wait
	for _, cut := range cuts(from, to) {
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			t.Run(fmt.Sprint("cut ", cut), func(t *testing.T) { cutAt(t, in, story, cut, want) })
		})
	}
	wg.Wait()
}

// cuts lists the seams to cut: all of them; one of twelve, other ones each time, where
// the race detector makes each ten times slower or time is short; or the one that VENTANILLA_CUT names.
func cuts(from, to int) (list []int) {
	if one, err := strconv.Atoi(os.Getenv("VENTANILLA_CUT")); err == nil {
		return []int{one}
	}
	step := 1
	if racing || testing.Short() {
		step = 12
	}
	for i := from + rand.IntN(step); i <= to; i += step {
		list = append(list, i)
	}
	return list
}

func cutAt(t *testing.T, in way, story func(*world), cut int, want seenBy) {
	w := newWorld(t, in, func(w *world) { w.power = newPower(cut) }).run()
	story(w)
	w.power.spare()
	w.quiet() // what a cut at the last moment of the story took down starts again
	w.end()
	got := w.seen()
	lines, chat := repeated(got.chat, want.chat)
	mails, subjects := repeated(got.mails, want.mails)
	if !slices.Equal(chat, want.chat) || lines > 1 {
		t.Errorf("cut at %s: the person saw (%d lines repeated)\n%s\nwant\n%s", w.power.at, lines, strings.Join(got.chat, "\n"), strings.Join(want.chat, "\n"))
	}
	if !slices.Equal(subjects, want.mails) || mails > 1 {
		t.Errorf("cut at %s: mails %q, want %q", w.power.at, got.mails, want.mails)
	}
	if !slices.Equal(got.effects, want.effects) {
		t.Errorf("cut at %s: the core did %v, want %v", w.power.at, got.effects, want.effects)
	}
	if w.starts < 2 && w.power.at != "" {
		t.Errorf("cut at %s: started %d times", w.power.at, w.starts)
	}
}

// repeated takes out of got what stands there again after it stood there as often as in want, and counts it.
func repeated(got, want []string) (n int, rest []string) {
	left := map[string]int{}
	for _, s := range want {
		left[s]++
	}
	for _, s := range got {
		if _, known := left[s]; known && left[s] == 0 {
			n++
			continue
		}
		left[s]--
		rest = append(rest, s)
	}
	return n, rest
}
