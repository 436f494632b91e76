package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// lostAnswers is how often a person may see a line again besides after a kill: its
// network took it and the answer was lost, which nobody can tell from a failure.
const lostAnswers = 40

// acks is the network's side of the webhook: it remembers which messages the program
// said it has, and so must never lose.
type acks struct {
	mu   sync.Mutex
	seen map[string]bool // ids of messages
	said map[string]int  // who and text, to how many messages
	now  chan struct{}   // gets one when something is acknowledged, if somebody waits for it
}

// newAcks has heard of none.
func newAcks() *acks {
	return &acks{seen: map[string]bool{}, said: map[string]int{}, now: make(chan struct{})}
}

// next waits until something is acknowledged, for a while: then is the moment for a kill.
func (a *acks) next() {
	select {
	case <-a.now:
	case <-time.After(200 * time.Millisecond):
	}
}

// RoundTrip implements [http.RoundTripper].
func (a *acks) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusOK {
		select {
		case a.now <- struct{}{}:
		default:
		}
		a.note(r.URL.Path, body)
	}
	return resp, err
}

// note remembers who said what.
func (a *acks) note(path string, body []byte) {
	id, who, text := telegramSaid(body)
	if strings.HasPrefix(path, "/whatsapp/") {
		id, who, text = whatsappSaid(path, body)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if text != "" && !a.seen[id] {
		a.seen[id] = true
		a.said[who+" "+text]++
	}
}

func telegramSaid(body []byte) (id, who, text string) {
	var u struct {
		ID      int64 `json:"update_id"`
		Message struct {
			Text string
			Chat struct{ ID int64 }
		}
	}
	if json.Unmarshal(body, &u) != nil {
		return "", "", ""
	}
	return fmt.Sprint(u.ID), fmt.Sprint(u.Message.Chat.ID), u.Message.Text
}

func whatsappSaid(path string, body []byte) (id, who, text string) {
	form, err := url.ParseQuery(string(body))
	if err != nil || strings.HasSuffix(path, "/status") {
		return "", "", ""
	}
	return form.Get("MessageSid"), strings.TrimPrefix(form.Get("From"), "whatsapp:"), form.Get("Body")
}

// checkKept opens the store that the program left behind and fails if an
// acknowledged message is not in its transcript, once.
func (o *outside) checkKept() {
	o.t.Helper()
	keys, err := store.ReadKeyring(o.dir + "/ventanilla.key")
	if err != nil {
		o.t.Fatal(err)
	}
	kv, err := boltkv.Open(o.dir+"/ventanilla.db", boltkv.Options{})
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = kv.Close() }()
	s, err := store.New(o.t.Context(), kv, store.Options{Keys: keys, Random: rand.Reader})
	if err != nil {
		o.t.Fatal(err)
	}
	kept := map[string]int{}
	for i := range killPhones {
		p := o.phone(i)
		id := p.net.Person(p.name)
		lines, err := s.Transcript(o.t.Context(), flows.Key{Portal: p.portal, Channel: p.channel, Person: id}, 0, 1000)
		if err != nil {
			o.t.Fatal(err)
		}
		for _, l := range lines {
			if l.From == flows.Person {
				kept[id+" "+veiled(l.Text)]++
			}
		}
	}
	want := map[string]int{}
	for said, n := range o.acked.said {
		id, text, _ := strings.Cut(said, " ")
		want[id+" "+veiled(text)] += n
	}
	for said, n := range want {
		if kept[said] != n {
			o.t.Errorf("%q was acknowledged %d times and is kept %d times", said, n, kept[said])
		}
	}
	if len(want) < killPhones {
		o.t.Errorf("only %d messages were acknowledged: the test proved nothing", len(want))
	}
}

// veiled makes a sensitive answer look the same as its masked line.
func veiled(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '•' {
			return '#'
		}
		return r
	}, text)
}
