package telegram

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"ventanilla/flows"
	"ventanilla/store"
)

// wanted are the kinds of update asked of the network; all others have no effect.
var wanted = []string{"message", "edited_message", "callback_query"}

// envelope is an update whose parts are read one by one: a part that the library
// does not understand must not keep the rest from being acknowledged.
type envelope struct {
	ID       int64           `json:"update_id"`
	Message  json.RawMessage `json:"message"`
	Edited   json.RawMessage `json:"edited_message"`
	Callback json.RawMessage `json:"callback_query"`
}

// arrival is what an update means here.
type arrival struct {
	key flows.Key
	in  store.Inbound           // no ID: the update has no effect
	tap *tgbotapi.CallbackQuery // to be answered to the network, also without effect
}

// read turns the JSON of one update into what it means. The error says that it is
// no update at all; an update of no interest is an arrival without effect.
func (c *Channel) read(raw []byte) (arrival, error) {
	if a, ok := c.plain(raw); ok {
		return a, nil
	}
	return c.readParts(raw)
}

func (c *Channel) readParts(raw []byte) (arrival, error) {
	var u envelope
	if err := json.Unmarshal(raw, &u); err != nil {
		return arrival{}, fmt.Errorf("reading an update: %w", err)
	}
	a, err := c.meaning(u)
	if err != nil {
		c.log.Warn("update not understood", "update", u.ID, "err", err)
		return arrival{}, nil
	}
	if u.ID <= 0 || a.key.Person == "" {
		a.in = store.Inbound{}
		return a, nil
	}
	return c.stamped(a, u.ID), nil
}

// stamped adds what an arrival with an effect has besides what it means.
func (c *Channel) stamped(a arrival, update int64) arrival {
	a.in.ID = "tg/" + strconv.FormatInt(update, 10)
	a.in.Order = uint64(update)
	a.in.At = c.clock.Now()
	a.in.Input.From = flows.Person
	a.in.Input.Sender = a.in.Name
	return a
}

func (c *Channel) meaning(u envelope) (arrival, error) {
	switch {
	case present(u.Message):
		m, err := decode[content](u.Message)
		return c.message(m), err
	case present(u.Edited):
		m, err := decode[content](u.Edited)
		return c.edited(m), err
	case present(u.Callback):
		q, err := decode[tgbotapi.CallbackQuery](u.Callback)
		return c.tapped(q), err
	}
	return arrival{}, nil
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func decode[T any](raw json.RawMessage) (v T, err error) {
	if err := json.Unmarshal(raw, &v); err != nil {
		return *new(T), fmt.Errorf("reading a part of an update: %w", err)
	}
	return v, nil
}

// content is a message, with the kinds that the library does not know yet.
type content struct {
	tgbotapi.Message
	Story     json.RawMessage `json:"story"`
	Paid      json.RawMessage `json:"paid_media"`
	Checklist json.RawMessage `json:"checklist"`
	Giveaway  json.RawMessage `json:"giveaway"`
	Rich      json.RawMessage `json:"rich_message"`
	Forwarded json.RawMessage `json:"forward_origin"`
}

// from starts an arrival from a message's chat and sender. Only a private chat
// with a human being has an effect (RULES: tg.dedupe).
func (c *Channel) from(m *tgbotapi.Message, sender *tgbotapi.User) (arrival, bool) {
	if m == nil || m.Chat == nil || m.Chat.Type != "private" || m.Chat.ID <= 0 {
		return arrival{}, false
	}
	if sender != nil && sender.IsBot {
		return arrival{}, false
	}
	a := arrival{key: flows.Key{Portal: c.portal, Channel: Name, Person: strconv.FormatInt(m.Chat.ID, 10)}}
	if m.MessageID > 0 {
		a.in.Origin = strconv.Itoa(m.MessageID)
	}
	if sender != nil {
		a.in.Name = displayName(sender.FirstName, sender.LastName)
	}
	return a, true
}

func (c *Channel) message(m content) arrival {
	a, ok := c.from(&m.Message, m.From)
	if !ok {
		return arrival{}
	}
	kind, any := kindOf(m)
	text := m.Text
	if text == "" {
		text = m.Caption
	}
	a.in.Input.Kind, a.in.Input.Text, a.in.Input.Phone = kind, c.command(cleanText(text)), ownNumber(m)
	if !any && a.in.Input.Text == "" {
		return arrival{} // a service message: somebody pinned, joined, set a timer
	}
	return a
}

// edited says only that something was edited: the engine asks for it anew.
func (c *Channel) edited(m content) arrival {
	a, ok := c.from(&m.Message, m.From)
	if ok {
		a.in.Input.Kind = flows.Edited
	}
	return a
}

// tapped reads a tap on a button. Input.Ref is the visit the button belongs to.
func (c *Channel) tapped(q tgbotapi.CallbackQuery) arrival {
	a, ok := c.from(q.Message, q.From)
	a.tap = &q
	if !ok {
		return arrival{tap: &q}
	}
	visit, id, ok := readData(q.Data)
	if !ok {
		a.in.Input.Kind = flows.Other // a button that this bot never made
		return a
	}
	a.in.Input.Choice, a.in.Input.Ref = id, visit
	return a
}

// kindOf says what a message holds besides text, and whether it holds anything that a person sends.
func kindOf(m content) (kind flows.Kind, any bool) {
	switch {
	case m.Voice != nil || m.Audio != nil:
		return flows.Audio, true
	case m.Video != nil || m.VideoNote != nil || m.Animation != nil: // an animation is also a document
		return flows.Video, true
	case len(m.Photo) > 0:
		return flows.Photo, true
	case m.Sticker != nil:
		return flows.Sticker, true
	case m.Location != nil || m.Venue != nil:
		return flows.Location, true
	case m.Contact != nil:
		return flows.Contact, true
	case m.Document != nil:
		return flows.Document, true
	}
	return otherKind(m)
}

// ownNumber is the number of a contact that is the sender's own and sent by themselves: anybody can
// share or forward somebody else's, and another bot may write what it likes (RULES: link.chat).
func ownNumber(m content) string {
	if m.Contact == nil || m.From == nil || m.Contact.UserID == 0 || m.Contact.UserID != m.From.ID || m.From.ID != m.Chat.ID || relayed(m) {
		return ""
	}
	n := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, m.Contact.PhoneNumber)
	if n == "" {
		return ""
	}
	return "+" + n
}

// relayed tells that somebody else wrote a message first: another person, or a bot.
func relayed(m content) bool {
	return present(m.Forwarded) || m.ForwardDate != 0 || m.ForwardFrom != nil || m.ForwardSenderName != "" || m.ForwardFromChat != nil || m.ViaBot != nil
}

func otherKind(m content) (kind flows.Kind, any bool) {
	if m.Text != "" {
		return flows.Text, true
	}
	for _, part := range []json.RawMessage{m.Story, m.Paid, m.Checklist, m.Giveaway, m.Rich} {
		if present(part) {
			return flows.Other, true
		}
	}
	return flows.Other, m.Dice != nil || m.Poll != nil || m.Game != nil || m.Invoice != nil
}

var commandForm = regexp.MustCompile(`^/([A-Za-z0-9_]{1,32})(@[A-Za-z0-9_]+)?(?:\s+(.*))?$`)

// command turns a command of the menu into the words it stands for. "/start" stays,
// with the payload of a link that was followed; so does everything unknown.
func (c *Channel) command(text string) string {
	if !strings.HasPrefix(text, "/") {
		return text
	}
	parts := commandForm.FindStringSubmatch(text)
	if parts == nil {
		return text
	}
	name := strings.ToLower(parts[1])
	if name == "start" {
		return strings.TrimSpace("/start " + parts[3])
	}
	for _, known := range c.commands {
		if known.Name == name {
			return known.Text
		}
	}
	switch name { // what people try from habit
	case "help":
		return "ayuda"
	case "stop":
		return "terminar"
	case "cancel":
		return "cancelar"
	}
	return text
}

const (
	maxText = 4096 // of a message, says the Bot API
	maxName = 64   // first and last name have 64 each; more is of no use
)

// cleanText drops control characters other than line ends, and bounds the length.
func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return cut(s, maxText)
}

// displayName is what a person is called, in one line, without characters that
// hide or turn around what is written next to it.
func displayName(first, last string) string {
	if ordinary(first) && ordinary(last) {
		if last == "" || first == "" {
			return first + last
		}
		return cut(first+" "+last, maxName)
	}
	return cleanName(first, last)
}

func cleanName(first, last string) string {
	const joiner = '\u200d' // holds emoji together
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != joiner, r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, first+" "+last)
	return strings.TrimSpace(cut(strings.Join(strings.Fields(clean), " "), maxName))
}

// ordinary tells that a name is short and of letters and signs of the West, with nothing to be cleaned.
func ordinary(s string) bool {
	before := ' '
	for _, r := range s {
		if letter := r > ' ' && r < 0x7f || r >= 'À' && r <= 'ɏ'; !letter && (r != ' ' || before == ' ') {
			return false
		}
		before = r
	}
	return len(s) <= maxName && (s == "" || before != ' ')
}

// cut returns at most n runes of s.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
