// Package emulator is a fake of api.telegram.org that speaks the Bot API over
// HTTP, for tests and for the demo: many bots, many people, and the phones of
// those people, with what each of them would see.
//
// It refuses what the real network refuses, checked against the Bot API's own
// description, and it is stricter in one way: a parameter that the description
// does not know is refused instead of ignored. It is milder in one way: a webhook
// on the loopback may be plain HTTP on any port. It fails on request; see [Fault].
// It keeps everything in memory and never speaks to the real network.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"ventanilla/flows"
)

// Errors of the people's side.
var (
	ErrNoBot     = errors.New("emulator: no such bot")
	ErrNoMessage = errors.New("emulator: no such message on this phone")
	ErrNoOption  = errors.New("emulator: no such button on this phone")
	ErrText      = errors.New("emulator: a phone sends 1 to 4096 characters")
	ErrKind      = errors.New("emulator: unknown kind of message")
)

// Options are what a [Network] may use. The zero value works.
type Options struct {
	Clock    *flows.Clock  // nil is the wall clock
	HTTP     *http.Client  // for webhooks; nil makes one
	Log      *slog.Logger  // nil logs nowhere
	NoLimits bool          // never answer 429 by itself
	Retry    time.Duration // pause before a webhook delivery is repeated, doubled up to 5 s; 0 is 200 ms
}

// Network is the whole fake. Its methods may be called at the same time.
type Network struct {
	clock *flows.Clock
	http  *http.Client
	log   *slog.Logger
	retry time.Duration
	stop  context.CancelFunc
	ctx   context.Context // of deliveries and waits; ended by Close
	tasks sync.WaitGroup

	mu       sync.Mutex
	limits   bool
	bots     map[string]*account // by token
	people   map[string]*person  // by name
	byID     map[int64]*person
	files    map[string]*Document
	taps     map[string]tap
	faults   []*Fault
	refusals []string
	updates  int64 // last update id
	serial   int   // of files and taps
	rev      int   // last change of any phone
	changed  chan struct{}
}

// account is a bot.
type account struct {
	token, username string
	id              int64
	chats           map[int64]*chat
	last            int // last message id
	commands        []any
	hook            hook
	queue           []update
	pushed          int64   // highest id that was ever in the queue
	held            *update // kept back to be delivered after the next one
	poll            chan struct{}
	pace            *rate.Limiter
}

// person is a phone.
type person struct {
	id          int64
	name        string
	first, last string
	number      string // digits; "" is one that everybody has
}

// chat is a bot's conversation with a person, as the network keeps it.
type chat struct {
	person   *person
	messages []*message
	keyed    *message // whose reply keyboard stands where the person writes
	wrote    bool     // the person started the bot
	blocked  bool
	typing   time.Time // until when the phone shows that the bot is busy
	pace     *rate.Limiter
}

// New returns an empty network. Close it.
func New(o Options) *Network {
	n := &Network{
		clock: o.Clock, http: o.HTTP, log: o.Log, retry: o.Retry, limits: !o.NoLimits,
		bots: map[string]*account{}, people: map[string]*person{}, byID: map[int64]*person{},
		files: map[string]*Document{}, taps: map[string]tap{}, changed: make(chan struct{}),
	}
	if n.clock == nil {
		n.clock = &flows.Clock{}
	}
	if n.http == nil {
		n.http = &http.Client{Timeout: 60 * time.Second}
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	if n.retry == 0 {
		n.retry = 200 * time.Millisecond
	}
	// Later than any id of an earlier run: a bot that outlives the network knows the old ones as duplicates.
	n.updates = (n.clock.Now().Unix() - 1_600_000_000) * 8
	n.ctx, n.stop = context.WithCancel(context.Background())
	return n
}

// Close stops deliveries and ends every wait.
func (n *Network) Close() {
	n.mu.Lock() // nothing is started after this
	n.stop()
	n.mu.Unlock()
	n.tasks.Wait()
}

// AddBot makes a bot known, as BotFather would. A token already known keeps its bot.
func (n *Network) AddBot(token, username string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.bots[token] != nil || n.ctx.Err() != nil {
		return
	}
	id, err := strconv.ParseInt(strings.SplitN(token, ":", 2)[0], 10, 64)
	if err != nil || id <= 0 {
		id = 5_000_000_000 + int64(hash(token)%1_000_000_000)
	}
	b := &account{token: token, username: username, id: id, chats: map[int64]*chat{}, pace: rate.NewLimiter(30, 30)}
	n.bots[token] = b
	n.tasks.Go(func() { n.deliver(b) })
}

// SetLimits switches the network's own 429 on or off.
func (n *Network) SetLimits(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.limits = on
}

// Refusals are the latest calls that were refused without a [Fault], as "bot method: description".
func (n *Network) Refusals() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.refusals...)
}

// ChatID is the number under which bots know a person.
func (n *Network) ChatID(person string) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.person(person).id
}

// Call tells the network what a person shows as first and last name; until then it is the person's name here.
func (n *Network) Call(person, first, last string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.person(person)
	p.first, p.last = first, last
}

// bot finds a bot by username.
func (n *Network) bot(username string) (*account, error) {
	for _, b := range n.bots {
		if b.username == username {
			return b, nil
		}
	}
	return nil, fmt.Errorf("%w: %q", ErrNoBot, username)
}

// person finds or makes a person: a name of digits is the id itself.
func (n *Network) person(name string) *person {
	if p := n.people[name]; p != nil {
		return p
	}
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil || id <= 0 {
		id = 700_000_000 + int64(hash(name))
		for n.byID[id] != nil {
			id++
		}
	}
	p := &person{id: id, name: name, first: name}
	n.people[name], n.byID[id] = p, p
	return p
}

func (n *Network) chat(b *account, p *person) *chat {
	c := b.chats[p.id]
	if c == nil {
		c = &chat{person: p, pace: rate.NewLimiter(1, 3)}
		b.chats[p.id] = c
	}
	return c
}

func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}

// touch notes that something on a phone or in a queue changed, and wakes who waits.
func (n *Network) touch() int {
	n.rev++
	close(n.changed)
	n.changed = make(chan struct{})
	return n.rev
}

// await returns nil once ok, which is asked under the lock, says so.
func (n *Network) await(ctx context.Context, ok func() bool) error {
	for {
		if err := n.ctx.Err(); err != nil {
			return err
		}
		n.mu.Lock()
		done, changed := ok(), n.changed
		n.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-n.ctx.Done():
			return n.ctx.Err()
		}
	}
}
