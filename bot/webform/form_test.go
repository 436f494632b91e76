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
)

var errDown = errors.New("the core is down")

// RULES: pw.page
func TestThePageShowsWhatIsAskedAndTheRulesBeforeAnythingIsTyped(t *testing.T) {
	w := newWorld(t)
	got := w.get(w.link())
	w.want(got, http.StatusOK, "form", "Ministerio de Seguridad", "Elegí tu clave nueva", "PIN de 4 números", "Clave nueva", "Repetila",
		"Al menos 15 caracteres", "Además, Mi Portal pide", "Al menos 1 número", "Guardar mi clave")
	for _, want := range []string{`lang="es-AR"`, `autocomplete="new-password"`, `<label for="f-password">`, `aria-describedby="h-password e-password"`, `inputmode="numeric"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s is missing in\n%s", want, got.body)
		}
	}
	for _, bad := range []string{"onpaste", "readonly", "maxlength=\"15\"", "<style", "style=", "onclick", "http-equiv"} {
		if strings.Contains(got.body, bad) {
			t.Errorf("the page contains %s", bad)
		}
	}
	if !hexRequest.MatchString(got.fields.Get("_request")) {
		t.Errorf("got request id %q", got.fields.Get("_request"))
	}
}

// RULES: reset.nologin
func TestAPasswordThatIsGoodIsSetAndTheChatHearsOfIt(t *testing.T) {
	w := newWorld(t)
	got := w.post(w.link(), w.filled(good))
	w.want(got, http.StatusOK, "done", "Listo, tu cuenta está abierta", "Tu usuario es: ana.perez", "Entrar en Mi Portal", "Volver al chat")
	if !strings.Contains(got.body, `href="https://portal.example/entrar"`) || len(got.header.Values("Set-Cookie")) > 0 {
		t.Errorf("got cookies %v and\n%s", got.header.Values("Set-Cookie"), got.body)
	}
	if set := w.engine.passwords(); len(set) != 1 || set[0] != good {
		t.Errorf("got %q set", set)
	}
	in := w.conversation().Inbox
	if len(in) != 1 || in[0].Input.Event != "password_set" || in[0].Input.From != "system" || in[0].Input.Values["username"] != "ana.perez" {
		t.Errorf("got %+v", in)
	}
}

// RULES: data.canary, data.logs
func TestNothingThatWasTypedIsStoredLoggedOrShownAgain(t *testing.T) {
	w := newWorld(t)
	const canary = "canario-Zq7"
	for _, password := range []string{canary, canary + " y varias palabras mas"} {
		got := w.post(w.link(), w.filled(password))
		if strings.Contains(got.body, canary) {
			t.Errorf("the page repeats the password:\n%s", got.body)
		}
	}
	w.engine.fail(errDown, nil)
	if got := w.post(w.link(), w.filled(canary+" otra frase larga")); strings.Contains(got.body, canary) {
		t.Errorf("the page repeats the password:\n%s", got.body)
	}
	token := w.link()[strings.LastIndex(w.link(), "/")+1:]
	for _, bad := range []string{canary, token, "/f/", ana.Person} {
		if strings.Contains(w.log.String(), bad) {
			t.Errorf("%q is in the log:\n%s", bad, w.log)
		}
	}
	if said := fmt.Sprintf("%+v %+v", w.conversation(), w.conversation().Claim); strings.Contains(said, canary) {
		t.Errorf("the record holds the password: %s", said)
	}
}

// RULES: link.token
func TestOpeningAPageChangesNothing(t *testing.T) {
	w := newWorld(t)
	before := fmt.Sprintf("%+v", w.conversation())
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
		if got := w.do(method, w.link(), nil, nil); got.status != http.StatusOK {
			t.Errorf("%s: got %d", method, got.status)
		}
	}
	if after := fmt.Sprintf("%+v", w.conversation()); after != before {
		t.Errorf("got %s, want %s", after, before)
	}
	w.want(w.post(w.link(), w.filled(good)), http.StatusOK, "done")
}

// RULES: link.token
func TestEveryAnswerKeepsTheAddressAndThePageToItself(t *testing.T) {
	w := newWorld(t)
	for _, got := range []page{w.get(w.link()), w.get(w.server.URL + "/f/nonsense"), w.post(w.link(), w.filled("corta")), w.get(w.server.URL + "/g/nonsense"), w.post(w.link()+"/check", w.filled("x"))} {
		for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
			if got.header.Get(name) != want {
				t.Errorf("%d %s: got %q, want %q", got.status, name, got.header.Get(name), want)
			}
		}
		csp := got.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("got policy %q, want %s in it", csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
			t.Errorf("got policy %q", csp)
		}
	}
}

// RULES: link.host
func TestAHostHeaderAppearsNowhere(t *testing.T) {
	w := newWorld(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.link(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	req.Header.Set("X-Forwarded-Host", "evil.example")
	res, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var b strings.Builder
	if err := res.Write(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "evil.example") {
		t.Errorf("got %s", b.String())
	}
}

func TestALinkThatLeadsNowhereSaysWhatToDo(t *testing.T) {
	w := newWorld(t)
	live := w.link()
	gone, err := w.signer.Form(strings.Repeat("ab", 16), entered, w.clock.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, address string
		prepare       func()
		status        int
		state, says   string
	}{
		{"cut", live[:len(live)-3], func() {}, http.StatusNotFound, "bad", "Volvé al chat"},
		{"of nobody", gone, func() {}, http.StatusGone, "superseded", "último mensaje"},
		{"a newer link", live, func() { w.stand("visit-2") }, http.StatusGone, "superseded", "último mensaje"},
		{"the dialog moved on", live, func() { w.stand("") }, http.StatusGone, "superseded", "último mensaje"},
		{"too late", live, func() { w.stand(entered); w.clock.Advance(2 * time.Hour) }, http.StatusGone, "expired", "enlace nuevo"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.prepare()
			got := w.get(tc.address)
			w.want(got, tc.status, tc.state, tc.says)
			w.want(w.post(tc.address, url.Values{"password": {good}, "repeat": {good}, "_pin": {w.pin()}}), tc.status, tc.state, tc.says)
		})
	}
	if len(w.engine.passwords()) != 0 {
		t.Error("a dead link set a password")
	}
}

func TestAStoreThatFailsIsSaidToBeOurProblem(t *testing.T) {
	w := newWorld(t)
	w.broken.breaks(nil, errors.New("disk on fire"))
	w.want(w.get(w.link()), http.StatusServiceUnavailable, "unavailable", "no se guardó nada")
}

// RULES: link.forwarded
func TestAForwardedLinkIsWorthNothingWithoutThePIN(t *testing.T) {
	w := newWorld(t)
	wrong := w.wrongPINs()
	for i := range 4 {
		v := w.filled(good)
		v.Set("_pin", wrong[i])
		w.want(w.post(w.link(), v), http.StatusUnprocessableEntity, "form", "Ese PIN no es")
		w.want(w.post(w.link(), v), http.StatusUnprocessableEntity, "form", "Ese PIN no es") // the same one counts once
	}
	v := w.filled(good)
	v.Set("_pin", wrong[4])
	w.want(w.post(w.link(), v), http.StatusForbidden, "spent", "pedí uno nuevo")
	w.want(w.post(w.link(), w.filled(good)), http.StatusForbidden, "spent")
	if len(w.engine.passwords()) != 0 {
		t.Error("a password was set without the PIN")
	}
}

func TestTheTriesLeftAreSaidAndARightPINKeepsWorking(t *testing.T) {
	w := newWorld(t)
	v := w.filled("corta")
	v.Set("_pin", w.wrongPINs()[0])
	w.want(w.post(w.link(), v), http.StatusUnprocessableEntity, "form", "te quedan 4 intentos")
	for range 8 { // eight weak passwords are not eight tries of the PIN
		w.want(w.post(w.link(), w.filled("corta")), http.StatusUnprocessableEntity, "form", "Es corta")
	}
	w.want(w.post(w.link(), w.filled(good)), http.StatusOK, "done")
}

func TestAPINIsReadAsPeopleTypeIt(t *testing.T) {
	for _, form := range []string{"%c%c%c%c", " %c%c %c%c ", "%c-%c-%c-%c", "PIN: %c%c%c%c"} {
		w := newWorld(t)
		v, pin := w.filled(good), w.pin()
		v.Set("_pin", fmt.Sprintf(form, pin[0], pin[1], pin[2], pin[3]))
		w.want(w.post(w.link(), v), http.StatusOK, "done")
	}
	w := newWorld(t)
	for _, typed := range []string{"", "12", "12345", "abcd"} {
		v := w.filled(good)
		v.Set("_pin", typed)
		w.want(w.post(w.link(), v), http.StatusUnprocessableEntity, "form", "El PIN son 4 números")
	}
	w.want(w.post(w.link(), w.filled(good)), http.StatusOK, "done")
}

func TestProblemsStandBesideTheirFieldsAndNothingHappened(t *testing.T) {
	w := newWorld(t)
	v := w.filled("corta")
	v.Set("repeat", "otra")
	got := w.post(w.link(), v)
	w.want(got, http.StatusUnprocessableEntity, "form", "Revisá lo que está marcado", "Es corta", "No es igual")
	for _, want := range []string{`<p class="error" id="e-password">Es corta`, `<p class="error" id="e-repeat">No es igual`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s is missing in\n%s", want, got.body)
		}
	}
	if n := strings.Count(got.body, "autofocus"); n != 1 {
		t.Errorf("got the focus on %d fields, want the first wrong one", n)
	}
	if got.fields.Get("_pin") != w.pin() || got.fields.Get("password") != "" || got.fields.Get("_request") != v.Get("_request") {
		t.Errorf("got %v", got.fields)
	}
	if c := w.conversation(); c.Claim != nil || len(c.Inbox) != 0 {
		t.Errorf("got claim %v and inbox %v, want neither", c.Claim, c.Inbox)
	}
}

// RULES: link.twice
func TestADoubleTapSetsOnePasswordOnce(t *testing.T) {
	w := newWorld(t)
	w.engine.hold = make(chan struct{})
	v := w.filled(good)
	var taps sync.WaitGroup
	for range 5 {
		taps.Go(func() { w.want(w.post(w.link(), v), http.StatusOK, "done", "ana.perez") })
	}
	<-w.engine.entered
	close(w.engine.hold)
	taps.Wait()
	if set, told := w.engine.passwords(), w.events(); len(set) != 1 || len(told) != 1 {
		t.Errorf("got %q set and the chat told %q, want once", set, told)
	}
	w.stand("")
	w.want(w.post(w.link(), v), http.StatusOK, "done", "ana.perez")
}

// RULES: link.twice
func TestASecondBrowserWaitsWhileTheFirstIsSaving(t *testing.T) {
	w := newWorld(t)
	w.engine.hold = make(chan struct{})
	first, second := w.filled(good), w.filled("otra frase distinta y larga")
	var saving sync.WaitGroup
	saving.Go(func() { w.want(w.post(w.link(), first), http.StatusOK, "done") })
	<-w.engine.entered
	w.want(w.post(w.link(), second), http.StatusConflict, "form", "desde otra ventana")
	close(w.engine.hold)
	saving.Wait()
	w.stand("")
	w.want(w.post(w.link(), second), http.StatusGone, "superseded")
	if set := w.engine.passwords(); len(set) != 1 || set[0] != good {
		t.Errorf("got %q set, want the first only", set)
	}
}

// The step after the form may fail for longer than a claim lasts; RULES: link.twice
func TestWhatWasSetIsNotSetAgainWhileTheDialogHasYetToHearOfIt(t *testing.T) {
	w := newWorld(t)
	first, second := w.filled(good), w.filled("otra frase distinta y larga")
	w.want(w.post(w.link(), first), http.StatusOK, "done")
	w.clock.Advance(10 * time.Minute) // the event still waits and the dialog stands at the form
	if told := w.events(); len(told) != 1 || w.conversation().Dialog.Entered != entered {
		t.Fatalf("got %q told at %q", told, w.conversation().Dialog.Entered)
	}
	w.want(w.get(w.link()), http.StatusGone, "superseded")
	w.want(w.post(w.link(), second), http.StatusGone, "superseded")
	w.serve() // even after a restart
	w.want(w.post(w.link(), second), http.StatusGone, "superseded")
	if set, told := w.engine.passwords(), w.events(); len(set) != 1 || set[0] != good || len(told) != 1 {
		t.Errorf("got %q set and the chat told %q, want the first only", set, told)
	}
}

// RULES: link.twice
func TestAnUnknownResultSaysSoAndTheSameRequestFinishesIt(t *testing.T) {
	for name, tc := range map[string]struct{ before, after error }{"nothing was done": {before: errDown}, "it was done and the answer lost": {after: errDown}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.engine.fail(tc.before, tc.after)
			v := w.filled(good)
			got := w.post(w.link(), v)
			w.want(got, http.StatusServiceUnavailable, "form", "no sabemos si se guardó")
			if got.fields.Get("_request") != v.Get("_request") || len(w.events()) != 0 {
				t.Errorf("got request %s for %s, and the chat told %q", got.fields.Get("_request"), v.Get("_request"), w.events())
			}
			w.engine.fail(nil, nil)
			w.serve() // even after a restart
			w.want(w.post(w.link(), v), http.StatusOK, "done")
			if set, told := w.engine.passwords(), w.events(); len(set) != 1 || len(told) != 1 {
				t.Errorf("got %q set and the chat told %q, want once", set, told)
			}
		})
	}
}

func TestWhileAResultIsUnknownOnlyTheSameValuesMayBeSent(t *testing.T) {
	w := newWorld(t)
	w.engine.fail(nil, errDown)
	v := w.filled(good)
	w.want(w.post(w.link(), v), http.StatusServiceUnavailable, "form")
	w.engine.fail(nil, nil)
	other := url.Values{"_request": v["_request"], "_pin": v["_pin"], "password": {"otra frase distinta y larga"}, "repeat": {"otra frase distinta y larga"}}
	w.want(w.post(w.link(), other), http.StatusConflict, "form", "exactamente lo mismo")
	w.clock.Advance(3 * time.Minute)
	w.want(w.post(w.link(), other), http.StatusOK, "done")
	if set := w.engine.passwords(); len(set) != 2 || set[1] != other.Get("password") {
		t.Errorf("got %q set: the last one must be what the person was told", set)
	}
}

func TestIfTheProcessDiesBetweenCoreAndChatReopeningFinishesIt(t *testing.T) {
	w := newWorld(t)
	w.broken.breaks(errors.New("killed"), nil)
	w.want(w.post(w.link(), w.filled(good)), http.StatusServiceUnavailable, "form", "no sabemos si se guardó")
	w.broken.breaks(nil, nil)
	w.serve()
	again := w.filled(good) // another tab, another request
	w.want(w.post(w.link(), again), http.StatusConflict, "form", "desde otra ventana")
	w.clock.Advance(3 * time.Minute)
	w.want(w.post(w.link(), again), http.StatusOK, "done")
	if set, told := w.engine.passwords(), w.events(); len(set) != 1 || !slices.Equal(told, []string{"password_set"}) {
		t.Errorf("got %q set and the chat told %q, want once", set, told)
	}
}

func TestWhoClosesThePageStillGetsTheirPasswordSetAndTheChatTold(t *testing.T) {
	w := newWorld(t)
	w.engine.hold = make(chan struct{})
	v := w.filled(good)
	w.left = make(chan struct{}, 10)
	go func() {
		c := &http.Client{Timeout: 100 * time.Millisecond}
		if res, err := c.PostForm(w.link(), v); err == nil {
			_ = res.Body.Close()
		}
	}()
	<-w.engine.entered
	<-w.left
	close(w.engine.hold)
	w.want(w.post(w.link(), v), http.StatusOK, "done")
	if told, more := w.events(), len(w.engine.entered); len(told) != 1 || more != 0 {
		t.Errorf("got the chat told %q and %d more submits, want that the first one finished", told, more)
	}
}

func TestAnotherPasswordAfterAProblemIsAnotherTry(t *testing.T) {
	w := newWorld(t)
	v := w.filled("corta")
	w.want(w.post(w.link(), v), http.StatusUnprocessableEntity, "form")
	v.Set("password", good) // the person went back and typed another one into the same page
	v.Set("repeat", good)
	w.want(w.post(w.link(), v), http.StatusOK, "done")
}

// RULES: reset.unlocks
func TestDoneInPartSaysWhichPartAndTellsTheChat(t *testing.T) {
	w := newWorld(t)
	w.engine.outcome.State, w.engine.outcome.Event = "part", "password_part"
	w.engine.outcome.Title, w.engine.outcome.Text, w.engine.outcome.Link = "Tu clave se guardó, falta desbloquear", "Volvé al chat y tocá «Probar otra vez».", ""
	w.want(w.post(w.link(), w.filled(good)), http.StatusOK, "part", "falta desbloquear", "Probar otra vez", "Volver al chat")
	if told := w.events(); !slices.Equal(told, []string{"password_part"}) {
		t.Errorf("got the chat told %q", told)
	}
}

func TestAnOutcomeWithoutAnEventLeavesTheDialogAndTheFormAlone(t *testing.T) {
	w := newWorld(t)
	w.engine.outcome.State, w.engine.outcome.Event, w.engine.outcome.Title = "late", "", "Esta página ya venció"
	w.want(w.post(w.link(), w.filled(good)), http.StatusOK, "late", "Esta página ya venció")
	if c := w.conversation(); len(c.Inbox) != 0 || c.Claim != nil {
		t.Errorf("got inbox %v and claim %v", c.Inbox, c.Claim)
	}
}

func TestADialogThatMovesOnMeanwhileIsSeenWhileClaiming(t *testing.T) {
	w := newWorld(t)
	v := w.filled(good)
	w.stand("visit-2")
	w.want(w.post(w.link(), v), http.StatusGone, "superseded")
	if c := w.conversation(); c.Claim != nil || len(w.engine.passwords()) != 0 {
		t.Errorf("got claim %v and %q set", c.Claim, w.engine.passwords())
	}
}

func TestAnotherSiteCannotSubmit(t *testing.T) {
	w := newWorld(t)
	for name, header := range map[string]http.Header{
		"cross-site":  {"Sec-Fetch-Site": {"cross-site"}},
		"same-site":   {"Sec-Fetch-Site": {"same-site"}},
		"old browser": {"Origin": {"https://evil.example"}},
	} {
		for _, path := range []string{"", "/check"} {
			if got := w.do(http.MethodPost, w.link()+path, w.filled(good), header); got.status != http.StatusNotFound {
				t.Errorf("%s%s: got %d", name, path, got.status)
			}
		}
	}
	if len(w.engine.passwords()) != 0 {
		t.Error("another site set a password")
	}
	for _, header := range []http.Header{{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"null"}}, {"Origin": {w.server.URL}}, {"Origin": {"null"}}} {
		fresh := newWorld(t)
		if header.Get("Origin") == w.server.URL {
			header.Set("Origin", fresh.server.URL)
		}
		if got := fresh.do(http.MethodPost, fresh.link(), fresh.filled(good), header); got.status != http.StatusOK {
			t.Errorf("%v: got %d, want our own page to work", header, got.status)
		}
	}
}

func TestABodyThatIsNoFormIsRefused(t *testing.T) {
	w := newWorld(t)
	large := w.filled(strings.Repeat("x", 64<<10))
	w.want(w.post(w.link(), large), http.StatusNotFound, "bad")
	for _, tc := range []struct{ kind, body string }{{"application/x-www-form-urlencoded", "password=%zz"}, {"multipart/form-data", "x"}, {"application/json", "{}"}} {
		res, err := w.client.Post(w.link(), tc.kind, strings.NewReader(tc.body))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			t.Errorf("%s %s: got %d", tc.kind, tc.body, res.StatusCode)
		}
	}
	if len(w.engine.passwords()) != 0 {
		t.Error("a password was set")
	}
}

// RULES: pw.length
func TestLongPasswordsArriveWholeAndUnchanged(t *testing.T) {
	for _, password := range []string{strings.Repeat("a", 15), strings.Repeat("ñ", 64), strings.Repeat("😀", 256), " espacios al borde  ", "comillas ' \" <b> & +%20", "árbol\u0301 y\ttab largo"} {
		w := newWorld(t)
		w.want(w.post(w.link(), w.filled(password)), http.StatusOK, "done")
		if set := w.engine.passwords(); len(set) != 1 || set[0] != password {
			t.Errorf("got %q, want %q", set, password)
		}
	}
	w := newWorld(t)
	for _, password := range []string{strings.Repeat("a", 14), strings.Repeat("😀", 257)} {
		w.want(w.post(w.link(), w.filled(password)), http.StatusUnprocessableEntity, "form")
	}
}

func TestManySubmitsAMinuteAreHeldUp(t *testing.T) {
	w := newWorld(t)
	var last page
	for range 31 {
		last = w.post(w.link(), w.filled("corta"))
	}
	w.want(last, http.StatusTooManyRequests, "form", "muchos intentos seguidos")
	w.clock.Advance(time.Minute)
	w.want(w.post(w.link(), w.filled(good)), http.StatusOK, "done")
}

func TestAPageThatIsOpenedAgainAndAgainDoesNotKeepTheCoreBusy(t *testing.T) {
	w := newWorld(t)
	for range 100 {
		w.want(w.get(w.link()), http.StatusOK, "form", "Al menos 15 caracteres", "Al menos 1 número")
	}
	if n := w.engine.judged; n > 30 {
		t.Errorf("the core was asked %d times for one page in a minute", n)
	}
	for range 40 { // neither do the pages that say what was wrong
		w.post(w.link(), url.Values{"_pin": {"12"}})
	}
	if n := w.engine.judged; n > 30 {
		t.Errorf("the core was asked %d times for one page in a minute", n)
	}
	w.clock.Advance(time.Minute)
	w.engine.rule = "Al menos 16 caracteres"
	w.want(w.get(w.link()), http.StatusOK, "form", "Al menos 16 caracteres")
}

// RULES: link.twice
func TestStrangersRequestsDoNotMakeAPageForgetWhatItAnswered(t *testing.T) {
	w := newWorld(t)
	first := w.filled(good)
	w.want(w.post(w.link(), first), http.StatusOK, "done")
	for i := range 5000 {
		w.post(w.link(), url.Values{"_request": {fmt.Sprintf("%032x", i)}})
	}
	w.want(w.post(w.link(), url.Values{}), http.StatusGone, "superseded")
	w.clock.Advance(time.Minute)
	w.want(w.post(w.link(), first), http.StatusOK, "done", "Tu usuario es: ana.perez")
}

// RULES: link.twice
func TestAnAnswerThatPanicsLeavesItsFormFree(t *testing.T) {
	w := newWorld(t)
	v := w.filled(good)
	w.engine.panics.Store(true)
	if _, err := w.client.PostForm(w.link(), v); err == nil {
		t.Error("a page that panicked answered")
	}
	w.engine.panics.Store(false)
	w.want(w.post(w.link(), v), http.StatusOK, "done")
}
