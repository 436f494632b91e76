package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	telegram "ventanilla/bot/telegram/emulator"
	whatsapp "ventanilla/bot/whatsapp/emulator"
)

// network is a chat network as the people on it know it.
type network interface {
	phones
	server
	Known(person string) string // what a [flows.Key] calls somebody
}

// server is the network as a program knows it.
type server interface {
	Handler() http.Handler
	Settings(api string) string // the part of the settings that names the bot
	Pages() bool                // whether identifiers are asked on a page
	Settled() bool              // every message that was taken is on its phone
	Close()
}

// phones are what people hold in their hands.
type phones interface {
	Say(person, text string) (n int, err error)
	Tap(person, option string) error
	Send(person, kind string) error
	Lines(person string) []line
	Wait(ctx context.Context, person string, after int) error
}

// line is one bubble.
type line struct {
	n       int
	bot     bool
	text    string
	offered bool // an option can be tapped or is in a list
	deleted bool
}

// way is in which chat, with which organisation and how somebody gets back in.
type way struct {
	channel, portal string
	inChat          bool // identifiers are typed in the chat also where a page asks for them
}

func (w way) String() string {
	s := w.channel + " " + w.portal
	if w.inChat {
		s += " in the chat"
	}
	return s
}

// ways are those in which every story must hold.
var ways = []way{
	{"telegram", "mseg", false}, {"whatsapp", "mseg", false}, {"whatsapp", "mseg", true},
	{"telegram", "segurometal", false}, {"whatsapp", "segurometal", false}, {"whatsapp", "segurometal", true},
}

// inEvery runs a test in every way of getting back in.
func inEvery(t *testing.T, test func(*testing.T, way)) {
	for _, in := range ways {
		t.Run(in.String(), func(t *testing.T) { test(t, in) })
	}
}

// inMost is inEvery where what a test is about comes after who one is was typed, wherever.
func inMost(t *testing.T, test func(*testing.T, way)) {
	for _, in := range ways {
		if !in.inChat {
			t.Run(in.String(), func(t *testing.T) { test(t, in) })
		}
	}
}

// networks are the fakes of all of them.
var networks = map[string]func(*world) network{"telegram": newTelegram, "whatsapp": newWhatsApp}

// onTelegram is the fake of Telegram.
type onTelegram struct{ *telegram.Network }

func newTelegram(w *world) network {
	n := telegram.New(telegram.Options{Clock: w.clock, NoLimits: true, Retry: 5 * time.Millisecond})
	n.AddBot("1:token", "bot")
	return onTelegram{n}
}

func (n onTelegram) Say(person, text string) (int, error) { return n.Network.Say("bot", person, text) }

func (n onTelegram) Tap(person, option string) error { return n.Network.Tap("bot", person, option) }

func (n onTelegram) Send(person, kind string) error {
	_, err := n.Network.Send("bot", person, kind)
	return err
}

func (n onTelegram) Lines(person string) (lines []line) {
	for _, m := range n.Screen("bot", person, 0) {
		text := m.Text
		for _, l := range m.Links {
			text += "\n<" + l.URL + ">"
		}
		if len(m.Options) > 0 {
			text += "\n[" + strings.Join(m.Options, "] [") + "]"
		}
		lines = append(lines, line{n: m.N, bot: m.From == "bot", text: text, offered: len(m.Options) > 0, deleted: m.Deleted})
	}
	return lines
}

func (n onTelegram) Wait(ctx context.Context, person string, after int) error {
	return n.Network.Wait(ctx, "bot", person, after)
}

func (n onTelegram) Settings(api string) string {
	return fmt.Sprintf(`telegram: {token: "1:token", secret: s3cret, mode: webhook, api: %q}`, api)
}

func (n onTelegram) Known(person string) string { return fmt.Sprint(n.ChatID(person)) }

func (n onTelegram) Pages() bool { return false }

func (n onTelegram) Settled() bool { return true }

// onWhatsApp is the fake of Twilio and of the phones behind it.
type onWhatsApp struct {
	*whatsapp.Network
	taken *atomic.Int64 // messages of the sender
	mu    *sync.Mutex
	known map[string]bool // people who wrote
	as    string          // what everybody is called, "" as they are
}

const (
	waAccount = "AC0123456789abcdef0123456789abcdef"
	waToken   = "0123456789abcdef0123456789abcdef"
	waNumber  = "+14155238886"
)

func newWhatsApp(w *world) network {
	n := whatsapp.New(whatsapp.Options{Clock: w.clock, NoLimits: true, Retry: 5 * time.Millisecond, Attempts: 100})
	n.AddSender(whatsapp.Sender{Account: waAccount, Token: waToken, From: waNumber, Webhook: w.url + "/whatsapp/" + w.way.portal})
	as := ""
	if w.nophone {
		as = "AR.1234567890"
	}
	return onWhatsApp{n, &atomic.Int64{}, &sync.Mutex{}, map[string]bool{}, as}
}

func (n onWhatsApp) Handler() http.Handler {
	inner := n.Network.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		inner.ServeHTTP(answer, r)
		lost := answer.Code == http.StatusOK && answer.Body.Len() == 0
		if answer.Code == http.StatusCreated || lost {
			n.taken.Add(1)
		}
		if lost { // it was done, and the connection breaks, as far as a recorder has one
			panic(http.ErrAbortHandler)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

func (n onWhatsApp) Settled() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	shown := 0
	for p := range n.known {
		for _, l := range n.Lines(p) {
			if l.bot {
				shown++
			}
		}
	}
	return shown == int(n.taken.Load())
}

func (n onWhatsApp) Say(person, text string) (int, error) {
	n.meet(person)
	return n.Network.Say(waNumber, n.who(person), text)
}

func (n onWhatsApp) Tap(person, option string) error {
	return n.Network.Tap(waNumber, n.who(person), option)
}

// who is how the network knows somebody of a test.
func (n onWhatsApp) who(person string) string { return cmp.Or(n.as, person) }

func (n onWhatsApp) meet(person string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[person] = true
}

func (n onWhatsApp) Send(person, kind string) error {
	n.meet(person)
	_, err := n.Network.Send(waNumber, n.who(person), kind)
	return err
}

func (n onWhatsApp) Lines(person string) (lines []line) {
	for _, m := range n.Screen(waNumber, n.who(person), 0) {
		lines = append(lines, line{n: m.N, bot: m.From == "bot", text: m.Text, offered: strings.Contains(m.Text, "\n1) ")})
	}
	return lines
}

func (n onWhatsApp) Wait(ctx context.Context, person string, after int) error {
	return n.Network.Wait(ctx, waNumber, n.who(person), after)
}

func (n onWhatsApp) Settings(api string) string {
	return fmt.Sprintf(`whatsapp: {account: %s, token: %q, from: "%s", api: %q}`, waAccount, waToken, waNumber, api)
}

func (n onWhatsApp) Known(person string) string { return n.Address(n.who(person)) }

func (n onWhatsApp) Pages() bool { return true }
