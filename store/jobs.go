package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ventanilla/flows"
)

// Job is something that is due: a conversation, or a reply for somewhere else.
// Nobody else is given it until [Store.Release] or the end of its lease.
type Job struct {
	Key          flows.Key     // the conversation it is about
	Conversation *Conversation // as it was when claimed; nil if Away is set
	Away         *Away
	entry        string
}

// Claim waits until something is due and returns up to n jobs, oldest first. A
// reply past its Until is reported as undelivered instead of being handed out.
// What cannot be read is logged and tried again after the lease.
func (s *Store) Claim(ctx context.Context, n int, lease time.Duration) ([]Job, error) {
	for {
		es, err := s.kv.Claim(ctx, n, lease)
		if err != nil {
			return nil, fmt.Errorf("claiming what is due: %w", err)
		}
		jobs := make([]Job, 0, len(es))
		for _, e := range es {
			j, err := s.job(ctx, e)
			switch {
			case err != nil:
				s.log.ErrorContext(ctx, "a due entry cannot be worked on", "entry", kindOf(e.Key), "err", err)
			case j.entry != "":
				jobs = append(jobs, j)
			}
		}
		if len(jobs) > 0 {
			return jobs, nil
		}
	}
}

// Release ends the job's lease; if it is still due it is handed out again.
func (s *Store) Release(j Job) { s.kv.Release(j.entry) }

// job opens a due entry; it is empty if nothing is left to do.
func (s *Store) job(ctx context.Context, e Entry) (Job, error) {
	switch {
	case strings.HasPrefix(e.Key, conversations):
		c, err := s.conversation(e)
		if err != nil {
			return Job{}, err
		}
		return Job{Key: c.Key, Conversation: c, entry: e.Key}, nil
	case strings.HasPrefix(e.Key, away):
		return s.awayJob(ctx, e)
	}
	return Job{}, fmt.Errorf("nothing of this kind is ever due")
}

func (s *Store) awayJob(ctx context.Context, e Entry) (Job, error) {
	a := &Away{rev: e.Rev}
	if err := s.unseal(e, a); err != nil {
		return Job{}, err
	}
	if past(a.Out.Until, s.clock.Now()) {
		err := s.Done(ctx, *a, Expired)
		s.kv.Release(e.Key)
		if err == nil && s.fell != nil {
			s.fell(*a)
		}
		return Job{}, err
	}
	return Job{Key: a.Key, Away: a, entry: e.Key}, nil
}
