package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"ventanilla/bot"
)

const (
	maxCaption = 1024     // of a document, in UTF-16 units (RULES: tg.limits)
	maxUpload  = 50 << 20 // bytes of a document (RULES: tg.limits)

	noPreview = `{"is_disabled":true}` // previews fetch a link before the person does
)

// part is one call of a delivery: a long text has several.
type part struct {
	text  string // of the message, or the document's caption
	last  bool   // carries the buttons
	file  bool
	erase bool // takes the answered message off the screen
}

// Send delivers a reply: what is to be deleted first, then the text in as many
// messages as it needs, then the document. The receipt is the last message's id.
//
// A delivery that was cut short goes on where it stopped when it is sent again,
// as far as this process remembers. Text longer than a message is cut between
// paragraphs, lines or words; a link also stands as the text's last line.
func (c *Channel) Send(ctx context.Context, d bot.Delivery) (receipt string, err error) {
	if id, err := strconv.ParseInt(d.To, 10, 64); err != nil || id == 0 {
		return "", &bot.SendError{Never: true, Gone: true, Err: errors.New("the address is no chat id")}
	}
	var room [2]part
	parts, board, err := plan(room[:0], &d)
	if err != nil {
		return "", &bot.SendError{Never: true, Err: err}
	}
	done := c.sent.load(&d, c.clock.Now())
	for done.next < len(parts) {
		p := parts[done.next]
		receipt, err := c.sendPart(ctx, &d, p, board)
		if err != nil {
			return "", err
		}
		if receipt != "" {
			done.receipt = receipt
		}
		done.next++
		c.sent.save(&d, done)
		if p.last {
			c.replaceBoard(&d, done.receipt)
		}
	}
	return done.receipt, nil
}

// plan appends the parts in which a delivery goes, and draws the buttons of the last one.
func plan(parts []part, d *bot.Delivery) (all []part, board []byte, err error) {
	if d.Reply.Delete && d.Origin != "" {
		parts = append(parts, part{erase: true})
	}
	texts := split(d.Reply.Text, links(d))
	if len(texts) == 0 && d.Reply.File == nil {
		if len(d.Reply.Offer) > 0 {
			return nil, nil, errors.New("options without a text")
		}
		return parts, nil, nil
	}
	caption := ""
	if d.Reply.File != nil && len(texts) == 1 && bot.Units(texts[0]) <= maxCaption {
		caption, texts = texts[0], nil
	}
	for _, text := range texts {
		parts = append(parts, part{text: text})
	}
	if d.Reply.File != nil {
		parts = append(parts, part{text: caption, file: true})
	}
	parts[len(parts)-1].last = true
	board, err = drawn(d)
	return parts, board, err
}

// drawn is what a message has beside its text, as JSON. The network takes one kind of
// keyboard in a message (Bot API, reply_markup): links and options go before the others.
func drawn(d *bot.Delivery) ([]byte, error) {
	inline, err := keyboard(d)
	if inline != nil || err != nil {
		return inline, err
	}
	var markup any
	switch {
	case d.Reply.Share != "":
		markup = tgbotapi.NewOneTimeReplyKeyboard(tgbotapi.NewKeyboardButtonRow(tgbotapi.NewKeyboardButtonContact(cut(d.Reply.Share, maxLabel))))
	case d.Reply.Unshare:
		markup = tgbotapi.NewRemoveKeyboard(false)
	default:
		return nil, nil
	}
	raw, err := json.Marshal(markup)
	if err != nil {
		return nil, fmt.Errorf("drawing the buttons: %w", err)
	}
	return raw, nil
}

func (c *Channel) sendPart(ctx context.Context, d *bot.Delivery, p part, board []byte) (receipt string, err error) {
	if p.erase {
		c.erase(ctx, d)
		return "", nil
	}
	if wait, whole := c.pace.take(d.To, c.clock.Now()); wait > 0 {
		return "", &bot.SendError{After: wait, Held: true, Whole: whole, Err: errors.New("too many messages for now")}
	}
	if !p.last {
		board = nil
	}
	if p.file {
		receipt, err = c.upload(ctx, d, p.text, board)
	} else {
		receipt, err = c.sendText(ctx, func(f form) form { return message(f, d, p.text, board) })
	}
	if err != nil {
		return "", c.failed(d, err)
	}
	return receipt, nil
}

// message appends the fields of a sendMessage.
func message(f form, d *bot.Delivery, text string, board []byte) form {
	f = f.add("chat_id", d.To).add("text", text).add("link_preview_options", noPreview)
	if d.Reply.Private || d.Reply.File != nil {
		f = f.add("protect_content", "true")
	}
	if len(board) > 0 {
		f = add(f, "reply_markup", board)
	}
	return f
}

// upload fetches the document and sends it, and shows meanwhile that it is coming.
func (c *Channel) upload(ctx context.Context, d *bot.Delivery, caption string, board []byte) (receipt string, err error) {
	if d.Open == nil {
		return "", &bot.SendError{Never: true, Err: errors.New("a document that cannot be opened")}
	}
	ctx, cancel := context.WithTimeout(ctx, uploadTime)
	defer cancel()
	if err := c.do(ctx, "sendChatAction", tgbotapi.Params{"chat_id": d.To, "action": "upload_document"}); err != nil {
		c.log.Debug("typing not shown", "err", err)
	}
	data, err := d.Open(ctx)
	if err != nil {
		return "", fmt.Errorf("opening the document: %w", err)
	}
	switch {
	case len(data) == 0:
		return "", &bot.SendError{Never: true, Why: bot.Missing, Err: errors.New("an empty document cannot be sent")}
	case len(data) > maxUpload:
		return "", &bot.SendError{Never: true, Why: bot.TooLarge, Err: fmt.Errorf("a document of %d bytes cannot be sent", len(data))}
	}
	file := tgbotapi.FileBytes{Name: fileName(d.Reply.File.Name), Bytes: data}
	params := tgbotapi.Params{"chat_id": d.To, "protect_content": "true"}
	params.AddNonEmpty("caption", caption)
	params.AddNonEmpty("reply_markup", string(board))
	raw, err := c.call(ctx, "sendDocument", params, tgbotapi.RequestFile{Name: "document", Data: file})
	return receiptOf(raw), err
}

// failed turns an error of a call into what the delivery needs to know.
func (c *Channel) failed(d *bot.Delivery, err error) error {
	if already, ok := errors.AsType[*bot.SendError](err); ok {
		return already
	}
	out := sendError(err)
	if refusal, ok := errors.AsType[*apiError](err); ok && limited(refusal) {
		out.Whole = c.pace.refused(d.To, c.clock.Now(), out.After)
	}
	return out
}

// erase takes the message being answered off the person's screen. A message of
// more than 48 hours stays, and no failure holds the reply up (RULES: pw.chat, tg.limits).
func (c *Channel) erase(ctx context.Context, d *bot.Delivery) {
	if _, ok := messageID(d.Origin); !ok {
		return
	}
	for range 2 { // once more if the network was only ill: it may be a secret that stays on the screen
		err := c.do(ctx, "deleteMessage", tgbotapi.Params{"chat_id": d.To, "message_id": d.Origin})
		if err == nil || sendError(err).Never {
			return
		}
		c.log.Warn("message not deleted", "err", err)
	}
}

// replaceBoard notes the options of a message that was sent, and takes older ones away.
func (c *Channel) replaceBoard(d *bot.Delivery, receipt string) {
	visit := Visit(d.Reply.Entered)
	var old board
	if len(d.Reply.Offer) > 0 {
		old = c.boards.put(d.To, board{message: receipt, visit: visit})
	} else if visit != "" {
		old = c.boards.drop(d.To, func(b board) bool { return b.visit == visit })
	}
	if old.message == "" || old.message == receipt {
		return
	}
	c.wearOut(d.To, old.message)
}

func receiptOf(raw json.RawMessage) string {
	var m struct {
		ID int `json:"message_id"`
	}
	if json.Unmarshal(raw, &m) != nil || m.ID == 0 {
		return ""
	}
	return strconv.Itoa(m.ID)
}

// fileName is a document's name without folders and control characters.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '"' {
			return -1
		}
		return r
	}, name)
	if name == "" || name == "." || name == "/" {
		return "documento"
	}
	return cut(name, 120)
}

// limited tells whether the network asked for a pause.
func limited(e *apiError) bool { return e.code == 429 || e.after > 0 }

// rememberFor is how long a delivery's progress is kept: the store's retries of a
// lost result come within seconds.
const rememberFor = 10 * time.Minute
