package whatsapp

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"ventanilla/flows"
	"ventanilla/store"
)

// heard makes a message safe. What is no message of a person has no effect.
func (c *Channel) heard(ctx context.Context, r *http.Request, form url.Values) error {
	k, in, ok := c.read(form, r.Header.Get(tokenHeader))
	if !ok {
		c.log.Debug("webhook without effect", "type", form.Get("MessageType"), "event", form.Get("EventType"))
		return nil
	}
	return c.accept(ctx, k, in)
}

// read turns a form into what it means; false if that is nothing.
func (c *Channel) read(form url.Values, token string) (k flows.Key, in store.Inbound, ok bool) {
	person, ok := person(form.Get("From"))
	id := messageID(form, token)
	if !ok || id == "" || ownReport(form) || form.Get("MessageType") == "reaction" {
		return k, in, false
	}
	c.forms.put(person, form.Get("From"))
	k = flows.Key{Portal: c.portal, Channel: Name, Person: person}
	in = store.Inbound{ID: id, At: c.clock.Now(), Name: displayName(form.Get("ProfileName")), Origin: form.Get("MessageSid")}
	in.Input = content(form)
	in.Input.From, in.Input.Sender = flows.Person, in.Name
	in.Opt = opt(form, in.Input)
	return k, in, true
}

// messageID is the same however often the network brings a message (RULES:
// wa.dedupe). The idempotency token names a delivery and counts only where the
// message has no id: what sits in between may repeat a token, never an id.
func messageID(form url.Values, token string) string {
	for _, name := range []string{"MessageSid", "SmsMessageSid", "SmsSid"} {
		if sid := form.Get(name); sid != "" && len(sid) <= 64 {
			return "wa/" + sid
		}
	}
	if token != "" && len(token) <= 64 && (form.Has("Body") || form.Has("NumMedia")) {
		return "wa/token/" + token
	}
	return ""
}

// ownReport tells a report on a message of our own, which somebody pointed at the wrong webhook.
func ownReport(form url.Values) bool {
	status := form.Get("SmsStatus")
	return form.Get("MessageStatus") != "" || status != "" && status != "received" && status != "receiving"
}

// content is what a message holds.
func content(form url.Values) (in flows.Input) {
	in.Text = cleanText(form.Get("Body"))
	if payload := first(form, "ButtonPayload", "ListId"); payload != "" {
		visit, id, ok := readChoice(payload)
		if !ok {
			return flows.Input{Kind: flows.Other} // a button that this sender never made
		}
		return flows.Input{Choice: id, Ref: visit}
	}
	in.Kind = kindOf(form)
	if in.Kind == flows.Text && strings.TrimSpace(in.Text) == "" {
		in.Kind, in.Text = flows.Other, ""
	}
	return in
}

func first(form url.Values, names ...string) string {
	for _, name := range names {
		if v := form.Get(name); v != "" {
			return v
		}
	}
	return ""
}

// kindOf says what a message is, if it is not text. NumMedia is not believed: it
// happens to disagree with what is there.
func kindOf(form url.Values) flows.Kind {
	switch {
	case form.Get("Latitude") != "" || form.Get("Longitude") != "":
		return flows.Location
	case form.Get("MediaContentType0") != "":
		return mediaKind(form.Get("MediaContentType0"))
	case form.Get("MediaUrl0") != "":
		return flows.Other
	}
	switch form.Get("MessageType") {
	case "audio", "voice":
		return flows.Audio
	case "image":
		return flows.Photo
	case "video":
		return flows.Video
	case "sticker":
		return flows.Sticker
	case "document":
		return flows.Document
	case "contacts":
		return flows.Contact
	case "order", "poll", "unsupported", "system":
		return flows.Other
	}
	return flows.Text
}

func mediaKind(contentType string) flows.Kind {
	full, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		full = strings.ToLower(contentType)
	}
	switch family, _, _ := strings.Cut(full, "/"); {
	case family == "audio" || full == "application/ogg":
		return flows.Audio
	case full == "image/webp":
		return flows.Sticker
	case family == "image":
		return flows.Photo
	case family == "video":
		return flows.Video
	case full == "text/vcard", full == "text/x-vcard", full == "text/directory", full == "application/vcard":
		return flows.Contact
	}
	return flows.Document
}

// Words for which a message is nothing but the wish for silence, or for its end, as [flows.Plain] leaves them. "Quiero darme de baja" is
// not among them: it may be an account, a job or what is kept that somebody wants to end.
var (
	outWords = strings.Split("stop,stopall,unsubscribe,baja,desuscribir,desuscribirme,"+
		"no me escriban mas,no me escribas mas,no me manden mas mensajes,no me mandes mas mensajes,no quiero recibir mas mensajes,no quiero mas mensajes", ",")
	inWords = strings.Split("start,unstop,subscribe,alta,dar de alta,darme de alta,quiero volver a recibir mensajes", ",")
)

// opt reads the wish for silence (RULES: wa.policy): the person's word, or what
// Twilio's own opt-out keywords found.
func opt(form url.Values, in flows.Input) string {
	word := ""
	if in.Kind == flows.Text && in.Choice == "" {
		word = flows.Plain(in.Text)
	}
	switch kind := form.Get("OptOutType"); {
	case kind == "STOP" || among(outWords, word):
		return store.OptOut
	case kind == "START" || among(inWords, word):
		return store.OptIn
	}
	return ""
}

func among(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

const (
	maxHeard = 4096 // of a message, says [flows.Input]
	maxName  = 64
)

// cleanText drops control characters other than line ends, and bounds the length.
func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return cut(s, maxHeard)
}

// displayName is what a person is called, in one line, without characters that
// hide or turn around what is written next to it.
func displayName(name string) string {
	const joiner = '\u200d' // holds emoji together
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != joiner, r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, name)
	return strings.TrimSpace(cut(strings.Join(strings.Fields(clean), " "), maxName))
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
