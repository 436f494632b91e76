package app

import (
	"bytes"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"ventanilla/backend/emulator"
	"ventanilla/flows"
	"ventanilla/store"
)

// received is a document on a phone.
type received struct {
	name      string
	data      []byte
	caption   string
	protected bool
}

// requests are the paths that somebody was asked for.
type requests struct {
	mu    sync.Mutex
	paths []string
}

func (q *requests) listen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q.mu.Lock()
		q.paths = append(q.paths, r.URL.Path)
		q.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// with are the paths that contain something.
func (q *requests) with(part string) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(q.paths), func(p string) bool { return !strings.Contains(p, part) })
}

// documents are those that the person has, on whichever network.
func (w *world) documents() (got []received) {
	switch n := w.net.(type) {
	case onTelegram:
		for _, m := range n.Screen("bot", person, 0) {
			if m.Document != nil {
				got = append(got, received{m.Document.Name, m.Document.Data, m.Text, m.Protected})
			}
		}
	case onWhatsApp:
		for _, m := range n.Screen(waNumber, person, 0) {
			if m.Document != nil {
				got = append(got, received{m.Document.Name, m.Document.Data, m.Text, false})
			}
		}
	}
	return got
}

// greeted is a world whose person has said something, and the key of the conversation.
func greeted(t *testing.T, channel string, change ...func(*world)) (*world, flows.Key) {
	t.Helper()
	w := newWorld(t, way{channel: channel, portal: "mseg"}, change...).run()
	w.until("it runs", func() bool { return w.running() != nil })
	w.say("hola", "¿En qué te ayudo?")
	w.quiet()
	key := flows.Key{Portal: "mseg", Channel: channel}
	w.must(store.Each(t.Context(), w.running().kv, w.running().keys, func(name string, plain []byte) error {
		if strings.HasPrefix(name, "c.") {
			c, err := w.running().store.Find(t.Context(), strings.TrimPrefix(name, "c."))
			if err == nil {
				key = c.Key
			}
			return err
		}
		return nil
	}))
	return w, key
}

// slip is the latest payslip of ana's account.
func (w *world) slip() *flows.File {
	w.t.Helper()
	list, err := w.running().core.Payslips(w.t.Context(), "mseg", "acc-ana")
	w.must(err)
	return &flows.File{Kind: kindPayslip, Account: "acc-ana", ID: list[0].ID, Name: "Recibo de Ñandú.pdf", Opens: "30555777"}
}

// deliver puts a reply into the outbox, as a turn would.
func (w *world) deliver(k flows.Key, r flows.Reply) {
	w.t.Helper()
	a := w.running()
	w.must(a.store.Update(w.t.Context(), k, func(c *store.Conversation) error {
		c.Say("test/"+rand.Text(), "", r, w.clock.Now())
		return nil
	}))
}

// opens tells whether a PDF opens with a password.
func opens(pdf []byte, password string) error {
	conf := model.NewDefaultConfiguration()
	conf.UserPW = password
	_, err := api.ReadContext(bytes.NewReader(pdf), conf)
	return err
}

// From the core to the phone, on both networks; the core is asked once.
// RULES: wa.limits, tg.limits, data.retention
func TestAPayslipReachesThePhoneAndStaysNowhereElse(t *testing.T) {
	for channel := range networks {
		t.Run(channel, func(t *testing.T) {
			asked := &requests{}
			w, key := greeted(t, channel, func(w *world) { w.atCore = asked.listen })
			w.deliver(key, flows.Reply{Text: "Tu recibo.", File: w.slip(), Private: true})
			w.until("the document is on the phone", func() bool { return len(w.documents()) == 1 })
			doc := w.documents()[0]
			if doc.name != "Recibo de Ñandú.pdf" || (channel == "telegram") != doc.protected {
				t.Errorf("got %q, protected %v", doc.name, doc.protected)
			}
			if err := opens(doc.data, "30555777"); err != nil {
				t.Errorf("it does not open with what its owner knows: %v", err)
			}
			if err := opens(doc.data, ""); !errors.Is(err, pdfcpu.ErrWrongPassword) {
				t.Errorf("it opens for everybody: %v", err)
			}
			if n := len(asked.with("/payslips/")); n != 1 {
				t.Errorf("the core was asked %d times", n)
			}
			w.quiet()
			if n, ok := w.net.(onWhatsApp); ok {
				w.until("the network keeps no document", func() bool { return n.Kept(waNumber) == 0 })
			}
			w.nowhere(doc.data)
		})
	}
}

// nowhere looks for the bytes of a document in the file and in what is sealed in it.
func (w *world) nowhere(data []byte) {
	w.t.Helper()
	trace := &trace{}
	for place, content := range w.places(trace, trace, "http://127.0.0.1:1/metrics") {
		if bytes.Contains(content, data[len(data)/2:len(data)/2+24]) || bytes.Contains(content, []byte("%PDF-")) {
			w.t.Errorf("the document stands in %s", place)
		}
	}
}

// Who did not type the number that a payslip opens with is known by it all the same;
// and what a core does not lock is locked here.
func TestAPayslipOpensWithWhatTheCoreKnowsIfThePersonTypedNothing(t *testing.T) {
	w, key := greeted(t, "telegram", func(w *world) {
		w.atCore = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				r.Header.Del("Document-Password")
				next.ServeHTTP(rw, r)
			})
		}
	})
	slip := w.slip()
	slip.Opens = ""
	w.deliver(key, flows.Reply{Text: "Tu recibo.", File: slip})
	w.until("the document is on the phone", func() bool { return len(w.documents()) == 1 })
	if err := opens(w.documents()[0].data, "30555777"); err != nil {
		t.Error(err)
	}
	if err := opens(w.documents()[0].data, ""); !errors.Is(err, pdfcpu.ErrWrongPassword) {
		t.Errorf("it opens for everybody: %v", err)
	}
}

// RULES: wa.limits
func TestTheLinkOfADocumentIsDeadOnceTwilioReportsItsArrival(t *testing.T) {
	asked := &requests{}
	var link atomic.Value
	var reports atomic.Int32
	after := make(chan int, 9) // what the link answered right after each report of the document's arrival
	w, key := greeted(t, "whatsapp", func(w *world) {
		w.atDoor = func(next http.Handler) http.Handler {
			return asked.listen(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				address, ok := link.Load().(string)
				next.ServeHTTP(rw, r)
				if !strings.HasSuffix(r.URL.Path, "/status") {
					return
				}
				if ok && r.URL.Query().Has("media") {
					after <- status(address)
				}
				reports.Add(1)
			}))
		}
	})
	n := w.net.(onWhatsApp)
	n.Off(person)
	w.deliver(key, flows.Reply{File: w.slip()})
	w.until("Twilio has the document", func() bool { return n.Kept(waNumber) == 1 })
	address := w.url + asked.with("/d/")[0]
	if got := browse(http.Get(address)); !strings.HasPrefix(got, "%PDF-") {
		t.Errorf("while it is on its way: got %.40q", got)
	}
	w.until("what was reported on it so far is taken", func() bool { return reports.Load() >= 2 })
	link.Store(address)
	n.On(person)
	w.until("the document is on the phone", func() bool { return len(w.documents()) == 1 })
	if got := <-after; got != http.StatusGone {
		t.Errorf("right after the report of its arrival: got %d", got)
	}
	w.quiet()
	if got := status(address); got != http.StatusGone {
		t.Errorf("once the record knows it, too: got %d", got)
	}
}

// RULES: wa.limits, tg.limits
func TestADocumentThatWillNotComeIsTold(t *testing.T) {
	for channel := range networks {
		t.Run(channel, func(t *testing.T) {
			var size atomic.Int64
			w, key := greeted(t, channel, func(w *world) {
				w.atCore = func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
						if size.Load() == 0 || !strings.Contains(r.URL.Path, "/payslips/") {
							next.ServeHTTP(rw, r)
							return
						}
						rw.Header().Set("Content-Type", "application/pdf")
						_, _ = rw.Write(append([]byte("%PDF-1.7\n"), make([]byte, size.Load())...))
					})
				}
			})
			slip := w.slip()
			gone := *slip
			gone.ID = "1999-01"
			w.deliver(key, flows.Reply{Text: "Tu recibo.", File: &gone})
			w.hear("No pude traerte el documento", 0)
			locked := *slip
			locked.Opens = "no number"
			w.deliver(key, flows.Reply{Text: "Tu recibo.", File: &locked})
			w.until("it is told again", func() bool { return w.told("No pude traerte el documento") == 2 })
			size.Store(51 << 20)
			w.deliver(key, flows.Reply{Text: "Tu recibo.", File: slip})
			w.hear("demasiado grande", 0)
			if got := w.documents(); len(got) != 0 {
				t.Errorf("%d documents came all the same", len(got))
			}
			size.Store(0)
			w.must(w.core.Fail(emulator.Fault{Kind: emulator.FaultDown, Times: 7}))
			w.deliver(key, flows.Reply{Text: "Tu recibo.", File: slip})
			w.until("it comes once the core is back", func() bool { w.clock.Advance(time.Second); return len(w.documents()) == 1 })
		})
	}
}

// told is how often the bot said something.
func (w *world) told(what string) int {
	return len(slices.DeleteFunc(w.net.Lines(person), func(l line) bool { return !strings.Contains(l.text, what) }))
}
