package emulator

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"ventanilla/backend"
)

// Fault makes the next calls fail.
type Fault struct {
	Kind  string        `json:"kind"`
	Times int           `json:"times"`           // so many calls; below 0 until [Emulator.Heal]
	Delay time.Duration `json:"delay,omitempty"` // of FaultSlow, in nanoseconds; 1 s if 0
}

// The kinds of faults.
const (
	FaultDown       = "down"             // the connection breaks before anything is done
	FaultLost       = "lost"             // the call is carried out, but its answer never arrives
	FaultTimeout    = "timeout"          // no answer until the caller gives up; nothing is done
	FaultSlow       = "slow"             // the answer comes late
	Fault500        = "500"              // a failure, as a problem
	Fault503        = "503"              // unavailable, as a problem with Retry-After
	Fault429        = "429"              // too many calls, with Retry-After
	FaultGarbage    = "garbage"          // 200 with a page of HTML, as some gateways do
	PartialUnlock   = "partial_unlock"   // the unlocking fails
	PartialPassword = "partial_password" // the setting of the password fails
)

// maxHang bounds how long a call that is never answered holds its connection.
const maxHang = 30 * time.Second

// FaultKinds lists what [Emulator.Fail] takes.
func FaultKinds() []string {
	return []string{FaultDown, FaultLost, FaultTimeout, FaultSlow, Fault500, Fault503, Fault429, FaultGarbage, PartialUnlock, PartialPassword}
}

// faults are those that wait, oldest first.
type faults struct {
	mu   sync.Mutex
	list []*Fault
}

// Fail adds a fault to those that wait; they are used up in order. It returns an
// error for a kind that does not exist or no times.
func (e *Emulator) Fail(f Fault) error {
	if !slices.Contains(FaultKinds(), f.Kind) {
		return fmt.Errorf("the core has no fault %q", f.Kind)
	}
	if f.Times == 0 {
		return errors.New("a fault needs the number of times")
	}
	e.faults.mu.Lock()
	defer e.faults.mu.Unlock()
	e.faults.list = append(e.faults.list, &f)
	return nil
}

// Heal forgets all faults.
func (e *Emulator) Heal() {
	e.faults.mu.Lock()
	defer e.faults.mu.Unlock()
	e.faults.list = nil
}

// take uses up the first fault that is one of the parts, or none of them.
func (f *faults) take(is func(kind string) bool) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.list, func(x *Fault) bool { return is(x.Kind) })
	if i < 0 {
		return Fault{}, false
	}
	found := f.list[i]
	if found.Times > 0 {
		if found.Times--; found.Times == 0 {
			f.list = slices.Delete(f.list, i, i+1)
		}
	}
	return *found, true
}

func partial(kind string) bool { return kind == PartialUnlock || kind == PartialPassword }

// part does a part of an operation, unless it is to fail.
func (f *faults) part(kind string, do func() backend.Outcome) backend.Part {
	if _, failing := f.take(func(k string) bool { return k == kind }); failing {
		return backend.Part{Outcome: backend.Failed, Reason: "directory"}
	}
	return backend.Part{Outcome: do()}
}

// middleware lets the call fail as a whole if a fault waits.
func (f *faults) middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault, failing := f.take(func(k string) bool { return !partial(k) })
		if !failing {
			next.ServeHTTP(w, r)
			return
		}
		switch fault.Kind {
		case FaultSlow:
			wait(r, cmp.Or(fault.Delay, time.Second))
			next.ServeHTTP(w, r)
		case FaultTimeout:
			wait(r, maxHang)
			cut(w)
		case FaultDown:
			cut(w)
		case FaultLost:
			next.ServeHTTP(&deaf{header: http.Header{}}, r)
			cut(w)
		case FaultGarbage:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><title>Portal</title><h1>It works!</h1></html>")
		default:
			failWhole(w, fault.Kind)
		}
	})
}

// failWhole answers with a status, as a problem.
func failWhole(w http.ResponseWriter, kind string) {
	err := &backend.Error{Code: backend.Internal}
	switch kind {
	case Fault503:
		err = &backend.Error{Code: backend.Unavailable, After: time.Second}
	case Fault429:
		err = &backend.Error{Code: backend.RateLimited, After: time.Second}
	}
	(&Emulator{}).send(w, problem(err))
}

// wait waits, or until the caller gives up.
func wait(r *http.Request, d time.Duration) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody+1)) // net/http sees that the caller is gone only once the body is read
	r.Body = io.NopCloser(bytes.NewReader(body))
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}

// cut breaks the connection without an answer.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2, or a recorder: as near as it goes
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	_ = conn.Close()
}

// deaf is a response that nobody hears.
type deaf struct{ header http.Header }

func (d *deaf) Header() http.Header         { return d.header }
func (d *deaf) Write(p []byte) (int, error) { return len(p), nil }
func (d *deaf) WriteHeader(int)             {}
