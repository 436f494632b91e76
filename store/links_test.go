package store_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/flows"
)

const year = 365 * 24 * time.Hour

// linked are the people who hear of an account, sorted.
func (w *world) linked(portal, account string) string {
	w.t.Helper()
	keys, err := w.Linked(w.t.Context(), portal, account)
	if err != nil {
		w.t.Fatal(err)
	}
	var people []string
	for _, k := range keys {
		people = append(people, k.Channel+" "+k.Person)
	}
	slices.Sort(people)
	return strings.Join(people, ", ")
}

func (w *world) link(k flows.Key, account string, until time.Duration) {
	w.t.Helper()
	if err := w.Link(w.t.Context(), k, "mseg", account, w.clock.Now().Add(until)); err != nil {
		w.t.Fatal(err)
	}
}

// RULES: link.chat
func TestChatsHearOfTheAccountsTheyAreLinkedTo(t *testing.T) {
	w := newWorld(t)
	phone := flows.Key{Portal: "mseg", Channel: "whatsapp", Person: ana.Person}
	w.link(ana, "17", year)
	w.link(phone, "17", year)
	w.link(beto, "17", year)
	w.link(beto, "18", year)
	w.link(beto, "18", year) // again is once
	all := "telegram " + ana.Person + ", telegram " + beto.Person + ", whatsapp " + ana.Person
	for _, restarted := range []bool{false, true} {
		if restarted {
			w.restart()
		}
		for account, want := range map[[2]string]string{{"mseg", "17"}: all, {"mseg", "18"}: "telegram " + beto.Person, {"mseg", "1"}: "", {"iess", "17"}: "", {"mseg", ""}: ""} {
			if got := w.linked(account[0], account[1]); got != want {
				t.Errorf("%v: got %q, want %q", account, got, want)
			}
		}
	}
	if err := w.Unlink(t.Context(), beto, "mseg", "17"); err != nil {
		t.Fatal(err)
	}
	if err := w.Unlink(t.Context(), beto, "mseg", "17"); err != nil {
		t.Errorf("unlinking twice: %v", err)
	}
	if got, want := w.linked("mseg", "17"), "telegram "+ana.Person+", whatsapp "+ana.Person; got != want {
		t.Errorf("after unlinking: got %q, want %q", got, want)
	}
	if got := w.linked("mseg", "18"); got == "" {
		t.Error("another account was unlinked, too")
	}
}

// RULES: link.chat
func TestALinkLapsesAfterTwelveMonthsAtMost(t *testing.T) {
	w := newWorld(t)
	w.link(ana, "17", 5*year)
	w.link(beto, "17", time.Hour)
	w.clock.Advance(time.Hour)
	if got, want := w.linked("mseg", "17"), "telegram "+ana.Person; got != want {
		t.Errorf("after an hour: got %q, want %q", got, want)
	}
	w.clock.Advance(w.clock.Now().Add(-time.Hour).AddDate(1, 0, 0).Sub(w.clock.Now()) - time.Second)
	if got := w.linked("mseg", "17"); got == "" {
		t.Error("it lapsed before its time")
	}
	w.clock.Advance(time.Second)
	if got := w.linked("mseg", "17"); got != "" {
		t.Errorf("after a year: got %q", got)
	}
	w.link(ana, "17", year)
	if got := w.linked("mseg", "17"); got == "" {
		t.Error("a link that was renewed does not count")
	}
	if err := w.Link(t.Context(), ana, "mseg", "17", w.clock.Now()); err == nil {
		t.Error("a link that is over was made")
	}
	if err := w.Link(t.Context(), ana, "mseg", "", w.clock.Now().Add(year)); err == nil {
		t.Error("a link to no account was made")
	}
}

// RULES: data.sealed
func TestALinkSaysNothingInTheFile(t *testing.T) {
	w := newWorld(t)
	w.link(ana, "account-4711-canary", year)
	file := w.file()
	for _, secret := range []string{ana.Person, "4711-canary"} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("%q stands in the file", secret)
		}
	}
	for _, e := range w.dump() {
		if strings.Contains(e.Key, "4711") {
			t.Errorf("the account stands in the key %s", e.Key)
		}
	}
}

// RULES: data.retention
func TestErasingUnlinks(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.answer(ana)
	for n := range 100 {
		w.link(ana, fmt.Sprint(n), year)
		w.link(beto, fmt.Sprint(n), year)
	}
	if err := w.Erase(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	for n := range 100 {
		if got, want := w.linked("mseg", fmt.Sprint(n)), "telegram "+beto.Person; got != want {
			t.Fatalf("account %d: got %q, want %q", n, got, want)
		}
	}
}

func TestALinkSurvivesAChangeOfKeys(t *testing.T) {
	w := newWorld(t)
	w.link(ana, "17", year)
	if err := w.keys.Rotate(w.options.Random); err != nil {
		t.Fatal(err)
	}
	if err := w.UseKeys(t.Context(), w.keys); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Rekey(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.keys.Retire()
	w.restart()
	if got := w.linked("mseg", "17"); got != "telegram "+ana.Person {
		t.Errorf("got %q", got)
	}
}

func TestLinkingAndUnlinkingAtOnceIsOneOfThem(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			var err error
			if n%2 == 0 {
				err = w.Link(t.Context(), ana, "mseg", "17", w.clock.Now().Add(year))
			} else {
				err = w.Unlink(t.Context(), ana, "mseg", "17")
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.link(ana, "17", year)
	if got := w.linked("mseg", "17"); got != "telegram "+ana.Person {
		t.Errorf("got %q", got)
	}
}
