package bot

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Load is what the meters show at a moment. What counts up does so since the program started.
type Load struct {
	Turns   uint64         // runs of the engine that were answered
	Later   uint64         // those that found a system down, and wait
	Failed  uint64         // those that failed otherwise
	Sent    uint64         // replies that a network took
	Retried uint64         // sends that will be tried again
	InHand  map[string]int // by pool, "chat" and "away": conversations and mails being worked on
	Waiting map[string]int // by pool: those that wait for a place
	Age     []Class        // of replies when a network took them, in all lanes
}

// Class is how many took at most so long.
type Class struct {
	Seconds float64
	N       uint64
}

// Read reads the meters.
func (m *Meters) Read() Load {
	l := Load{InHand: map[string]int{}, Waiting: map[string]int{}}
	each(m.turns, func(x *dto.Metric) {
		n := uint64(x.GetCounter().GetValue())
		switch kind(label(x, "outcome")) {
		case done:
			l.Turns += n
		case later:
			l.Later += n
		case failed, broken:
			l.Failed += n
		}
	})
	each(m.replies, func(x *dto.Metric) {
		if label(x, "outcome") == sent {
			l.Sent += uint64(x.GetCounter().GetValue())
		}
	})
	each(m.retries, func(x *dto.Metric) { l.Retried += uint64(x.GetCounter().GetValue()) })
	each(m.working, func(x *dto.Metric) { l.InHand[label(x, "pool")] += int(x.GetGauge().GetValue()) })
	each(m.waiting, func(x *dto.Metric) { l.Waiting[label(x, "pool")] += int(x.GetGauge().GetValue()) })
	each(m.age, func(x *dto.Metric) {
		for i, b := range x.GetHistogram().GetBucket() {
			if i == len(l.Age) {
				l.Age = append(l.Age, Class{Seconds: b.GetUpperBound()})
			}
			l.Age[i].N += b.GetCumulativeCount()
		}
	})
	for pool, n := range l.InHand {
		l.Waiting[pool] -= n // who has a place does not wait
	}
	return l
}

// each reads what a collector holds.
func each(c prometheus.Collector, do func(*dto.Metric)) {
	out := make(chan prometheus.Metric)
	go func() {
		c.Collect(out)
		close(out)
	}()
	for x := range out {
		var read dto.Metric
		if x.Write(&read) == nil {
			do(&read)
		}
	}
}

func label(x *dto.Metric, name string) string {
	for _, l := range x.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}
