package app

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"ventanilla/backend/secret"
)

// asked is what checking online says of a world that was changed, one line each.
func asked(t *testing.T, in way, change func(*world)) (good, wrong string) {
	t.Helper()
	w := newWorld(t, in)
	change(w)
	var said bytes.Buffer
	if err := CheckOnline(t.Context(), w.settings, &said); err != nil {
		wrong = err.Error()
	}
	return said.String(), wrong
}

func TestCheckingOnlineAsksWhetherTheSenderIsLetIn(t *testing.T) {
	in := way{channel: "whatsapp", portal: "segurometal"}
	good, wrong := asked(t, in, func(*world) {})
	if wrong != "" || !strings.Contains(good, "ok: whatsapp, portal segurometal: the account is active") || !strings.Contains(good, "/whatsapp/segurometal") {
		t.Errorf("got %q, %q", good, wrong)
	}
	_, wrong = asked(t, in, func(w *world) { w.settings.Bots[0].WhatsApp.Token = secret.Text("fedcba9876543210fedcba9876543210") })
	if !strings.HasPrefix(wrong, "test.yaml:8: whatsapp, portal segurometal: account and token are not accepted by Twilio") || strings.Contains(wrong, "\n") || strings.Contains(wrong, "fedcba") {
		t.Errorf("got %q, want one line that names account and token and shows neither", wrong)
	}
	_, wrong = asked(t, in, func(w *world) { w.settings.Bots[0].WhatsApp.API = "http://127.0.0.1:1" })
	if !strings.HasPrefix(wrong, "test.yaml:8: whatsapp, portal segurometal: asking for the account") || strings.Contains(wrong, waAccount) {
		t.Errorf("got %q", wrong)
	}
}

// able is a core that can only what it is told.
func able(t *testing.T, status int, answer map[string]any) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		kind := "application/json"
		if status != http.StatusOK {
			kind = "application/problem+json"
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestCheckingOnlineAsksWhatTheCoreCanDo(t *testing.T) {
	can := func(but ...string) map[string]any {
		all := map[string]any{"password": map[string]any{"min_length": 8, "max_length": 64}}
		for _, what := range []string{"unlock", "temporary", "register", "change", "payslips", "contact", "invitations"} {
			all[what] = !slices.Contains(but, what)
		}
		return all
	}
	for _, c := range []struct {
		name   string
		portal string
		status int
		answer map[string]any
		want   string
	}{
		{"all that is needed", "segurometal", 200, can(), ""},
		{"no temporary passwords where they are the way", "segurometal", 200, can("temporary"),
			`it cannot make temporary passwords (recovery: temporary), which the profile of "segurometal" offers`},
		{"no temporary passwords where nobody wants them", "mseg", 200, can("temporary"), ""},
		{"several things", "segurometal", 200, can("temporary", "unlock"),
			`it cannot make temporary passwords (recovery: temporary), nor unlock accounts, which the profile of "segurometal" offers`},
		{"an organisation that it does not know", "segurometal", 404, map[string]any{"code": "not_found"}, `it does not know portal "segurometal"`},
		{"another token", "segurometal", 401, map[string]any{"code": "unauthorized"}, "it does not accept the token"},
		{"a core that is not well", "segurometal", 503, map[string]any{"code": "unavailable"}, "it does not answer: core: capabilities: unavailable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, wrong := asked(t, way{channel: "telegram", portal: "segurometal"}, func(w *world) {
				w.settings.Core.URL = able(t, c.status, c.answer)
				w.settings.Bots[0].Portal = c.portal
			})
			if want := map[bool]string{true: "test.yaml:5: core, portal " + c.portal + ": " + c.want}[c.want != ""]; !strings.HasPrefix(wrong, want) || strings.Contains(wrong, "\n") || (want == "") != (wrong == "") {
				t.Errorf("got %q, want %q", wrong, want)
			}
		})
	}
}
