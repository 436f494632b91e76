package emulator

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Who is killed right after a mail was taken has it when the mailbox is opened again, and the end of one that was cut off spoils nothing.
func TestAMailThatWasTakenIsThereAfterAnyEnd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mails")
	before := mailbox(t)
	if err := before.KeepIn(file); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"ana@example.org", "Eva@example.org", "ana@example.org"} {
		if err := send(before, to, letter); err != nil {
			t.Fatal(err)
		}
	}
	want := before.Mails("ana@example.org")
	killed, err := os.ReadFile(file) // as it is at this moment
	if err != nil {
		t.Fatal(err)
	}
	cut := append(append([]byte{}, killed...), `{"address":"leo@example.org","mail":{"text":"`+strings.Repeat("largo ", 1000)...)
	if err := os.WriteFile(file, cut, 0o600); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		after := mailbox(t)
		if err := after.KeepIn(file); err != nil {
			t.Fatal(err)
		}
		got := after.Mails("ana@example.org")
		if len(got) != 2 || got[1].Subject != want[1].Subject || got[1].Text != want[1].Text || got[1].Links[0] != want[1].Links[0] || !got[1].At.Equal(want[1].At) {
			t.Errorf("round %d: got %+v, want %+v", round, got, want)
		}
		if n := len(after.Mails("eva@example.org")); n != 1+round {
			t.Errorf("round %d: got %d mails for another address", round, n)
		}
		if err := send(after, "eva@example.org", letter); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAMailThatCannotBeKeptIsNotTaken(t *testing.T) {
	m := mailbox(t)
	if err := m.KeepIn(filepath.Join(t.TempDir(), "none", "mails")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that there is no such folder", err)
	}
	if err := m.KeepIn(filepath.Join(t.TempDir(), "mails")); err != nil {
		t.Fatal(err)
	}
	if err := m.file.Close(); err != nil {
		t.Fatal(err)
	}
	if got := answer(send(m, "ana@example.org", letter)); got != 451 || len(m.Mails("ana@example.org")) != 0 {
		t.Errorf("got %d and %d mails", got, len(m.Mails("ana@example.org")))
	}
	m.file = nil
}
