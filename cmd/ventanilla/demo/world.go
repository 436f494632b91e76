// Package demo is the whole world on one machine: a core system with invented
// people, fakes of the chat network and the mail server, and the real program
// wired to them over HTTP and SMTP exactly as in production. A page and a JSON
// API show what each person would see, and play their part.
//
// It listens on loopback only, hands out invented passwords, and is not for production.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	core "ventanilla/backend/emulator"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	returns "ventanilla/bot/bounces/emulator"
	mail "ventanilla/bot/email/emulator"
	telegram "ventanilla/bot/telegram/emulator"
	whatsapp "ventanilla/bot/whatsapp/emulator"
	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
	"ventanilla/store"
)

// Options say where the world lives.
type Options struct {
	Public net.Listener // on loopback; the page's address
	Data   string       // a folder of its own, where store, keys and core keep what they know
	Log    *slog.Logger
	Limits settings.Limits
	Past   bool // the world begins with a history, so that the agents' console has something to show
}

// World is everything that is there, ready to run.
type World struct {
	log      *slog.Logger
	clock    *flows.Clock
	time     *keptClock
	core     *core.Emulator
	mail     *mail.Mailbox
	returns  *returns.Mailbox
	telegram *telegram.Network
	whatsapp *whatsapp.Network
	networks map[string]Network // by channel
	bots     []botEntry
	profiles []portal.Profile
	port     string
	ended    chan struct{} // closed when the world is to stop
	program  *app.App
	memories []*memory
	inner    []server
	fresh    bool // it begins with a history, and with people who need somebody
	close    []func() error
}

// botEntry is one bot that people can write to.
type botEntry struct {
	Channel string `json:"channel"`
	Portal  string `json:"portal"`
	Name    string `json:"name"`
	Country string `json:"country"` // ISO 3166-1, two letters
}

// server is one of the emulators' own listeners.
type server struct {
	l net.Listener
	h http.Handler
}

// New makes the world and opens the program in it. Close it.
func New(ctx context.Context, o Options) (*World, error) {
	w := &World{log: o.Log, clock: &flows.Clock{}, ended: make(chan struct{}), port: portOf(o.Public.Addr())}
	if err := w.build(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("making the demo's world: %w", err), w.Close())
	}
	return w, nil
}

func (w *World) build(ctx context.Context, o Options) (err error) {
	if w.profiles, err = portal.Builtin(); err != nil {
		return err
	}
	if w.time, err = keepClock(w.clock, filepath.Join(o.Data, "demo.clock")); err != nil {
		return err
	}
	secrets, err := loadSecrets(filepath.Join(o.Data, "demo.key"))
	if err != nil {
		return err
	}
	base := "http://127.0.0.1:" + w.port
	coreURL, err := w.makeCore(ctx, o, base, secrets)
	if err != nil {
		return err
	}
	if err := w.makeMail(o, secrets); err != nil {
		return err
	}
	telegramURL, err := w.makeTelegram(ctx, o, secrets)
	if err != nil {
		return err
	}
	senders, err := w.makeWhatsApp(ctx, o, base, secrets)
	if err != nil {
		return err
	}
	if err := w.remember(o.Data); err != nil {
		return err
	}
	inner, err := listenAgain(ctx, filepath.Join(o.Data, "demo.console"))
	if err != nil {
		return err
	}
	w.close = append(w.close, func() error { _ = inner.Close(); return nil }) // the program closed it, if it ran
	s := &settings.Settings{
		File:    "demo",
		Public:  settings.Public{Listen: o.Public.Addr().String(), URL: base},
		Console: settings.Console{Listen: inner.Addr().String()},
		Store:   filepath.Join(o.Data, "ventanilla.db"),
		Keys:    settings.Keys{File: filepath.Join(o.Data, "ventanilla.key")},
		Core:    settings.Core{URL: coreURL, Token: secrets.named("core"), Evidence: secrets.named("evidence"), Events: secrets.named("events")},
		Mail: settings.Mail{URL: secret.Text(w.mail.URL()), From: "Mesa de Ayuda <no-reply@ventanilla.example>",
			Bounces: &settings.Bounces{URL: secret.Text(w.returns.URL()), Address: returnsTo, Every: returnsEvery}},
		Limits: o.Limits,
	}
	for _, p := range w.profiles {
		s.Bots = append(s.Bots, settings.Bot{Portal: p.ID, WhatsApp: senders[p.ID], Telegram: &settings.Telegram{
			Token: secrets.token(p.ID), Secret: secrets.named("webhook " + p.ID), Mode: "webhook", API: telegramURL}})
	}
	w.program, err = app.New(ctx, s, app.Options{Log: o.Log, Clock: w.clock, Public: o.Public, Inner: inner, Around: w.Handler})
	if err != nil {
		return err
	}
	w.close = append(w.close, w.program.Close)
	return w.populate(ctx, o.Past)
}

// populate hires the agents and writes the history down, if there is to be one.
func (w *World) populate(ctx context.Context, past bool) error {
	for _, a := range staff {
		if err := w.program.Hire(ctx, a); err != nil {
			return err
		}
	}
	if past {
		return w.remembered(ctx)
	}
	return nil
}

// staff are the invented agents whom the page lets in at the console by one click.
var staff = []store.Agent{{Name: "Marta", Role: store.Supervises}, {Name: "Lucía", Role: store.Answers}, {Name: "Inés", Role: store.Audits}}

// console leads to the agents' console, signed in: as a supervisor, unless "as" names another role.
func (a *api) console(w http.ResponseWriter, r *http.Request) {
	who := staff[0]
	for _, s := range staff {
		if r.FormValue("as") == string(s.Role) {
			who = s
		}
	}
	http.Redirect(w, r, a.world.program.Ticket(who.Name), http.StatusSeeOther)
}

func (w *World) makeCore(ctx context.Context, o Options, base string, s secrets) (address string, err error) {
	w.core, err = core.Open(filepath.Join(o.Data, "core.db"), core.Options{Token: s.named("core"), EvidenceKey: s.named("evidence"), PublicURL: base,
		Events: core.Events{URL: base, Key: s.named("events")}, HashMemory: 1024, Now: w.clock.Now, Log: o.Log}) // invented people: no passwords to guard
	if err != nil {
		return "", err
	}
	w.close = append(w.close, w.core.Close)
	return w.serve(ctx, w.core.Handler())
}

func (w *World) makeMail(o Options, s secrets) (err error) {
	if w.mail, err = mail.Listen("127.0.0.1:0", w.clock.Now, o.Log); err != nil {
		return err
	}
	w.close = append(w.close, w.mail.Close)
	if err := w.mail.KeepIn(filepath.Join(o.Data, "demo.mail")); err != nil {
		return err
	}
	people, err := w.people()
	if err != nil {
		return err
	}
	for _, p := range people {
		for _, address := range p.Bounces {
			if slices.Contains(p.Returns, address) {
				w.mail.Returning(address)
			} else {
				w.mail.Dead(address)
			}
		}
	}
	return w.makeReturns(o, s)
}

// makeReturns makes the mailbox that mails come back to.
func (w *World) makeReturns(o Options, s secrets) (err error) {
	if w.returns, err = returns.Listen("127.0.0.1:0", "returns", s.named("returns").Reveal(), returns.Options{Log: o.Log}); err != nil {
		return err
	}
	w.close = append(w.close, w.returns.Close)
	w.mail.OnReturn(func(to string, report []byte) error {
		if to != returnsTo {
			return fmt.Errorf("nobody is at %s", to)
		}
		return w.returns.Deliver(report)
	})
	return nil
}

// Where mails come back to, and how soon that is noticed.
const (
	returnsTo    = "devoluciones@ventanilla.example"
	returnsEvery = 2 * time.Second
)

func (w *World) makeTelegram(ctx context.Context, o Options, s secrets) (address string, err error) {
	w.telegram = telegram.New(telegram.Options{Clock: w.clock, Log: o.Log, NoLimits: o.Limits.TelegramChat.Max == 0})
	w.close = append(w.close, func() error { w.telegram.Close(); return nil })
	w.networks = map[string]Network{"telegram": onTelegram{w.telegram}}
	for _, p := range w.profiles {
		w.telegram.AddBot(s.token(p.ID).Reveal(), username(p.ID))
		w.bots = append(w.bots, botEntry{Channel: "telegram", Portal: p.ID, Name: p.Short, Country: country(p)})
	}
	if err := w.numberPhones(); err != nil {
		return "", err
	}
	return w.serve(ctx, w.telegram.Handler())
}

// numberPhones gives everybody's Telegram the number that their core knows, if it knows one.
func (w *World) numberPhones() error {
	seeded, err := w.core.People()
	if err != nil {
		return fmt.Errorf("asking the core for its people: %w", err)
	}
	for _, s := range seeded {
		if len(s.Phones) == 0 {
			continue
		}
		if err := w.telegram.Number(s.Name, strings.TrimPrefix(s.Phones[0], "+")); err != nil {
			return fmt.Errorf("giving %s a telephone: %w", s.ID, err)
		}
	}
	return nil
}

// country is where an organisation's people are, as its locale says: "AR".
func country(p portal.Profile) string {
	_, region, _ := strings.Cut(p.Locale, "-")
	return region
}

// serve gives an emulator a port of its own on loopback.
func (w *World) serve(ctx context.Context, h http.Handler) (address string, err error) {
	l, err := app.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	w.inner = append(w.inner, server{l, h})
	return "http://" + l.Addr().String(), nil
}

// URL is where the page is.
func (w *World) URL() string { return "http://127.0.0.1:" + w.port }

// Run lets the world turn until ctx ends. The program stops before the networks it speaks to.
func (w *World) Run(ctx context.Context) error {
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { close(w.ended) })()
	var g errgroup.Group
	for _, s := range w.inner {
		g.Go(func() error { return app.Serve(inner, s.l, s.h) })
	}
	g.Go(func() error { return w.keepSaving(inner) })
	if w.fresh {
		g.Go(func() error { return w.crowd(ctx) })
	}
	err := w.program.Run(ctx)
	w.whatsapp.Close()
	w.telegram.Close() // or deliveries that nobody takes any more would be waited for
	stop()
	return errors.Join(err, g.Wait())
}

// Close closes what the world keeps on disk. Call it after Run has returned.
func (w *World) Close() (err error) {
	for _, c := range slices.Backward(w.close) {
		err = errors.Join(err, c())
	}
	return err
}

func (w *World) channels() (names []string) {
	for name := range w.networks {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (w *World) has(channel, portal string) bool {
	return slices.ContainsFunc(w.bots, func(b botEntry) bool { return b.Channel == channel && b.Portal == portal })
}
