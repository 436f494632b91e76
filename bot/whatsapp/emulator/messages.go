package emulator

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"
)

// What Twilio allows for WhatsApp (https://www.twilio.com/docs/messaging/api/message-resource).
const (
	maxBody    = 1600
	freeTime   = 24 * time.Hour
	maxMedia   = 5 << 20
	maxReports = 64
)

// message is a bubble as the network keeps it, and the API's resource if a sender sent it.
type message struct {
	Message
	sid      string
	chat     *chat
	to       string // as it was given
	status   string
	code     int // of the error, 0 if none
	template bool
	approved bool
	callback string
	media    []*media
	mediaURL string
	options  []option
	reply    string // SID of the bubble it answers
	calls    lane
	updated  time.Time
	reversed bool         // reports are kept back and come in the wrong order
	kept     []url.Values // those reports
}

// media is a document that Twilio keeps until it is deleted.
type media struct {
	sid, kind string
	document  *Document
	created   time.Time
}

// create sends a message.
func (n *Network) create(c *call) (answer, *refusal) {
	m, no := n.accepted(c)
	if no != nil {
		return answer{}, no
	}
	if no := n.admit(m.chat.sender); no != nil {
		return answer{}, no
	}
	m.sid, m.status, m.At = n.sid("SM"), "queued", n.clock.Now()
	if m.mediaURL != "" {
		m.sid = "MM" + m.sid[2:]
	}
	m.updated = m.At
	n.messages[m.sid] = m
	f := n.takeFate(m.chat)
	body := m.resource()
	n.follow(&m.chat.out, func() { n.travel(m, f) })
	return answer{http.StatusCreated, body}, nil
}

// accepted judges a message to be sent as Twilio does, first by its own rules, then by its description.
func (n *Network) accepted(c *call) (*message, *refusal) {
	form := c.form
	s, err := n.sender(form.Get("From"))
	if err != nil || s.Account != c.account {
		return nil, refuse(http.StatusBadRequest, 63007, "Twilio could not find a Channel with the specified From address")
	}
	to := form.Get("To")
	switch {
	case to == "":
		return nil, refuse(http.StatusBadRequest, 21604, "A 'To' phone number is required.")
	case len(to) < 10 || to[:9] != "whatsapp:" || !addressForm.MatchString(to[9:]):
		return nil, refuse(http.StatusBadRequest, 21211, "The 'To' number %s is not a valid phone number", to)
	case !form.Has("Body") && !form.Has("MediaUrl") && !form.Has("ContentSid"):
		return nil, refuse(http.StatusBadRequest, 21619, "A text message body or media urls must be specified.")
	case utf8.RuneCountInString(form.Get("Body")) > maxBody:
		return nil, refuse(http.StatusBadRequest, 21617, "The concatenated message body exceeds the 1600 character limit")
	case len(form["MediaUrl"]) > 1:
		return nil, refuse(http.StatusBadRequest, 21623, "Number of media files exceeds allowed limit")
	}
	if err := checkForm(form); err != nil {
		return nil, refuse(http.StatusBadRequest, 20001, "%s", err)
	}
	m := &message{to: to, callback: form.Get("StatusCallback"), mediaURL: form.Get("MediaUrl")}
	m.Text, m.From = form.Get("Body"), "bot"
	if form.Has("ContentSid") {
		var no *refusal
		if m.Text, m.options, m.approved, no = n.render(c); no != nil {
			return nil, no
		}
		m.template = true
	}
	if m.callback != "" {
		if u, err := url.Parse(m.callback); err != nil || u.Host == "" {
			return nil, refuse(http.StatusBadRequest, 21609, "The StatusCallback URL is not a valid URL.")
		}
	}
	return m, n.place(m, s, to[9:])
}

// place puts a message into the chat it is for.
func (n *Network) place(m *message, s *sender, address string) *refusal {
	p := n.byAddr[same(address)]
	if p == nil { // nobody: the network finds out on the way
		m.chat = &chat{sender: s, person: &person{address: address}}
		return nil
	}
	m.chat = n.chat(s, p)
	if m.chat.optedOut {
		return refuse(http.StatusBadRequest, 21610, "Attempt to send to unsubscribed recipient")
	}
	return nil
}

// admit keeps a sender to eighty messages a second.
func (n *Network) admit(s *sender) *refusal {
	if now := n.clock.Now(); n.limits && !s.pace.AllowN(now, 1) {
		no := refuse(http.StatusTooManyRequests, 63018, "Account %s exceeded the 80 rps rate limit", s.Account)
		no.after = 1
		return no
	}
	return nil
}

// resource is the message as the API shows it.
func (m *message) resource() map[string]any {
	base := "/2010-04-01/Accounts/" + m.chat.sender.Account + "/Messages/" + m.sid
	out := map[string]any{
		"sid": m.sid, "account_sid": m.chat.sender.Account, "api_version": "2010-04-01", "body": m.Text, "direction": "outbound-api",
		"from": "whatsapp:" + m.chat.sender.From, "to": m.to, "status": m.status, "num_media": strconv.Itoa(len(m.media)), "num_segments": "1",
		"date_created": stamp(m.At), "date_updated": stamp(m.updated), "date_sent": nil, "price": nil, "price_unit": nil,
		"error_code": nil, "error_message": nil, "messaging_service_sid": nil, "uri": base + ".json",
		"subresource_uris": map[string]any{"media": base + "/Media.json"},
	}
	if m.code != 0 {
		out["error_code"], out["error_message"] = m.code, "see https://www.twilio.com/docs/errors/"+strconv.Itoa(m.code)
	}
	return out
}

func stamp(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000") }

// known finds a message of the account.
func (n *Network) known(c *call) (*message, *refusal) {
	m := n.messages[c.message]
	if m == nil || m.chat.sender.Account != c.account {
		return nil, refuse(http.StatusNotFound, 20404, "The requested resource /2010-04-01/Accounts/%s/Messages/%s.json was not found", c.account, c.message)
	}
	return m, nil
}

func (n *Network) fetch(c *call) (answer, *refusal) {
	m, no := n.known(c)
	if no != nil {
		return answer{}, no
	}
	return answer{http.StatusOK, m.resource()}, nil
}

func (n *Network) remove(c *call) (answer, *refusal) {
	m, no := n.known(c)
	if no != nil {
		return answer{}, no
	}
	delete(n.messages, m.sid)
	return answer{status: http.StatusNoContent}, nil
}

func (n *Network) listMedia(c *call) (answer, *refusal) {
	m, no := n.known(c)
	if no != nil {
		return answer{}, no
	}
	list := []any{}
	for _, d := range m.media {
		list = append(list, d.resource(m))
	}
	uri := "/2010-04-01/Accounts/" + c.account + "/Messages/" + m.sid + "/Media.json?PageSize=50&Page=0"
	return answer{http.StatusOK, map[string]any{"media_list": list, "uri": uri, "first_page_uri": uri, "next_page_uri": nil, "previous_page_uri": nil,
		"page": 0, "page_size": 50, "start": 0, "end": max(len(list)-1, 0)}}, nil
}

func (d *media) resource(m *message) map[string]any {
	return map[string]any{"sid": d.sid, "account_sid": m.chat.sender.Account, "parent_sid": m.sid, "content_type": d.kind,
		"date_created": stamp(d.created), "date_updated": stamp(d.created),
		"uri": "/2010-04-01/Accounts/" + m.chat.sender.Account + "/Messages/" + m.sid + "/Media/" + d.sid + ".json"}
}

func (n *Network) fetchMedia(c *call) (answer, *refusal) {
	m, i, no := n.findMedia(c)
	if no != nil {
		return answer{}, no
	}
	return answer{http.StatusOK, m.media[i].resource(m)}, nil
}

func (n *Network) removeMedia(c *call) (answer, *refusal) {
	m, i, no := n.findMedia(c)
	if no != nil {
		return answer{}, no
	}
	m.media = append(m.media[:i:i], m.media[i+1:]...)
	n.touch()
	return answer{status: http.StatusNoContent}, nil
}

func (n *Network) findMedia(c *call) (*message, int, *refusal) {
	m, no := n.known(c)
	if no != nil {
		return nil, 0, no
	}
	for i, d := range m.media {
		if d.sid == c.media {
			return m, i, nil
		}
	}
	return nil, 0, refuse(http.StatusNotFound, 20404, "The requested resource was not found")
}

// Kept is how many documents Twilio still keeps of what a sender sent.
func (n *Network) Kept(from string) (kept int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.messages {
		if m.From == "bot" && "whatsapp:"+m.chat.sender.From == "whatsapp:"+from {
			kept += len(m.media)
		}
	}
	return kept
}
