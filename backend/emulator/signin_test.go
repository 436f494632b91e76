package emulator_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
)

func TestHowTheSeededPeopleSignIn(t *testing.T) {
	w := start(t)
	for _, test := range []struct {
		username, password string
		want               emulator.Result
	}{
		{"gibanez", "hortensias del patio 9", emulator.OK},
		{" GIbanez ", "hortensias del patio 9", emulator.OK},
		{"emunoz", "la casa de Tandil 1974", emulator.OK},
		{"jrledesma", "Boca Juniors del 78", emulator.LockedNow},
		{"jledesma.docente", "tiza y pizarron 2023", emulator.LockedNow},
		{"asosa", "asosa", emulator.Wrong},
		{"asosa", "esta clave no la sabe nadie 8", emulator.MustChange},
		{"hduarte", "verano en Necochea 5", emulator.Expired},
		{"nobody", "whatever", emulator.Wrong},
		{"", "", emulator.Wrong},
	} {
		w.signIn(t, test.username, secretText(test.password), test.want)
	}
}

func TestWrongSignInsLockAndARightOneForgivesThem(t *testing.T) {
	w := start(t, func(o *emulator.Options) { o.LockAfter = 2 })
	w.signIn(t, "gibanez", "equivocada", emulator.Wrong)
	w.signIn(t, "gibanez", "hortensias del patio 9", emulator.OK)
	w.signIn(t, "gibanez", "equivocada", emulator.Wrong)
	w.signIn(t, "gibanez", "equivocada", emulator.LockedNow)
	w.signIn(t, "gibanez", "hortensias del patio 9", emulator.LockedNow)
	if got := w.effects(t, "mseg-1005"); !slices.Equal(got, []string{emulator.LockedOut}) {
		t.Errorf("got %v", got)
	}
}

func TestWrongSignInsAtOnceAreAllCounted(t *testing.T) {
	w := start(t, func(o *emulator.Options) { o.LockAfter = 8 })
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { _, _ = w.SignIn(t.Context(), portal, "gibanez", "equivocada") })
	}
	group.Wait()
	if s := w.state(t, "mseg-1005"); !s.Locked {
		t.Error("eight wrong ones at once did not lock")
	}
}

// RULES: pw.current
func TestAChangeNeedsTheCurrentPassword(t *testing.T) {
	w := start(t)
	change := func(op, account, current string) error {
		return w.client.Change(t.Context(), op, portal, account, secretText(current), fresh)
	}
	if err := change("op-1", "mseg-1011", "no es esta"); backend.CodeOf(err) != backend.WrongPassword {
		t.Errorf("a wrong one: got %v", err)
	}
	if err := change("op-2", "mseg-1011", "la casa de Tandil 1974"); err != nil {
		t.Error(err)
	}
	w.signIn(t, "emunoz", fresh, emulator.OK)
	if err := change("op-3", "mseg-1004", marcosOld.Reveal()); backend.CodeOf(err) != backend.Locked {
		t.Errorf("a locked account: got %v", err)
	}
	if err := change("op-4", "mseg-1008", "verano en Necochea 5"); err != nil {
		t.Errorf("an expired one: %v", err)
	}
	w.signIn(t, "hduarte", fresh, emulator.OK)
}

// RULES: harm.none
func TestWrongChangesPauseAndNeverLock(t *testing.T) {
	w := start(t)
	change := func(n int, current string) error {
		return w.client.Change(t.Context(), "op-"+strings.Repeat("x", n), portal, "mseg-1011", secretText(current), fresh)
	}
	for i := range 5 {
		for range 2 { // a repetition with the same key is not another try
			if err := change(i, "no es esta"); backend.CodeOf(err) != backend.WrongPassword {
				t.Fatalf("try %d: got %v", i, err)
			}
		}
	}
	err := change(6, "la casa de Tandil 1974")
	if e, ok := errors.AsType[*backend.Error](err); !ok || e.Code != backend.RateLimited || e.After <= 0 || e.After > 15*time.Minute {
		t.Errorf("got %v", err)
	}
	w.signIn(t, "emunoz", "la casa de Tandil 1974", emulator.OK)
	w.advance(15 * time.Minute)
	if err := change(6, "la casa de Tandil 1974"); err != nil {
		t.Errorf("after the pause, with the same key: %v", err)
	}
}

// page posts a form to the portal's own pages and returns what is shown.
func page(t *testing.T, w *world, path string, form url.Values) string {
	t.Helper()
	resp, err := http.PostForm(w.url+path, form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: got %d, %v", path, resp.StatusCode, err)
	}
	return string(text)
}

func wantText(t *testing.T, page, want string) {
	t.Helper()
	if !strings.Contains(page, want) {
		t.Errorf("%q is not in %s", want, page)
	}
}

func TestThePageTriesAPasswordAndMakesTheDemandedChange(t *testing.T) {
	w := start(t)
	const in, change = "/signin/mseg", "/signin/mseg/change"
	wantText(t, page(t, w, in, url.Values{"username": {"gibanez"}, "password": {"x"}}), "no son correctos")
	wantText(t, page(t, w, in, url.Values{"username": {"mvillalba"}, "password": {"x"}}), "está bloqueada")
	temp := w.temporary(t, "op", "mseg-1004")
	wantText(t, page(t, w, in, url.Values{"username": {"mvillalba"}, "password": {temp.Password.Reveal()}}), `action="/signin/mseg/change"`)
	wantText(t, page(t, w, change, url.Values{"username": {"mvillalba"}, "current": {"x"}, "password": {fresh.Reveal()}}), "actual no es correcta")
	wantText(t, page(t, w, change, url.Values{"username": {"mvillalba"}, "current": {temp.Password.Reveal()}, "password": {"corta"}}), "no cumple las reglas")
	wantText(t, page(t, w, change, url.Values{"username": {"mvillalba"}, "current": {temp.Password.Reveal()}, "password": {fresh.Reveal()}}), "Listo")
	wantText(t, page(t, w, in, url.Values{"username": {"mvillalba"}, "password": {fresh.Reveal()}}), "Entraste")
}

func TestThePageShowsWhatIsTypedAsText(t *testing.T) {
	w := start(t)
	got := page(t, w, "/signin/mseg", url.Values{"username": {`"><script>alert(1)</script>`}, "password": {"canary-password"}})
	if strings.Contains(got, "<script") || strings.Contains(got, "canary-password") {
		t.Error(got)
	}
	resp, err := http.Get(w.url + "/signin/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown portal: got %d", resp.StatusCode)
	}
}
