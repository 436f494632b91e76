package backend_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

const eventKey = secret.Text("0123456789abcdef0123456789abcdef")

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const payday = `{"id":"evt-1","type":"payslip_available","account":"mseg-1001","at":"2026-11-21T11:59:00Z","data":{"period":"2026-10"},"later":true}`

func TestASignedEventIsReadAsItWasTold(t *testing.T) {
	header := backend.SignEvent(eventKey, noon, []byte(payday))
	e, err := backend.ReadEvent(eventKey, header, []byte(payday), noon.Add(4*time.Minute))
	if err != nil || e.ID != "evt-1" || e.Type != backend.PayslipAvailable || e.Account != "mseg-1001" || e.At.Minute() != 59 || e.Data["period"] != "2026-10" {
		t.Errorf("got %+v, %v", e, err)
	}
}

// The vector is made with openssl: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
func TestTheSignatureIsTheOneThatOthersMake(t *testing.T) {
	got := backend.SignEvent("key", time.Unix(1700000000, 0), []byte(`{"a":1}`))
	if want := "t=1700000000,v1=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatTheCoreDidNotSignNowIsRefused(t *testing.T) {
	good := backend.SignEvent(eventKey, noon, []byte(payday))
	_, mac, _ := strings.Cut(good, "v1=")
	at := func(h string) string { return fmt.Sprintf("t=%d,%s", noon.Unix(), h) }
	for name, tt := range map[string]struct {
		header, body string
		key          secret.Text
		now          time.Time
		ok           bool
	}{
		"as it was signed":            {good, payday, eventKey, noon, true},
		"almost five minutes late":    {good, payday, eventKey, noon.Add(5 * time.Minute), true},
		"replayed":                    {good, payday, eventKey, noon.Add(5*time.Minute + time.Second), false},
		"from the future":             {good, payday, eventKey, noon.Add(-5*time.Minute - time.Second), false},
		"another body":                {good, payday + " ", eventKey, noon, false},
		"another key":                 {good, payday, eventKey + "x", noon, false},
		"no key at all":               {backend.SignEvent("", noon, []byte(payday)), payday, "", noon, false},
		"no header":                   {"", payday, eventKey, noon, false},
		"no time":                     {"v1=" + mac, payday, eventKey, noon, false},
		"another time":                {fmt.Sprintf("t=%d,v1=%s", noon.Unix()+1, mac), payday, eventKey, noon, false},
		"two times":                   {fmt.Sprintf("t=1,%s", good), payday, eventKey, noon, false},
		"cut short":                   {good[:len(good)-2], payday, eventKey, noon, false},
		"another scheme":              {at("v0=" + mac), payday, eventKey, noon, false},
		"two keys, the second right":  {at("v1=00,v1=" + mac), payday, eventKey, noon, true},
		"two keys, the first right":   {at("v1=" + mac + ", v1=" + strings.Repeat("ab", 32)), payday, eventKey, noon, true},
		"a right one among thousands": {at(strings.Repeat("v1=00,", 1000) + "v1=" + mac), payday, eventKey, noon, false},
	} {
		_, err := backend.ReadEvent(tt.key, tt.header, []byte(tt.body), tt.now)
		if tt.ok && err != nil || !tt.ok && !errors.Is(err, backend.ErrSignature) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestASignedEventThatMakesNoSenseIsSaidSo(t *testing.T) {
	for name, body := range map[string]string{
		"no JSON":            `hola`,
		"no id":              strings.Replace(payday, "evt-1", "", 1),
		"an id with spaces":  strings.Replace(payday, "evt-1", "evt 1", 1),
		"an unknown type":    strings.Replace(payday, "payslip_available", "salary_doubled", 1),
		"no account":         strings.Replace(payday, "mseg-1001", "", 1),
		"no time":            strings.Replace(payday, `"at":"2026-11-21T11:59:00Z",`, "", 1),
		"data that nests":    strings.Replace(payday, `"2026-10"`, `{"a":"b"}`, 1),
		"data without end":   strings.Replace(payday, `2026-10`, strings.Repeat("x", 257), 1),
		"data with any name": strings.Replace(payday, `"period"`, `"Pe riod"`, 1),
		"no period":          strings.Replace(payday, `"period"`, `"slip"`, 1),
		"no last day":        strings.Replace(payday, "payslip_available", "password_expiring", 1),
		"a last day of none": strings.Replace(strings.Replace(payday, "payslip_available", "password_expiring", 1), `"period":"2026-10"`, `"on":"pronto"`, 1),
		"another type of id": strings.Replace(payday, `"evt-1"`, `1`, 1),
	} {
		_, err := backend.ReadEvent(eventKey, backend.SignEvent(eventKey, noon, []byte(body)), []byte(body), noon)
		if backend.CodeOf(err) != backend.Invalid || errors.Is(err, backend.ErrSignature) || strings.Contains(err.Error(), "mseg-1001") {
			t.Errorf("%s: got %v, want what is wrong, and not whose it is", name, err)
		}
	}
}

// Nobody but the core makes a header or a body that counts.
func FuzzReadEvent(f *testing.F) {
	f.Add(backend.SignEvent(eventKey, noon, []byte(payday)), payday)
	f.Add("t=1,v1=00,v1=", "{}")
	f.Add("t=-9223372036854775808,v1=zz", "")
	f.Fuzz(func(t *testing.T, header, body string) {
		if e, err := backend.ReadEvent("another key that nobody knows here", header, []byte(body), noon); !errors.Is(err, backend.ErrSignature) || e.ID != "" {
			t.Errorf("got %+v, %v", e, err)
		}
		e, err := backend.ReadEvent(eventKey, backend.SignEvent(eventKey, noon, []byte(body)), []byte(body), noon)
		if (err == nil) == (e.ID == "") {
			t.Errorf("got %+v, %v", e, err)
		}
	})
}
