package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/boombuler/barcode/qr"

	"ventanilla/backend/secret"
	"ventanilla/store"
)

// enrolPage shows the form in which a new agent chooses a password and pairs an authenticator.
// Opening it uses nothing up (RULES: link.token).
func (c *Console) enrolPage(w http.ResponseWriter, r *http.Request) {
	if a, ok := c.enrolling(w, r); ok {
		c.showEnrol(w, r, a, http.StatusOK, "")
	}
}

func (c *Console) enrolling(w http.ResponseWriter, r *http.Request) (store.Agent, bool) {
	a, err := c.agents.Enrolling(r.Context(), r.PathValue("token"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.refuse(w, wordsFor(r), http.StatusGone, "enrol_over")
	case err != nil:
		c.fail(w, err)
	}
	return a, err == nil
}

func (c *Console) showEnrol(w http.ResponseWriter, r *http.Request, a store.Agent, status int, problem string) {
	t := wordsFor(r)
	f := frame{words: t, Name: a.Name, Seed: spaced(base32Seed(a.Seed))}
	if problem != "" {
		f.Alert = t.T(problem)
	}
	var err error
	if f.QR, f.QRSize, err = qrPath(c.pairing(a)); err != nil {
		c.fail(w, err)
		return
	}
	c.show(w, status, "enrol", f)
}

// pairing is what an authenticator app reads (Key URI Format of Google Authenticator).
func (c *Console) pairing(a store.Agent) string {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Ventanilla:" + a.Name,
		RawQuery: url.Values{"secret": {base32Seed(a.Seed)}, "issuer": {"Ventanilla"}}.Encode()}
	return u.String()
}

// enrol gives an agent a password, once a code shows that the authenticator is paired.
func (c *Console) enrol(w http.ResponseWriter, r *http.Request) {
	a, ok := c.enrolling(w, r)
	if !ok {
		return
	}
	password := r.PostFormValue("password")
	counter, paired := taken(a.Seed, r.PostFormValue("code"), a.Counter, c.Now())
	problem := weak(password, a.Name)
	switch {
	case problem != "":
	case password != r.PostFormValue("again"):
		problem = "password_differs"
	case !paired:
		problem = "enrol_code"
	}
	if problem != "" {
		c.showEnrol(w, r, a, http.StatusUnprocessableEntity, problem)
		return
	}
	hash, err := c.hashed(r.Context(), password)
	if err == nil {
		err = c.agents.Enrol(r.Context(), r.PathValue("token"), hash, counter)
	}
	switch {
	case errors.Is(err, store.ErrNotFound): // somebody used the link just now
		c.refuse(w, wordsFor(r), http.StatusGone, "enrol_over")
	case err != nil:
		c.fail(w, err)
	default:
		c.begin(w, r, a)
	}
}

// EnrolURL is where an agent enrols with a token.
func EnrolURL(base string, token secret.Text) string {
	return strings.TrimSuffix(base, "/") + Path + "enrol/" + token.Reveal()
}

// CheckName returns an error that says what an agent's name must be: it is shown to people.
func CheckName(name string) error {
	ok := name == strings.TrimSpace(name) && len(name) >= 2 && len(name) <= maxName
	for _, r := range name {
		ok = ok && (r == ' ' || r == '.' || r == '-' || r == '\'' || r == '_' || isLetterOrDigit(r))
	}
	if !ok {
		return fmt.Errorf("the name %q must have 2 to %d bytes of letters, digits, spaces and . - ' _", name, maxName)
	}
	return nil
}

// qrPath draws a QR code as an SVG path of unit squares.
func qrPath(content string) (path string, size int, err error) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return "", 0, fmt.Errorf("drawing a QR code: %w", err)
	}
	size = code.Bounds().Dx()
	var b strings.Builder
	for y := range size {
		for x := range size {
			if dark, _, _, _ := code.At(x, y).RGBA(); dark == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return b.String(), size, nil
}

func spaced(s string) string {
	var groups []string
	for ; len(s) > 4; s = s[4:] {
		groups = append(groups, s[:4])
	}
	return strings.Join(append(groups, s), " ")
}
