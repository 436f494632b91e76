package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Schema is the version of the conversation record that this program writes.
const Schema = 2

// ErrNewer is returned for a record that a newer version of the program wrote.
var ErrNewer = errors.New("store: written by a newer version")

// migrations[n] turns the fields of a record of version n into those of version
// n+1. Append only: a record may have slept since any version.
var migrations = [Schema]func(record map[string]any){
	0: nameOrigins,
	1: func(map[string]any) {}, // its marks are entries; see [Store.conversation]
}

// nameOrigins is the step from version 0, in which a message's id was also the
// channel's own id of it, and the dialog kept its values under "slots".
func nameOrigins(record map[string]any) {
	inbox, _ := record["inbox"].([]any)
	for _, x := range inbox {
		if m, ok := x.(map[string]any); ok {
			m["origin"] = m["id"]
		}
	}
	if dialog, ok := record["dialog"].(map[string]any); ok {
		if slots, ok := dialog["slots"]; ok {
			dialog["values"] = slots
			delete(dialog, "slots")
		}
	}
}

// decode reads a record of this version or an older one, and tells which.
func decode(b []byte) (c *Conversation, version int, err error) {
	c = &Conversation{}
	err = json.Unmarshal(b, c)
	if err == nil && c.Schema == Schema {
		return c, Schema, nil
	}
	var head struct {
		Schema int `json:"v"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, 0, fmt.Errorf("decoding a conversation: %w", err)
	}
	if head.Schema > Schema {
		return nil, 0, fmt.Errorf("decoding a conversation: %w (%d, this is %d)", ErrNewer, head.Schema, Schema)
	}
	if head.Schema < 0 || head.Schema == Schema {
		return nil, 0, fmt.Errorf("decoding a conversation of version %d: %w", head.Schema, err)
	}
	c, err = migrate(b, head.Schema)
	return c, head.Schema, err
}

func migrate(b []byte, version int) (*Conversation, error) {
	var record map[string]any
	if err := json.Unmarshal(b, &record); err != nil {
		return nil, fmt.Errorf("migrating a conversation: %w", err)
	}
	if record == nil {
		return nil, errors.New("migrating a conversation: the record is null")
	}
	for v := version; v < Schema; v++ {
		migrations[v](record)
	}
	record["v"] = Schema
	b, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("migrating a conversation: %w", err)
	}
	c := &Conversation{}
	if err := json.Unmarshal(b, c); err != nil {
		return nil, fmt.Errorf("migrating a conversation from version %d: %w", version, err)
	}
	return c, nil
}

// conversation opens a record.
func (s *Store) conversation(e Entry) (*Conversation, error) {
	b, err := s.sealer.Load().open(e.Key, e.Value)
	if err != nil {
		return nil, err
	}
	c, version, err := decode(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kindOf(e.Key), err)
	}
	if version < 2 {
		c.Marks.Older = s.clock.Now().UTC().Add(SeenFor)
	}
	c.rev = e.Rev
	c.shown, c.cared = c.summary(), c.careEntry()
	c.waiting = s.waitingKey(c, strings.TrimPrefix(e.Key, conversations))
	return c, nil
}
