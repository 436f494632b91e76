package whatsapp

import (
	"regexp"
	"strings"
	"sync"
	"time"
)

// personForm is a number, or the id of somebody who shows none: a country, a dot
// and letters or digits (RULES: wa.nophone).
var personForm = regexp.MustCompile(`^whatsapp:(\+[1-9][0-9]{6,14}|[A-Z]{2}(\.[A-Z]{3})?\.[A-Za-z0-9]{1,128})$`)

// oldMexican is a Mexican mobile as it was written until 2019, with a 1 behind the
// country's 52. Old and new form are the same person.
var oldMexican = regexp.MustCompile(`^\+521[0-9]{10}$`)

// person reads "whatsapp:…" as the [flows.Key] knows somebody.
func person(address string) (string, bool) {
	parts := personForm.FindStringSubmatch(address)
	if parts == nil {
		return "", false
	}
	if oldMexican.MatchString(parts[1]) {
		return "+52" + parts[1][len("+521"):], true
	}
	return parts[1], true
}

// forms remembers in which form the network knows a Mexican mobile. Forgetting it
// is harmless: the network knows both.
type forms struct {
	mu sync.Mutex
	m  map[string]string
}

const maxForms = 20000

func (f *forms) put(person, address string) {
	if address == "whatsapp:"+person {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.m == nil || len(f.m) >= maxForms {
		f.m = map[string]string{}
	}
	f.m[person] = address
}

// address is where a person is written to.
func (f *forms) address(person string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a, ok := f.m[person]; ok {
		return a
	}
	return "whatsapp:" + strings.TrimPrefix(person, "whatsapp:")
}

const (
	// freeTime is how long after a person's message free text passes (RULES: wa.window).
	freeTime = 24 * time.Hour
	// margin is for the way to the network: what leaves in the last moment arrives too late.
	margin = 30 * time.Second
)

// windows remembers where the network said that a window is closed although it
// should be open: our clock, or the message that opened it, was not theirs.
type windows struct {
	mu sync.Mutex
	m  map[string]time.Time
}

func (w *windows) shut(chat string, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.m == nil || len(w.m) >= maxForms {
		w.m = map[string]time.Time{}
	}
	w.m[chat] = now
}

// open tells whether free text passes in a chat whose person was last heard at a moment.
func (w *windows) open(chat string, heard, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if shut, ok := w.m[chat]; ok && !heard.After(shut) {
		return false
	}
	return !heard.IsZero() && now.Before(heard.Add(freeTime-margin))
}
