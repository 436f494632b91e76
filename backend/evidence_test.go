package backend_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

const key = secret.Text("a key that is long enough for a test")

func TestEvidenceSaysWhatWasProvenAndNothingElse(t *testing.T) {
	e := proof()
	text, err := e.Sign(key, "mseg")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := e.Sign(key, "mseg")
	if text != again {
		t.Error("the same evidence gives two texts")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[1])
	want := `{"sub":"a-1","iat":1800000000,"portal":"mseg","method":"code","addr":"` + backend.AddressHash(" ANA@correo.example") + `"}`
	if err != nil || string(payload) != want {
		t.Errorf("got %s, want %s", payload, want)
	}
	c, err := backend.ReadEvidence(text, key, e.At.Add(30*time.Minute))
	if err != nil || c.Subject != "a-1" || c.Portal != "mseg" || c.Method != backend.MethodCode || !c.IssuedAt.Equal(e.At) {
		t.Errorf("got %+v, %v", c, err)
	}
}

// The vector is that of `printf %s ana@correo.example | openssl dgst -sha256 -binary | basenc --base64url`.
func TestTheHashOfAnAddress(t *testing.T) {
	if got, want := backend.AddressHash(" Ana@Correo.Example "), "Wtct8ojdB0j88EqNGFE2vdCS9Q5XU_uol4vBEw0GAYM"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := backend.AddressHash(" "); got != "" {
		t.Errorf("no address: got %s", got)
	}
}

func TestEvidenceThatDoesNotHoldIsRefused(t *testing.T) {
	e := proof()
	good, err := e.Sign(key, "mseg")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	claims := jwt.MapClaims{"sub": "a-1", "iat": e.At.Unix(), "portal": "mseg", "method": "code"}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	long, err := jwt.NewWithClaims(jwt.SigningMethodHS512, claims).SignedString([]byte(key.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	delete(claims, "iat")
	timeless, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text string
		key  secret.Text
		at   time.Time
	}{
		"another key":       {good, "another key", e.At},
		"no signature":      {parts[0] + "." + parts[1] + ".", key, e.At},
		"algorithm none":    {none, key, e.At},
		"another algorithm": {long, key, e.At},
		"no time":           {timeless, key, e.At},
		"too old":           {good, key, e.At.Add(backend.EvidenceLife + time.Second)},
		"from the future":   {good, key, e.At.Add(-2 * time.Minute)},
		"empty":             {"", key, e.At},
	} {
		if c, err := backend.ReadEvidence(test.text, test.key, test.at); err == nil || c.Subject != "" {
			t.Errorf("%s: got %+v, %v", name, c, err)
		} else if len(test.text) > 0 && strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: the error shows it: %v", name, err)
		}
	}
	if _, err := backend.ReadEvidence(good, key, e.At.Add(-30*time.Second)); err != nil {
		t.Errorf("a clock half a minute behind: %v", err)
	}
}

func FuzzReadEvidence(f *testing.F) {
	good, err := proof().Sign(key, "mseg")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := backend.ReadEvidence(text, key, proof().At)
		if err == nil && (c.Subject != "a-1" || c.Portal != "mseg") {
			t.Errorf("%q is taken as %+v", text, c)
		}
	})
}
