package media

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// holds is how many bytes of how many lines memory holds.
func (m *memory) holds() (bytes, lines int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held, len(m.docs)
}

func fetches(data []byte, err error) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return data, err }
}

// RULES: data.retention
func TestMemoryForgetsEverythingAfterMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		for n := range 3 {
			if _, err := m.open(t.Context(), line{"a", fmt.Sprint(n)}, fetches(make([]byte, 1<<20), nil)); err != nil {
				t.Fatal(err)
			}
		}
		m.end(line{"a", "0"})
		if bytes, lines := m.holds(); bytes != 2<<20 || lines != 3 {
			t.Errorf("%d bytes of %d documents are held, want two and the mark of one", bytes, lines)
		}
		time.Sleep(linkLife)
		synctest.Wait()
		if bytes, lines := m.holds(); bytes != 0 || lines != 0 {
			t.Errorf("%d bytes of %d documents are held after %s", bytes, lines, linkLife)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	for n := range 40 {
		if _, err := m.open(t.Context(), line{"a", fmt.Sprint(n)}, fetches(make([]byte, MaxBytes), nil)); err != nil {
			t.Fatal(err)
		}
	}
	bytes, _ := m.holds()
	m.mu.Lock()
	defer m.mu.Unlock()
	if bytes > maxHeld || m.docs[line{"a", "39"}] == nil || m.docs[line{"a", "0"}] != nil {
		t.Errorf("%d bytes are held, want at most %d, the newest among them and not the first", bytes, maxHeld)
	}
}

// Every line that arrives is reported here, and few of them have a document.
func TestNothingIsRememberedOfLinesWithoutADocument(t *testing.T) {
	var m memory
	for n := range 1000 {
		m.end(line{"a", fmt.Sprint(n)})
	}
	oops := errors.New("oops")
	if _, err := m.open(t.Context(), line{"a", "b"}, fetches(nil, oops)); !errors.Is(err, oops) {
		t.Errorf("got %v", err)
	}
	if _, err := m.open(t.Context(), line{"a", "c"}, fetches(make([]byte, MaxBytes+1), nil)); err != nil {
		t.Errorf("got %v", err)
	}
	if bytes, lines := m.holds(); bytes != 0 || lines != 0 {
		t.Errorf("%d bytes of %d lines are remembered", bytes, lines)
	}
}
