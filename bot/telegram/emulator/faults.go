package emulator

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Fault is something that goes wrong, a number of times.
//
// Calls of a bot: "429" (with retry_after), "403" (blocked), "500", "html502" (a
// proxy's page), "timeout" (nothing is done and no answer comes), "lost" (it is
// done, and the answer is lost), "slow" (done after Delay), "body" (Status and Body).
//
// Deliveries of updates: "duplicate", "late" (after Delay), "reorder" (after the next one).
type Fault struct {
	Kind   string
	Times  int           // 0 is once
	Bot    string        // username; "" any
	Person string        // "" any
	Method string        // of calls; "" is every one that sends a message or a document, "*" any
	Delay  time.Duration // of "429": retry_after, default 3 s; "slow": default 2 s; "late" and "reorder": at most, default 5 s
	Status int           // of "body"
	Body   string
}

// Fail asks for a fault. Several are used up in the order they came. It reports
// whether the kind is known.
func (n *Network) Fail(f Fault) bool {
	if !f.calls() && !f.delivers() {
		return false
	}
	f.Times = max(f.Times, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults = append(n.faults, &f)
	return true
}

// Heal takes back every fault that was not used up.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults = nil
}

// Faults is how many of the faults asked for are not used up.
func (n *Network) Faults() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.faults)
}

func (f *Fault) calls() bool {
	switch f.Kind {
	case "429", "403", "500", "html502", "timeout", "lost", "slow", "body":
		return true
	}
	return false
}

func (f *Fault) delivers() bool {
	return f.Kind == "duplicate" || f.Kind == "late" || f.Kind == "reorder"
}

func (f *Fault) pause(otherwise time.Duration) time.Duration {
	if f.Delay > 0 {
		return f.Delay
	}
	return otherwise
}

// takeCall uses up a fault that is meant for a call.
func (n *Network) takeCall(c *call) *Fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.take(func(f *Fault) bool {
		return f.calls() && f.meansMethod(c.method) && (f.Bot == "" || f.Bot == c.bot.username) &&
			(f.Person == "" || n.person(f.Person).is(c.args["chat_id"]))
	})
}

// takeDelivery uses up a fault that is meant for an update.
func (n *Network) takeDelivery(b *account, p *person) *Fault {
	return n.take(func(f *Fault) bool {
		return f.delivers() && (f.Bot == "" || f.Bot == b.username) && (f.Person == "" || n.person(f.Person) == p)
	})
}

func (n *Network) take(fits func(*Fault) bool) *Fault {
	for i, f := range n.faults {
		if !fits(f) {
			continue
		}
		if f.Times--; f.Times <= 0 {
			n.faults = append(n.faults[:i:i], n.faults[i+1:]...)
		}
		n.touch()
		return f
	}
	return nil
}

func (f *Fault) meansMethod(method string) bool {
	switch f.Method {
	case "*":
		return true
	case "":
		return method == "sendMessage" || method == "sendDocument"
	}
	return strings.EqualFold(f.Method, method)
}

// is compares with a chat_id as it came.
func (p *person) is(chatID any) bool {
	id, err := integer(chatID, true)
	return err == nil && id == p.id
}

// fail answers as the fault wants, and reports whether the call is to be done nevertheless.
func (n *Network) fail(w http.ResponseWriter, r *http.Request, f *Fault) (goOn bool) {
	switch f.Kind {
	case "lost":
		return true
	case "slow":
		t := time.NewTimer(f.pause(2 * time.Second))
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
		case <-n.ctx.Done():
		}
		return true
	case "timeout":
		select {
		case <-r.Context().Done():
		case <-n.ctx.Done():
		}
		cutOff(w)
	case "429":
		after := int(f.pause(3 * time.Second).Seconds())
		no := refuse(http.StatusTooManyRequests, "Too Many Requests: retry after %d", after)
		no.after = after
		answer(w, nil, no)
	case "403":
		answer(w, nil, refuse(http.StatusForbidden, "Forbidden: bot was blocked by the user"))
	case "500":
		answer(w, nil, refuse(http.StatusInternalServerError, "Internal Server Error"))
	case "html502":
		page(w, http.StatusBadGateway, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>")
	case "body":
		page(w, f.Status, f.Body)
	}
	return false
}

func page(w http.ResponseWriter, status int, body string) {
	kind := "text/html"
	if strings.HasPrefix(body, "{") {
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the bot is gone: nobody is left to tell
}

// cutOff ends the connection without an answer.
func cutOff(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // HTTP/2 or a recorder: an empty answer is as good
	}
	_ = conn.Close()
}
