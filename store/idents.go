package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ventanilla/flows"
)

// An identifier that a conversation used is found again by a keyed hash of it and of
// the organisation: the identifier itself is not kept (RULES: data.sealed). The entry
// lives as long as the transcript's lines of the day, and the record lists
// its own so that [Store.Erase] finds them.

// maxIdents bounds those of one conversation; the one used longest ago gives way.
const maxIdents = 12

// identRecord is what an entry of the index says.
type identRecord struct {
	Kind string `json:"k"`
}

// identName is the keyed hash of an identifier. An account's id is no identifier that somebody types.
func (s *Store) identName(portal string, id flows.Ident) string {
	class := ""
	if id.Kind == flows.AccountIdent {
		class = id.Kind
	}
	return s.names.name("ident", portal, class, folded(id.Value))
}

// folded is an identifier without what people write it with: case, accents, dots, hyphens and spaces.
// A mail address keeps its dots.
func folded(s string) string {
	if strings.Contains(s, "@") {
		return strings.ToLower(strings.TrimSpace(s))
	}
	return strings.ReplaceAll(flows.Plain(s), " ", "")
}

// mailed notes the address of a mail as an identifier.
func (c *Conversation) mailed(to string) {
	if address, ok := strings.CutPrefix(to, "email:"); ok {
		c.queue.idents = append(c.queue.idents, flows.Ident{Kind: "email", Value: address})
	}
}

// dayMark is the day, by which it is seen that an entry was renewed today.
func dayMark(t time.Time) string { return strconv.FormatInt(t.Unix()/86400, 36) }

// addIdents writes what the conversation used, once a day.
func (s *Store) addIdents(w *write, c *Conversation, name string, now time.Time) {
	for _, id := range c.queue.idents {
		if folded(id.Value) == "" {
			continue
		}
		hash, day := s.identName(c.Key.Portal, id), dayMark(now)
		if slices.Contains(c.Idents, hash+day) {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(c.Idents), func(x string) bool { return strings.HasPrefix(x, hash) })
		c.Idents = append(rest, hash+day)
		w.add(Entry{Key: idents + hash + "." + name, Expires: now.Add(TranscriptFor)}, identRecord{Kind: id.Kind})
	}
	for len(c.Idents) > maxIdents {
		w.with = append(w.with, Entry{Key: identKey(c.Idents[0], name)})
		c.Idents = c.Idents[1:]
	}
}

// identKey is the key of one of a record's Idents.
func identKey(listed, name string) string { return idents + identHash(listed) + "." + name }

// identHash is the hash in one of a record's Idents; the day follows it.
func identHash(listed string) string { return listed[:min(len(listed), nameLen)] }

// identKeys are the keys of all entries of a conversation.
func (c *Conversation) identKeys(name string) (keys []string) {
	for _, x := range c.Idents {
		keys = append(keys, identKey(x, name))
	}
	return keys
}

// Known returns the names of the conversations of an organisation that used an identifier
// within [TranscriptFor], in any spelling, at most a hundred, with what it was there called.
func (s *Store) Known(ctx context.Context, portal, identifier string) ([]Other, error) {
	if folded(identifier) == "" {
		return nil, nil
	}
	return s.using(ctx, s.identName(portal, flows.Ident{Value: identifier}))
}

func (s *Store) using(ctx context.Context, hash string) (all []Other, err error) {
	prefix := idents + hash + "."
	es, err := s.kv.List(ctx, prefix, "", maxSame)
	if err != nil {
		return nil, fmt.Errorf("looking for an identifier: %w", err)
	}
	for _, e := range es {
		var r identRecord
		if err := s.unseal(e, &r); err != nil {
			return nil, err
		}
		all = append(all, Other{Name: strings.TrimPrefix(e.Key, prefix), Kind: r.Kind})
	}
	return all, nil
}

// Other is a conversation that was found by what it has in common with another, or by what somebody looks for.
type Other struct {
	Name string // of the conversation; see [Store.Name]
	Kind string // what they have in common: [flows.AccountIdent] if both proved the same account, otherwise what the identifier is called
}

// Others returns the conversations of the same organisation in which the same account was proven,
// these first, or the same identifier was used, within [TranscriptFor]. Whoever typed an
// identifier need not own it.
func (s *Store) Others(ctx context.Context, name string) ([]Other, error) {
	c, err := s.Find(ctx, name)
	if err != nil {
		return nil, err
	}
	hashes := slices.Clone(c.Idents)
	c.Leave()
	kinds := map[string]string{}
	for _, x := range hashes {
		some, err := s.using(ctx, identHash(x))
		if err != nil {
			return nil, err
		}
		for _, o := range some {
			if o.Name != name && kinds[o.Name] != flows.AccountIdent {
				kinds[o.Name] = o.Kind
			}
		}
	}
	var all []Other
	for name, kind := range kinds {
		all = append(all, Other{Name: name, Kind: kind})
	}
	slices.SortFunc(all, func(a, b Other) int {
		if x, y := a.Kind == flows.AccountIdent, b.Kind == flows.AccountIdent; x != y {
			return map[bool]int{true: -1, false: 1}[x]
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return all, nil
}
