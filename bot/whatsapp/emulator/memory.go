package emulator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"
)

// What a network knows, as [Network.Save] writes it. Senders, templates and faults
// are not in it: whoever opens the network brings them.
type (
	memory struct {
		Serial int            `json:"serial"`
		Rev    int            `json:"rev"`
		People []memoryPerson `json:"people"`
		Chats  []memoryChat   `json:"chats"`
	}
	memoryPerson struct {
		Name    string `json:"name"`
		Shown   string `json:"shown"`
		Address string `json:"address"`
		Off     bool   `json:"off,omitempty"`
	}
	memoryChat struct {
		From     string          `json:"from"`
		Person   string          `json:"person"`
		Last     int             `json:"last"`
		Heard    time.Time       `json:"heard"`
		Blocked  bool            `json:"blocked,omitempty"`
		OptedOut bool            `json:"opted_out,omitempty"`
		Messages []memoryMessage `json:"messages"`
		Waiting  []waiting       `json:"waiting,omitempty"`
	}
	memoryMessage struct {
		Message
		Data     []byte        `json:"data,omitempty"` // of the document
		SID      string        `json:"sid"`
		To       string        `json:"to,omitempty"`
		Code     int           `json:"code,omitempty"`
		Approved bool          `json:"approved,omitempty"`
		Callback string        `json:"callback,omitempty"`
		MediaURL string        `json:"media_url,omitempty"`
		Media    []memoryMedia `json:"media,omitempty"`
		Choices  [][2]string   `json:"choices,omitempty"`
		Gone     bool          `json:"gone,omitempty"` // deleted from the API; the phone has it
	}
	memoryMedia struct {
		SID     string    `json:"sid"`
		Kind    string    `json:"kind"`
		Created time.Time `json:"created"`
	}
	// waiting is a person's message that the webhook has not taken yet.
	waiting struct {
		Token string     `json:"token"`
		Form  url.Values `json:"form"`
	}
)

// Rev grows with every change of any phone.
func (n *Network) Rev() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.rev
}

// Save writes what is on the phones, what is on its way to them, and what no webhook took yet.
func (n *Network) Save(w io.Writer) error {
	n.mu.Lock()
	m := memory{Serial: n.serial, Rev: n.rev}
	for name, p := range n.people {
		if name == p.name {
			m.People = append(m.People, memoryPerson{p.name, p.shown, p.address, p.off})
		}
	}
	for _, s := range n.senders {
		for _, c := range s.chats {
			m.Chats = append(m.Chats, n.kept(c))
		}
	}
	body, err := json.Marshal(m)
	n.mu.Unlock()
	if err == nil {
		_, err = w.Write(body)
	}
	if err != nil {
		return fmt.Errorf("saving the phones: %w", err)
	}
	return nil
}

func (n *Network) kept(c *chat) memoryChat {
	kept := memoryChat{From: c.sender.From, Person: c.person.name, Last: c.last, Heard: c.heard, Blocked: c.blocked, OptedOut: c.optedOut, Waiting: c.waiting}
	for _, m := range c.bubbles {
		kept.Messages = append(kept.Messages, n.keptMessage(m))
	}
	for _, m := range n.messages { // on their way, or failed
		if m.chat == c && m.N == 0 {
			kept.Messages = append(kept.Messages, n.keptMessage(m))
		}
	}
	return kept
}

func (n *Network) keptMessage(m *message) memoryMessage {
	one := memoryMessage{Message: m.Message, SID: m.sid, To: m.to, Code: m.code, Approved: m.approved, Callback: m.callback, MediaURL: m.mediaURL,
		Gone: m.From == "bot" && n.messages[m.sid] == nil}
	one.Status, one.Template = m.status, m.template
	for _, o := range m.options {
		one.Choices = append(one.Choices, [2]string{o.label, o.id})
	}
	for _, d := range m.media {
		one.Media = append(one.Media, memoryMedia{d.sid, d.kind, d.created})
	}
	if m.Document != nil {
		one.Data = m.Document.Data
	}
	return one
}

// Load brings back what [Network.Save] wrote. Call it after [Network.AddSender] and
// before anybody uses the network; chats of senders that are not there any more are forgotten.
func (n *Network) Load(r io.Reader) error {
	var m memory
	if err := json.NewDecoder(r).Decode(&m); err != nil {
		return fmt.Errorf("loading the phones: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.serial, n.rev = max(n.serial, m.Serial), max(n.rev, m.Rev)
	for _, k := range m.People {
		p := &person{name: k.Name, shown: k.Shown, address: k.Address, off: k.Off}
		n.people[k.Name], n.byAddr[same(k.Address)] = p, p
	}
	for _, k := range m.Chats {
		if s, err := n.sender(k.From); err == nil {
			n.recall(n.chat(s, n.person(k.Person)), k)
		}
	}
	n.touch()
	return nil
}

func (n *Network) recall(c *chat, k memoryChat) {
	c.last, c.heard, c.blocked, c.optedOut = k.Last, k.Heard, k.Blocked, k.OptedOut
	for _, one := range k.Messages {
		m := one.message(c)
		if m.From == "bot" && !one.Gone {
			n.messages[m.sid] = m
		}
		if m.N > 0 {
			c.bubbles = append(c.bubbles, m)
		}
		switch {
		case m.From == "bot" && m.N == 0 && (m.status == "queued" || m.status == "sent"):
			n.follow(&c.out, func() { n.travel(m, nil) })
		case m.status == "delivered":
			n.follow(&c.out, func() { n.stage(m, "read", 0) })
		}
	}
	slices.SortFunc(c.bubbles, func(x, y *message) int { return x.N - y.N })
	c.waiting = k.Waiting
	for _, w := range k.Waiting {
		n.follow(&c.in, func() { n.bring(c, w.Form, w.Token) })
	}
}

func (k memoryMessage) message(c *chat) *message {
	m := &message{Message: k.Message, sid: k.SID, chat: c, to: k.To, status: k.Status, code: k.Code, template: k.Template, approved: k.Approved,
		callback: k.Callback, mediaURL: k.MediaURL, updated: k.At}
	if m.Document != nil {
		m.Document.Data = k.Data
	}
	for _, o := range k.Choices {
		m.options = append(m.options, option{o[0], o[1]})
	}
	for _, d := range k.Media {
		m.media = append(m.media, &media{sid: d.SID, kind: d.Kind, document: m.Document, created: d.Created})
	}
	return m
}
