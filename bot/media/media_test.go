package media_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/store"
)

const document = "%PDF-1.7 0123456789"

// RULES: wa.limits, link.token
func TestADocumentIsServedAsANetworkWantsIt(t *testing.T) {
	w := newWorld(t)
	address := w.deliver("1/0", "recibo-2026-10.pdf")
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		a := w.ask(method, address)
		want := map[string]string{
			"Content-Type": "application/pdf", "Content-Disposition": `inline; filename="recibo-2026-10.pdf"`, "Content-Length": fmt.Sprint(len(document)),
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Accept-Ranges": "bytes",
		}
		for name, value := range want {
			if got := a.header.Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", method, name, got, value)
			}
		}
		if a.status != http.StatusOK || (a.body == document) != (method == http.MethodGet) {
			t.Errorf("%s: got %d %q", method, a.status, a.body)
		}
	}
	if w.shelf.times() != 1 {
		t.Errorf("the core was asked %d times for one delivery", w.shelf.times())
	}
	if a := w.ask(http.MethodPost, address); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d", a.status)
	}
}

// RULES: wa.limits
func TestThreeWholeCopiesLeaveThroughALinkAndNotOneMore(t *testing.T) {
	w := newWorld(t)
	address := w.deliver("1/0", "recibo.pdf")
	for n, want := range []int{200, 200, 200, 410, 410} {
		w.ask(http.MethodHead, address)
		if a := w.ask(http.MethodGet, address); a.status != want || (want == 200) != (a.body == document) {
			t.Errorf("copy %d: got %d %q, want %d", n+1, a.status, a.body, want)
		}
	}
	if a := w.ask(http.MethodGet, w.deliver("2/0", "recibo.pdf")); a.status != 200 {
		t.Errorf("another link: got %d", a.status)
	}
}

// RULES: wa.limits
func TestARestartGivesNoCopiesBack(t *testing.T) {
	w := newWorld(t)
	address := w.deliver("1/0", "recibo.pdf")
	for _, want := range []int{200, 200, 200, 410} {
		if a := w.ask(http.MethodGet, address); a.status != want {
			t.Errorf("got %d, want %d", a.status, want)
		}
		w.restart()
	}
}

// RULES: wa.limits
func TestManyAtOnceGetNoMoreThanThreeCopies(t *testing.T) {
	w := newWorld(t)
	w.shelf.set(bytes.Repeat([]byte("%PDF-"), 1<<19), nil)
	address := w.deliver("1/0", "recibo.pdf")
	var mu sync.Mutex
	whole, others := 0, map[int]int{}
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			resp, err := http.Get(address)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			n, err := io.Copy(io.Discard, resp.Body)
			mu.Lock()
			defer mu.Unlock()
			if resp.StatusCode == 200 && err == nil && n == 5<<19 {
				whole++
			} else {
				others[resp.StatusCode]++
			}
		})
	}
	wg.Wait()
	if whole < 1 || whole > 3 || whole+others[410]+others[429] != 24 {
		t.Errorf("%d whole copies and %v, want at most 3", whole, others)
	}
	if w.shelf.together() != 1 {
		t.Errorf("the core was asked %d times at once", w.shelf.together())
	}
}

func TestRangesAreServedAndCountAsWhatTheyAre(t *testing.T) {
	w := newWorld(t)
	address := w.deliver("1/0", "recibo.pdf")
	whole := w.ask(http.MethodHead, address)
	first := w.ask(http.MethodGet, address, "Range", "bytes=0-3")
	if first.status != 206 || first.body != "%PDF" || first.header.Get("Content-Range") != fmt.Sprintf("bytes 0-3/%d", len(document)) {
		t.Errorf("got %d %q %q", first.status, first.body, first.header.Get("Content-Range"))
	}
	rest := w.ask(http.MethodGet, address, "Range", "bytes=4-", "If-Range", whole.header.Get("ETag"))
	if rest.status != 206 || first.body+rest.body != document {
		t.Errorf("got %d %q", rest.status, rest.body)
	}
	if a := w.ask(http.MethodGet, address, "Range", "bytes=4-", "If-Range", `"another"`); a.status != 200 || a.body != document {
		t.Errorf("of another version: got %d %q", a.status, a.body)
	}
	if a := w.ask(http.MethodGet, address, "Range", "bytes=900-"); a.status != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("beyond its end: got %d", a.status)
	}
	for n := range len(document) { // byte by byte is a copy, too
		if a := w.ask(http.MethodGet, address, "Range", fmt.Sprintf("bytes=%d-%[1]d", n)); a.status != 206 {
			t.Fatalf("byte %d: got %d", n, a.status)
		}
	}
	if a := w.ask(http.MethodGet, address); a.status != 410 {
		t.Errorf("the fourth copy: got %d", a.status)
	}
}

// RULES: wa.limits
func TestALinkDiesWithItsFiveMinutes(t *testing.T) {
	w := newWorld(t)
	address := w.deliver("1/0", "recibo.pdf")
	w.clock.Advance(4*time.Minute + 58*time.Second)
	if a := w.ask(http.MethodGet, address); a.status != 200 {
		t.Errorf("before: got %d", a.status)
	}
	w.clock.Advance(3 * time.Second)
	if a := w.ask(http.MethodGet, address); a.status != 410 {
		t.Errorf("after: got %d", a.status)
	}
}

// RULES: wa.limits
func TestALinkDiesOnceItsDocumentArrived(t *testing.T) {
	for name, end := range map[string]func(*world){
		"as the network reports it": func(w *world) { w.desk.End(w.store.Name(ana), "1/0") },
		"as the record says it":     func(w *world) { w.update(func(c *store.Conversation) { c.Delivered("1/0", w.clock.Now()) }) },
		"also after a restart": func(w *world) {
			w.update(func(c *store.Conversation) { c.Delivered("1/0", w.clock.Now()) })
			w.restart()
		},
		"as it was dropped":        func(w *world) { w.update(func(c *store.Conversation) { c.Drop("1/0", "refused", w.clock.Now()) }) },
		"as the person was erased": func(w *world) { w.must(w.store.Erase(w.t.Context(), ana)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			address := w.deliver("1/0", "recibo.pdf")
			if a := w.ask(http.MethodGet, address); a.status != 200 {
				t.Fatalf("before: got %d", a.status)
			}
			end(w)
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				if a := w.ask(method, address); a.status != 410 || strings.Contains(a.body, "PDF") {
					t.Errorf("%s afterwards: got %d %q", method, a.status, a.body)
				}
			}
		})
	}
}

func TestADocumentThatArrivesWhileItIsFetchedIsNotKept(t *testing.T) {
	w := newWorld(t)
	w.shelf.hold = make(chan struct{})
	address := w.deliver("1/0", "recibo.pdf")
	got := make(chan answer)
	go func() { got <- w.ask(http.MethodGet, address) }()
	for w.shelf.times() == 0 {
		time.Sleep(time.Millisecond)
	}
	w.desk.End(w.store.Name(ana), "1/0")
	close(w.shelf.hold)
	if a := <-got; a.status != 410 {
		t.Errorf("got %d", a.status)
	}
}

func TestALinkThatNobodySignedLeadsNowhere(t *testing.T) {
	w := newWorld(t)
	address := w.deliver("1/0", "recibo.pdf")
	form, err := w.links.Form(w.store.Name(ana), "1/0", w.clock.Now().Add(time.Minute))
	w.must(err)
	nobody, err := w.links.File(strings.Repeat("ab", 16), "1/0", w.clock.Now().Add(time.Minute))
	w.must(err)
	for name, tt := range map[string]struct {
		address string
		want    int
	}{
		"changed":                {address[:len(address)-2] + "AA", 404},
		"of a form":              {strings.Replace(form, "/f/", "/d/", 1), 404},
		"nothing":                {w.http.URL + "/d/", 404},
		"of nobody":              {nobody, 410},
		"of a line without file": {strings.Replace(w.text("2/0"), "/f/", "/d/", 1), 410},
	} {
		if a := w.ask(http.MethodGet, tt.address); a.status != tt.want {
			t.Errorf("%s: got %d, want %d", name, a.status, tt.want)
		}
	}
	if w.shelf.times() != 0 {
		t.Errorf("the core was asked %d times", w.shelf.times())
	}
}

// text puts a line without a document into the outbox and returns a link to its document.
func (w *world) text(id string) string {
	w.update(func(c *store.Conversation) { c.Say(id, "", flows.Reply{Text: "hola"}, w.clock.Now()) })
	address, err := w.links.File(w.store.Name(ana), id, w.clock.Now().Add(time.Minute))
	w.must(err)
	return address
}

// RULES: wa.limits
func TestWhatCannotBeServedIsSaidToBeOverOrToTryAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		data []byte
		err  error
		want int
	}{
		"the core is down":       {nil, &backend.Error{Code: backend.Unavailable}, 503},
		"the core failed":        {nil, &backend.Error{Code: backend.Internal}, 503},
		"who knows":              {nil, errOops, 503},
		"it is gone":             {nil, &backend.Error{Code: backend.NotFound}, 410},
		"it is no PDF":           {nil, &backend.Error{Code: backend.Rejected, Reason: backend.ReasonNoPDF}, 410},
		"it is empty":            {[]byte{}, nil, 410},
		"it is larger than 5 MB": {make([]byte, 5<<20+1), nil, 410},
		"it is 5 MB":             {make([]byte, 5<<20), nil, 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.shelf.set(tt.data, tt.err)
			address := w.deliver("1/0", "recibo.pdf")
			a := w.ask(http.MethodGet, address)
			if a.status != tt.want || (tt.want == 503) != (a.header.Get("Retry-After") != "") || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("got %d %v, want %d", a.status, a.header, tt.want)
			}
			if tt.want == 503 {
				w.shelf.set([]byte(document), nil)
				if a := w.ask(http.MethodGet, address); a.status != 200 {
					t.Errorf("once it works again: got %d", a.status)
				}
			}
		})
	}
}

func TestNamesOfDocumentsAreToldAsRFC6266HasThem(t *testing.T) {
	for name, want := range map[string][2]string{ // what who knows RFC 8187 reads, and what others read
		"recibo-2026-10.pdf":              {"recibo-2026-10.pdf", "recibo-2026-10.pdf"},
		"Recibo de Ñandú, octubre.pdf":    {"Recibo de Ñandú, octubre.pdf", "Recibo de Nandu, octubre.pdf"},
		"recibo 日本.pdf":                   {"recibo 日本.pdf", "recibo __.pdf"},
		"../../etc/a\"b;c\r\nX: y%41.pdf": {"abcX: y41.pdf", "abcX: y41.pdf"},
		"":                                {"documento.pdf", "documento.pdf"},
		"..":                              {"documento.pdf", "documento.pdf"},
	} {
		w := newWorld(t)
		got := w.ask(http.MethodHead, w.deliver("1/0", name)).header.Get("Content-Disposition")
		kind, params, err := mime.ParseMediaType(got)
		if err != nil || kind != "inline" || params["filename"] != want[0] {
			t.Errorf("%q: got %s (%v, %v), want %q", name, got, params, err, want[0])
		}
		if plain := strings.Split(got, `"`)[1]; plain != want[1] {
			t.Errorf("%q: in ASCII %q, want %q", name, plain, want[1])
		}
	}
}

// RULES: data.retention
func TestBytesOfADocumentAreNowhereOnTheDisk(t *testing.T) {
	w := newWorld(t)
	address := w.deliver("1/0", "recibo.pdf")
	if a := w.ask(http.MethodGet, address); a.body != document {
		t.Fatalf("got %d %q", a.status, a.body)
	}
	var opened bytes.Buffer
	w.must(store.Each(t.Context(), w.kv, w.keys, func(key string, plain []byte) error { opened.Write(plain); return nil }))
	files, err := filepath.Glob(filepath.Join(filepath.Dir(w.path), "*"))
	w.must(err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		w.must(err)
		opened.Write(b)
	}
	if opened.Len() < 1000 || bytes.Contains(opened.Bytes(), []byte("0123456789")) {
		t.Errorf("in %d bytes of records and files the document was found, or nothing was looked at", opened.Len())
	}
}
