package telegram

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacer keeps a bot within what the network allows (RULES: tg.rate). It never
// sleeps: it says how long a message must wait, so that other chats go on.
type pacer struct {
	mu      sync.Mutex
	perChat float64
	all     *rate.Limiter
	until   time.Time // the network refused the whole bot until then
	chats   map[string]*lane
	sweepAt int // number of chats at which idle ones are forgotten
}

// lane is what is known of the pace of one chat.
type lane struct {
	limit *rate.Limiter
	until time.Time // the network refused this chat until then
}

// newPacer allows so many messages a second; 0 is no limit.
func newPacer(perChat, overall float64) *pacer {
	p := &pacer{perChat: perChat, chats: map[string]*lane{}, sweepAt: 1024}
	switch {
	case overall <= 0:
		p.all = rate.NewLimiter(rate.Inf, 0)
	case overall < 2:
		p.all = rate.NewLimiter(rate.Limit(overall), 1)
	default:
		// Burst and refill together are what can leave within one second.
		burst := max(1, int(overall/10))
		p.all = rate.NewLimiter(rate.Limit(overall-float64(burst)), burst)
	}
	return p
}

// take asks to send one message to a chat now. It returns 0, or how long to wait
// and whether every other chat must wait as well.
func (p *pacer) take(chat string, now time.Time) (wait time.Duration, whole bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lane(chat, now)
	if d := p.until.Sub(now); d > 0 {
		return d, true
	}
	if d := max(l.until.Sub(now), missing(l.limit, now)); d > 0 {
		return d, false
	}
	if d := missing(p.all, now); d > 0 {
		return d, true
	}
	l.limit.AllowN(now, 1)
	p.all.AllowN(now, 1)
	return 0, false
}

// refused notes that the network asked for a pause, which it does not say for
// whom. A second chat refused while a first one still is means the whole bot.
func (p *pacer) refused(chat string, now time.Time, after time.Duration) (whole bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, other := range p.chats {
		whole = whole || (name != chat && other.until.After(now))
	}
	until := now.Add(after)
	p.lane(chat, now).until = until
	if whole && until.After(p.until) {
		p.until = until
	}
	return whole
}

// lane returns the chat's own pace, making it when the chat is new.
func (p *pacer) lane(chat string, now time.Time) *lane {
	if l := p.chats[chat]; l != nil {
		return l
	}
	if len(p.chats) >= p.sweepAt {
		p.sweep(now)
	}
	limit := rate.NewLimiter(rate.Inf, 0)
	if p.perChat > 0 {
		limit = rate.NewLimiter(rate.Limit(p.perChat), 1)
	}
	l := &lane{limit: limit}
	p.chats[chat] = l
	return l
}

// sweep forgets the chats whose pause is over: a new lane would allow as much.
func (p *pacer) sweep(now time.Time) {
	for name, l := range p.chats {
		if !l.until.After(now) && missing(l.limit, now) == 0 {
			delete(p.chats, name)
		}
	}
	p.sweepAt = max(1024, 2*len(p.chats))
}

// missing is how long until the limiter has a whole token again.
func missing(l *rate.Limiter, now time.Time) time.Duration {
	if l.Limit() == rate.Inf {
		return 0
	}
	lack := 1 - l.TokensAt(now)
	if lack <= 0 {
		return 0
	}
	return max(time.Duration(lack/float64(l.Limit())*float64(time.Second)), time.Millisecond)
}
