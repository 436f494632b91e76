package whatsapp

import (
	"slices"
	"strings"
	"sync"
	"time"

	"ventanilla/bot"
)

// maxBody is the length of one message (RULES: wa.limits), counted in UTF-16 units:
// never more than the characters that Twilio may be counting.
const maxBody = 1600

// split cuts a text into messages; the links follow it, and then the lists of
// options, each as one piece and on the message before it if it fits there.
func split(text, links string, lists []string) (out []string) {
	for bot.Units(text) > maxBody {
		at := bot.Cut(text, maxBody)
		out = append(out, strings.TrimSpace(text[:at]))
		text = strings.TrimSpace(text[at:])
	}
	for i, block := range append([]string{links}, lists...) {
		switch {
		case block == "":
		case text == "":
			text = block
		case i < 2 && bot.Units(text)+2+bot.Units(block) <= maxBody: // a second list of ten is a message of its own
			text += "\n\n" + block
		default:
			out, text = append(out, text), block
		}
		for bot.Units(text) > maxBody { // labels of a length that nobody writes
			at := bot.Cut(text, maxBody)
			out, text = append(out, strings.TrimSpace(text[:at])), strings.TrimSpace(text[at:])
		}
	}
	if text != "" {
		out = append(out, text)
	}
	return out
}

// progress remembers how far deliveries came, so that sending one again repeats nothing.
type progress struct {
	mu     sync.Mutex
	done   map[string]sentSoFar
	failed map[string]bool // messages that were reported as failed, perhaps before they were noted as sent
}

type sentSoFar struct {
	sids []string
	at   time.Time
}

const (
	maxProgress = 10000
	// rememberFor is how long a delivery's progress is kept: retries of a lost result come within seconds.
	rememberFor = 10 * time.Minute
)

func (p *progress) load(d bot.Delivery, now time.Time) sentSoFar {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.done[d.Chat+" "+d.ID]
	if d.ID == "" || now.Sub(s.at) > rememberFor || slices.ContainsFunc(s.sids, func(sid string) bool { return p.failed[sid] }) {
		s = sentSoFar{}
	}
	s.at = now
	return s
}

func (p *progress) save(d bot.Delivery, s sentSoFar) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		p.done = map[string]sentSoFar{}
	}
	if len(p.done) >= maxProgress {
		p.sweep(s.at)
	}
	p.done[d.Chat+" "+d.ID] = s
}

// fail lets what a message belongs to be sent again from the beginning: it did not arrive.
func (p *progress) fail(sid string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil || len(p.failed) >= maxProgress {
		p.failed = map[string]bool{}
	}
	p.failed[sid] = true
}

// forget lets a delivery be sent again from the beginning.
func (p *progress) forget(d bot.Delivery) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.done, d.Chat+" "+d.ID)
}

// sweep drops what is old, or everything if nothing is: memory is bounded, a
// repeated line is not a catastrophe.
func (p *progress) sweep(now time.Time) {
	for k, s := range p.done {
		if now.Sub(s.at) > rememberFor {
			delete(p.done, k)
		}
	}
	if len(p.done) >= maxProgress {
		clear(p.done)
	}
}
