package telegram

import (
	"hash/maphash"
	"strconv"
	"sync"
	"time"

	"ventanilla/bot"
)

// progress remembers how far deliveries came, so that sending one again repeats nothing. It knows them by a
// hash of 64 bits, which two of its thousands share once in 10^15 messages: their names took three
// times the memory, and the garbage collector had to look at each. Whoever writes to the bot has a say in those names;
// the hash is keyed at random when the first is noted (hash/maphash), so that nobody can look for two that share one.
type progress struct {
	mu   sync.Mutex
	seed maphash.Seed
	done map[uint64]step
}

// step is what is remembered of a delivery.
type step struct {
	receipt int64 // of the last part sent, 0 if it had none
	at      int64 // in Unix seconds
	next    int   // the part to send next
}

type sentSoFar struct {
	next    int    // the part to send next
	receipt string // of the last part sent
	at      time.Time
}

const maxProgress = 10000

func (p *progress) load(d *bot.Delivery, now time.Time) sentSoFar {
	p.mu.Lock()
	defer p.mu.Unlock()
	so := sentSoFar{at: now}
	s, ok := p.done[p.hash(d)]
	if !ok || d.ID == "" || now.Sub(time.Unix(s.at, 0)) > rememberFor {
		return so
	}
	if so.next = s.next; s.receipt != 0 {
		so.receipt = strconv.FormatInt(s.receipt, 10)
	}
	return so
}

func (p *progress) save(d *bot.Delivery, s sentSoFar) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		p.seed, p.done = maphash.MakeSeed(), map[uint64]step{}
	}
	if len(p.done) >= maxProgress {
		p.forget(s.at)
	}
	receipt, _ := strconv.ParseInt(s.receipt, 10, 64) // the network's ids are numbers
	p.done[p.hash(d)] = step{receipt, s.at.Unix(), s.next}
}

func (p *progress) hash(d *bot.Delivery) uint64 {
	if p.done == nil {
		return 0
	}
	return maphash.Comparable(p.seed, [2]string{d.To, d.ID})
}

// forget drops what is old, or everything if nothing is: memory is bounded, a
// repeated line is not a catastrophe.
func (p *progress) forget(now time.Time) {
	for k, s := range p.done {
		if now.Sub(time.Unix(s.at, 0)) > rememberFor {
			delete(p.done, k)
		}
	}
	if len(p.done) >= maxProgress {
		clear(p.done)
	}
}
