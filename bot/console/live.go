package console

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ventanilla/store"
)

const (
	// mostDone is how many conversations in which nothing goes on are kept for the list, and mostGoing how many
	// in which nobody is needed: memory grows with what needs somebody and not with the store.
	mostDone  = 200
	mostGoing = 5000
	// remembered is how many events can be heard again after a dropped connection.
	remembered = 1024
)

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
	done   crowd  // in which nothing goes on
	going  crowd  // in which nobody is needed
	recent []news // the latest, ascending
	n      uint64
	pages  map[*page]struct{}
	over   bool

	asked atomic.Int64  // when somebody last asked the console for something, in nanoseconds of real time
	comes chan struct{} // somebody does
}

// page is one open stream.
type page struct {
	name  string // the conversation that is open; "" for the list
	agent string
	wake  chan struct{} // closed at the next news
}

func newLive(now func() time.Time) *live {
	return &live{now: now, boot: strconv.FormatInt(now().UnixNano(), 36), rows: map[string]row{}, pages: map[*page]struct{}{}, comes: make(chan struct{}, 1),
		done: crowd{most: mostDone}, going: crowd{most: mostGoing}}
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
	for began := time.Now(); ; {
		if time.Since(began) > stint && !l.watched() {
			l.rest(ctx)
			began = time.Now()
		}
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

const (
	// pause is for how long nothing is noted while nobody uses the console, and stint how long then at most without a
	// pause: to be woken for each write took a fiftieth of the processor time of a turn, and of what
	// changes again meanwhile only the last is read.
	pause = 100 * time.Millisecond
	stint = 10 * time.Millisecond
	// gone is how long after the latest request nobody uses the console, unless a page is open.
	gone = time.Minute
)

// asks notes that somebody asks the console for something.
func (l *live) asks() {
	l.asked.Store(time.Now().UnixNano())
	select {
	case l.comes <- struct{}{}:
	default:
	}
}

func (l *live) watched() bool {
	return time.Since(time.Unix(0, l.asked.Load())) < gone || l.openPages() > 0
}

// rest makes a pause, until somebody comes.
func (l *live) rest(ctx context.Context) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.comes:
	case <-ctx.Done():
	}
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

// openPages is how many pages are open.
func (l *live) openPages() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pages)
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
