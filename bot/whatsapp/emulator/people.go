package emulator

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Say lets a person write to a sender. It returns the number of the bubble.
func (n *Network) Say(from, person, text string) (int, error) {
	if strings.TrimSpace(text) == "" || utf8.RuneCountInString(text) > 4096 {
		return 0, ErrText
	}
	return n.fromPerson(from, person, &message{Message: Message{Text: text}}, url.Values{"MessageType": {"text"}, "Body": {text}})
}

// kinds are what a person can send besides text, as the webhook shows it.
var kinds = map[string]url.Values{
	"audio":    {"MessageType": {"audio"}, "NumMedia": {"1"}, "MediaContentType0": {"audio/ogg"}, "MediaUrl0": {"https://api.twilio.com/media/0"}},
	"photo":    {"MessageType": {"image"}, "NumMedia": {"1"}, "MediaContentType0": {"image/jpeg"}, "MediaUrl0": {"https://api.twilio.com/media/0"}},
	"sticker":  {"MessageType": {"sticker"}, "NumMedia": {"1"}, "MediaContentType0": {"image/webp"}, "MediaUrl0": {"https://api.twilio.com/media/0"}},
	"video":    {"MessageType": {"video"}, "NumMedia": {"1"}, "MediaContentType0": {"video/mp4"}, "MediaUrl0": {"https://api.twilio.com/media/0"}},
	"document": {"MessageType": {"document"}, "NumMedia": {"1"}, "MediaContentType0": {"application/pdf"}, "MediaUrl0": {"https://api.twilio.com/media/0"}},
	"contact":  {"MessageType": {"contacts"}, "NumMedia": {"1"}, "MediaContentType0": {"text/vcard"}, "MediaUrl0": {"https://api.twilio.com/media/0"}},
	"location": {"MessageType": {"location"}, "Latitude": {"-34.92"}, "Longitude": {"-57.95"}, "Body": {""}},
	"reaction": {"MessageType": {"reaction"}, "Body": {"👍"}},
}

// Send lets a person send something else than text: audio, photo, sticker, video,
// document, contact, location or reaction.
func (n *Network) Send(from, person, kind string) (int, error) {
	form, ok := kinds[kind]
	if !ok {
		return 0, fmt.Errorf("%w: %q; there are %s", ErrKind, kind, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	return n.fromPerson(from, person, &message{Message: Message{Kind: kind}}, form)
}

// Tap lets a person take an option of the latest message that has one with this
// label or id: by tapping it, or, in a numbered list, by writing its number.
func (n *Network) Tap(from, person, choice string) error {
	m, o, number, err := n.find(from, person, choice)
	if err != nil {
		return err
	}
	if number != "" {
		_, err := n.Say(from, person, number)
		return err
	}
	form := url.Values{"MessageType": {"interactive"}, "Body": {o.label}, "ButtonText": {o.label}, "ButtonPayload": {o.id}}
	if len(m.options) > 3 {
		form = url.Values{"MessageType": {"interactive"}, "Body": {o.label}, "ListTitle": {o.label}, "ListId": {o.id}}
	}
	form.Set("OriginalRepliedMessageSid", m.sid)
	form.Set("OriginalRepliedMessageSender", "whatsapp:"+strings.TrimPrefix(from, "whatsapp:"))
	_, err = n.fromPerson(from, person, &message{Message: Message{Text: o.label}, reply: m.sid}, form)
	return err
}

var listLine = regexp.MustCompile(`(?m)^([0-9]{1,2})\) (.+)$`)

// find looks for an option, in the latest message first.
func (n *Network) find(from, person, choice string) (m *message, o option, number string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, c, err := n.phone(from, person)
	if err != nil {
		return nil, o, "", err
	}
	for _, m := range slices.Backward(c.bubbles) {
		if m.From != "bot" {
			continue
		}
		for _, o := range m.options {
			if o.label == choice || o.id == choice || strings.HasSuffix(o.id, ":"+choice) {
				return m, o, "", nil
			}
		}
		for _, line := range listLine.FindAllStringSubmatch(m.Text, -1) {
			if line[2] == choice || line[1] == choice {
				return m, o, line[1], nil
			}
		}
	}
	return nil, o, "", fmt.Errorf("%w: %q", ErrNoOption, choice)
}

// fromPerson puts a person's message on the phone and brings it to the webhook.
func (n *Network) fromPerson(from, person string, m *message, extra url.Values) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s, c, err := n.phone(from, person)
	if err != nil {
		return 0, err
	}
	now := n.clock.Now()
	c.heard, c.blocked = now, false
	m.chat, m.sid, m.At = c, n.sid("SM"), now
	m.From = "person"
	n.show(m)
	form := url.Values{
		"SmsMessageSid": {m.sid}, "SmsSid": {m.sid}, "MessageSid": {m.sid}, "SmsStatus": {"received"}, "NumMedia": {"0"}, "NumSegments": {"1"},
		"ReferralNumMedia": {"0"}, "ProfileName": {c.person.shown}, "AccountSid": {s.Account}, "ApiVersion": {"2010-04-01"},
		"From": {"whatsapp:" + c.person.address}, "To": {"whatsapp:" + s.From}, "Body": {""},
	}
	if digits, ok := strings.CutPrefix(c.person.address, "+"); ok {
		form.Set("WaId", digits)
	}
	maps.Copy(form, extra)
	n.emit(c, m, form)
	return m.N, nil
}

// Block lets a person block a sender: nothing arrives until they write again.
func (n *Network) Block(from, person string) error {
	return n.set(from, person, func(c *chat) { c.blocked = true })
}

// OptOut lets Twilio itself refuse to send to a person, as after a keyword it knows; OptIn ends it.
func (n *Network) OptOut(from, person string) error {
	return n.set(from, person, func(c *chat) { c.optedOut = true })
}

// OptIn ends [Network.OptOut].
func (n *Network) OptIn(from, person string) error {
	return n.set(from, person, func(c *chat) { c.optedOut = false })
}

func (n *Network) set(from, person string, f func(*chat)) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, c, err := n.phone(from, person)
	if err != nil {
		return err
	}
	f(c)
	n.touch()
	return nil
}

// phone finds the chat of a person.
func (n *Network) phone(from, person string) (*sender, *chat, error) {
	s, err := n.sender(from)
	if err != nil {
		return nil, nil, err
	}
	return s, n.chat(s, n.person(person)), nil
}
