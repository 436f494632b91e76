package console

import (
	"context"
	"fmt"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"time"

	"ventanilla/bot"
)

const (
	// pulseEvery is how often the meters are looked at, and pulses how many of the looks are kept: five minutes.
	pulseEvery = 2 * time.Second
	pulses     = 150
)

// pulse remembers what the meters showed lately. The zero value is ready.
type pulse struct {
	mu   sync.Mutex
	seen []look // oldest first
}

type look struct {
	at time.Time // real time
	bot.Load
}

func (p *pulse) run(ctx context.Context, load func() bot.Load) {
	every := time.NewTicker(pulseEvery)
	defer every.Stop()
	for {
		p.add(look{time.Now(), load()})
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

func (p *pulse) add(l look) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen = append(p.seen, l); len(p.seen) > pulses {
		p.seen = slices.Clone(p.seen[1:])
	}
}

func (p *pulse) looks() []look {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// nowView is what is so at this moment.
type nowView struct {
	Waiting, Stuck, Held, Running int
	Longest                       string
	Outage                        int // conversations that wait for the core
	MailDown                      bool
	Mail                          bool // whether mails get out is known
	Load                          bool // the meters are there
	Rate                          string
	Spark                         string // an SVG path of the turns of the last minutes, 100 by 20
	InHand, Queue, Mails          int
	Age                           string // of nine replies in ten when they left
	Later, Failed                 uint64 // turns of the last minutes
	Memory                        string
	Pages                         int
}

// now is what is so now, at the organisations that a supervisor looks at.
func (c *Console) now(v visit, s span) (n nowView) {
	var longest time.Duration
	for _, r := range c.live.all(func(r row) bool { return s.seen(r.Portal) && !r.idle() }) {
		switch r.need() {
		case waits:
			n.Waiting++
			longest = max(longest, c.Now().Sub(r.Since))
		case stuck:
			n.Stuck++
		case held:
			n.Held++
		case running:
			n.Running++
		}
		if r.Stuck {
			n.Outage++
		}
	}
	if n.Waiting > 0 {
		n.Longest = v.words.Length(longest)
	}
	if n.Mail = c.MailDown != nil; n.Mail {
		n.MailDown = c.MailDown()
	}
	n.Pages = c.live.openPages()
	n.Memory = v.words.Decimal(float64(memory())/(1<<20), 0) + " MB"
	if looks := c.pulse.looks(); len(looks) > 1 {
		n.load(v.words, looks)
	}
	return n
}

// load fills in what the meters showed lately.
func (n *nowView) load(w words, looks []look) {
	last := looks[len(looks)-1]
	recent := looks[max(len(looks)-6, 0)]
	n.Load = true
	n.Rate = w.Decimal(rate(recent, last), 1)
	n.Spark = spark(looks)
	n.InHand, n.Queue, n.Mails = last.InHand["chat"]+last.InHand["away"], last.Waiting["chat"], last.Waiting["away"]
	n.Later, n.Failed = last.Later-looks[0].Later, last.Failed-looks[0].Failed
	if age, some := ageOf(looks[0], last); some {
		n.Age = w.Decimal(max(age, 0.1), 1) + " s"
	}
}

func rate(a, b look) float64 {
	if d := b.at.Sub(a.at).Seconds(); d > 0 {
		return float64(b.Turns-a.Turns) / d
	}
	return 0
}

// spark draws the turns a second between looks, the latest at the right.
func spark(looks []look) string {
	rates, most := []float64{}, 1.0
	for i := 1; i < len(looks); i++ {
		rates = append(rates, rate(looks[i-1], looks[i]))
		most = max(most, rates[i-1])
	}
	var b strings.Builder
	for i, r := range rates {
		_, _ = fmt.Fprintf(&b, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[i == 0], 100*float64(i+1+pulses-len(looks))/float64(pulses-1), 19-18*r/most)
	}
	return b.String()
}

// ageOf is how old nine in ten of the replies at most were, in seconds, that left between two looks.
func ageOf(a, b look) (seconds float64, some bool) {
	if len(b.Age) == 0 {
		return 0, false
	}
	since := func(i int) uint64 {
		if i < len(a.Age) {
			return b.Age[i].N - a.Age[i].N
		}
		return b.Age[i].N
	}
	all := since(len(b.Age) - 1)
	for i := range b.Age {
		if since(i)*10 >= all*9 {
			return b.Age[i].Seconds, all > 0
		}
	}
	return 0, false
}

// memory is how many bytes the program holds of the system's.
func memory() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// Length is a length of time in few words: "45 s", "3 min 20 s", "2 h 5 min".
func (w words) Length(d time.Duration) string {
	switch s := int(d.Round(time.Second).Seconds()); {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 600 && s%60 == 0:
		return fmt.Sprintf("%d min", s/60)
	case s < 600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	case s < 3600:
		return fmt.Sprintf("%d min", s/60)
	case s%3600 < 60:
		return fmt.Sprintf("%d h", s/3600)
	default:
		return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
	}
}

// Decimal is a number as people of the language write it.
func (w words) Decimal(x float64, digits int) string {
	s := fmt.Sprintf("%.*f", digits, x)
	if w.Lang == "es" {
		s = strings.ReplaceAll(s, ".", ",")
	}
	return s
}

// Percent is a part of a whole, "" of nothing.
func (w words) Percent(part, whole uint64) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}
