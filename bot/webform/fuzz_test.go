package webform_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzPost sends anything to a page that is alive. Whatever it is, the page
// answers with words, and without the PIN nothing is ever set.
func FuzzPost(f *testing.F) {
	w := newWorld(f)
	w.limits.PINTries.Max = 0 // a spent PIN would hide what comes after it
	w.serve()
	address, err := w.signer.Form(w.store.Name(ana), entered, w.clock.Now().AddDate(1000, 0, 0))
	if err != nil {
		f.Fatal(err)
	}
	path := strings.TrimPrefix(address, w.server.URL)
	f.Add("application/x-www-form-urlencoded", "_pin=0000&password=a&repeat=b", "", "")
	f.Add("application/x-www-form-urlencoded", "_request="+strings.Repeat("a", 32)+"&password=%00%ff&password=x", "/check", "")
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\r\n--b--", "", "")
	f.Add("text/plain", "password;;=&&", "", "same-origin")
	f.Add("", "", "/check/more", "cross-site")
	f.Fuzz(func(t *testing.T, kind, body, under, site string) {
		if v, err := url.ParseQuery(body); err == nil && strings.Contains(v.Get("_pin"), w.pin()) {
			t.Skip("guessed")
		}
		w.t = t                      // what belongs to f must not be asked within this
		w.clock.Advance(time.Minute) // nobody is held up for posting too often
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		r.URL.Path += under
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", site)
		rec := httptest.NewRecorder()
		w.pages.ServeHTTP(rec, r)
		if rec.Code == http.StatusInternalServerError || rec.Code == http.StatusOK && under == "" {
			t.Errorf("%q %q %q: got %d\n%s", kind, body, under, rec.Code, rec.Body)
		}
		if set := w.engine.passwords(); len(set) != 0 {
			t.Errorf("%q set %q", body, set)
		}
	})
}
