// Package app puts the parts together and runs them: the one place where the
// whole program can be read from top to bottom. The serve command, the demo and
// the tests all run what New returns; only their settings differ.
//
// It decides nothing about conversations and knows no emulator.
package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/bot"
	"ventanilla/bot/bounces"
	"ventanilla/bot/console"
	"ventanilla/bot/email"
	"ventanilla/bot/link"
	"ventanilla/bot/media"
	"ventanilla/bot/notices"
	"ventanilla/bot/telegram"
	"ventanilla/bot/webform"
	"ventanilla/bot/whatsapp"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
	"ventanilla/flows/standard"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// Options are what a program may bring along; the zero value is production.
type Options struct {
	Log    *slog.Logger                    // nil logs nowhere
	Clock  *flows.Clock                    // nil is the wall clock
	Public net.Listener                    // nil listens as the settings say
	Inner  net.Listener                    // nil listens as the settings say
	Around func(http.Handler) http.Handler // what else the public address serves; nil: nothing

	Version string         // told at the door
	Store   boltkv.Options // how the file is opened, for tests that cut the power; its Clock is ours
}

// App is the whole program, opened and not yet running.
type App struct {
	settings  *settings.Settings
	opt       Options
	profiles  map[string]portal.Profile // those that have a bot
	core      *backend.Client
	kv        *boltkv.KV
	keys      *store.Keyring
	store     *store.Store
	engines   engines
	links     links
	files     files
	documents *media.Desk
	mail      *watched
	bounces   *bounces.Reader // nil: what comes back is not read
	bots      telegrams       // by portal
	senders   whatsapps       // by portal
	worker    *bot.Worker
	meters    *prometheus.Registry
	figures   *bot.Figures
	pages     http.Handler
	notices   http.Handler
	console   *console.Console
	chats     chats
	ready     atomic.Bool
	since     time.Time
	probe     probe
	rotating  sync.Mutex // one change of the keys at a time
}

// New opens the store and builds everything on it. It asks no network. Close what it returns.
func New(ctx context.Context, s *settings.Settings, o Options) (*App, error) {
	a := &App{settings: s, opt: o, since: time.Now(), engines: engines{}, bots: telegrams{}, senders: whatsapps{}, meters: prometheus.NewRegistry()}
	if a.opt.Log == nil {
		a.opt.Log = slog.New(slog.DiscardHandler)
	}
	if a.opt.Clock == nil {
		a.opt.Clock = &flows.Clock{}
	}
	for _, build := range []func(context.Context) error{
		a.readProfiles, a.connectCore, a.openStore, a.signLinks, a.makeDocuments, a.makeMail, a.makeEngines, a.makeWorker, a.makeBots, a.makePages, a.makeNotices, a.makeConsole,
	} {
		if err := build(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	for _, d := range s.Limits.Departures {
		a.opt.Log.Warn("a limit departs from the default", "limit", d)
	}
	return a, nil
}

// Close closes the store. Call it after Run has returned.
func (a *App) Close() error {
	if a.kv == nil {
		return nil
	}
	return a.kv.Close()
}

func (a *App) readProfiles(context.Context) (err error) {
	a.profiles, err = profiles(a.settings)
	return err
}

func (a *App) connectCore(context.Context) (err error) {
	a.core, err = backend.New(backend.Config{URL: a.settings.Core.URL, Token: a.settings.Core.Token, EvidenceKey: a.settings.Core.Evidence})
	return err
}

func (a *App) openStore(ctx context.Context) (err error) {
	s := a.settings
	a.opt.Store.Clock = a.opt.Clock
	a.kv, err = boltkv.Open(s.Store, a.opt.Store)
	if errors.Is(err, boltkv.ErrInUse) {
		return fmt.Errorf("%s is in use: another ventanilla runs on it; stop that one first, or name another store", s.Store)
	}
	if err != nil {
		return fmt.Errorf("opening the store: %w", err)
	}
	if a.keys, err = a.loadKeys(ctx); err != nil {
		return err
	}
	a.store, err = store.New(ctx, a.kv, store.Options{Keys: a.keys, Clock: a.opt.Clock, Random: rand.Reader, Limits: s.Limits.Limits,
		Screen: a.engines.screen, Flooded: a.engines.flooded, Opted: a.engines.opted,
		Fell: func(m store.Away) { a.worker.Fell(m) }, Log: a.opt.Log})
	if errors.Is(err, store.ErrWrongKeys) {
		return fmt.Errorf("%s was written with other keys than those of %s: %w", s.Store, a.keysName(), err)
	}
	return err
}

func (a *App) loadKeys(ctx context.Context) (*store.Keyring, error) {
	k := a.settings.Keys
	if k.File == "" {
		return store.ParseKeyring([]byte(k.Text.Reveal()))
	}
	keys, err := store.LoadKeyring(ctx, k.File, a.kv, rand.Reader)
	if errors.Is(err, store.ErrNoKeys) {
		return nil, fmt.Errorf("%s holds data but its keys, %s, are missing: bring that file back (it cannot be made anew)", a.settings.Store, k.File)
	}
	return keys, err
}

func (a *App) keysName() string {
	if a.settings.Keys.File == "" {
		return "the environment"
	}
	return a.settings.Keys.File
}

func (a *App) signLinks(context.Context) error {
	base, err := url.Parse(a.settings.Public.URL)
	if err != nil {
		return fmt.Errorf("reading the public address: %w", err)
	}
	a.links = links{link.Signer{Base: base, Key: a.keys.Derive("links"), Now: a.opt.Clock.Now}, a.opt.Log}
	return nil
}

func (a *App) makeMail(context.Context) error {
	cfg := mailing(a.settings.Mail)
	cfg.IDKey, cfg.Voice, cfg.Now, cfg.Log = a.keys.Derive("mail ids"), a.voice, a.opt.Clock.Now, a.opt.Log
	channel, err := email.New(cfg)
	if err != nil {
		return err
	}
	a.mail = newWatched(channel, channel.Probe, a.opt.Log)
	return a.readBounces(channel)
}

// voice is an organisation as its mails show it.
func (a *App) voice(id string) email.Voice {
	p := a.profiles[id]
	return email.Voice{Name: p.Mail.From, Organisation: p.Name, Signature: p.Mail.Signature, Locale: p.Locale}
}

func (a *App) makeEngines(context.Context) error {
	missed, err := a.missed()
	if err != nil {
		return err
	}
	deps := standard.Deps{Core: a.core, Guard: a.store.Guards(), Links: a.store, Line: a.store, Codes: a.codes(), Limits: a.settings.Limits.Limits, MailDown: a.mail.down,
		PublicURL: a.settings.Public.URL, Now: a.opt.Clock.Now, Random: random, PageTexts: webform.Sentences(), Missed: missed}
	banners := map[string]string{}
	for _, b := range a.settings.Bots {
		banners[b.Portal] = strings.TrimSpace(b.Banner)
	}
	for id, p := range a.profiles {
		deps.Banner = banners[id]
		e, err := standard.New(p, deps)
		if err != nil {
			return err
		}
		a.engines[id] = e
	}
	return nil
}

func (a *App) codes() flows.Codes { return flows.Codes{Key: a.keys.Derive("codes")} }

func (a *App) makeWorker(context.Context) error {
	a.meters.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	meters, err := bot.NewMeters(a.meters)
	if err != nil {
		return err
	}
	zones := map[string]*time.Location{}
	for id, p := range a.profiles {
		zones[id] = p.Location()
	}
	a.figures = &bot.Figures{Keeper: a.store, Zones: zones, Clock: a.opt.Clock, Random: random, Log: a.opt.Log}
	a.worker = &bot.Worker{Store: a.store, Away: a.store, Finder: a.store, Engine: a.engines,
		Channels: map[string]bot.Channel{"email": a.mails(), telegram.Name: a.bots, whatsapp.Name: fetched{a.senders, a.documents}, flows.Later: bot.Nowhere{},
			notices.Channel: notices.Chats{Linked: a.store, Accept: a.store.Accept, Name: a.store.Name}},
		Guard: a.store.Guards(), Limits: a.settings.Limits.Limits, Codes: a.codes(), Links: a.links, Files: a.files, Eraser: a.store, Core: a.core, Clock: a.opt.Clock,
		Jitter: mathrand.Float64, Case: caseNumber, Meters: meters, Figures: a.figures, Log: a.opt.Log}
	return nil
}

func (a *App) makeBots(context.Context) error {
	limits := a.settings.Limits
	for i, b := range a.settings.Bots {
		if b.WhatsApp != nil {
			c, err := whatsapp.New(sender(a.settings, b, a.worker.Receive, a.reported, a.opt))
			if err != nil {
				return fmt.Errorf("%s: %w", a.settings.At(fmt.Sprintf("bots[%d].whatsapp", i)), err)
			}
			a.senders[b.Portal] = c
		}
		if b.Telegram == nil {
			continue
		}
		c, err := telegram.New(telegram.Config{Portal: b.Portal, Token: b.Telegram.Token, Secret: b.Telegram.Secret, API: b.Telegram.API,
			PublicURL: a.settings.Public.URL, Accept: a.worker.Receive, Clock: a.opt.Clock, Log: a.opt.Log,
			PerChat: perSecond(limits.TelegramChat), Overall: perSecond(limits.TelegramAll), Commands: a.commands(b.Portal)})
		if err != nil {
			return fmt.Errorf("%s: %w", a.settings.At(fmt.Sprintf("bots[%d].telegram", i)), err)
		}
		a.bots[b.Portal] = c
	}
	return nil
}

// perSecond is a budget as the channel takes it; 0 is no limit.
func perSecond(b flows.Budget) float64 {
	if b.Max <= 0 || b.Per <= 0 {
		return 0
	}
	return float64(b.Max) / b.Per.Seconds()
}

// random returns n random bytes in hex.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return hex.EncodeToString(b)
}

func caseNumber() string { return flows.CaseNumber(random) }
