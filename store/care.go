package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ventanilla/flows"
)

// Care is what agents arrange among themselves about a conversation. The person never hears of it.
type Care struct {
	Labels []string `json:"labels,omitempty"` // at most [MaxLabels], in the order in which they came
	Asked  *Asked   `json:"asked,omitempty"`  // the agent who was asked to take it, and did not answer yet
	Missed *Missed  `json:"missed,omitempty"` // it came back from somebody who did not answer; until an agent takes it
}

// Asked is an assignment, or a transfer if the agent To holds the conversation already.
type Asked struct {
	To    string    `json:"to"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"` // then it goes back to the queue
}

// Missed is an assignment or a transfer that nobody answered.
type Missed struct {
	By string    `json:"by"` // who had asked
	To string    `json:"to"` // who was asked
	At time.Time `json:"at"` // when it came back
}

// Bounds of labels.
const (
	MaxLabels = 6
	MaxLabel  = 24 // characters
)

var (
	// ErrLabel is returned for a label that is empty, too long, or one too many, or holds a long number: labels stand
	// in the trail, which outlives the person's data, so they say nothing of who somebody is.
	ErrLabel = errors.New("store: this cannot be a label")
	// ErrOver is returned when an agent is asked to take a conversation in which nothing goes on any more.
	ErrOver = errors.New("store: nothing goes on in this conversation")
)

// Label puts a label on the conversation, once however it is spelled, with the line in the trail.
func (c *Conversation) Label(agent, label string, now time.Time) error {
	label = strings.Join(strings.Fields(label), " ")
	k := c.caring()
	switch {
	case label == "" || utf8.RuneCountInString(label) > MaxLabel || flows.Plain(label) == "" || digits(label) > maxDigits:
		return ErrLabel
	case labelled(k.Labels, label) >= 0:
		return ErrUnchanged
	case len(k.Labels) >= MaxLabels:
		return ErrLabel
	}
	k.Labels = append(slices.Clone(k.Labels), label)
	c.careFor(k)
	c.Audit(flows.Audit{What: "labelled", Who: agent, Detail: map[string]string{"label": label}}, now)
	return nil
}

// maxDigits is how many digits a label may have: a year, and no identifier.
const maxDigits = 4

func digits(s string) (n int) {
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// Unlabel takes a label off; [ErrUnchanged] if it is not there.
func (c *Conversation) Unlabel(agent, label string, now time.Time) error {
	k := c.caring()
	at := labelled(k.Labels, label)
	if at < 0 {
		return ErrUnchanged
	}
	label = k.Labels[at]
	k.Labels = slices.Delete(slices.Clone(k.Labels), at, at+1)
	c.careFor(k)
	c.Audit(flows.Audit{What: "unlabelled", Who: agent, Detail: map[string]string{"label": label}}, now)
	return nil
}

// labelled is where a label stands, -1 if it does not.
func labelled(all []string, label string) int {
	return slices.IndexFunc(all, func(s string) bool { return flows.Plain(s) == flows.Plain(label) })
}

// Assign asks an agent to take the conversation by a moment. One that by holds goes over to
// the other at once; one that somebody else holds is refused with [ErrHeld].
func (c *Conversation) Assign(by, to string, until, now time.Time) error {
	a := flows.Audit{What: "assigned", Who: by, Detail: map[string]string{"to": to}}
	switch {
	case c.Holder != nil && c.Holder.Agent != by:
		return ErrHeld
	case c.Holder != nil && to == by:
		return ErrUnchanged
	case c.Holder != nil:
		a.What = "transferred"
		c.Holder = &Holder{Agent: to, Since: now}
	case c.Dialog.Flow == "":
		return ErrOver
	}
	k := c.caring()
	k.Asked, k.Missed = &Asked{To: to, By: by, At: now, Until: until}, nil
	c.careFor(k)
	c.Audit(a, now)
	return nil
}

// Accept notes that an agent who was asked answered, and tells whether that was so.
func (c *Conversation) Accept(agent string, now time.Time) bool {
	if c.Care == nil || c.Care.Asked == nil || c.Care.Asked.To != agent {
		return false
	}
	c.settled()
	c.Audit(flows.Audit{What: "accepted", Who: agent}, now)
	return true
}

// Unanswered puts the conversation back into the queue if what was asked at that moment still has no answer,
// and tells whether it did. Of a transfer the caller takes the holder away.
func (c *Conversation) Unanswered(asked, now time.Time) bool {
	k := c.caring()
	if k.Asked == nil || !k.Asked.At.Equal(asked) {
		return false
	}
	missed := &Missed{By: k.Asked.By, To: k.Asked.To, At: now}
	k.Asked = nil
	if c.Dialog.Flow != "" {
		k.Missed = missed
	}
	c.careFor(k)
	c.Audit(flows.Audit{What: "unanswered", Detail: map[string]string{"by": missed.To, "from": missed.By}}, now)
	return true
}

// settled ends what was asked of agents: one has come, or nobody has to.
func (c *Conversation) settled() {
	if c.Care != nil {
		k := c.caring()
		k.Asked, k.Missed = nil, nil
		c.careFor(k)
	}
}

func (c *Conversation) caring() Care {
	if c.Care == nil {
		return Care{}
	}
	return *c.Care
}

func (c *Conversation) careFor(k Care) {
	c.Care = &k
	if k.Empty() {
		c.Care = nil
	}
}

// Empty tells that there is nothing to say.
func (k Care) Empty() bool { return len(k.Labels) == 0 && k.Asked == nil && k.Missed == nil }

// careEntry is what the entry beside the record says, nil if there is none.
func (c *Conversation) careEntry() []byte {
	if c.Care == nil {
		return nil
	}
	b, err := json.Marshal(c.Care)
	if err != nil { // times of a year beyond 9999
		return nil
	}
	return b
}

// Cared is the care for a conversation, as the list knows it.
type Cared struct {
	Name string // of the conversation
	Care
}

// CareOf returns the care for a conversation; the zero value if there is none.
func (s *Store) CareOf(ctx context.Context, name string) (k Care, err error) {
	e, err := s.kv.Get(ctx, cares+name)
	if errors.Is(err, ErrNotFound) {
		return k, nil
	}
	if err != nil {
		return k, fmt.Errorf("looking what agents arranged: %w", err)
	}
	err = s.unseal(e, &k)
	return k, err
}

// Cares sends the care for each conversation for which it changes, from now on, until ctx ends.
// It may skip to the latest of several changes, never the last.
func (s *Store) Cares(ctx context.Context) (<-chan Cared, error) {
	return follow(ctx, s, cares, "what agents arrange", func(e Entry) (one Cared, err error) {
		if one.Name = strings.TrimPrefix(e.Key, cares); len(e.Value) > 0 {
			err = s.unseal(e, &one.Care)
		}
		return one, err
	})
}
