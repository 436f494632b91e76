package emulator

import (
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/time/rate"
)

// What the Bot API allows (https://core.telegram.org/bots/api).
const (
	maxText    = 4096
	maxCaption = 1024
	maxUpload  = 50 << 20
	maxAnswer  = 200 // of a callback query
	deleteTime = 48 * time.Hour
	tapTime    = 15 * time.Minute // a tap must be answered within
	typingTime = 5 * time.Second
)

// target finds the chat of a call.
func (n *Network) target(c *call) (*chat, *refusal) {
	id := c.num("chat_id")
	if id == 0 {
		id, _ = strconv.ParseInt(c.str("chat_id"), 10, 64)
	}
	ch := c.bot.chats[id]
	switch {
	case ch != nil && ch.blocked:
		return nil, refuse(http.StatusForbidden, "Forbidden: bot was blocked by the user")
	case ch != nil && ch.wrote:
		return ch, nil
	case n.byID[id] != nil:
		return nil, refuse(http.StatusForbidden, "Forbidden: bot can't initiate conversation with a user")
	}
	return nil, bad("chat not found")
}

// admit keeps a bot to one message a second per chat and thirty in all; short bursts pass, as on the real network.
func (n *Network) admit(b *account, ch *chat) *refusal {
	if !n.limits {
		return nil
	}
	now := n.clock.Now()
	for _, l := range []*rate.Limiter{ch.pace, b.pace} {
		if lack := 1 - l.TokensAt(now); lack > 0 {
			after := max(1, int(math.Ceil(lack/float64(l.Limit()))))
			no := refuse(http.StatusTooManyRequests, "Too Many Requests: retry after %d", after)
			no.after = after
			return no
		}
	}
	ch.pace.AllowN(now, 1)
	b.pace.AllowN(now, 1)
	return nil
}

func (n *Network) sendMessage(c *call) (any, *refusal) {
	ch, no := n.target(c)
	if no != nil {
		return nil, no
	}
	text, no := c.text("text", maxText, "message is too long")
	if no != nil {
		return nil, no
	}
	if text == "" {
		return nil, bad("message text is empty")
	}
	return n.post(c, ch, &message{Message: Message{Text: text}})
}

func (n *Network) sendDocument(c *call) (any, *refusal) {
	ch, no := n.target(c)
	if no != nil {
		return nil, no
	}
	doc, no := n.document(c)
	if no != nil {
		return nil, no
	}
	text, no := c.text("caption", maxCaption, "message caption is too long")
	if no != nil {
		return nil, no
	}
	return n.post(c, ch, &message{Message: Message{Text: text, Document: doc}})
}

// document takes the file of a call: uploaded, or known from before.
func (n *Network) document(c *call) (*Document, *refusal) {
	u, ok := c.args["document"].(*upload)
	if !ok {
		name, attached := strings.CutPrefix(c.str("document"), "attach://")
		if u = c.files[name]; !attached || u == nil {
			if f := n.files[c.str("document")]; f != nil {
				return f, nil
			}
			return nil, bad("wrong file identifier/HTTP URL specified")
		}
	}
	if len(u.data) == 0 {
		return nil, bad("file must be non-empty")
	}
	if len(u.data) > maxUpload {
		return nil, refuse(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	}
	return n.keep(u.name, u.data), nil
}

// keep stores a file under a new id.
func (n *Network) keep(name string, data []byte) *Document {
	f := &Document{ID: n.next("F"), Name: name, Size: len(data), Data: data}
	n.files[f.ID] = f
	return f
}

// post puts a bot's message on the phone, if its buttons and the pace allow it.
func (n *Network) post(c *call, ch *chat, m *message) (any, *refusal) {
	var no *refusal
	if m.board, no = c.board(); no != nil {
		return nil, no
	}
	var removes bool
	if m.keys, removes, no = c.keyboard(); no != nil {
		return nil, no
	}
	if no := n.admit(c.bot, ch); no != nil {
		return nil, no
	}
	m.From, m.Protected, ch.typing = "bot", c.flag("protect_content"), time.Time{}
	ch.showKeys(m, removes)
	n.add(c.bot, ch, m)
	return c.bot.wireMessage(ch, m), nil
}

// add gives a message its number and shows it.
func (n *Network) add(b *account, ch *chat, m *message) {
	b.last++
	m.N, m.At = b.last, n.clock.Now()
	ch.messages = append(ch.messages, m)
	m.Rev = n.touch()
}

// text reads a text that may carry markup, which the network takes out, and judges its length.
func (c *call) text(name string, limit int, tooLong string) (string, *refusal) {
	text, no := plain(c.str("parse_mode"), c.str(name))
	if no != nil {
		return "", no
	}
	text = strings.TrimSpace(text)
	if length(text) > limit {
		return "", bad("%s", tooLong)
	}
	return text, nil
}

// length counts UTF-16 code units, as Telegram does.
func length(s string) int { return len(utf16.Encode([]rune(s))) }

func (n *Network) sendChatAction(c *call) (any, *refusal) {
	ch, no := n.target(c)
	if no != nil {
		return nil, no
	}
	switch c.str("action") {
	case "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
		"upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note":
	default:
		return nil, bad("wrong parameter action in request")
	}
	ch.typing = n.clock.Now().Add(typingTime)
	n.touch()
	return true, nil
}

// edited finds the message that a call wants to edit.
func (n *Network) edited(c *call) (*chat, *message, *refusal) {
	ch, no := n.target(c)
	if no != nil {
		return nil, nil, no
	}
	if c.num("message_id") == 0 {
		return nil, nil, bad("message identifier is not specified")
	}
	m := ch.find(int(c.num("message_id")))
	switch {
	case m == nil || m.Deleted:
		return nil, nil, bad("message to edit not found")
	case m.From != "bot", m.keys != nil: // one with a reply keyboard stays as it is
		return nil, nil, bad("message can't be edited")
	}
	return ch, m, nil
}

const notModified = "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"

func (n *Network) editMessageText(c *call) (any, *refusal) {
	ch, m, no := n.edited(c)
	if no != nil {
		return nil, no
	}
	if m.Document != nil {
		return nil, bad("there is no text in the message to edit")
	}
	text, no := c.text("text", maxText, "message is too long")
	if no != nil {
		return nil, no
	}
	if text == "" {
		return nil, bad("message text is empty")
	}
	board, no := c.board()
	if no != nil {
		return nil, no
	}
	if text == m.Text && reflect.DeepEqual(board, m.board) {
		return nil, bad(notModified)
	}
	m.Text, m.Edited = text, true
	return n.redraw(c, ch, m, board), nil
}

func (n *Network) editMessageReplyMarkup(c *call) (any, *refusal) {
	ch, m, no := n.edited(c)
	if no != nil {
		return nil, no
	}
	board, no := c.board()
	if no != nil {
		return nil, no
	}
	if reflect.DeepEqual(board, m.board) {
		return nil, bad(notModified)
	}
	return n.redraw(c, ch, m, board), nil
}

// redraw replaces a message's buttons. The former ones are remembered: a slow phone may still tap them.
func (n *Network) redraw(c *call, ch *chat, m *message, board [][]button) any {
	if len(m.board) > 0 {
		m.former = append(m.former, m.board...)
	}
	m.board, m.Rev = board, n.touch()
	return c.bot.wireMessage(ch, m)
}

func (n *Network) deleteMessage(c *call) (any, *refusal) {
	ch, no := n.target(c)
	if no != nil {
		return nil, no
	}
	m := ch.find(int(c.num("message_id")))
	if m == nil || m.Deleted {
		return nil, bad("message to delete not found")
	}
	if n.clock.Now().Sub(m.At) >= deleteTime {
		return nil, bad("message can't be deleted for everyone")
	}
	m.Deleted, m.Rev = true, n.touch()
	return true, nil
}

func (n *Network) answerCallbackQuery(c *call) (any, *refusal) {
	t, ok := n.taps[c.str("callback_query_id")]
	if !ok || t.bot != c.bot || n.clock.Now().Sub(t.at) > tapTime {
		return nil, bad("query is too old and response timeout expired or query ID is invalid")
	}
	if length(c.str("text")) > maxAnswer {
		return nil, bad("MESSAGE_TOO_LONG")
	}
	delete(n.taps, c.str("callback_query_id"))
	n.touch()
	return true, nil
}
