package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// What a network knows, as [Network.Save] writes it. Webhooks, faults and taps
// under way are not in it: bots set themselves up again.
type (
	memory struct {
		Updates int64          `json:"updates"`
		Serial  int            `json:"serial"`
		Rev     int            `json:"rev"`
		People  []memoryPerson `json:"people"`
		Bots    []memoryBot    `json:"bots"`
	}
	memoryPerson struct {
		ID    int64  `json:"id"`
		Name  string `json:"name"`
		First string `json:"first"`
		Last  string `json:"last,omitempty"`
		Phone string `json:"phone,omitempty"`
	}
	memoryBot struct {
		Username string         `json:"username"`
		Last     int            `json:"last"`
		Pushed   int64          `json:"pushed"`
		Chats    []memoryChat   `json:"chats"`
		Queue    []memoryUpdate `json:"queue"`
	}
	memoryChat struct {
		Person   string          `json:"person"`
		Wrote    bool            `json:"wrote"`
		Blocked  bool            `json:"blocked,omitempty"`
		Keyed    int             `json:"keyed,omitempty"` // the message whose reply keyboard is there
		Messages []memoryMessage `json:"messages"`
	}
	memoryMessage struct {
		Message
		Data   []byte     `json:"data,omitempty"` // of the document
		Board  [][]button `json:"board,omitempty"`
		Former [][]button `json:"former,omitempty"`
		Below  *keyboard  `json:"below,omitempty"` // the reply keyboard that came with it
	}
	memoryUpdate struct {
		ID   int64           `json:"id"`
		Kind string          `json:"kind"`
		Body json.RawMessage `json:"body"`
		At   time.Time       `json:"at"`
	}
)

// Rev grows with every change of any phone or queue.
func (n *Network) Rev() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.rev
}

// Save writes what is on the phones and what the bots have not heard yet.
func (n *Network) Save(w io.Writer) error {
	n.mu.Lock()
	m, err := n.memory()
	n.mu.Unlock()
	if err == nil {
		err = json.NewEncoder(w).Encode(m)
	}
	if err != nil {
		return fmt.Errorf("saving the phones: %w", err)
	}
	return nil
}

func (n *Network) memory() (memory, error) {
	m := memory{Updates: n.updates, Serial: n.serial, Rev: n.rev}
	for _, p := range n.people {
		m.People = append(m.People, memoryPerson{p.id, p.name, p.first, p.last, p.number})
	}
	for _, b := range n.bots {
		kept := memoryBot{Username: b.username, Last: b.last, Pushed: b.pushed}
		for _, ch := range b.chats {
			kept.Chats = append(kept.Chats, ch.memory())
		}
		for _, u := range b.waiting() {
			body, err := json.Marshal(u.body)
			if err != nil {
				return m, fmt.Errorf("writing an update: %w", err)
			}
			kept.Queue = append(kept.Queue, memoryUpdate{u.id, u.kind, body, u.at})
		}
		m.Bots = append(m.Bots, kept)
	}
	return m, nil
}

// waiting is what a bot has not heard, with what was held back.
func (b *account) waiting() []update {
	if b.held == nil {
		return b.queue
	}
	return append(slices.Clone(b.queue), *b.held)
}

func (c *chat) memory() memoryChat {
	kept := memoryChat{Person: c.person.name, Wrote: c.wrote, Blocked: c.blocked}
	if c.keyed != nil {
		kept.Keyed = c.keyed.N
	}
	for _, m := range c.messages {
		one := memoryMessage{Message: m.Message, Board: m.board, Former: m.former, Below: m.keys}
		if m.Document != nil {
			one.Data = m.Document.Data
		}
		kept.Messages = append(kept.Messages, one)
	}
	return kept
}

// Load brings back what [Network.Save] wrote. Call it after [Network.AddBot] and
// before anybody uses the network; bots that are not there any more are forgotten.
func (n *Network) Load(r io.Reader) error {
	var m memory
	if err := json.NewDecoder(r).Decode(&m); err != nil {
		return fmt.Errorf("loading the phones: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.updates, n.serial, n.rev = max(n.updates, m.Updates), max(n.serial, m.Serial), max(n.rev, m.Rev)
	for _, k := range m.People {
		p := n.person(k.Name) // who has a number already keeps it
		if n.byID[p.id] == p {
			delete(n.byID, p.id)
		}
		p.id, p.first, p.last, p.number = k.ID, k.First, k.Last, cmp.Or(k.Phone, p.number)
		n.people[k.Name], n.byID[k.ID] = p, p
	}
	for _, k := range m.Bots {
		if b, err := n.bot(k.Username); err == nil {
			n.recall(b, k)
		}
	}
	n.touch()
	return nil
}

func (n *Network) recall(b *account, k memoryBot) {
	b.last, b.pushed = max(b.last, k.Last), max(b.pushed, k.Pushed)
	for _, c := range k.Chats {
		ch := n.chat(b, n.person(c.Person))
		ch.wrote, ch.blocked = c.Wrote, c.Blocked
		for _, one := range c.Messages {
			m := &message{Message: one.Message, board: one.Board, former: one.Former, keys: one.Below}
			if m.Document != nil {
				m.Document.Data = one.Data
				n.files[m.Document.ID] = m.Document
			}
			if ch.messages = append(ch.messages, m); m.N == c.Keyed && m.keys != nil {
				ch.keyed = m
			}
		}
	}
	for _, u := range k.Queue {
		b.queue = append(b.queue, update{u.ID, u.Kind, u.Body, u.At})
	}
	slices.SortFunc(b.queue, func(x, y update) int { return int(x.id - y.id) })
}
