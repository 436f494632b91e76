package store

import (
	"context"
	"encoding/hex"
)

// PutRecord writes the bytes of a record, sealed, as an older or newer version of the program would.
func (s *Store) PutRecord(ctx context.Context, name string, record []byte) error {
	return s.PutSealed(ctx, conversations+name, record)
}

// PutSealed writes an entry as somebody would who has the keys.
func (s *Store) PutSealed(ctx context.Context, key string, plain []byte) error {
	old, err := s.kv.Get(ctx, key)
	if err != nil {
		old = Entry{Key: key}
	}
	if old.Value, err = s.sealer.Load().seal(nil, []byte(key), plain); err == nil {
		_, err = s.kv.Put(ctx, old)
	}
	return err
}

// PutOldMark notes a message as accepted, as version 1 did.
func (s *Store) PutOldMark(ctx context.Context, name, id string) error {
	mark := s.names.sum("message", name, id)
	_, err := s.kv.Put(ctx, Entry{Key: seen + hex.EncodeToString(mark[:]), Value: []byte{1}, Expires: s.clock.Now().Add(SeenFor)})
	return err
}

// Opened returns every entry as somebody would read it who has the keys.
func (s *Store) Opened(ctx context.Context) (map[string]string, error) {
	es, err := s.kv.List(ctx, "", "", 1<<20)
	if err != nil {
		return nil, err
	}
	open := map[string]string{}
	for _, e := range es {
		if unsealed(e.Key) {
			open[e.Key] = string(e.Value)
			continue
		}
		b, err := s.sealer.Load().open(e.Key, e.Value)
		if err != nil {
			return nil, err
		}
		open[e.Key] = string(b)
	}
	return open, nil
}

// Migrations is how many steps there are from version 0.
var Migrations = len(migrations)

// Encode and Decode are the one pair that knows the format of a record.
var (
	Encode = func(c *Conversation) ([]byte, error) {
		c.Schema = Schema
		return appendJSON(nil, c)
	}
	Decode = decode
)

// AppendJSON writes what records hold.
var AppendJSON = appendJSON

// SummaryJSON is the summary of a conversation as it is stored, before sealing.
func SummaryJSON(c *Conversation) []byte { return c.summary() }

// Page is a page of a transcript.
type Page = page

// ReadSummary takes apart what SummaryJSON made.
func ReadSummary(b []byte) (v Summary, err error) {
	err = v.read(b)
	return v, err
}
