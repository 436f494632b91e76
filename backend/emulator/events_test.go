package emulator_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
)

// listener is where a core tells what happens; it answers with a status.
type listener struct {
	status int
	events []backend.Event
	paths  []string
	wrong  []error
}

func (l *listener) listen(t *testing.T, w **world) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e, err := backend.ReadEvent("a-key", r.Header.Get(backend.SignatureHeader), body, (*w).clock())
		if err != nil {
			l.wrong = append(l.wrong, err)
		}
		l.events, l.paths = append(l.events, e), append(l.paths, r.Method+" "+r.URL.Path)
		rw.WriteHeader(l.status)
	}))
	t.Cleanup(s.Close)
	return s
}

func telling(t *testing.T, l *listener) *world {
	var w *world
	s := l.listen(t, &w)
	w = start(t, func(o *emulator.Options) { o.Admin, o.Events = true, emulator.Events{URL: s.URL, Key: "a-key"} })
	return w
}

func TestWhatHappensIsToldSignedAndUnderAnIDOfItsOwn(t *testing.T) {
	l := &listener{status: http.StatusNoContent}
	w := telling(t, l)
	told, err := w.Raise(t.Context(), portal, backend.Event{Type: backend.PayslipAvailable, Account: "mseg-1001", Data: map[string]string{"period": "2026-10"}})
	if err != nil || told.ID == "" || !told.At.Equal(w.clock()) {
		t.Fatalf("got %+v, %v", told, err)
	}
	again, err := w.Raise(t.Context(), portal, told)
	if err != nil || again.ID != told.ID {
		t.Errorf("told again: %+v, %v", again, err)
	}
	if other, err := w.Raise(t.Context(), portal, backend.Event{Type: backend.AccountLocked, Account: "mseg-1001"}); err != nil || other.ID == told.ID {
		t.Errorf("another: %+v, %v", other, err)
	}
	if len(l.wrong) > 0 || len(l.events) != 3 || l.events[0].Data["period"] != "2026-10" || l.paths[0] != "POST /core/mseg/events" {
		t.Errorf("heard %+v at %v, %v", l.events, l.paths, l.wrong)
	}
}

func TestWhatCannotBeToldIsSaidSo(t *testing.T) {
	locked := backend.Event{Type: backend.AccountLocked, Account: "mseg-1001"}
	for name, tt := range map[string]struct {
		status int
		portal string
		event  backend.Event
		want   backend.Code
	}{
		"taken":             {204, portal, locked, ""},
		"no such portal":    {204, "nope", locked, backend.NotFound},
		"no such account":   {204, portal, backend.Event{Type: backend.AccountLocked, Account: "nope"}, backend.NotFound},
		"refused":           {400, portal, backend.Event{Type: "x", Account: "mseg-1001"}, backend.Invalid},
		"not now":           {503, portal, locked, backend.Unavailable},
		"not the right key": {401, portal, locked, backend.Unavailable},
	} {
		_, err := telling(t, &listener{status: tt.status}).Raise(t.Context(), tt.portal, tt.event)
		if backend.CodeOf(err) != tt.want {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
	if _, err := start(t).Raise(t.Context(), portal, locked); backend.CodeOf(err) != backend.Unsupported {
		t.Errorf("without an address: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := telling(t, &listener{status: 204}).Raise(ctx, portal, locked); backend.CodeOf(err) != backend.Unavailable {
		t.Errorf("to nobody: got %v", err)
	}
}

func TestAnEventIsRaisedThroughTheAdminDoor(t *testing.T) {
	l := &listener{status: http.StatusNoContent}
	w := telling(t, l)
	for body, want := range map[string]int{
		`{"portal":"mseg","type":"password_expiring","account":"mseg-1001","data":{"on":"2026-12-01"}}`: 200,
		`{"portal":"mseg","type":"password_expiring","account":"nobody"}`:                               404,
		`{"portal":"mseg"`: 400,
	} {
		req, err := http.NewRequest(http.MethodPost, w.url+"/admin/events", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != want || want == 200 && !strings.Contains(string(answer), `"id":"evt_`) {
			t.Errorf("%s: got %d %s, want %d", body, resp.StatusCode, answer, want)
		}
	}
	if len(l.events) != 1 || l.events[0].Data["on"] != "2026-12-01" {
		t.Errorf("heard %+v", l.events)
	}
}
