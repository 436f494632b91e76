package webform_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

type verdict struct {
	Rules []struct {
		Text     string
		OK, Core bool
	}
	Strength      int
	Word, Summary string
	Problems      map[string]string
}

func (w *world) check(password string) verdict {
	w.t.Helper()
	got := w.post(w.link()+"/check", url.Values{"password": {password}, "repeat": {password}})
	var v verdict
	if err := json.Unmarshal([]byte(got.body), &v); err != nil || got.status != http.StatusOK {
		w.t.Fatalf("got %d %s: %v", got.status, got.body, err)
	}
	return v
}

// RULES: pw.page, pw.length
func TestAPasswordIsJudgedWhileItIsTyped(t *testing.T) {
	w := newWorld(t)
	for length, ok := range map[int]bool{0: false, 14: false, 15: true, 64: true, 256: true} {
		v := w.check(strings.Repeat("ñ", length))
		if v.Rules[0].OK != ok || v.Rules[0].Core || !v.Rules[1].Core {
			t.Errorf("%d characters: got %+v, want that the rule of length holds: %v", length, v.Rules, ok)
		}
	}
	if v := w.check(strings.Repeat("ñ", 10)); v.Word != "regular" || v.Summary != "Faltan 2 condiciones. Fuerza: regular." || v.Problems["password"] == "" {
		t.Errorf("got %+v", v)
	}
	if v := w.check(good); v.Summary != "Cumple todas las condiciones. Fuerza: muy buena." || len(v.Problems) != 0 {
		t.Errorf("got %+v", v)
	}
}

func TestJudgingKeepsNothingChangesNothingAndRepeatsNothing(t *testing.T) {
	w := newWorld(t)
	before := fmt.Sprintf("%+v", w.conversation())
	got := w.post(w.link()+"/check", url.Values{"password": {"canario-Zq7"}, "_pin": {"0000"}})
	if strings.Contains(got.body+w.log.String(), "canario") {
		t.Errorf("got %s and the log %s", got.body, w.log)
	}
	if after := fmt.Sprintf("%+v", w.conversation()); after != before || len(w.engine.passwords()) != 0 {
		t.Errorf("got %s, want %s", after, before)
	}
}

func TestJudgingNeedsALinkThatIsAlive(t *testing.T) {
	w := newWorld(t)
	w.stand("visit-2")
	if got := w.post(w.link()+"/check", url.Values{"password": {"x"}}); got.status != http.StatusGone {
		t.Errorf("got %d, want %d", got.status, http.StatusGone)
	}
	if got := w.post(w.server.URL+"/f/nonsense/check", url.Values{"password": {"x"}}); got.status != http.StatusNotFound {
		t.Errorf("got %d, want %d", got.status, http.StatusNotFound)
	}
	if got := w.get(w.link() + "/check"); got.status != http.StatusMethodNotAllowed {
		t.Errorf("got %d, want %d", got.status, http.StatusMethodNotAllowed)
	}
}

func TestJudgingIsHeldUpWhenItIsTooMuch(t *testing.T) {
	w := newWorld(t)
	for i := range 120 {
		if got := w.post(w.link()+"/check", url.Values{}); got.status != http.StatusOK {
			t.Fatalf("%d: got %d", i, got.status)
		}
	}
	if got := w.post(w.link()+"/check", url.Values{}); got.status != http.StatusTooManyRequests {
		t.Errorf("got %d, want %d", got.status, http.StatusTooManyRequests)
	}
	w.clock.Advance(time.Minute)
	w.check(good)
}

func TestAJudgeThatFailsIsNoReasonNotToShowThePage(t *testing.T) {
	w := newWorld(t)
	w.engine.judging = errDown
	if got := w.post(w.link()+"/check", url.Values{}); got.status != http.StatusServiceUnavailable {
		t.Errorf("got %d, want %d", got.status, http.StatusServiceUnavailable)
	}
	w.want(w.get(w.link()), http.StatusOK, "form", "Clave nueva")
}
