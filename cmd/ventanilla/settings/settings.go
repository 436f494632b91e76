// Package settings reads the one file that says how Ventanilla runs: strict
// YAML in which every value is literal, env:NAME or file:PATH.
//
// It reports every mistake at once, each with file and line, and refuses what
// would be unsafe unless the file allows it in words. It opens no store, asks
// no network and never shows a value that came from env: or file:.
package settings

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"ventanilla/backend/secret"
)

// Settings is a file that was read and judged.
type Settings struct {
	File    string // as it was named; "" when made in memory
	Public  Public
	Console Console
	Store   string // path of the bbolt file
	Keys    Keys
	Core    Core
	Mail    Mail
	Portals string // folder of profiles; "": the built-in ones
	Limits  Limits
	Bots    []Bot
	Allow   Allow

	lines map[string]int
}

// Public is where the world reaches the program: webhooks, pages, media.
type Public struct {
	Listen string // host:port
	URL    string // without a slash at its end; the only source of links and signatures (RULES: link.host)
}

// Console is the inner listener: agents and metrics.
type Console struct {
	Listen string        // host:port
	URL    string        // where agents open it, without a slash at its end; "": http:// and Listen
	Answer time.Duration // an agent has to take what they were assigned, before it goes back to the queue
}

// Base is where agents open the console.
func (c Console) Base() string {
	if c.URL != "" {
		return c.URL
	}
	return "http://" + c.Listen
}

// Keys says where the keys are that seal the store: in a file, or in the environment.
type Keys struct {
	File string      // path; it is made, with mode 0600, only for an empty store
	Text secret.Text // the content of such a file, from env:
}

// Core is the organisation's account system.
type Core struct {
	URL      string
	Token    secret.Text
	Evidence secret.Text // the key that signs evidence of proofs; "": the token signs, so whoever sees a call can make evidence
	Events   secret.Text // the key that signs what the core tells by itself; "": the one of evidence, or the token
}

// Mail is the server that takes our mails.
type Mail struct {
	URL  secret.Text // smtp://host:port (plain), smtp+starttls://user:password@host:port or smtps://…
	From string      // RFC 5322 address, with the name people see

	Bounces *Bounces // nil: what comes back later is not read
}

// Bounces is the mailbox of mails that come back, because a server behind ours could not deliver them.
type Bounces struct {
	URL     secret.Text   // imaps://user:password@host:port/folder, imap+starttls://…, or imap:// on this machine
	Address string        // of that mailbox: where mails are to come back to
	Every   time.Duration // how often it is read
}

// Bot is one organisation and the channels its people reach it on.
type Bot struct {
	Portal   string
	Banner   string    // said first to whoever starts a conversation, such as "El portal está caído"; "": nothing
	Telegram *Telegram // nil: not there
	WhatsApp *WhatsApp // nil: not there
}

// Telegram is a bot made with @BotFather.
type Telegram struct {
	Token  secret.Text
	Secret secret.Text // of the webhook: 1-256 of A-Z a-z 0-9 _ -
	Mode   string      // "webhook" or "poll"
	API    string      // without a slash at its end
}

// WhatsApp is a sender registered with Twilio.
type WhatsApp struct {
	Account   string      // SID: AC and 32 hexadecimal digits
	Token     secret.Text // the account's auth token
	From      string      // +14155238886
	API       string      // without a slash at its end
	Templates Templates
}

// Templates are SIDs of Twilio's Content Template Builder, HX and 32 hexadecimal digits. All are optional.
type Templates struct {
	Notice  string         // for who wrote nothing for a day: {{1}} is what is said
	Code    string         // an authentication template: {{1}} are the digits
	Choices map[int]string // quick replies and list pickers by their number of options; {{1}} text, {{2}} and {{3}} label and id of the first…
}

// At says where in the file a setting stands, as "file:line"; for one that is
// not there it names the nearest section above it.
func (s *Settings) At(path string) string {
	for p := path; ; {
		if line, ok := s.lines[p]; ok {
			return fmt.Sprintf("%s:%d", s.File, line)
		}
		cut := strings.LastIndexAny(p, ".[")
		if cut < 0 {
			return s.File
		}
		p = p[:cut]
	}
}

// Allow is the list of unsafe things that the file allows in words.
type Allow []string

// The words of allow, each with what it permits.
const (
	AllowPublicListen  = "public-listen"
	AllowPublicHTTP    = "public-http"
	AllowConsoleListen = "console-listen"
	AllowCoreHTTP      = "core-http"
	AllowMailPlain     = "mail-plain"
	AllowTelegramHTTP  = "telegram-http"
	AllowWhatsAppHTTP  = "whatsapp-http"
)

var allowWords = []string{AllowPublicListen, AllowPublicHTTP, AllowConsoleListen, AllowCoreHTTP, AllowMailPlain, AllowTelegramHTTP, AllowWhatsAppHTTP}

// Has tells whether the word was said.
func (a Allow) Has(word string) bool { return slices.Contains(a, word) }

// Loopback tells whether a host name or address is this machine and nothing else.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}
