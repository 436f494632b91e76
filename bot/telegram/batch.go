package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
)

const (
	// mostUpdates is how many updates one answer of the network holds at most.
	mostUpdates = 100
	// mostRefused is how often one person's message may fail while other people's
	// are taken, before it is given up so that the bot goes on for everybody.
	mostRefused = 5
	// fewPeople are so few that what they wrote is no outage if all the rest is safe.
	fewPeople = 3
)

var (
	errUnsafe = errors.New("a message could not be accepted")
	errBehind = errors.New("it waits behind another of the same person")
)

// poller is one run of [Channel.Poll].
type poller struct {
	c       *Channel
	offset  int64          // acknowledges everything before it
	safe    map[int64]bool // updates from offset on that are safe already
	refused map[string]int // failures in a row by person, without those of an outage
}

// pending is an update that is not safe yet, and what became of it.
type pending struct {
	id int64
	arrival
	err error
}

// once asks once and makes safe what came: one person's messages in order, different
// people's at the same time. Everything before the first that is not safe is acknowledged.
func (p *poller) once(ctx context.Context) error {
	updates, err := p.c.getUpdates(ctx, p.offset)
	if err != nil {
		return err
	}
	next := p.offset
	people := map[string][]*pending{}
	for _, raw := range updates {
		u, ok := p.read(raw)
		if !ok {
			continue
		}
		next = max(next, u.id+1)
		if !p.safe[u.id] {
			people[u.key.Person] = append(people[u.key.Person], u)
		}
	}
	p.accept(ctx, people)
	if ctx.Err() == nil {
		p.judge(people, len(updates) >= mostUpdates)
	}
	return p.acknowledge(people, next)
}

// read understands an update; what has no id cannot be acknowledged by itself.
func (p *poller) read(raw json.RawMessage) (*pending, bool) {
	id, ok := updateID(raw)
	if !ok {
		p.c.log.Warn("update without an id")
		return nil, false
	}
	a, err := p.c.read(raw)
	if err != nil {
		p.c.log.Warn("update not understood", "update", id, "err", err)
	}
	return &pending{id: id, arrival: a}, true
}

// accept makes messages safe; after one that fails, the same person's next ones wait.
func (p *poller) accept(ctx context.Context, people map[string][]*pending) {
	var all sync.WaitGroup
	for _, theirs := range people {
		all.Go(func() {
			for i, u := range theirs {
				if u.err = p.c.receive(ctx, u.arrival); u.err != nil {
					for _, behind := range theirs[i+1:] {
						behind.err = errBehind
					}
					return
				}
			}
		})
	}
	all.Wait()
}

// judge gives up what cannot be accepted. A message that fails while other people's
// are taken has trouble of its own, such as a record that cannot be read; in an
// outage, where nothing is taken, every message waits for as long as it lasts. It
// counts too when nothing else can come because what the network gives out is full.
func (p *poller) judge(people map[string][]*pending, full bool) {
	taken := 0
	for person, theirs := range people {
		if theirs[0].err == nil {
			delete(p.refused, person)
			if theirs[0].in.ID != "" {
				taken++
			}
		}
	}
	choked := full && len(people) <= fewPeople && len(p.safe) > mostUpdates/2
	for person, theirs := range people {
		u := theirs[0]
		if u.err == nil || taken == 0 && !choked {
			continue
		}
		if p.refused[person]++; p.refused[person] >= mostRefused {
			p.c.log.Error("message given up: it cannot be accepted, while other people's are", "update", u.id, "failures", p.refused[person], "err", u.err)
			u.err = nil
		}
	}
}

// acknowledge moves the offset to the first update that is not safe.
func (p *poller) acknowledge(people map[string][]*pending, next int64) (failed error) {
	p.offset = next
	for _, theirs := range people {
		for _, u := range theirs {
			if u.err == nil {
				p.safe[u.id] = true
				continue
			}
			p.offset = min(p.offset, u.id)
			if !errors.Is(failed, errUnsafe) || !errors.Is(u.err, errBehind) {
				failed = fmt.Errorf("%w: %w", errUnsafe, u.err)
			}
		}
	}
	maps.DeleteFunc(p.safe, func(id int64, _ bool) bool { return id < p.offset })
	return failed
}
