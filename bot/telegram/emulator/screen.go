package emulator

import (
	"cmp"
	"context"
	"strings"
	"time"
)

// Message is one bubble on a person's phone.
type Message struct {
	N         int       `json:"n"`              // the network's id of the message; grows
	Rev       int       `json:"rev"`            // grows with every change of any phone: new, edited, deleted, buttons gone
	From      string    `json:"from"`           // "person" or "bot"
	Kind      string    `json:"kind,omitempty"` // what a person sent, if not text
	Text      string    `json:"text"`
	Options   []string  `json:"options,omitempty"` // labels of the buttons that can be tapped
	Links     []Link    `json:"links,omitempty"`   // buttons that open an address
	Keys      []string  `json:"keys,omitempty"`    // labels of the keyboard that came with it, while it stands where the person writes
	Document  *Document `json:"document,omitempty"`
	Deleted   bool      `json:"deleted,omitempty"`
	Edited    bool      `json:"edited,omitempty"`
	Protected bool      `json:"protected,omitempty"` // cannot be forwarded or saved
	At        time.Time `json:"at"`
}

// Link is a button that opens an address.
type Link struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// Document is a file in a chat.
type Document struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int    `json:"bytes"`
	Data []byte `json:"-"`
}

// message is a bubble as the network keeps it.
type message struct {
	Message
	board  [][]button
	keys   *keyboard
	former [][]button // buttons that were there before
}

// Phone is all that a person sees of a chat with a bot.
type Phone struct {
	Rev      int       `json:"rev"`    // for [Network.Changed]
	Typing   bool      `json:"typing"` // the bot is busy
	Messages []Message `json:"messages"`
}

// Screen returns the bubbles with numbers above after, oldest first, as they look
// now. A bubble whose message was deleted stays, marked and empty.
func (n *Network) Screen(bot, person string, after int) []Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, ch, err := n.phone(bot, person)
	if err != nil {
		return nil
	}
	return ch.screen(after)
}

// Phone returns everything on the screen, for a page that follows it with [Network.Changed].
func (n *Network) Phone(bot, person string) Phone {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, ch, err := n.phone(bot, person)
	if err != nil {
		return Phone{Rev: n.rev}
	}
	return Phone{Rev: n.rev, Typing: ch.typing.After(n.clock.Now()), Messages: ch.screen(0)}
}

// Wait returns nil once the screen has a bubble with a number above after.
func (n *Network) Wait(ctx context.Context, bot, person string, after int) error {
	return n.await(ctx, func() bool {
		_, ch, err := n.phone(bot, person)
		return err == nil && len(ch.messages) > 0 && ch.messages[len(ch.messages)-1].N > after
	})
}

// Changed returns nil once anything on any phone is newer than rev: a bubble, an edit, a deletion, a button, typing.
func (n *Network) Changed(ctx context.Context, rev int) error {
	return n.await(ctx, func() bool { return n.rev > rev })
}

// Document returns a file that was sent in any chat.
func (n *Network) Document(id string) (Document, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := n.files[id]
	if f == nil {
		return Document{}, false
	}
	return *f, true
}

func (c *chat) screen(after int) []Message {
	out := []Message{}
	for _, m := range c.messages {
		if m.N > after {
			one := m.shown()
			if m == c.keyed {
				for _, k := range c.keys() {
					one.Keys = append(one.Keys, k.Text)
				}
			}
			out = append(out, one)
		}
	}
	return out
}

// shown is the bubble that the person sees.
func (m *message) shown() Message {
	out := m.Message
	if m.Deleted {
		out.Text, out.Document = "", nil
		return out
	}
	for _, row := range m.board {
		for _, b := range row {
			if b.URL != "" {
				out.Links = append(out.Links, Link{Label: b.Text, URL: b.URL})
			} else {
				out.Options = append(out.Options, b.Text)
			}
		}
	}
	return out
}

func (c *chat) find(number int) *message {
	for _, m := range c.messages {
		if m.N == number {
			return m
		}
	}
	return nil
}

// wireMessage is a message as a Message object.
func (b *account) wireMessage(c *chat, m *message) map[string]any {
	out := map[string]any{"message_id": m.N, "date": m.At.Unix(), "chat": c.person.chat(), "from": b.wire()}
	if m.From == "person" {
		out["from"] = c.person.user()
	}
	if m.Edited {
		out["edit_date"] = m.At.Unix()
	}
	if m.Protected {
		out["has_protected_content"] = true
	}
	if len(m.board) > 0 {
		out["reply_markup"] = wireBoard(m.board)
	}
	if d := m.Document; d != nil {
		out["document"] = map[string]any{"file_id": d.ID, "file_unique_id": d.ID, "file_name": d.Name, "file_size": d.Size}
		if m.Text != "" {
			out["caption"] = m.Text
		}
	} else if m.Text != "" {
		out["text"] = m.Text
	}
	if m.From == "person" && strings.HasPrefix(m.Text, "/") {
		end, _, _ := strings.Cut(m.Text, " ")
		out["entities"] = []any{map[string]any{"type": "bot_command", "offset": 0, "length": length(end)}}
	}
	c.person.attach(out, m.Kind, m.At.Unix())
	return out
}

// attach adds what a person sent besides text.
func (p *person) attach(out map[string]any, kind string, sent int64) {
	file := map[string]any{"file_id": "F0", "file_unique_id": "F0", "file_size": 1000, "duration": 1, "width": 90, "height": 90}
	switch kind {
	case "audio":
		out["voice"] = file
	case "photo":
		out["photo"] = []any{file}
	case "sticker":
		file["type"], file["is_animated"], file["is_video"] = "regular", false, false
		out["sticker"] = file
	case "video":
		out["video"] = file
	case "location":
		out["location"] = map[string]any{"latitude": -34.9, "longitude": -57.9}
	case "contact":
		out["contact"] = p.contact()
	case "forwarded":
		out["contact"] = p.contact()
		out["forward_origin"] = map[string]any{"type": "hidden_user", "sender_user_name": "Alguien", "date": sent}
	case "relayed":
		out["contact"] = p.contact()
		out["via_bot"] = map[string]any{"id": 99, "is_bot": true, "first_name": "Otro bot", "username": "otro_bot"}
	case "friend":
		out["contact"] = map[string]any{"phone_number": "5492215550198", "first_name": "Alguien", "user_id": p.id + 1}
	case "stranger":
		out["contact"] = map[string]any{"phone_number": "5492215550199", "first_name": "Otra persona"}
	case "dice":
		out["dice"] = map[string]any{"emoji": "🎲", "value": 4}
	case "poll":
		out["poll"] = map[string]any{"id": "1", "question": "¿?", "options": []any{}, "total_voter_count": 0, "is_closed": false, "is_anonymous": true, "type": "regular", "allows_multiple_answers": false}
	}
}

// contact is the person's own.
func (p *person) contact() map[string]any {
	return map[string]any{"phone_number": cmp.Or(p.number, "5492215550101"), "first_name": p.first, "user_id": p.id}
}
