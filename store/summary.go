package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
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
	holder, since := "", int64(0)
	if c.Holder != nil {
		holder = c.Holder.Agent
	}
	if at := c.lately(); !at.IsZero() {
		since = at.Unix()
	}
	b := make([]byte, 0, maxSummary)
	for room := 40; ; room -= 8 {
		b = append(b[:0], '[')
		for _, s := range []string{cut(c.Key.Portal, 24), cut(c.Key.Channel, 12), cut(c.Name, room), cut(c.Dialog.Flow, 16), cut(c.Dialog.Step, 16)} {
			b = append(appendString(b, s), ',')
		}
		b = append(strconv.AppendInt(b, since, 10), ',')
		b = append(strconv.AppendInt(b, int64(c.Dialog.Tries), 10), ',')
		b = append(appendString(b, cut(holder, room)), ',')
		b = append(strconv.AppendBool(b, c.Stuck != nil), ']')
		if len(b) <= maxSummary || room <= 0 {
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
	b, err := s.sealer.Load().open(e.Key, e.Value)
	if err != nil {
		return v, err
	}
	if err := v.read(b); err != nil {
		return v, fmt.Errorf("decoding %s: %w", kindOf(e.Key), err)
	}
	return v, nil
}

// read takes a summary apart. All of them are read when the console starts, and one with nearly every
// turn, so what [Conversation.summary] writes without escapes is not left to encoding/json.
func (v *Summary) read(b []byte) error {
	p := plainArray{rest: string(b), before: '['}
	plain := Summary{Name: v.Name, Portal: p.text(), Channel: p.text(), Person: p.text(), Flow: p.text(), Step: p.text()}
	since, tries := p.number(), p.number()
	plain.Tries, plain.Holder, plain.Stuck = int(tries), p.text(), p.flag()
	if !p.odd && p.rest == "]" && utf8.Valid(b) {
		*v = plain
	} else {
		fields := []any{&v.Portal, &v.Channel, &v.Person, &v.Flow, &v.Step, &since, &v.Tries, &v.Holder, &v.Stuck}
		if err := json.Unmarshal(b, &fields); err != nil {
			return err
		}
	}
	if since != 0 {
		v.Since = time.Unix(since, 0).UTC()
	}
	return nil
}

// plainArray reads a JSON array without spaces whose strings have no escapes.
type plainArray struct {
	rest   string
	before byte // what stands before the next item
	odd    bool // it is not like that
}

// item takes the next item, up to the comma or bracket behind it.
func (p *plainArray) item() string {
	if p.rest == "" || p.rest[0] != p.before {
		p.odd = true
		return ""
	}
	item := p.rest[1:]
	p.before = ','
	end := strings.IndexAny(item, ",]")
	if strings.HasPrefix(item, `"`) {
		end = strings.IndexByte(item[1:], '"') + 2
	}
	if end < 0 || end > len(item) {
		p.odd = true
		return ""
	}
	p.rest = item[end:]
	return item[:end]
}

func (p *plainArray) text() string {
	s := p.item()
	if len(s) < 2 || s[0] != '"' || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '\\' }) {
		p.odd = true
		return ""
	}
	return s[1 : len(s)-1]
}

func (p *plainArray) number() int64 {
	s := p.item()
	n, err := strconv.ParseInt(s, 10, 64)
	p.odd = p.odd || err != nil || strconv.FormatInt(n, 10) != s
	return n
}

func (p *plainArray) flag() bool {
	s := p.item()
	p.odd = p.odd || s != "true" && s != "false"
	return s == "true"
}
