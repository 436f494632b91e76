package emulator

import (
	"context"
	"time"
)

// Message is one bubble on a person's phone.
type Message struct {
	N        int       `json:"n"`                 // grows on each phone
	Rev      int       `json:"rev"`               // grows with every change of any phone
	From     string    `json:"from"`              // "person" or "bot"
	Kind     string    `json:"kind,omitempty"`    // what a person sent, if not text
	Text     string    `json:"text"`              // exactly as it was sent
	Options  []string  `json:"options,omitempty"` // labels that can be tapped; a numbered list is answered by writing
	Document *Document `json:"document,omitempty"`
	Template bool      `json:"template,omitempty"` // made by a template
	Status   string    `json:"status,omitempty"`   // of what a sender sent: "delivered" or "read"
	At       time.Time `json:"at"`                 // when it was sent
	Shown    time.Time `json:"shown"`              // when it appeared on the phone
}

// Document is a file in a chat.
type Document struct {
	Name string `json:"name"`
	Size int    `json:"bytes"`
	Data []byte `json:"-"`
}

// Phone is all that a person sees of a chat with a sender.
type Phone struct {
	Rev      int       `json:"rev"` // for [Network.Changed]
	Messages []Message `json:"messages"`
}

// Screen returns the bubbles with numbers above after, oldest first, as they look now.
func (n *Network) Screen(from, person string, after int) []Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, c, err := n.phone(from, person)
	if err != nil {
		return nil
	}
	return c.screen(after)
}

// Phone returns everything on the screen, for a page that follows it with [Network.Changed].
func (n *Network) Phone(from, person string) Phone {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, c, err := n.phone(from, person)
	if err != nil {
		return Phone{Rev: n.rev}
	}
	return Phone{Rev: n.rev, Messages: c.screen(0)}
}

// Wait returns nil once the screen has a bubble with a number above after.
func (n *Network) Wait(ctx context.Context, from, person string, after int) error {
	return n.await(ctx, func() bool {
		_, c, err := n.phone(from, person)
		return err == nil && c.last > after
	})
}

// Changed returns nil once anything on any phone, or in what Twilio keeps, is newer than rev.
func (n *Network) Changed(ctx context.Context, rev int) error {
	return n.await(ctx, func() bool { return n.rev > rev })
}

func (c *chat) screen(after int) []Message {
	out := []Message{}
	for _, m := range c.bubbles {
		if m.N > after {
			out = append(out, m.seen())
		}
	}
	return out
}

// seen is the bubble that the person sees.
func (m *message) seen() Message {
	out := m.Message
	out.Template = m.template
	for _, o := range m.options {
		out.Options = append(out.Options, o.label)
	}
	return out
}
