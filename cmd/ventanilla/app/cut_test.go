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

// identify is how the story begins, up to the question whether all is right.
func identify(w *world) {
	w.t.Helper()
	for _, s := range []struct{ say, want string }{
		{"hola", "¿En qué te ayudo?"},
		{"no puedo entrar", "¿Qué tipo de personal"},
		{"docente", "legajo"},
		{"704417", "Qué documento"},
		{"dni", "número de tu documento"},
		{"30555777", "cuenta"},
		{"9000417263", "Corroborá"},
	} {
		w.say(s.say, s.want)
	}
}

// recovery is the whole story of somebody who gets back in, with a wrong code on the way.
func recovery(w *world) {
	w.t.Helper()
	identify(w)
	w.say("si", "código de 8 números")
	w.say("00000000", "no es")
	line := w.say(w.code(1), "PIN")
	said := len(w.net.Lines(person))
	// Who was killed right after the whole of it remembers no page: it sends the person to the chat, which knows.
	page := w.submit(line, "siete gatos en la terraza")
	if !strings.Contains(page, "anapaz") && !(w.power.fell() && strings.Contains(page, `data-state="superseded"`)) {
		w.t.Fatalf("the page says %s", page)
	}
	w.hear("¡Listo!", said-1)
	w.say("gracias", "¡De nada!")
	w.quiet()
	w.code(2) // the notice of the change, which has none
	w.quiet()
}

// seenBy is what the story left: what each side saw and what was done.
type seenBy struct {
	chat    []string
	mails   []string
	effects []string
}

var buttons = regexp.MustCompile(`(\n<[^>]*>)*(\n\[.*\])?$`)

var unlike = regexp.MustCompile(`http://\S+|\b\d{4}( \d{4})?\b|\d+ segundos?|\d+ minutos?|\d\d?:\d\d`)

func (w *world) seen() (s seenBy) {
	w.t.Helper()
	for _, l := range w.net.Lines(person) {
		who := ">"
		if l.bot {
			who = " "
		}
		text := l.text[:len(l.text)-len(buttons.FindString(l.text))] // under old lines they are taken away if that can be done, once
		s.chat = append(s.chat, who+" "+unlike.ReplaceAllString(text, "#"))
	}
	for _, m := range w.mail.Mails("ana@correo.example") {
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
	for channel := range channels {
		t.Run(channel, func(t *testing.T) { cutEverywhere(t, channel, recovery) })
	}
}

func cutEverywhere(t *testing.T, channel string, story func(*world)) {
	whole := newWorld(t, channel).run()
	story(whole)
	want := whole.seen()
	whole.end()
	n := whole.power.seams
	if n < 60 || !slices.Equal(want.effects, []string{"acc-ana " + emulator.PasswordSet, "acc-ana " + emulator.Unlocked}) {
		t.Fatalf("the uncut story: %d seams, %v:\n%s", n, want.effects, strings.Join(want.chat, "\n"))
	}
	t.Logf("%d seams", n)
	var wg sync.WaitGroup
	free := make(chan struct{}, 4)
	for _, cut := range chosen(n) {
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			t.Run(fmt.Sprint("cut ", cut), func(t *testing.T) { cutAt(t, channel, story, cut, want) })
		})
	}
	wg.Wait()
}

// chosen lists the seams to cut: all of them; one of four, another set each time, where
// the race detector makes each ten times slower; or the one that VENTANILLA_CUT names.
func chosen(n int) (list []int) {
	if one, err := strconv.Atoi(os.Getenv("VENTANILLA_CUT")); err == nil {
		return []int{one}
	}
	first, step := 1, 1
	if racing {
		first, step = 1+rand.IntN(4), 4
	}
	for i := first; i <= n; i += step {
		list = append(list, i)
	}
	return list
}

func cutAt(t *testing.T, channel string, story func(*world), cut int, want seenBy) {
	w := newWorld(t, channel, func(w *world) { w.power = newPower(cut) }).run()
	story(w)
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
