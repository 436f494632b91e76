package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"ventanilla/backend/secret"
)

// RULES: data.canary, data.logs
func TestASecretIsNeverShown(t *testing.T) {
	const canary = "Hunter2-canary"
	s := secret.Text(canary)
	var log bytes.Buffer
	l := slog.New(slog.NewJSONHandler(&log, nil))
	l.Info("x", "s", s, "in", struct{ S secret.Text }{s}, "err", fmt.Errorf("w: %v", s))
	shown := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10.3s"} {
		shown += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, &s) + fmt.Sprintf(verb, []secret.Text{s}) + fmt.Sprintf(verb, map[string]secret.Text{"a": s})
	}
	for _, part := range []string{canary, "Hunter2", fmt.Sprintf("%x", canary)} {
		if strings.Contains(shown, part) {
			t.Errorf("%q is shown in %s", part, shown)
		}
	}
}

func TestASecretCannotBeMarshalled(t *testing.T) {
	for _, v := range []any{secret.Text("a"), map[string]any{"a": secret.Text("a")}} {
		if b, err := json.Marshal(v); !errors.Is(err, secret.ErrMarshal) {
			t.Errorf("got %s, %v; want ErrMarshal", b, err)
		}
	}
}
