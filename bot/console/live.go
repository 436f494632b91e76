package console

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"ventanilla/store"
)

const (
	// mostDone is how many conversations in which nothing goes on are kept for the list: with
	// those in which something does, memory grows with what is going on and not with the store.
	mostDone = 200
	// remembered is how many events can be heard again after a dropped connection.
	remembered = 1024
)

// row is what the list knows of a conversation.
type row struct {
	store.Summary
	Care    store.Care
	Changed time.Time // when that was last heard to change, or where nothing goes on when the person last wrote; zero: nobody knows
	Near    bool      // see [Console.near]
	Left    time.Duration
	read    bool      // heard was read since the program started
	heard   time.Time // arrival of the person's latest message, as it was last read
	stale   bool      // something was written since
}

// idle tells that nothing goes on.
func (r row) idle() bool { return r.Flow == "" && r.Holder == "" }

// ended is a row in which nothing goes on.
type ended struct {
	at   time.Time
	name string
}

// news is one change that open pages hear of.
type news struct {
	n    uint64
	name string // of the conversation; "" for all pages
	list bool   // the list shows something else now
}

// live knows the conversations in which something goes on and tells open pages what changed.
type live struct {
	now  func() time.Time
	boot string // names this run of the program in the ids of events

	mu     sync.Mutex
	rows   map[string]row
	done   []ended // rows in which nothing goes on, the one that changed longest ago first
	recent []news  // the latest, ascending
	n      uint64
	pages  map[*page]struct{}
	over   bool
}

// page is one open stream.
type page struct {
	name  string // the conversation that is open; "" for the list
	agent string
	wake  chan struct{} // closed at the next news
}

func newLive(now func() time.Time) *live {
	return &live{now: now, boot: strconv.FormatInt(now().UnixNano(), 36), rows: map[string]row{}, pages: map[*page]struct{}{}}
}

// run loads the conversations and follows them until ctx ends.
func (l *live) run(ctx context.Context, s *store.Store) error {
	defer l.close()
	summaries, err := s.Watch(ctx)
	if err != nil {
		return err
	}
	changes, err := s.Changes(ctx)
	if err != nil {
		return err
	}
	cares, err := s.Cares(ctx)
	if err != nil {
		return err
	}
	if err := l.load(ctx, s); err != nil {
		return err
	}
	for {
		select {
		case sum, ok := <-summaries:
			if !ok {
				return nil
			}
			if err := l.changed(ctx, s, sum); err != nil {
				return err
			}
		case name, ok := <-changes:
			if !ok {
				return nil
			}
			l.touch(name)
		case k, ok := <-cares:
			if !ok {
				return nil
			}
			l.care(k.Name, k.Care, true)
		}
	}
}

// changed notes a summary. Of a conversation that was not in the list what agents arranged is read.
func (l *live) changed(ctx context.Context, s *store.Store, sum store.Summary) error {
	r := row{Summary: sum, Changed: l.now()}
	l.mu.Lock()
	_, known := l.rows[sum.Name]
	l.mu.Unlock()
	if !known {
		var err error
		if r.Care, err = s.CareOf(ctx, sum.Name); err != nil {
			return err
		}
	}
	l.put(r, true)
	return nil
}

func (l *live) load(ctx context.Context, s *store.Store) error {
	for after := ""; ; {
		some, err := s.Summaries(ctx, after, 512)
		if err != nil {
			return fmt.Errorf("loading the list of conversations: %w", err)
		}
		if len(some) == 0 {
			break
		}
		for _, sum := range some {
			r := row{Summary: sum}
			if r.idle() {
				r.Changed = sum.Since
			}
			l.put(r, false)
		}
		after = some[len(some)-1].Name
	}
	for _, r := range l.all(func(row) bool { return true }) {
		k, err := s.CareOf(ctx, r.Name)
		if err != nil {
			return err
		}
		l.care(r.Name, k, false)
	}
	l.tell(news{list: true})
	return nil
}

// put notes what a conversation is like now.
func (l *live) put(r row, tell bool) {
	l.mu.Lock()
	old, known := l.rows[r.Name]
	if known && !tell { // heard of while the list was loading
		l.mu.Unlock()
		return
	}
	if known {
		r.Care, r.read, r.heard, r.stale = old.Care, old.read, old.heard, true
		l.drop(old)
	}
	switch {
	case r.Portal == "": // erased
	case r.idle():
		l.keep(r)
	default:
		l.rows[r.Name] = r
	}
	l.mu.Unlock()
	if tell {
		l.tell(news{name: r.Name, list: true})
	}
}

func (l *live) drop(r row) {
	delete(l.rows, r.Name)
	if r.idle() {
		l.done = slices.DeleteFunc(l.done, func(e ended) bool { return e.name == r.Name })
	}
}

// keep puts a row in which nothing goes on among the latest of them, and lets the oldest go.
func (l *live) keep(r row) {
	at, _ := slices.BinarySearchFunc(l.done, r.Changed, func(e ended, t time.Time) int { return e.at.Compare(t) })
	l.rows[r.Name], l.done = r, slices.Insert(l.done, at, ended{r.Changed, r.Name})
	if len(l.done) > mostDone {
		delete(l.rows, l.done[0].name)
		l.done = slices.Delete(l.done, 0, 1)
	}
}

// care notes what agents arranged, if the conversation is in the list.
func (l *live) care(name string, k store.Care, tell bool) {
	l.mu.Lock()
	if r, ok := l.rows[name]; ok {
		r.Care = k
		l.rows[name] = r
	}
	l.mu.Unlock()
	if tell {
		l.tell(news{name: name, list: true})
	}
}

// touch notes that something was written in a conversation.
func (l *live) touch(name string) {
	l.mu.Lock()
	if r, ok := l.rows[name]; ok && r.read {
		r.stale = true
		l.rows[name] = r
	}
	l.mu.Unlock()
	l.tell(news{name: name})
}

// reading says that the record is about to be read: what is written from now on makes that stale.
func (l *live) reading(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, ok := l.rows[name]; ok {
		r.read, r.stale = true, false
		l.rows[name] = r
	}
}

// heard notes when the person was last heard.
func (l *live) heard(name string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, ok := l.rows[name]; ok {
		r.heard = at
		l.rows[name] = r
	}
}

// all returns the rows that the given func wants.
func (l *live) all(want func(row) bool) (rows []row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.rows {
		if want(r) {
			rows = append(rows, r)
		}
	}
	return rows
}

// tell wakes every page.
func (l *live) tell(x news) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	x.n = l.n
	l.recent = append(l.recent, x)
	if len(l.recent) > 2*remembered {
		l.recent = slices.Clone(l.recent[len(l.recent)-remembered:])
	}
	l.wake()
}

func (l *live) wake() {
	for p := range l.pages {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
}

// ended makes every stream look whether its session is still there.
func (l *live) ended() { l.tell(news{}) }

func (l *live) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.wake()
}

// open adds a stream; [live.leave] must follow.
func (l *live) open(name, agent string) *page {
	p := &page{name: name, agent: agent, wake: make(chan struct{}, 1)}
	l.mu.Lock()
	l.pages[p] = struct{}{}
	l.mu.Unlock()
	l.looking(name)
	return p
}

func (l *live) leave(p *page) {
	l.mu.Lock()
	delete(l.pages, p)
	l.mu.Unlock()
	l.looking(p.name)
}

// looking tells those at a conversation that who looks at it changed.
func (l *live) looking(name string) {
	if name != "" {
		l.tell(news{name: name})
	}
}

// viewers are the others who have a conversation open.
func (l *live) viewers(name, but string) (agents []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.pages {
		if p.name == name && p.agent != but && !slices.Contains(agents, p.agent) {
			agents = append(agents, p.agent)
		}
	}
	slices.Sort(agents)
	return agents
}

// since returns what a page has to do after an event of the id: fetch the list, fetch its
// conversation. An id that nobody remembers means both. It also returns the latest id.
func (l *live) since(id, name string) (list, talk bool, latest string, over bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	latest = l.boot + "-" + strconv.FormatUint(l.n, 36)
	boot, digits, _ := strings.Cut(id, "-")
	n, err := strconv.ParseUint(digits, 36, 64)
	if boot != l.boot || err != nil || n > l.n || n < l.n && (len(l.recent) == 0 || l.recent[0].n > n+1) {
		return true, name != "", latest, l.over
	}
	for _, x := range slices.Backward(l.recent) {
		if x.n <= n {
			break
		}
		list = list || x.list
		talk = talk || name != "" && x.name == name
	}
	return list, talk, latest, l.over
}
