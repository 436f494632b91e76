package emulator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
)

// travel takes a message to its phone: Twilio fetches the document, sends it on,
// WhatsApp judges, the phone shows it, the person reads. Each stage is reported.
func (n *Network) travel(m *message, f *Fault) {
	n.stage(m, "queued", 0)
	if m.mediaURL != "" {
		if err := n.keep(m); err != nil {
			n.log.Info("media not fetched", "err", err)
			n.stage(m, "failed", 63019)
			return
		}
	}
	if f != nil && f.Kind == "failed" {
		n.stage(m, "failed", f.Code)
		return
	}
	n.stage(m, "sent", 0)
	if code := n.judge(m, f); code != 0 {
		n.stage(m, "undelivered", code)
		return
	}
	if n.await(n.ctx, func() bool { return !m.chat.person.off }) != nil {
		return
	}
	n.mu.Lock()
	n.show(m)
	n.mu.Unlock()
	n.stage(m, "delivered", 0)
	n.stage(m, "read", 0)
}

// judge is WhatsApp's part: who may be written to, and how.
func (n *Network) judge(m *message, f *Fault) (code int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch c := m.chat; {
	case f != nil && f.Kind == "undelivered":
		return f.Code
	case n.byAddr[same(c.person.address)] != c.person:
		return 63024
	case c.blocked:
		return 63014
	case !m.approved && n.clock.Now().Sub(c.heard) >= freeTime:
		return 63016
	}
	return 0
}

// show puts a message on the phone.
func (n *Network) show(m *message) {
	m.chat.last++
	m.N, m.Shown = m.chat.last, n.clock.Now()
	m.chat.bubbles = append(m.chat.bubbles, m)
	m.Rev = n.touch()
}

// sendable are the kinds of media that go through WhatsApp, as far as anybody here sends them
// (https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages).
var sendable = []string{"application/pdf", "image/jpeg", "image/png", "audio/ogg", "video/mp4", "text/vcard"}

// keep looks at a document, fetches it whole, and keeps it until it is deleted. Who
// answers the look with a document that cannot be sent is not asked for it.
func (n *Network) keep(m *message) error {
	look, err := n.media(http.MethodHead, m.mediaURL)
	if err == nil {
		_ = look.Body.Close()
		err = judgeMedia(look)
	}
	if err != nil && (look == nil || look.StatusCode != http.StatusMethodNotAllowed) {
		return fmt.Errorf("looking at media: %w", err)
	}
	resp, err := n.media(http.MethodGet, m.mediaURL)
	if err != nil {
		return fmt.Errorf("fetching media: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := judgeMedia(resp); err != nil {
		return fmt.Errorf("fetching media: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxMedia+1))
	if err != nil || len(data) == 0 || len(data) > maxMedia {
		return errors.Join(errors.New("fetching media: empty, cut short, or more than 5 MB"), err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	m.Document = &Document{Name: fileName(resp), Size: len(data), Data: data}
	m.media = append(m.media, &media{sid: n.sid("ME"), kind: kind, document: m.Document, created: n.clock.Now()})
	n.touch()
	return nil
}

// media asks for a document.
func (n *Network) media(method, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(n.ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	return n.http.Do(req)
}

// judgeMedia says why an answer is no document that can be sent.
func judgeMedia(resp *http.Response) error {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode != http.StatusOK:
		return errors.New(resp.Status)
	case err != nil || !slices.Contains(sendable, kind):
		return fmt.Errorf("%q cannot be sent", kind)
	case resp.ContentLength > maxMedia:
		return errors.New("more than 5 MB")
	}
	return nil
}

// fileName is what the phone calls a document.
func fileName(resp *http.Response) string {
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	return path.Base(resp.Request.URL.Path)
}

// stage notes how far a message came, and reports it.
func (n *Network) stage(m *message, status string, code int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m.status, m.code, m.updated = status, code, n.clock.Now()
	m.Status = status
	m.Rev = n.touch()
	if m.callback == "" {
		return
	}
	form := m.report(status, code)
	last := status == "read" || status == "failed" || status == "undelivered"
	if f := n.takeReport(m.chat); f != nil {
		switch f.Kind {
		case "status_lost":
			return
		case "status_duplicate":
			n.follow(&m.calls, func() { n.call(m, form) })
		case "status_reorder":
			m.reversed = true
		}
	}
	if m.reversed && len(m.kept) < maxReports {
		if m.kept = append(m.kept, form); !last {
			return
		}
		for _, kept := range slices.Backward(m.kept) {
			n.follow(&m.calls, func() { n.call(m, kept) })
		}
		return
	}
	n.follow(&m.calls, func() { n.call(m, form) })
}

// report is what Twilio tells about a message.
func (m *message) report(status string, code int) url.Values {
	form := url.Values{
		"SmsSid": {m.sid}, "SmsStatus": {status}, "MessageStatus": {status}, "To": {m.to}, "MessageSid": {m.sid},
		"AccountSid": {m.chat.sender.Account}, "From": {"whatsapp:" + m.chat.sender.From}, "ApiVersion": {"2010-04-01"},
		"ChannelPrefix": {"whatsapp"}, "ChannelToAddress": {"+54911555XXXX"}, "ChannelInstallSid": {"XEcc20d939f803ee381f2442185d0d5dc5"},
		"StructuredMessage": {strconv.FormatBool(m.template)},
	}
	if code != 0 {
		form.Set("ErrorCode", strconv.Itoa(code))
		form.Set("ChannelStatusMessage", "see https://www.twilio.com/docs/errors/"+strconv.Itoa(code))
	}
	return form
}

// call brings one report, once: Twilio does not repeat them.
func (n *Network) call(m *message, form url.Values) {
	if err := n.post(n.ctx, m.chat.sender.Token, m.callback, form, ""); err != nil {
		n.log.Info("report not taken", "status", form.Get("MessageStatus"), "err", err)
	}
}

// post brings a signed form to an address.
func (n *Network) post(ctx context.Context, token, address string, form url.Values, idempotency string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte(form.Encode())))
	if err != nil {
		return fmt.Errorf("asking the webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("X-Twilio-Signature", Sign(token, address, form))
	if idempotency != "" {
		req.Header.Set("I-Twilio-Idempotency-Token", idempotency)
	}
	resp, err := n.http.Do(req)
	if err != nil {
		return fmt.Errorf("asking the webhook: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, maxRequest)); err != nil {
		return fmt.Errorf("reading the webhook's answer: %w", err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("11200: the webhook answered %s", resp.Status)
	}
	return nil
}
