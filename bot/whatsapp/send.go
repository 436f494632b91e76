package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	v2010 "github.com/twilio/twilio-go/rest/api/v2010"

	"ventanilla/bot"
)

// part is one message of a delivery: a long text has several.
type part struct {
	text    string
	media   string // address of a document
	content string // SID of a template, whose values are vars
	vars    string
	last    bool
}

// Send delivers a reply in as many messages as it needs: text, links and options,
// then the document. The receipt are the messages' SIDs with a space between.
//
// Free text leaves only within 24 hours of the person's last message; afterwards a
// template says it, or it can never be sent, with the reason "window" (RULES:
// wa.window). Nothing is deleted: WhatsApp cannot. A delivery that was cut short goes
// on where it stopped when it is sent again, as far as this process remembers.
func (c *Channel) Send(ctx context.Context, d bot.Delivery) (receipt string, err error) {
	if _, ok := person("whatsapp:" + d.To); !ok {
		return "", &bot.SendError{Never: true, Gone: true, Err: errors.New("the address is no WhatsApp address")}
	}
	parts, err := c.plan(d)
	if err != nil {
		return "", err
	}
	if d.Reply.File != nil {
		if err := weigh(ctx, d); err != nil {
			return "", err
		}
	}
	done := c.sent.load(d, c.clock.Now())
	for len(done.sids) < len(parts) {
		p := parts[len(done.sids)]
		sid, err := c.sendPart(ctx, d, p)
		if err != nil && c.refusedPicker(p, err) {
			return "", &bot.SendError{After: time.Second, Err: err}
		}
		if err != nil {
			return "", c.failed(d, err)
		}
		done.sids = append(done.sids, sid)
		c.sent.save(d, done)
		if p.media != "" {
			c.cleanUnreported(sid)
		}
	}
	return strings.Join(done.sids, " "), nil
}

// plan says in which messages a delivery goes.
func (c *Channel) plan(d bot.Delivery) (parts []part, err error) {
	text := strings.TrimSpace(strings.ToValidUTF8(d.Reply.Text, "\uFFFD"))
	if text == "" && d.Reply.File == nil && len(d.Reply.Offer) == 0 && len(links(d)) == 0 {
		return nil, nil // something to delete, which cannot be done here
	}
	if !c.windows.open(d.Chat, d.Heard, c.clock.Now()) {
		p, err := c.notice(d)
		if err != nil {
			return nil, &bot.SendError{Never: true, Why: "window", Err: err}
		}
		return []part{p}, nil
	}
	tail := linkLines(text, links(d))
	if p, ok := c.picker(d, text); ok && tail == "" {
		parts = append(parts, p)
	} else {
		for _, body := range split(text, tail, numbered(d.Reply.Offer)) {
			parts = append(parts, part{text: body})
		}
	}
	if d.Reply.File != nil {
		parts = append(parts, part{media: d.URL})
	}
	if len(parts) > 0 {
		parts[len(parts)-1].last = true
	}
	return parts, nil
}

// maxMedia is how large a document may be, in bytes (RULES: wa.limits).
const maxMedia = 5 << 20

// weigh looks whether the document of a delivery can be had, and be sent, before
// anything of the delivery leaves: the network would find out only afterwards.
func weigh(ctx context.Context, d bot.Delivery) error {
	if d.URL == "" || d.Open == nil {
		return &bot.SendError{Never: true, Why: bot.Missing, Err: errors.New("a document without an address")}
	}
	data, err := d.Open(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("opening the document: %w", err)
	case len(data) == 0:
		return &bot.SendError{Never: true, Why: bot.Missing, Err: errors.New("an empty document cannot be sent")}
	case len(data) > maxMedia:
		return &bot.SendError{Never: true, Why: bot.TooLarge, Err: fmt.Errorf("a document of %d bytes cannot be sent", len(data))}
	}
	return nil
}

func (c *Channel) sendPart(ctx context.Context, d bot.Delivery, p part) (sid string, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	params := &v2010.CreateMessageParams{}
	params.SetTo(c.forms.address(d.To)).SetFrom(c.from).SetStatusCallback(c.callback(d, p))
	switch {
	case p.content != "":
		params.SetContentSid(p.content).SetContentVariables(p.vars)
	case p.media != "":
		params.SetMediaUrl([]string{p.media})
	default:
		params.SetBody(p.text)
	}
	m, err := ask(ctx, c, "CreateMessage", func(api *service) (*v2010.ApiV2010Message, error) { return api.CreateMessage(params) })
	if err != nil {
		return "", err
	}
	if value(m.Sid) == "" {
		return "", &apiError{what: "CreateMessage", http: 200}
	}
	return value(m.Sid), nil
}

// failed turns an error of a call into what the delivery needs to know.
func (c *Channel) failed(d bot.Delivery, err error) error {
	if refusal, ok := errors.AsType[*apiError](err); ok && refusal.code == closed {
		c.windows.shut(d.Chat, c.clock.Now())
		c.sent.forget(d)
	}
	return sendError(err)
}

// links are what a delivery lets the person open. The address of a document is not among them.
func links(d bot.Delivery) []bot.Link {
	if d.URL == "" || d.Reply.File != nil {
		return d.Links
	}
	return slices.Concat([]bot.Link{{Label: d.Reply.Button, URL: d.URL}}, d.Links)
}

// linkLines are the addresses that the text does not show yet, each on a line of its own.
func linkLines(text string, links []bot.Link) string {
	var lines []string
	for _, l := range links {
		if l.URL == "" || strings.Contains(text, l.URL) {
			continue
		}
		if l.Label != "" {
			lines = append(lines, oneLine(l.Label)+":")
		}
		lines = append(lines, l.URL)
	}
	return strings.Join(lines, "\n")
}
