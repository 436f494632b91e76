package settings

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"ventanilla/backend/secret"
	"ventanilla/bot/bounces"
	"ventanilla/bot/email"
	"ventanilla/bot/telegram"
)

// store reads "bolt:PATH".
func (r *reader) store(path string, n *yaml.Node) {
	var v string
	r.text(&v)(path, n)
	if v == "" {
		return
	}
	name, ok := strings.CutPrefix(v, "bolt:")
	if !ok || name == "" || filepath.Base(name) == "." {
		r.problem(path, "must be bolt:PATH, such as bolt:./ventanilla.db")
		return
	}
	r.s.Store = beside(r.file, name)
}

// keys reads "file:PATH", which need not exist yet, or "env:NAME". A literal
// key in the settings would be copied around with them.
func (r *reader) keys(path string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && strings.HasPrefix(n.Value, "env:") {
		r.s.Keys = Keys{}
		r.secret(&r.s.Keys.Text)(path, n)
		if r.s.Keys.Text == "" {
			r.problem(path, "has no value")
		}
		return
	}
	name, ok := strings.CutPrefix(n.Value, "file:")
	if n.Kind != yaml.ScalarNode || !ok || name == "" {
		r.problem(path, "must be file:PATH or env:NAME; a key does not stand in the settings themselves")
		return
	}
	r.s.Keys = Keys{File: beside(r.file, name)}
}

func (r *reader) allow(path string, n *yaml.Node) {
	r.list(func(at string, n *yaml.Node) {
		var word string
		r.text(&word)(at, n)
		if word != "" && !slices.Contains(allowWords, word) {
			r.problem(at, "is not a word of allow; they are %s", strings.Join(allowWords, ", "))
		}
		r.s.Allow = append(r.s.Allow, word)
	})(path, n)
}

// leastAnswer is how long an agent needs at the very least to see that something was assigned to them.
const leastAnswer = 10 * time.Second

// judge looks at the whole: what is missing, what is malformed, what is unsafe.
func (r *reader) judge() {
	s := r.s
	r.listen("public.listen", s.Public.Listen, AllowPublicListen)
	r.listen("console.listen", s.Console.Listen, AllowConsoleListen)
	r.url("public.url", &s.Public.URL, AllowPublicHTTP)
	if s.Console.Answer < leastAnswer {
		r.problem("console.answer", "leaves agents no time: at least %s", leastAnswer)
	}
	if s.Console.URL != "" {
		r.url("console.url", &s.Console.URL, AllowConsoleListen)
	}
	if u, err := url.Parse(s.Public.URL); err == nil && u.Path != "" {
		r.problem("public.url", "has a path; the bot needs a host name of its own")
	}
	r.url("core.url", &s.Core.URL, AllowCoreHTTP)
	if s.Core.Token == "" {
		r.problem("core.token", "is empty, so anybody could pose as Ventanilla to the core")
	}
	r.signing("core.evidence", r.s.Core.Evidence, "evidence")
	r.signing("core.events", r.s.Core.Events, "events")
	r.mail()
	r.bots()
}

// leastKey is the shortest key for HS256 (RFC 7518, section 3.2), in bytes.
const leastKey = 32

// signing judges a key that signs something, if there is one: an empty one would silently be another.
func (r *reader) signing(path string, key secret.Text, what string) {
	switch {
	case r.s.lines[path] == 0 || key == unread:
	case key == "":
		r.problem(path, "is empty; leave it out and another key of core signs %s, too", what)
	case len(key) < leastKey:
		r.problem(path, "is shorter than %d characters, too short to sign with", leastKey)
	case key == r.s.Core.Token:
		r.problem(path, "is the token, which every call shows; leave it out or make another")
	}
}

// refuse notes something unsafe unless the settings allow it in words.
func (r *reader) refuse(path, word, why string) {
	if !r.s.Allow.Has(word) {
		r.problem(path, "%s; if that is meant, say allow: [%s]", why, word)
	}
}

func (r *reader) listen(path, addr, word string) {
	host, port, err := net.SplitHostPort(addr)
	if addr == "" {
		return // noted when it was read
	}
	if err != nil || port == "" {
		r.problem(path, "must be host:port, such as 127.0.0.1:8080")
		return
	}
	if !Loopback(host) {
		r.refuse(path, word, "takes plain HTTP from beyond this machine; listen on 127.0.0.1 behind a proxy that speaks TLS")
	}
}

// url judges an http or https address and takes the slash off its end.
func (r *reader) url(path string, to *string, word string) {
	if *to == "" {
		r.missing(path)
		return
	}
	*to = strings.TrimSuffix(*to, "/")
	u, err := url.Parse(*to)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		r.problem(path, "must be an address such as https://bot.example.org")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		r.problem(path, "must have no user, password, ? or #")
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		r.refuse(path, word, "is plain HTTP beyond this machine: whoever is in between reads along")
	}
}

func (r *reader) missing(path string) {
	if r.s.lines[path] == 0 {
		r.problem(path, "is missing")
	}
}

// Every minute is what agents notice; more often than every second is only a burden on the server.
const leastEvery = time.Second

func (r *reader) judgeBounces(b *Bounces) {
	const path = "mail.bounces"
	switch err := bounces.CheckURL(b.URL); {
	case b.URL == "":
		r.problem(path+".url", "is missing")
	case b.URL != unread && err != nil:
		r.problem(path+".url", "%v", err)
	}
	if b.Address == "" {
		r.missing(path + ".address")
	} else if err := email.CheckReturns(b.Address); err != nil {
		r.problem(path+".address", "%v", err)
	}
	if b.Every < leastEvery {
		r.problem(path+".every", "must be at least %s", leastEvery)
	}
}

func (r *reader) mail() {
	m := &r.s.Mail
	if m.Bounces != nil {
		r.judgeBounces(m.Bounces)
	}
	if m.From == "" {
		r.missing("mail.from")
	} else if err := email.CheckFrom(m.From); err != nil {
		r.problem("mail.from", "%v", err)
	}
	switch {
	case m.URL == unread:
		return
	case m.URL == "":
		r.problem("mail.url", "is missing")
		return
	}
	if err := email.CheckURL(m.URL); err != nil {
		r.problem("mail.url", "%v", err)
	} else if u, err := url.Parse(m.URL.Reveal()); err == nil && u.Scheme == "smtp" && !Loopback(u.Hostname()) {
		r.refuse("mail.url", AllowMailPlain, "is SMTP without TLS beyond this machine; use smtp+starttls:// or smtps://")
	}
}

func (r *reader) bots() {
	if len(r.s.Bots) == 0 {
		r.problem("bots", "is empty: name at least one portal and its channel")
	}
	portals := map[string]bool{}
	for i, b := range r.s.Bots {
		at := fmt.Sprintf("bots[%d]", i)
		if b.Portal == "" {
			r.missing(at + ".portal")
		} else if !portalName.MatchString(b.Portal) {
			r.problem(at+".portal", "must be of a-z 0-9 and -")
		}
		if portals[b.Portal] {
			r.problem(at+".portal", "is here twice")
		}
		portals[b.Portal] = b.Portal != ""
		if n := utf8.RuneCountInString(b.Banner); n > maxBanner {
			r.problem(at+".banner", "has %d characters; a tired person reads %d", n, maxBanner)
		}
		if b.Telegram == nil && b.WhatsApp == nil {
			r.problem(at, "has no channel: give it a telegram or a whatsapp section")
		}
		if b.Telegram != nil {
			r.telegram(at+".telegram", b.Telegram)
		}
		if b.WhatsApp != nil {
			r.judgeWhatsApp(at+".whatsapp", b.WhatsApp)
		}
	}
}

// maxBanner leaves room for what the bot says below it (RULES: talk.size).
const maxBanner = 300

var portalName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

func (r *reader) telegram(path string, t *Telegram) {
	if t.Token != unread {
		if err := telegram.CheckToken(t.Token); err != nil {
			r.problem(path+".token", "%v", err)
		}
	}
	r.webhookSecret(path, t)
	r.url(path+".api", &t.API, AllowTelegramHTTP)
}

func (r *reader) webhookSecret(path string, t *Telegram) {
	if t.Secret != unread {
		if err := telegram.CheckSecret(t.Secret); err != nil {
			r.problem(path+".secret", "%v", err)
		}
	}
	switch t.Mode {
	case "poll":
	case "webhook":
		if t.Secret == "" {
			r.problem(path+".secret", "is empty, so anybody could pose as Telegram; mode: poll needs none")
		}
	default:
		if t.Mode != "" {
			r.problem(path+".mode", "must be webhook or poll")
		}
	}
}
