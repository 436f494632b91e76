package demo

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Network is a chat network seen from its people's side. A person is any name; a
// new name is a new phone. What a person cannot do there is a refusal.
type Network interface {
	Say(portal, person, text string) (n int, err error) // n of the line
	Tap(portal, person, option string) error
	Send(portal, person, kind string) (n int, err error)
	// Phone returns everything on a person's screen.
	Phone(portal, person string) Phone
	// Wait returns nil once the screen has a line with a number above after, or the error of ctx.
	Wait(ctx context.Context, portal, person string, after int) error
}

// Phone is all that a person sees of a chat.
type Phone struct {
	Rev    int // grows with every change
	Typing bool
	Lines  []Line
}

// Line is one thing on a phone's screen.
type Line struct {
	N         int       `json:"n"`
	From      string    `json:"from"` // "person" or "bot"
	Text      string    `json:"text"`
	Kind      string    `json:"kind,omitempty"` // what the person sent if not text
	Options   []string  `json:"options"`        // labels that can be tapped now
	Keys      []string  `json:"keys,omitempty"` // likewise, where the person writes: «Compartir mi número»
	Links     []Link    `json:"links"`          // buttons that open an address; on WhatsApp, the addresses in the text
	Document  *Document `json:"document"`
	Deleted   bool      `json:"deleted"`
	Edited    bool      `json:"edited"`
	Protected bool      `json:"protected"` // cannot be forwarded or saved
	At        time.Time `json:"at"`
}

// Link is a button that opens an address.
type Link struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// Document is a file in the chat, to be had at its URL.
type Document struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
	URL   string `json:"url"`
	data  []byte
}

const longestWait = time.Minute

func (a *api) phoneRoutes() []route {
	const at = "/demo/{channel}/{portal}/{person}"
	return []route{
		{http.MethodPost, at + "/say", handler(a.say)},
		{http.MethodPost, at + "/tap", handler(a.tap)},
		{http.MethodPost, at + "/send", handler(a.send)},
		{http.MethodGet, at + "/screen", handler(a.screen)},
		{http.MethodGet, at + "/document/{n}", http.HandlerFunc(a.document)},
	}
}

// handset is the phone that a request is about.
type handset struct {
	net                     Network
	channel, portal, person string
}

// lines is the screen after a line, with addresses for its documents.
func (h handset) lines(after int) []Line {
	lines := []Line{}
	for _, l := range h.net.Phone(h.portal, h.person).Lines {
		if l.N <= after {
			continue
		}
		if l.Document != nil {
			d := *l.Document
			d.URL = "/demo/" + path.Join(url.PathEscape(h.channel), url.PathEscape(h.portal), url.PathEscape(h.person), "document", strconv.Itoa(l.N))
			l.Document = &d
		}
		lines = append(lines, l)
	}
	return lines
}

func (a *api) phone(r *http.Request) (handset, error) {
	return a.phoneOf(r.PathValue("channel"), r.PathValue("portal"), r.PathValue("person"))
}

func (a *api) phoneOf(channel, portal, person string) (handset, error) {
	net, ok := a.world.networks[channel]
	if !ok {
		return handset{}, notFound("there is no channel %q here; there is %s", channel, strings.Join(a.world.channels(), ", "))
	}
	if !a.world.has(channel, portal) {
		return handset{}, notFound("no bot of portal %q is on %s", portal, channel)
	}
	if n := utf8.RuneCountInString(person); n == 0 || n > 100 || !utf8.ValidString(person) {
		return handset{}, badRequest("a person's name has 1 to 100 characters")
	}
	return handset{net, channel, portal, person}, nil
}

func (a *api) say(r *http.Request) (any, error) {
	body, err := read[struct {
		Text string `json:"text"`
	}](r)
	if err != nil {
		return nil, err
	}
	if body.Text == "" {
		return nil, badRequest("text is empty")
	}
	p, err := a.phone(r)
	if err != nil {
		return nil, err
	}
	n, err := p.net.Say(p.portal, p.person, body.Text)
	return map[string]int{"n": n}, err
}

func (a *api) tap(r *http.Request) (any, error) {
	body, err := read[struct {
		Option string `json:"option"`
	}](r)
	if err != nil {
		return nil, err
	}
	p, err := a.phone(r)
	if err != nil {
		return nil, err
	}
	return nil, p.net.Tap(p.portal, p.person, body.Option)
}

func (a *api) send(r *http.Request) (any, error) {
	body, err := read[struct {
		Kind string `json:"kind"`
	}](r)
	if err != nil {
		return nil, err
	}
	p, err := a.phone(r)
	if err != nil {
		return nil, err
	}
	n, err := p.net.Send(p.portal, p.person, body.Kind)
	return map[string]int{"n": n}, err
}

func (a *api) screen(r *http.Request) (any, error) {
	p, err := a.phone(r)
	if err != nil {
		return nil, err
	}
	after, wait := 0, time.Duration(0)
	if v := r.FormValue("after"); v != "" {
		if after, err = strconv.Atoi(v); err != nil || after < 0 {
			return nil, badRequest("after must be the n of a line")
		}
	}
	if v := r.FormValue("wait"); v != "" {
		if wait, err = time.ParseDuration(v); err != nil || wait < 0 || wait > longestWait {
			return nil, badRequest("wait must be a time such as 10s, at most %s", longestWait)
		}
	}
	if wait > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), wait)
		defer cancel()
		_ = p.net.Wait(ctx, p.portal, p.person, after) // nothing new is an answer too
	}
	return p.lines(after), nil
}

// document gives the bytes as a browser may safely show them: a PDF opens, anything else is saved.
func (a *api) document(w http.ResponseWriter, r *http.Request) {
	p, err := a.phone(r)
	if err != nil {
		refuse(w, http.StatusNotFound, err.Error())
		return
	}
	n, _ := strconv.Atoi(r.PathValue("n"))
	for _, l := range p.lines(n - 1) {
		if l.N == n && l.Document != nil {
			serveFile(w, l.Document.Name, l.Document.data)
			return
		}
	}
	refuse(w, http.StatusNotFound, "there is no document in that line")
}
