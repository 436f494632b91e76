package demo_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What happens in the core is told over HTTP and signed, as by any core: the program's answer comes back.
func TestSomethingHappensToAnAccount(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	body := `{"type":"payslip_available","account":"mseg-1001","data":{"period":"2026-10"}}`
	for range 2 {
		resp, err := http.Post(w.url+"/demo/core/mseg/event", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		var told struct {
			ID string    `json:"id"`
			At time.Time `json:"at"`
		}
		if err != nil || resp.StatusCode != 200 || json.Unmarshal(answer, &told) != nil || told.ID == "" || told.At.IsZero() {
			t.Fatalf("got %d %s", resp.StatusCode, answer)
		}
		body = string(answer) // the same once more
	}
}
