// Package emulator is a fake of Twilio's Messages API and of the WhatsApp network
// behind it, for tests and for the demo: many senders, many people, and the phones
// of those people, with what each of them would see.
//
// It refuses what the real one refuses, checked against Twilio's own description of
// the API, made strict; a parameter that the description does not know is refused
// instead of ignored. It departs from it in one way: people without a number, whom
// the description does not know yet, can be written to. It signs its webhooks, fails
// on request (see [Fault]), keeps everything in memory and never speaks to the real network.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"ventanilla/flows"
)

// Errors of the people's side.
var (
	ErrNoSender  = errors.New("emulator: no such sender")
	ErrNoMessage = errors.New("emulator: no such message on this phone")
	ErrNoOption  = errors.New("emulator: no such option on this phone")
	ErrText      = errors.New("emulator: a phone sends 1 to 4096 characters")
	ErrKind      = errors.New("emulator: unknown kind of message")
)

// Options are what a [Network] may use. The zero value works.
type Options struct {
	Clock    *flows.Clock  // nil is the wall clock
	HTTP     *http.Client  // for webhooks, reports and media; nil makes one
	Log      *slog.Logger  // nil logs nowhere
	NoLimits bool          // never answer 429 by itself
	Timeout  time.Duration // of a webhook; 0 is Twilio's 15 s
	Retry    time.Duration // pause before a webhook is repeated, doubled up to 5 s; 0 is 200 ms
	Attempts int           // of one webhook; 0 is 12
}

// Sender is a number that an organisation sends from, and where its messages go.
type Sender struct {
	Account string // SID
	Token   string
	From    string // +14155238886
	Webhook string // address of the webhook of messages
}

// Network is the whole fake. Its methods may be called at the same time.
type Network struct {
	clock    *flows.Clock
	http     *http.Client
	log      *slog.Logger
	retry    time.Duration
	attempts int
	stop     context.CancelFunc
	ctx      context.Context // of deliveries and waits; ended by Close
	tasks    sync.WaitGroup

	mu       sync.Mutex
	limits   bool
	senders  map[string]*sender  // by number
	people   map[string]*person  // by name
	byAddr   map[string]*person  // by address, see [same]
	messages map[string]*message // by SID: those that the API knows
	contents map[string]*Content // by account and SID
	faults   []*Fault
	refusals []string
	serial   int // of SIDs
	rev      int // last change of any phone
	changed  chan struct{}
}

type sender struct {
	Sender
	chats map[*person]*chat
	pace  *rate.Limiter
}

// person is a phone.
type person struct {
	name, shown string
	address     string // "+549…" or "AR.…"
	off         bool   // the phone is switched off
}

// chat is a sender's conversation with a person, as the network keeps it.
type chat struct {
	sender   *sender
	person   *person
	last     int // number of the last bubble
	bubbles  []*message
	heard    time.Time // the person's last message
	blocked  bool
	optedOut bool
	in, out  lane
	held     []func()  // webhooks kept back to be delivered after the next one
	waiting  []waiting // webhooks that were not taken yet
}

// New returns an empty network. Close it.
func New(o Options) *Network {
	n := &Network{
		clock: o.Clock, http: o.HTTP, log: o.Log, retry: o.Retry, attempts: o.Attempts, limits: !o.NoLimits,
		senders: map[string]*sender{}, people: map[string]*person{}, byAddr: map[string]*person{},
		messages: map[string]*message{}, contents: map[string]*Content{}, changed: make(chan struct{}),
	}
	if n.clock == nil {
		n.clock = &flows.Clock{}
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if n.http == nil {
		n.http = &http.Client{Timeout: o.Timeout}
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	if n.retry == 0 {
		n.retry = 200 * time.Millisecond
	}
	if n.attempts == 0 {
		n.attempts = 12
	}
	n.ctx, n.stop = context.WithCancel(context.Background())
	return n
}

// Close stops deliveries and ends every wait.
func (n *Network) Close() {
	n.stop()
	n.tasks.Wait()
}

// AddSender makes a number known, as the console would; one already known gets the new webhook.
func (n *Network) AddSender(s Sender) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s.From = strings.TrimPrefix(s.From, "whatsapp:")
	if old := n.senders[s.From]; old != nil {
		old.Sender = s
		return
	}
	n.senders[s.From] = &sender{Sender: s, chats: map[*person]*chat{}, pace: rate.NewLimiter(80, 80)}
}

// SetLimits switches the network's own 429 on or off.
func (n *Network) SetLimits(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.limits = on
}

// Refusals are the latest calls that were refused without a [Fault], as "from: code message".
func (n *Network) Refusals() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.refusals...)
}

// Address is the number or id under which senders know a person.
func (n *Network) Address(person string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.person(person).address
}

// Call tells the network what a person shows as their name; until then it is the person's name here.
func (n *Network) Call(person, shown string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.person(person).shown = shown
}

// Off switches a person's phone off: messages wait for it. On switches it on again.
func (n *Network) Off(person string) { n.power(person, true) }

// On switches a person's phone on.
func (n *Network) On(person string) { n.power(person, false) }

func (n *Network) power(person string, off bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.person(person).off = off
	n.touch()
}

func (n *Network) sender(from string) (*sender, error) {
	if s := n.senders[strings.TrimPrefix(from, "whatsapp:")]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrNoSender, from)
}

var addressForm = regexp.MustCompile(`^(\+[1-9][0-9]{7,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128})$`)

// person finds or makes a person: a name that is a number or an id is that one.
func (n *Network) person(name string) *person {
	if p := n.people[name]; p != nil {
		return p
	}
	if p := n.byAddr[same(name)]; p != nil {
		n.people[name] = p
		return p
	}
	p := &person{name: name, shown: name, address: name}
	if !addressForm.MatchString(name) {
		for h := hash(name); ; h++ {
			p.address = fmt.Sprintf("+54911%08d", h%100_000_000)
			if n.byAddr[p.address] == nil {
				break
			}
		}
	}
	n.people[name], n.byAddr[same(p.address)] = p, p
	return p
}

// same is one spelling of a number: Mexican mobiles are known with and without a 1.
func same(address string) string {
	if rest, ok := strings.CutPrefix(address, "+521"); ok && len(rest) == 10 {
		return "+52" + rest
	}
	return address
}

func (n *Network) chat(s *sender, p *person) *chat {
	c := s.chats[p]
	if c == nil {
		c = &chat{sender: s, person: p}
		s.chats[p] = c
	}
	return c
}

func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}

// sid makes an id of the form that Twilio's have.
func (n *Network) sid(prefix string) string {
	n.serial++
	return fmt.Sprintf("%s%016x%016x", prefix, n.clock.Now().UnixNano(), n.serial)
}

// touch notes that something on a phone changed, and wakes who waits.
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

// lane keeps things in order: each begins when the one before it is done. It is used under the lock.
type lane struct{ tail chan struct{} }

// follow runs f once everything before it in the lane is done.
func (n *Network) follow(l *lane, f func()) {
	if n.ctx.Err() != nil {
		return
	}
	before, done := l.tail, make(chan struct{})
	l.tail = done
	n.tasks.Go(func() {
		defer close(done)
		if before != nil {
			<-before // always closed: everything ends with the network
		}
		if n.ctx.Err() == nil {
			f()
		}
	})
}
