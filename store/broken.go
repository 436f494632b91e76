package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ventanilla/flows"
)

// Broken is a message that could not be processed and was set aside with a case,
// so that the conversation goes on (RULES: talk.stuck).
type Broken struct {
	Case   string    `json:"case"`
	At     time.Time `json:"at"`
	Key    flows.Key `json:"key"`
	Flow   string    `json:"flow,omitempty"`
	Step   string    `json:"step,omitempty"`
	In     Inbound   `json:"in"`
	Reason string    `json:"reason"` // for the operator; holds no secret
}

// SetAside takes a message off the inbox and keeps it under a case number, with
// the next Save. The case must hold nothing that tells who the person is.
func (c *Conversation) SetAside(in Inbound, reason, caseID string, now time.Time) {
	c.forget(in.ID)
	c.queue.broken = append(c.queue.broken, Broken{Case: caseID, At: now, Key: c.Key,
		Flow: c.Dialog.Flow, Step: c.Dialog.Step, In: in, Reason: reason})
}

// Broken returns up to n messages that were set aside, by case number after the
// given one. It returns more than n rather than a part of those with the same number.
func (s *Store) Broken(ctx context.Context, after string, n int) ([]Broken, error) {
	if after != "" {
		after = setAside + after + "/" // "/" follows "."
	}
	es, err := s.kv.List(ctx, setAside, after, n)
	if err == nil && len(es) == n {
		last := es[n-1].Key
		number, _, _ := strings.Cut(strings.TrimPrefix(last, setAside), ".")
		var same []Entry
		same, err = s.kv.List(ctx, setAside+number+".", last, maxSame)
		es = append(es, same...)
	}
	if err != nil {
		return nil, fmt.Errorf("listing what was set aside: %w", err)
	}
	list := make([]Broken, len(es))
	for i, e := range es {
		if err := s.unseal(e, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// maxSame is more than chance ever gives the same number.
const maxSame = 100
