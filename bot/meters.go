package bot

import (
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// sent is the outcome of a reply that its network took.
const sent = "sent"

// Meters counts what the bot does. Nothing in them says who a person is.
type Meters struct {
	turns       *prometheus.CounterVec   // by outcome: done, later, failed, broken, overtaken
	turnSeconds prometheus.Histogram     // of one run of the engine
	replies     *prometheus.CounterVec   // by channel and outcome: sent, dropped
	retries     *prometheus.CounterVec   // by channel: sends that will be tried again
	stuck       prometheus.Counter       // conversations that began to wait for an outage
	broken      prometheus.Counter       // messages set aside
	ceiling     *prometheus.CounterVec   // by portal: mails held back by the ceiling
	age         *prometheus.HistogramVec // by lane: from the decision to the network's receipt
	fast        *prometheus.CounterVec   // by way: messages answered in the accepting write, or not
	working     *prometheus.GaugeVec     // by pool: jobs in hand
	waiting     *prometheus.GaugeVec     // by pool: jobs that were claimed and wait for a place in it

	// What nearly every turn counts, found once.
	done, answered prometheus.Counter
	chat           prometheus.Observer // of age
	mu             sync.Mutex
	sent           map[string]prometheus.Counter // of replies, by channel
}

// NewMeters returns meters that are registered on reg. It fails if reg already
// holds one of their names.
func NewMeters(reg prometheus.Registerer) (*Meters, error) {
	m := &Meters{
		sent:        map[string]prometheus.Counter{},
		turns:       counters("turns_total", "Runs of the engine.", "outcome"),
		turnSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "ventanilla_turn_seconds", Help: "Time of one run of the engine.", Buckets: prometheus.ExponentialBuckets(0.0005, 3, 11)}),
		replies:     counters("replies_total", "Replies that left the outbox.", "channel", "outcome"),
		retries:     counters("reply_retries_total", "Replies that will be sent again.", "channel"),
		stuck:       prometheus.NewCounter(prometheus.CounterOpts{Name: "ventanilla_stuck_total", Help: "Conversations that began to wait for an outage to end."}),
		broken:      prometheus.NewCounter(prometheus.CounterOpts{Name: "ventanilla_broken_total", Help: "Messages set aside with a case."}),
		ceiling:     counters("mail_ceiling_total", "Mails held back by the portal's ceiling a minute.", "portal"),
		age:         prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "ventanilla_outbox_age_seconds", Help: "From deciding a reply to its delivery.", Buckets: prometheus.ExponentialBuckets(0.005, 4, 10)}, []string{"lane"}),
		fast:        counters("accepts_total", "Messages accepted, by whether the answer was in the same write.", "way"),
		working:     prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "ventanilla_jobs_in_hand", Help: "Conversations and mails being worked on."}, []string{"pool"}),
		waiting:     prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "ventanilla_jobs_waiting", Help: "Conversations and mails that wait to be worked on."}, []string{"pool"}),
	}
	for _, c := range []prometheus.Collector{m.turns, m.turnSeconds, m.replies, m.retries, m.stuck, m.broken, m.ceiling, m.age, m.fast, m.working, m.waiting} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("registering the bot's meters: %w", err)
		}
	}
	m.done, m.answered, m.chat = m.turns.WithLabelValues(string(done)), m.fast.WithLabelValues("answered"), m.age.WithLabelValues(chatLane)
	return m, nil
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ventanilla_" + name, Help: help}, labels)
}

// left notes that a reply left the outbox.
func (m *Meters) left(lane, channel, outcome string, age time.Duration) {
	m.leaving(channel, outcome).Inc()
	if lane == chatLane {
		m.chat.Observe(max(age, 0).Seconds())
	} else {
		m.age.WithLabelValues(lane).Observe(max(age, 0).Seconds())
	}
}

func (m *Meters) leaving(channel, outcome string) prometheus.Counter {
	if outcome != sent {
		return m.replies.WithLabelValues(channel, outcome)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.sent[channel]
	if c == nil {
		c = m.replies.WithLabelValues(channel, outcome)
		m.sent[channel] = c
	}
	return c
}

// turned notes a run of the engine.
func (m *Meters) turned(how kind) {
	if how == done {
		m.done.Inc()
	} else {
		m.turns.WithLabelValues(string(how)).Inc()
	}
}
