// Package bounces reads the mailbox that mails come back to which could not be delivered: the
// servers behind ours take a mail and find out later that nobody is there. It tells which of our
// own mails came back for good.
//
// Anybody can write to that mailbox. So nothing in a message counts but an id that we made and that
// is awaited (see email.Channel.Own and store.Returned), sizes and numbers are bounded, no
// message is ever answered, and nothing of one is logged.
package bounces

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/prometheus/client_golang/prometheus"

	"ventanilla/backend/secret"
)

// Config is what a reader needs.
type Config struct {
	URL   secret.Text   // imaps://user:password@host:993/INBOX, imap+starttls://…, or imap:// on this machine
	Every time.Duration // how often the mailbox is read; [DefaultEvery] if zero
	Own   func(text []byte) (ids []string)
	// Returned hears of a mail that came back for good. It is false for one that is not awaited. An error keeps the message
	// for the next reading, unless it is [ErrUnreadable]: then nobody will ever hear of that mail, and the message is set aside.
	Returned func(ctx context.Context, id, code string) (known bool, err error)
	Log      *slog.Logger
	TLS      *tls.Config           // nil: the machine's roots
	Meters   prometheus.Registerer // nil: nothing is measured
}

const (
	// DefaultEvery is how often a mailbox is read.
	DefaultEvery = time.Minute
	// perVisit is how many messages are looked at in one go; the others wait for the next.
	perVisit = 200
	// visitTime is how long one go may take.
	visitTime = 2 * time.Minute
)

// ErrUnreadable is what Config.Returned returns of a mail whose dialog cannot be read, now or later.
var ErrUnreadable = errors.New("bounces: who waits for this mail cannot be read")

// State is how the reading goes.
type State struct {
	Read    time.Time `json:"read,omitzero"`     // when the mailbox was last read to the end, in real time
	Trouble string    `json:"trouble,omitempty"` // why it cannot be read now; "" if it can
}

// Reader reads a mailbox. Make one with [New].
type Reader struct {
	cfg   Config
	place place
	seen  *prometheus.CounterVec
	fails prometheus.Counter
	late  map[imap.UID]bool // mails of ours that were not awaited (yet) when they were last looked at

	mu    sync.Mutex
	state State
}

// New checks the settings and returns a reader; it does not connect yet. Its errors show no password.
func New(cfg Config) (*Reader, error) {
	p, err := parsePlace(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("mailbox of what comes back: its address %w", err)
	}
	if cfg.Every == 0 {
		cfg.Every = DefaultEvery
	}
	r := &Reader{cfg: cfg, place: p}
	r.seen = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ventanilla_bounces_total", Help: "Messages in the mailbox of what comes back."}, []string{"what"})
	r.fails = prometheus.NewCounter(prometheus.CounterOpts{Name: "ventanilla_bounces_failures_total", Help: "Times that mailbox could not be read."})
	age := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "ventanilla_bounces_read_timestamp_seconds", Help: "When that mailbox was last read; 0: never."}, func() float64 {
		if at := r.State().Read; !at.IsZero() {
			return float64(at.Unix())
		}
		return 0
	})
	if cfg.Meters == nil {
		return r, nil
	}
	for _, c := range []prometheus.Collector{r.seen, r.fails, age} {
		if err := cfg.Meters.Register(c); err != nil {
			return nil, fmt.Errorf("registering the meters of what comes back: %w", err)
		}
	}
	return r, nil
}

// State tells how the reading goes.
func (r *Reader) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// Check signs in at the mailbox, opens its folder and leaves everything as it is.
func (r *Reader) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*connectTime)
	defer cancel()
	return r.place.visit(ctx, r.cfg.TLS, func(session) error { return nil })
}

// Run reads the mailbox now and then until ctx ends. One that cannot be read is no reason to
// return: it is logged once, and again when it can.
func (r *Reader) Run(ctx context.Context) error {
	every := time.NewTicker(r.cfg.Every)
	defer every.Stop()
	for {
		if err := r.Read(ctx); ctx.Err() == nil {
			r.note(err)
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// note takes down how a reading went, and logs when that is news.
func (r *Reader) note(err error) {
	r.mu.Lock()
	before := r.state.Trouble
	if r.state.Trouble = ""; err != nil {
		r.state.Trouble = err.Error()
	} else {
		r.state.Read = time.Now()
	}
	r.mu.Unlock()
	switch {
	case err != nil:
		r.fails.Inc()
		if before == "" {
			r.cfg.Log.Error("the mailbox of what comes back cannot be read; everything else goes on", "again", r.cfg.Every, "err", err)
		}
	case before != "":
		r.cfg.Log.Info("the mailbox of what comes back can be read again")
	}
}

// Read looks once at what is new in the mailbox. Reports on our own mails are removed once they
// were taken to heart; everything else stays, marked as read, for people to look at. What is
// cut short is looked at again, which changes nothing.
func (r *Reader) Read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, visitTime)
	defer cancel()
	return r.place.visit(ctx, r.cfg.TLS, func(s session) error {
		uids, err := s.unread(perVisit)
		if err != nil {
			return err
		}
		var ours, others []imap.UID
		late := map[imap.UID]bool{}
		for _, uid := range uids {
			what, untold, bad := r.look(ctx, s, uid)
			if bad != nil {
				err = firstOf(err, bad)
				break
			}
			if errors.Is(untold, ErrUnreadable) {
				what = broken
				r.cfg.Log.Error("a mail came back to somebody who cannot be read; its report is left in the mailbox, marked as read", "err", untold)
			} else if untold != nil { // it stays unread for the next time
				err = firstOf(err, untold)
				continue
			}
			if what == unknown && !r.late[uid] { // its mail may have left this moment, and not be noted yet
				late[uid] = true
				continue
			}
			r.seen.WithLabelValues(what).Inc()
			if what == foreign || what == broken {
				others = append(others, uid)
			} else {
				ours = append(ours, uid)
			}
		}
		r.late = late
		return firstOf(err, s.mark(ours, true), s.mark(others, false))
	})
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// What a message turned out to be, for the meters.
const (
	came    = "returned" // a mail of ours came back for good
	unknown = "unknown"  // it says so of a mail that is not awaited (any more)
	delayed = "other"    // it is about a mail of ours that may still arrive, or has
	foreign = "foreign"  // it is about no mail of ours
	broken  = "broken"   // who waits for it cannot be read
)

// look judges one message and takes it to heart. Untold is why who waits for it could not be told; err is the mailbox's.
func (r *Reader) look(ctx context.Context, s session, uid imap.UID) (what string, untold, err error) {
	what = foreign
	err = s.fetch(uid, func(body io.Reader) error {
		rep, bad := r.parse(body)
		switch {
		case bad != nil || len(rep.IDs) == 0:
			return nil
		case !rep.Failed:
			what = delayed
			return nil
		}
		what = unknown
		for _, id := range rep.IDs {
			known, err := r.cfg.Returned(ctx, id, rep.Code)
			if err != nil {
				untold = fmt.Errorf("noting that a mail came back: %w", err)
				return nil
			}
			if known {
				what = came
			}
		}
		return nil
	})
	return what, untold, err
}

// parse is [Parse], for messages that anybody may have made to hurt it.
func (r *Reader) parse(body io.Reader) (rep Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			rep, err = Report{}, fmt.Errorf("a message broke its reader: %T", p)
			r.cfg.Log.Error("a message in the mailbox of what comes back broke its reader; it is left there", "err", err)
		}
	}()
	return Parse(body, r.cfg.Own)
}
