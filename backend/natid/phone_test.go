package natid_test

import (
	"testing"

	"ventanilla/backend/natid"
)

func TestAPhoneIsReadAsPeopleWriteIt(t *testing.T) {
	for _, c := range []struct {
		kind, said, want string
		reason           natid.Reason
		shown            string
	}{
		{"ar.phone", "+54 9 221 555-0101", "+5492215550101", "", "+54 9 221 555-0101"},
		{"ar.phone", "(0221) 15-555-0101", "+5492215550101", "", "+54 9 221 555-0101"},
		{"ar.phone", "mi cel es 221 555 0101", "+542215550101", "", "+54 221 555-0101"},
		{"mx.phone", "55 1234 5678", "+525512345678", "", "+52 55 1234 5678"},
		{"mx.phone", "+52 55 1234 5678", "+525512345678", "", "+52 55 1234 5678"},
		{"mx.phone", "+521 55 1234 5678", "+525512345678", "", "+52 55 1234 5678"},
		{"ec.phone", "0991234567", "+593991234567", "", "+593 99 123 4567"},
		{"ec.phone", "+1 212 555 0123", "+12125550123", "", "+1 212-555-0123"},
		{"mx.phone", "5512", "", natid.Length, ""},
		{"mx.phone", "55 1234 5678 9999 0000 12", "", natid.Length, ""},
		{"mx.phone", "no tengo", "", natid.Empty, ""},
		{"ar.phone", "2215550101 o 2215550102", "", natid.Many, ""},
		{"ar.phone", "+999 221 555 0101", "", natid.Prefix, ""},
	} {
		k, ok := natid.Lookup(c.kind)
		if !ok {
			t.Fatalf("there is no kind %s", c.kind)
		}
		got, reason := k.Parse(c.said)
		if got != c.want || reason != c.reason {
			t.Errorf("%s %q is %q, %q; want %q, %q", c.kind, c.said, got, reason, c.want, c.reason)
			continue
		}
		if reason == "" && k.Format(got) != c.shown {
			t.Errorf("%s is shown %q, want %q", got, k.Format(got), c.shown)
		}
	}
}
