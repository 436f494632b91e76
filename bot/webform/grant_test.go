package webform_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

const grantID = "0123456789abcdef0123456789abcdef"

// grantLink mails a grant of a kind, and returns the link in the mail.
func (w *world) grantLink(kind string) string {
	w.t.Helper()
	g := flows.Grant{ID: grantID, Kind: kind, Account: "17", Until: w.clock.Now().Add(15 * time.Minute)}
	err := w.store.Update(w.t.Context(), ana, func(c *store.Conversation) error {
		c.Say("out", "", flows.Reply{To: "email:ana@example.org", Text: "x", Grants: []flows.Grant{g}}, w.clock.Now())
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	address, err := w.signer.Grant(g.ID, g.Until.Add(time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	return address
}

// resetLink mails a link to the page of a new password. Its PIN is of that mail.
func (w *world) resetLink() string {
	w.t.Helper()
	g := flows.Grant{ID: grantID, Kind: "reset", Account: "17", Until: w.clock.Now().Add(time.Hour), PIN: "link/of-this-mail"}
	err := w.store.Update(w.t.Context(), ana, func(c *store.Conversation) error {
		c.Say("out", "", flows.Reply{To: "email:ana@example.org", Text: "x", Grants: []flows.Grant{g}}, w.clock.Now())
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	address, err := w.signer.Grant(g.ID, g.Until)
	if err != nil {
		w.t.Fatal(err)
	}
	return address
}

func (w *world) mailedPIN() string { return w.codes.PIN(ana, "link/of-this-mail").Reveal() }

// RULES: link.token, link.forwarded
func TestAMailedLinkSetsAPasswordOnceForWhoHasThePINOfTheChat(t *testing.T) {
	w := newWorld(t)
	address := w.resetLink()
	w.stand("") // the dialog is gone
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
		w.do(method, address, nil, nil)
	}
	shown := w.get(address)
	w.want(shown, http.StatusOK, "form", "PIN de 4 números", "desde el que pediste este correo", "Al menos 15 caracteres")
	v := shown.fields
	if strings.Contains(shown.body, w.mailedPIN()) {
		t.Error("the page shows the PIN")
	}
	v.Set("password", good)
	v.Set("repeat", good)
	w.want(w.post(address, v), http.StatusUnprocessableEntity, "form", "El PIN son 4 números")
	v.Set("_pin", "0000")
	if w.mailedPIN() == "0000" {
		v.Set("_pin", "0001")
	}
	w.want(w.post(address, v), http.StatusUnprocessableEntity, "form", "Ese PIN no es")
	v.Set("_pin", w.mailedPIN())
	v.Set("repeat", "corta")
	w.want(w.post(address, v), http.StatusUnprocessableEntity, "form", "No es igual")
	v.Set("repeat", good)
	var taps sync.WaitGroup
	for range 3 {
		taps.Go(func() { w.want(w.post(address, v), http.StatusOK, "done", "ana.perez") })
	}
	taps.Wait()
	w.want(w.get(address), http.StatusGone, "used")
	told := w.conversation().Inbox
	if set := w.engine.passwords(); len(set) != 1 || len(told) != 1 || told[0].Input.Event != "password_set" || told[0].Input.Ref != "link/of-this-mail" {
		t.Errorf("got %q set and the chat told %+v", set, told)
	}
}

// RULES: link.forwarded
func TestAMailedLinkIsDeadAfterFiveWrongPINs(t *testing.T) {
	w := newWorld(t)
	address := w.resetLink()
	v := w.get(address).fields
	v.Set("password", good)
	v.Set("repeat", good)
	tries := 0
	for i := range 10 {
		pin := fmt.Sprintf("%04d", i)
		if pin == w.mailedPIN() {
			continue
		}
		if tries++; tries > 5 {
			break
		}
		v.Set("_pin", pin)
		w.post(address, v)
	}
	v.Set("_pin", w.mailedPIN())
	w.want(w.post(address, v), http.StatusForbidden, "spent")
	if set := w.engine.passwords(); len(set) != 0 {
		t.Errorf("%q was set", set)
	}
}

func TestTheRulesTickOnAMailedLinksPageToo(t *testing.T) {
	w := newWorld(t)
	address := w.resetLink()
	got := w.post(address+"/check", url.Values{"password": {"corta"}})
	if got.status != http.StatusOK || !strings.Contains(got.body, "Es corta") || strings.Contains(got.body, "corta\"") {
		t.Errorf("got %d %s", got.status, got.body)
	}
	w.want(w.get(address), http.StatusOK, "form")
	if got := w.post(w.grantLink("not_me")+"x/check", url.Values{}); got.status != http.StatusNotFound {
		t.Errorf("a judgement without a link: %d", got.status)
	}
}

func (w *world) press(address string) page {
	w.t.Helper()
	return w.post(address, w.get(address).fields)
}

// RULES: link.token, notme
func TestAMailedLinkActsOnlyWhenItsButtonIsPressed(t *testing.T) {
	w := newWorld(t)
	address := w.grantLink("not_me")
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
		if got := w.do(method, address, nil, nil); got.status != http.StatusOK || w.engine.froze != 0 {
			t.Errorf("%s: got %d and %d effects", method, got.status, w.engine.froze)
		}
	}
	w.want(w.get(address), http.StatusOK, "form", "¿No cambiaste vos la clave?", "No fui yo")
	w.want(w.press(address), http.StatusOK, "done", "Gracias por avisar")
	if told := w.events(); w.engine.froze != 1 || !slices.Equal(told, []string{"not_me"}) {
		t.Errorf("got %d effects and the chat told %q", w.engine.froze, told)
	}
}

// RULES: link.token
func TestAMailedLinkWorksOnceAndOutlivesItsDialog(t *testing.T) {
	w := newWorld(t)
	address := w.grantLink("not_me")
	w.stand("")
	v := w.get(address).fields
	var taps sync.WaitGroup
	for range 4 {
		taps.Go(func() { w.want(w.post(address, v), http.StatusOK, "done") })
	}
	taps.Wait()
	w.want(w.get(address), http.StatusGone, "used", "ya se usó")
	w.want(w.post(address, url.Values{}), http.StatusGone, "used")
	w.serve()
	w.want(w.post(address, v), http.StatusGone, "used")
	if told := w.events(); w.engine.froze != 1 || len(told) != 1 {
		t.Errorf("got %d effects and the chat told %q, want one", w.engine.froze, told)
	}
}

// RULES: link.token
func TestTwoBrowsersWithOneMailedLinkActOnce(t *testing.T) {
	w := newWorld(t)
	address := w.grantLink("not_me")
	one, other := w.get(address).fields, w.get(address).fields
	w.engine.hold = make(chan struct{})
	w.broken.looked = make(chan struct{}, 16)
	var browsers sync.WaitGroup
	browsers.Go(func() { w.want(w.post(address, one), http.StatusOK, "done") })
	<-w.engine.entered // the first is at work: two looks, before its turn and in it
	<-w.broken.looked
	<-w.broken.looked
	browsers.Go(func() { w.want(w.post(address, other), http.StatusGone, "used") })
	<-w.broken.looked // the second saw a link that nobody used yet
	close(w.engine.hold)
	browsers.Wait()
	w.want(w.post(address, one), http.StatusOK, "done")
	if w.engine.granted != 1 {
		t.Errorf("the link was acted on %d times", w.engine.granted)
	}
}

func TestAMailedLinkThatFailedHalfwayCanBePressedAgainFromAnyPage(t *testing.T) {
	for name, tc := range map[string]struct{ before, after, accept error }{
		"nothing was done": {before: errDown}, "the answer was lost": {after: errDown}, "the chat could not be told": {accept: errDown},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			address := w.grantLink("not_me")
			w.engine.fail(tc.before, tc.after)
			w.broken.breaks(tc.accept, nil)
			w.want(w.press(address), http.StatusServiceUnavailable, "form", "no sabemos si se guardó")
			w.engine.fail(nil, nil)
			w.broken.breaks(nil, nil)
			w.want(w.press(address), http.StatusOK, "done")
			if told := w.events(); w.engine.froze != 1 || len(told) != 1 {
				t.Errorf("got %d effects and the chat told %q, want one", w.engine.froze, told)
			}
		})
	}
}

func TestAMailedLinkThatCountsNoMoreSaysSoAtOnceAndIsNotUsedByThat(t *testing.T) {
	w := newWorld(t)
	address := w.grantLink("reset")
	w.engine.over = flows.Outcome{State: "late", Title: "Hay un correo más nuevo", Text: "Abrí ese."}
	for range 3 {
		page := w.get(address)
		w.want(page, http.StatusGone, "late", "Hay un correo más nuevo", "Abrí ese.")
		if strings.Contains(page.text, "Guardar mi clave") {
			t.Errorf("it asks all the same: %s", page.text)
		}
	}
	w.engine.over = flows.Outcome{}
	w.want(w.get(address), http.StatusOK, "form")
	w.engine.before = errors.New("the disk is full")
	w.want(w.get(address), http.StatusOK, "form")
}

func TestAMailedLinkThatLeadsNowhereSaysSo(t *testing.T) {
	w := newWorld(t)
	live := w.grantLink("not_me")
	stranger, err := w.signer.Grant(strings.Repeat("ab", 16), w.clock.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	form := strings.Replace(w.link(), "/f/", "/g/", 1)
	w.want(w.get(form), http.StatusNotFound, "bad")
	w.want(w.get(live[:len(live)-2]), http.StatusNotFound, "bad")
	w.want(w.get(stranger), http.StatusGone, "grant_expired")
	w.clock.Advance(16 * time.Minute)
	w.want(w.get(live), http.StatusGone, "grant_expired", "correos duran poco")
	w.want(w.post(live, url.Values{}), http.StatusGone, "grant_expired")
	w.clock.Advance(2 * time.Hour)
	w.want(w.get(live), http.StatusGone, "grant_expired")
	other := newWorld(t)
	w.want(other.get(other.grantLink("unheard_of")), http.StatusGone, "grant_expired")
	if w.engine.froze != 0 {
		t.Error("a dead link acted")
	}
}

func TestAGrantsNameIsNowhereToBeSeen(t *testing.T) {
	w := newWorld(t)
	w.broken.breaks(errors.New("no"), nil)
	w.press(w.grantLink("not_me"))
	w.broken.breaks(nil, nil)
	w.press(w.grantLink("not_me"))
	if seen := w.log.String() + fmt.Sprintf("%+v", w.conversation().Inbox); strings.Contains(seen, grantID) {
		t.Errorf("the grant's id is in %s", seen)
	}
}
