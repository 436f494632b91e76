package emulator

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhatIsRefusedAtOnce(t *testing.T) {
	w := newBench(t)
	w.say("Ana", "hola")
	w.say("Beto", "hola")
	if err := w.net.OptOut(from, "Beto"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name         string
		to           string
		change       func(url.Values)
		status, code int
	}{
		{"a good one", "Ana", only("x"), 201, 0},
		{"too long", "Ana", only("Body", strings.Repeat("a", 1601)), 400, 21617},
		{"nothing", "Ana", only("Body"), 400, 21619},
		{"no To", "Ana", only("To"), 400, 21604},
		{"a bad To", "Ana", only("To", "whatsapp:573024002656"), 400, 21211},
		{"a strange From", "Ana", only("From", "whatsapp:+15005550000"), 400, 63007},
		{"an unknown parameter", "Ana", only("Colour", "red"), 400, 20001},
		{"an unknown template", "Ana", only("ContentSid", "HX00000000000000000000000000000009"), 400, 21655},
		{"a bad callback", "Ana", only("StatusCallback", "nowhere"), 400, 21609},
		{"two documents", "Ana", only("MediaUrl", "https://a.b/1", "https://a.b/2"), 400, 21623},
		{"who opted out", "Beto", only("x"), 400, 21610},
	} {
		if status, _, code := w.send(tt.to, tt.change); status != tt.status || code != tt.code {
			t.Errorf("%s: got %d %d, want %d %d", tt.name, status, code, tt.status, tt.code)
		}
	}
	if n := len(w.net.Refusals()); n != 10 {
		t.Errorf("%d refusals are remembered", n)
	}
}

func TestOnlyTheAccountsOwnTokenOpensTheAPI(t *testing.T) {
	w := newBench(t)
	for name, change := range map[string]func(*http.Request){
		"none":          func(r *http.Request) { r.Header.Del("Authorization") },
		"a wrong token": func(r *http.Request) { r.SetBasicAuth(account, "ffff") },
		"another's":     func(r *http.Request) { r.SetBasicAuth("AC2", token) },
	} {
		if status, body := w.call("GET", ".json", nil, change); status != 401 || !bytes.Contains(body, []byte("20003")) {
			t.Errorf("%s: got %d %s", name, status, body)
		}
	}
	if status, body := w.call("GET", ".json", nil); status != 200 || !bytes.Contains(body, []byte(`"active"`)) {
		t.Errorf("the account: got %d %s", status, body)
	}
	if status, body := w.call("GET", "/Calls.json", nil); status != 404 || !bytes.Contains(body, []byte("20404")) {
		t.Errorf("elsewhere: got %d %s", status, body)
	}
}

func TestTheStagesOfAMessageAreReportedInOrder(t *testing.T) {
	w := newBench(t)
	w.say("Ana", "hola")
	w.send("Ana")
	got := statuses(w.wait(5))
	if want := []string{"queued", "sent", "delivered", "read"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	w.net.Fail(Fault{Kind: "status_reorder"})
	w.send("Ana")
	got = statuses(w.wait(9))[4:]
	if want := []string{"read", "delivered", "sent", "queued"}; !slices.Equal(got, want) {
		t.Errorf("in the wrong order: got %q, want %q", got, want)
	}
	w.net.Fail(Fault{Kind: "status_duplicate"})
	w.net.Fail(Fault{Kind: "status_lost"})
	w.send("Ana")
	got = statuses(w.wait(13))[8:]
	if want := []string{"queued", "queued", "delivered", "read"}; !slices.Equal(got, want) {
		t.Errorf("doubled and lost: got %q, want %q", got, want)
	}
}

func TestWhatHappensOnTheWay(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(w *bench)
		want string
	}{
		{"free text after a day", func(w *bench) { w.clock.Advance(24 * time.Hour); w.send("Ana") }, "undelivered 63016"},
		{"free text to who never wrote", func(w *bench) { w.net.Call("Beto", "Beto"); w.send("Beto") }, "undelivered 63016"},
		{"nobody's number", func(w *bench) { w.send("Ana", only("To", "whatsapp:+5491100000000")) }, "undelivered 63024"},
		{"who blocked the sender", func(w *bench) { must(w, w.net.Block(from, "Ana")); w.send("Ana") }, "undelivered 63014"},
		{"on request", func(w *bench) { w.net.Fail(Fault{Kind: "failed", Code: 63013}); w.send("Ana") }, "failed 63013"},
		{"on request, later", func(w *bench) { w.net.Fail(Fault{Kind: "undelivered"}); w.send("Ana") }, "undelivered 30008"},
		{"a document that is not there", func(w *bench) { w.send("Ana", only("MediaUrl", w.api.URL+"/x"), only("Body")) }, "failed 63019"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newBench(t)
			w.say("Ana", "hola")
			w.wait(1)
			tt.do(w)
			for n := 2; ; n++ {
				all := statuses(w.wait(n))
				if last := all[len(all)-1]; strings.Contains(last, " ") {
					if last != tt.want {
						t.Errorf("got %q, want %q", last, tt.want)
					}
					return
				}
			}
		})
	}
}

func must(w *bench, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// RULES: wa.dedupe, as Twilio does its part
func TestAMessageIsBroughtUntilItIsTakenUnderOneToken(t *testing.T) {
	w := newBench(t)
	w.fail = 2
	w.say("Ana", "hola")
	w.wait(3)
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, h := range w.heads {
		if h.Get("I-Twilio-Idempotency-Token") == "" || h.Get("I-Twilio-Idempotency-Token") != w.heads[0].Get("I-Twilio-Idempotency-Token") || w.forms[i].Get("MessageSid") != w.forms[0].Get("MessageSid") {
			t.Errorf("attempt %d is another message", i)
		}
	}
}

func TestMessagesOfPeopleCanBeDoubledLateAndReordered(t *testing.T) {
	w := newBench(t)
	w.net.Fail(Fault{Kind: "duplicate"})
	w.say("Ana", "1")
	w.net.Fail(Fault{Kind: "reorder"})
	w.say("Ana", "2")
	w.say("Ana", "3")
	w.wait(4)
	w.net.Fail(Fault{Kind: "late", Delay: time.Hour})
	w.say("Ana", "4")
	w.say("Ana", "5")
	w.wait(5)
	w.clock.Advance(time.Hour)
	var got []string
	for _, f := range w.wait(6) {
		got = append(got, f.Get("Body"))
	}
	if want := []string{"1", "1", "3", "2", "5", "4"}; !slices.Equal(got, want) {
		t.Errorf("brought %q, want %q", got, want)
	}
}

func TestWhoShowsNoNumberHasNone(t *testing.T) {
	w := newBench(t)
	w.say("AR.123", "hola")
	w.say("+5491155550101", "hola")
	forms := w.wait(2)
	slices.SortFunc(forms, func(a, b url.Values) int { return strings.Compare(b.Get("From"), a.Get("From")) })
	if f := forms[0]; f.Get("From") != "whatsapp:AR.123" || f.Has("WaId") {
		t.Errorf("got %v", f)
	}
	if f := forms[1]; f.Get("From") != "whatsapp:+5491155550101" || f.Get("WaId") != "5491155550101" {
		t.Errorf("got %v", f)
	}
}

func TestAPhoneThatIsOffGetsItsMessagesLater(t *testing.T) {
	w := newBench(t)
	w.say("Ana", "hola")
	w.net.Off("Ana")
	w.send("Ana")
	w.wait(3)
	if got := len(w.net.Screen(from, "Ana", 0)); got != 1 {
		t.Fatalf("%d bubbles on a phone that is off", got)
	}
	w.net.On("Ana")
	if got := statuses(w.wait(5)); got[2] != "delivered" {
		t.Errorf("got %q", got)
	}
	must(w, w.net.Wait(t.Context(), from, "Ana", 1))
	if got := w.net.Screen(from, "Ana", 1); len(got) != 1 || got[0].Text != "hola" || got[0].From != "bot" {
		t.Errorf("got %+v", got)
	}
}

func TestTemplatesAreFilledAndJudged(t *testing.T) {
	w := newBench(t)
	sid := func(n string) string { return "HX0000000000000000000000000000000" + n }
	w.net.AddContent(Content{Account: account, SID: sid("1"), Body: "Hola, {{1}}.", Approved: true})
	w.net.AddContent(Content{Account: account, SID: sid("2"), Body: "{{1}}", Options: 2})
	w.say("Ana", "hola")
	content := func(n, vars string) func(url.Values) {
		return func(f url.Values) { f.Del("Body"); f.Set("ContentSid", sid(n)); f.Set("ContentVariables", vars) }
	}
	for vars, want := range map[string]int{`{"1":"Ana"}`: 0, `{"1":""}`: 21656, `{}`: 21656, `{"1":"a\nb"}`: 21656, `{"1":"a\tb"}`: 21656,
		`{"1":"a     b"}`: 21656, `nope`: 21656, `{"1":1}`: 21656} {
		if _, _, code := w.send("Ana", content("1", vars)); code != want {
			t.Errorf("%s: got %d, want %d", vars, code, want)
		}
	}
	for vars, want := range map[string]int{`{"1":"¿Sí?","2":"Sí","3":"v:yes","4":"No","5":"v:no"}`: 0, `{"1":"¿Sí?","2":"Sí","3":"v:yes"}`: 21656,
		`{"1":"¿Sí?","2":"Una etiqueta demasiado larga","3":"v:yes","4":"No","5":"v:no"}`: 21656} {
		if _, _, code := w.send("Ana", content("2", vars)); code != want {
			t.Errorf("%s: got %d, want %d", vars, code, want)
		}
	}
	must(w, w.net.Wait(t.Context(), from, "Ana", 2))
	must(w, w.net.Tap(from, "Ana", "No"))
	if err := w.net.Tap(from, "Ana", "Quizás"); !errors.Is(err, ErrNoOption) {
		t.Errorf("got %v", err)
	}
	w.clock.Advance(24 * time.Hour)
	_, first, _ := w.send("Ana", content("1", `{"1":"Ana"}`))
	_, second, _ := w.send("Ana", content("2", `{"1":"¿Sí?","2":"Sí","3":"v:yes","4":"No","5":"v:no"}`))
	w.until(func() bool { return w.status(first) == "read" && w.status(second) == "undelivered" })
}

func (w *bench) status(sid string) string {
	w.net.mu.Lock()
	defer w.net.mu.Unlock()
	return w.net.messages[sid].status
}

func (w *bench) until(ok func() bool) {
	w.t.Helper()
	late := time.After(10 * time.Second)
	for {
		w.net.mu.Lock()
		changed := w.net.changed
		w.net.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-late:
			w.t.Fatal("what was waited for did not happen")
		}
	}
}

func TestAMessageAndItsDocumentAreKeptUntilDeleted(t *testing.T) {
	w := newBench(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/in", w.heard)
	mux.HandleFunc("/status", w.heard)
	mux.HandleFunc("/doc", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/pdf")
		_, _ = rw.Write([]byte("%PDF"))
	})
	w.hook.Config.Handler = mux
	w.say("Ana", "hola")
	_, sid, _ := w.send("Ana", only("Body"), only("MediaUrl", w.hook.URL+"/doc"))
	w.until(func() bool { return w.status(sid) == "read" })
	status, body := w.call("GET", "/Messages/"+sid+"/Media.json", nil)
	_, media, found := strings.Cut(string(body), `"sid":"ME`)
	if status != 200 || !found || w.net.Kept(from) != 1 {
		t.Fatalf("got %d %s", status, body)
	}
	path := "/Messages/" + sid + "/Media/ME" + media[:32] + ".json"
	for _, step := range []struct {
		method, path string
		want         int
	}{{"GET", path, 200}, {"DELETE", path, 204}, {"DELETE", path, 404}, {"GET", "/Messages/" + sid + ".json", 200},
		{"DELETE", "/Messages/" + sid + ".json", 204}, {"GET", "/Messages/" + sid + ".json", 404}} {
		if got, body := w.call(step.method, step.path, nil); got != step.want {
			t.Errorf("%s %s: got %d %s", step.method, step.path, got, body)
		}
	}
}

func TestEveryFaultIsKnownAndOthersAreNot(t *testing.T) {
	w := newBench(t)
	w.say("Ana", "hola")
	for kind, want := range map[string]int{"429": 20429, "63018": 63018, "21211": 21211, "21610": 21610, "63016": 63016, "401": 20003, "500": 20500} {
		w.net.Fail(Fault{Kind: kind, Person: "Ana", From: from})
		if _, _, code := w.send("Ana"); code != want {
			t.Errorf("%s: got %d", kind, code)
		}
	}
	w.net.Fail(Fault{Kind: "html503"})
	if status, body := w.call("POST", "/Messages.json", url.Values{}); status != 503 || !bytes.Contains(body, []byte("<html>")) {
		t.Errorf("got %d %s", status, body)
	}
	for _, kind := range []string{"", "status_", "nonsense"} {
		if w.net.Fail(Fault{Kind: kind}) {
			t.Errorf("%q is taken as a fault", kind)
		}
	}
	w.net.Fail(Fault{Kind: "500", Times: 9})
	w.net.Heal()
	if status, _, _ := w.send("Ana"); status != 201 {
		t.Errorf("after healing: %d", status)
	}
}

func TestASenderHasItsPace(t *testing.T) {
	w := newBench(t)
	w.say("Ana", "hola")
	limited := 0
	for i := 0; i < 2000 && limited == 0; i++ {
		if status, _, code := w.send("Ana"); status == 429 && code == 63018 {
			limited++
		}
	}
	if limited == 0 {
		t.Error("two thousand messages at once were all taken")
	}
	w.net.SetLimits(false)
	if status, _, _ := w.send("Ana"); status != 201 {
		t.Errorf("without limits: %d", status)
	}
}
