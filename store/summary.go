package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Summary is what the console's list shows of a conversation. Sealed it is at most 200 bytes.
type Summary struct {
	Name    string // of the conversation; see [Store.Name]
	Portal  string
	Channel string
	Person  string // what the person calls themselves in the chat, perhaps cut
	Flow    string
	Step    string
	Since   time.Time // arrival at the step, or when the person last wrote if nothing goes on; to the second
	Tries   int       // wrong answers to the question
	Holder  string    // the agent who holds it
	Stuck   bool      // its oldest message cannot be answered
}

// maxSummary is the bound of a summary before sealing.
const maxSummary = 200 - sealCost

// summary packs what the list shows into a JSON array, cutting the names rather than the bound.
func (c *Conversation) summary() []byte {
	if !c.Erased.IsZero() && c.Dialog.Flow == "" {
		return nil
	}
	for room := 40; ; room -= 8 {
		holder := ""
		if c.Holder != nil {
			holder = c.Holder.Agent
		}
		since := int64(0)
		if at := c.lately(); !at.IsZero() {
			since = at.Unix()
		}
		b, err := json.Marshal([]any{cut(c.Key.Portal, 24), cut(c.Key.Channel, 12), cut(c.Name, room), cut(c.Dialog.Flow, 16),
			cut(c.Dialog.Step, 16), since, c.Dialog.Tries, cut(holder, room), c.Stuck != nil})
		if err == nil && len(b) <= maxSummary || room <= 0 {
			return b
		}
	}
}

// lately is since when it is where it is: where nothing goes on, when the person last wrote.
func (c *Conversation) lately() time.Time {
	if c.Dialog.Flow == "" && c.Holder == nil && len(c.Inbox) == 0 {
		return c.Heard
	}
	return c.Dialog.Since
}

// cut shortens s to at most n bytes, at the end of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:max(n, 0)]
}

// Summaries returns up to n summaries, by conversation name after the given one.
func (s *Store) Summaries(ctx context.Context, after string, n int) ([]Summary, error) {
	if after != "" {
		after = summaries + after
	}
	es, err := s.kv.List(ctx, summaries, after, n)
	if err != nil {
		return nil, fmt.Errorf("listing conversations: %w", err)
	}
	list := make([]Summary, 0, len(es))
	for _, e := range es {
		one, err := s.summary(e)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// Watch sends the summary of each conversation whose summary changes, from now
// on, until ctx ends. It may skip to the latest of several changes, never the last.
func (s *Store) Watch(ctx context.Context) (<-chan Summary, error) {
	return follow(ctx, s, summaries, "conversations", s.summary)
}

// summary opens one; that of an erased conversation has only its Name.
func (s *Store) summary(e Entry) (Summary, error) {
	v := Summary{Name: strings.TrimPrefix(e.Key, summaries)}
	if len(e.Value) == 0 {
		return v, nil
	}
	var since int64
	fields := []any{&v.Portal, &v.Channel, &v.Person, &v.Flow, &v.Step, &since, &v.Tries, &v.Holder, &v.Stuck}
	err := s.unseal(e, &fields)
	if since != 0 {
		v.Since = time.Unix(since, 0).UTC()
	}
	return v, err
}
