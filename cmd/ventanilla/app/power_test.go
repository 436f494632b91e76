package app

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"

	"ventanilla/store/boltkv"
)

// power is what keeps a program alive. It is cut at the n-th seam: a synced write
// or a request that leaves, before it or after it. From then on the program
// reaches nobody and writes nothing, as if it had been killed, until it is started again.
type power struct {
	mu    sync.Mutex
	seams int
	cut   int    // at which seam; 0: never
	at    string // what was cut
	dead  chan struct{}
}

var errPower = errors.New("power cut")

func newPower(cut int) *power { return &power{cut: cut, dead: make(chan struct{})} }

// seam counts one, and is an error from the cut on.
func (p *power) seam(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended() {
		return errPower
	}
	p.seams++
	if p.seams == p.cut {
		p.at = name
		close(p.dead)
		return errPower
	}
	return nil
}

func (p *power) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended()
}

// ended is isDead for who holds mu.
func (p *power) ended() bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}

// passed is how many seams there were.
func (p *power) passed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seams
}

// fell tells whether the power was cut in any life.
func (p *power) fell() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at != ""
}

// spare lets the rest happen without a cut.
func (p *power) spare() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = 0
}

// death is closed when the life that is going on ends.
func (p *power) death() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// revive begins a new life. The power is cut only once.
func (p *power) revive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended() {
		p.dead = make(chan struct{})
	}
}

func (p *power) onCommit(s boltkv.Stage) error { return p.seam("commit, " + string(s)) }

// request puts a seam before and after every request to what stands behind: it
// never arrives, or it is carried out and its answer is lost.
func (p *power) request(name string, behind http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what := name + r.URL.Path[strings.LastIndex(r.URL.Path, "/"):]
		if p.seam(what+", before") != nil {
			panic(http.ErrAbortHandler)
		}
		answer := httptest.NewRecorder()
		behind.ServeHTTP(answer, r)
		if p.seam(what+", after") != nil {
			panic(http.ErrAbortHandler)
		}
		for k, v := range answer.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// mails puts seams into a mail server's connections: before one is opened, and after
// a mail was taken. It returns the address to use instead.
func (p *power) mails(l net.Listener, server string) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		go p.mail(in, server)
	}
}

func (p *power) mail(in net.Conn, server string) {
	defer func() { _ = in.Close() }()
	if p.seam("mail, before") != nil {
		return
	}
	out, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	taken := make(chan struct{}, 1) // the end of a mail was sent on
	go func() {
		defer func() { _ = out.Close() }()
		pass(in, out, func(line string) bool {
			if line == "." {
				taken <- struct{}{}
			}
			return true
		})
	}()
	pass(out, in, func(string) bool {
		select {
		case <-taken:
			return p.seam("mail, after") == nil
		default:
			return !p.isDead()
		}
	})
}

// pass copies lines as long as each may pass.
func pass(from, to net.Conn, may func(line string) bool) {
	r := textproto.NewReader(bufio.NewReader(from))
	for {
		line, err := r.ReadLine()
		if err != nil || !may(line) {
			return
		}
		if _, err := to.Write([]byte(line + "\r\n")); err != nil {
			return
		}
	}
}
