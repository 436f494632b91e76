package link

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/secret"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const conversation = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

func signer(t testing.TB, at time.Time) Signer {
	t.Helper()
	base, err := url.Parse("https://bot.example.org/ayuda")
	if err != nil {
		t.Fatal(err)
	}
	return Signer{Base: base, Key: secret.Text(strings.Repeat("k", 32)), Now: func() time.Time { return at }}
}

func token(t testing.TB, address string, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return address[strings.LastIndex(address, "/")+1:]
}

// RULES: link.token, link.host
func TestAFormLinkLeadsBackToItsVisitAndLivesUnderThePublicAddress(t *testing.T) {
	s := signer(t, noon)
	address, err := s.Form(conversation, "visit-1", noon.Add(time.Hour))
	if want := "https://bot.example.org/ayuda/f/"; !strings.HasPrefix(address, want) {
		t.Errorf("got %s, want it under %s", address, want)
	}
	name, entered, err2 := s.OpenForm(token(t, address, err))
	if name != conversation || entered != "visit-1" || err2 != nil {
		t.Errorf("got %s %s %v", name, entered, err2)
	}
	if raw, _ := base64.RawURLEncoding.DecodeString(token(t, address, err)); len(raw) < 1+32+16 {
		t.Errorf("got a token of %d bytes, want a signature of at least 128 bits in it", len(raw))
	}
}

func TestATokenIsWorthlessForAnotherPurposeOrWithAnotherKey(t *testing.T) {
	s := signer(t, noon)
	form, err := s.Form(conversation, "", noon.Add(time.Hour))
	tok := token(t, form, err)
	if _, err := s.OpenGrant(tok); !errors.Is(err, ErrBad) {
		t.Errorf("a form's token as a grant: got %v, want ErrBad", err)
	}
	if _, _, err := s.OpenFile(tok); !errors.Is(err, ErrBad) {
		t.Errorf("a form's token as a file: got %v, want ErrBad", err)
	}
	other := s
	other.Key = secret.Text(strings.Repeat("x", 32))
	if _, _, err := other.OpenForm(tok); !errors.Is(err, ErrBad) {
		t.Errorf("another key: got %v, want ErrBad", err)
	}
}

func TestALinkExpiresToTheSecondAndStillSaysWhereItLed(t *testing.T) {
	s := signer(t, noon)
	address, err := s.Grant(conversation[:32], noon.Add(15*time.Minute))
	tok := token(t, address, err)
	for _, tc := range []struct {
		at   time.Duration
		want error
	}{{15*time.Minute - time.Second, nil}, {15 * time.Minute, ErrExpired}, {24 * time.Hour, ErrExpired}} {
		s.Now = func() time.Time { return noon.Add(tc.at) }
		id, err := s.OpenGrant(tok)
		if !errors.Is(err, tc.want) || id != conversation[:32] {
			t.Errorf("after %v: got %s %v, want %v", tc.at, id, err, tc.want)
		}
	}
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	s := signer(t, noon)
	address, err := s.File(conversation, "out-7", noon.Add(time.Hour))
	raw, _ := base64.RawURLEncoding.DecodeString(token(t, address, err))
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			if _, _, err := s.OpenFile(base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, ErrBad) {
				t.Fatalf("byte %d bit %d: got %v, want ErrBad", i, bit, err)
			}
			raw[i] ^= 1 << bit
		}
	}
}

func TestTheSameLinkHasOneSpellingOnly(t *testing.T) {
	s := signer(t, noon)
	address, err := s.Form(conversation, "v", noon.Add(time.Hour))
	tok := token(t, address, err)
	for _, spelling := range []string{tok + "=", tok + "\n", " " + tok, "\r" + tok, tok + "A", "", strings.Repeat("A", 4000)} {
		if _, _, err := s.OpenForm(spelling); !errors.Is(err, ErrBad) {
			t.Errorf("%.40q: got %v, want ErrBad", spelling, err)
		}
	}
}

func TestANameThatIsTooShortToBeUnguessableIsRefused(t *testing.T) {
	s := signer(t, noon)
	for _, name := range []string{"", "00ff", "not hex at all, and long enough to pass", conversation + "00"} {
		if got, err := s.Grant(name, noon); err == nil {
			t.Errorf("%q: got %s, want an error", name, got)
		}
	}
	if _, err := s.Form(conversation, strings.Repeat("x", 129), noon); err == nil {
		t.Error("a visit of 129 bytes was taken")
	}
}

func FuzzOpen(f *testing.F) {
	s := signer(f, noon)
	for _, until := range []time.Duration{-time.Hour, time.Hour} {
		address, err := s.Form(conversation, "visit", noon.Add(until))
		f.Add(token(f, address, err))
		address, err = s.Grant(conversation, noon.Add(until))
		f.Add(token(f, address, err))
	}
	f.Add("AQ")
	f.Add(fmt.Sprintf("%0512d", 0))
	f.Fuzz(func(t *testing.T, tok string) {
		for _, p := range []purpose{forForm, forGrant, forFile} {
			name, ref, err := s.open(p, tok)
			if err != nil {
				continue
			}
			again, err := s.address(p, name, ref, noon.Add(time.Hour))
			if err != nil || again == "" {
				t.Errorf("%q opened as %s %s, which cannot be made: %v", tok, name, ref, err)
			}
		}
	})
}

func FuzzUnpack(f *testing.F) {
	body, err := pack(conversation, "visit", noon)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte{1, 255})
	f.Fuzz(func(t *testing.T, body []byte) {
		if name, ref, until, ok := unpack(body); ok {
			if again, err := pack(name, ref, until); err == nil && string(again) != string(body) {
				t.Errorf("got %x, want %x", again, body)
			}
		}
	})
}
