package telegram

import (
	"strings"
	"sync"
	"time"

	"ventanilla/bot"
)

// split cuts a text into messages and puts the links at the end of the last one.
// A text of nothing but space is no message.
func split(text string, links []bot.Link) []string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	tail := linkLines(text, links)
	var out []string
	for bot.Units(text) > maxText {
		at := bot.Cut(text, maxText)
		out = append(out, strings.TrimSpace(text[:at]))
		text = strings.TrimSpace(text[at:])
	}
	switch {
	case tail == "":
	case text == "":
		text = tail
	case bot.Units(text)+2+bot.Units(tail) <= maxText:
		text += "\n\n" + tail
	default:
		out, text = append(out, text), tail
	}
	if text != "" {
		out = append(out, text)
	}
	return out
}

// linkLines are the addresses that the text does not show yet, the last on the last line.
func linkLines(text string, links []bot.Link) string {
	var lines []string
	for _, l := range links {
		if l.URL == "" || strings.Contains(text, l.URL) {
			continue
		}
		if len(links) > 1 && l.Label != "" {
			lines = append(lines, l.Label+":")
		}
		lines = append(lines, l.URL)
	}
	return strings.Join(lines, "\n")
}

// progress remembers how far deliveries came, so that sending one again repeats nothing.
type progress struct {
	mu   sync.Mutex
	done map[string]sentSoFar
}

type sentSoFar struct {
	next    int    // the part to send next
	receipt string // of the last part sent
	at      time.Time
}

const maxProgress = 10000

func (p *progress) load(d bot.Delivery, now time.Time) sentSoFar {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.done[d.To+"/"+d.ID]
	if d.ID == "" || now.Sub(s.at) > rememberFor {
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
		p.forget(s.at)
	}
	p.done[d.To+"/"+d.ID] = s
}

// forget drops what is old, or everything if nothing is: memory is bounded, a
// repeated line is not a catastrophe.
func (p *progress) forget(now time.Time) {
	for k, s := range p.done {
		if now.Sub(s.at) > rememberFor {
			delete(p.done, k)
		}
	}
	if len(p.done) >= maxProgress {
		clear(p.done)
	}
}
