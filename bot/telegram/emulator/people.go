package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// tap is a button that was tapped and not answered yet.
type tap struct {
	bot *account
	at  time.Time
}

// Say lets a person write to a bot; the first time starts the bot, a blocked bot is unblocked.
// It returns the number of the bubble.
func (n *Network) Say(bot, person, text string) (int, error) {
	if length(strings.TrimSpace(text)) < 1 || length(text) > maxText {
		return 0, ErrText
	}
	return n.fromPerson(bot, person, &message{Message: Message{Text: text}})
}

// Send lets a person send something else than text: audio, photo, sticker, location,
// contact, document, video, dice, poll; friend and stranger, contacts of somebody who is on the network and
// of somebody who is not; forwarded and relayed, the own contact as it came from elsewhere and by another bot.
func (n *Network) Send(bot, person, kind string) (int, error) {
	if !slices.Contains([]string{"audio", "photo", "sticker", "location", "contact", "friend", "stranger", "forwarded", "relayed", "document", "video", "dice", "poll"}, kind) {
		return 0, fmt.Errorf("%w: %q", ErrKind, kind)
	}
	m := &message{Message: Message{Kind: kind}}
	if kind == "document" {
		n.mu.Lock()
		m.Document = n.keep("documento.pdf", []byte("%PDF-1.4\n%emulated\n"))
		n.mu.Unlock()
	}
	return n.fromPerson(bot, person, m)
}

func (n *Network) fromPerson(bot, person string, m *message) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	b, err := n.bot(bot)
	if err != nil {
		return 0, err
	}
	ch := n.chat(b, n.person(person))
	if ch.blocked {
		n.setBlocked(b, ch, false)
	}
	n.arrive(b, ch, m)
	return m.N, nil
}

// arrive shows what a person sent, and tells the bot.
func (n *Network) arrive(b *account, ch *chat, m *message) {
	ch.wrote, m.From = true, "person"
	n.add(b, ch, m)
	n.emit(b, ch.person, "message", b.wireMessage(ch, m))
}

// Edit lets a person change what was said in bubble number.
func (n *Network) Edit(bot, person string, number int, text string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	b, ch, err := n.phone(bot, person)
	if err != nil {
		return err
	}
	m := ch.find(number)
	if m == nil || m.Deleted || m.From != "person" || m.Kind != "" {
		return ErrNoMessage
	}
	m.Text, m.Edited, m.Rev = text, true, n.touch()
	n.emit(b, ch.person, "edited_message", b.wireMessage(ch, m))
	return nil
}

// Tap lets a person tap the latest button with this label or data, or press the key with this label.
func (n *Network) Tap(bot, person, option string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	b, ch, err := n.phone(bot, person)
	if err != nil {
		return err
	}
	for _, m := range slices.Backward(ch.messages) {
		if k, ok := findButton(m.board, option); ok && !m.Deleted {
			n.tapped(b, ch, m, k)
			return nil
		}
	}
	if n.pressed(b, ch, option) {
		return nil
	}
	return fmt.Errorf("%w: %q", ErrNoOption, option)
}

// TapOn is Tap on one bubble, also on a button that was taken away: phones are slow.
func (n *Network) TapOn(bot, person string, number int, option string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	b, ch, err := n.phone(bot, person)
	if err != nil {
		return err
	}
	m := ch.find(number)
	if m == nil {
		return ErrNoMessage
	}
	k, ok := findButton(append(slices.Clone(m.board), m.former...), option)
	if !ok {
		return fmt.Errorf("%w: %q", ErrNoOption, option)
	}
	n.tapped(b, ch, m, k)
	return nil
}

func (n *Network) tapped(b *account, ch *chat, m *message, k button) {
	id := n.next("Q")
	n.taps[id] = tap{bot: b, at: n.clock.Now()}
	n.touch()
	n.emit(b, ch.person, "callback_query", map[string]any{
		"id": id, "from": ch.person.user(), "message": b.wireMessage(ch, m),
		"chat_instance": "1", "data": k.Data,
	})
}

// findButton finds a button that sends something by its label or data.
func findButton(board [][]button, option string) (button, bool) {
	for _, row := range board {
		for _, b := range row {
			if b.URL == "" && (b.Text == option || b.Data == option) {
				return b, true
			}
		}
	}
	return button{}, false
}

// Unanswered is how many taps on a bot's buttons were not answered: the phone shows them as waiting.
func (n *Network) Unanswered(bot string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, t := range n.taps {
		if t.bot.username == bot {
			count++
		}
	}
	return count
}

// Block lets a person block a bot: it can send nothing until the person writes again.
func (n *Network) Block(bot, person string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	b, ch, err := n.phone(bot, person)
	if err != nil {
		return err
	}
	n.setBlocked(b, ch, true)
	return nil
}

func (n *Network) setBlocked(b *account, ch *chat, blocked bool) {
	ch.blocked = blocked
	was, is := "kicked", "member"
	if blocked {
		was, is = is, was
	}
	n.touch()
	n.emit(b, ch.person, "my_chat_member", map[string]any{
		"chat": ch.person.chat(), "from": ch.person.user(), "date": n.clock.Now().Unix(),
		"old_chat_member": map[string]any{"user": b.wire(), "status": was},
		"new_chat_member": map[string]any{"user": b.wire(), "status": is},
	})
}

// phone finds the chat of a person who wrote before.
func (n *Network) phone(bot, person string) (*account, *chat, error) {
	b, err := n.bot(bot)
	if err != nil {
		return nil, nil, err
	}
	return b, n.chat(b, n.person(person)), nil
}

// user and chat are the person as User and Chat objects.
func (p *person) user() map[string]any {
	out := map[string]any{"id": p.id, "is_bot": false, "first_name": p.first, "language_code": "es"}
	if p.last != "" {
		out["last_name"] = p.last
	}
	return out
}

func (p *person) chat() map[string]any {
	out := map[string]any{"id": p.id, "type": "private", "first_name": p.first}
	if p.last != "" {
		out["last_name"] = p.last
	}
	return out
}
