package emulator

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Fault is something that goes wrong, a number of times.
//
// Calls that send a message: "429" (20429), "63018", "21211", "21610", "63016",
// "401" (20003), "500", "html503" (a proxy's page), "timeout" (nothing is done and no
// answer comes), "lost" (it is done, and the answer is lost), "slow" (done after
// Delay), "body" (Status and Body).
//
// Messages on their way: "failed" and "undelivered", with Code.
//
// Reports: "status_lost", "status_duplicate" (the next one), "status_reorder" (all of one message, last first).
//
// Messages of people: "duplicate", "late" (after Delay), "reorder" (after the next one).
type Fault struct {
	Kind   string
	Times  int           // 0 is once
	From   string        // number of the sender; "" any
	Person string        // "" any
	Delay  time.Duration // of "429" and "63018": Retry-After, default none; "slow": default 2 s; "late" and "reorder": at most, default 5 s
	Status int           // of "body"
	Body   string
	Code   int // of "failed" and "undelivered"; 0 is 30008
}

// refusals are the faults that are answers of Twilio's, in its words.
var answers = map[string]refusal{
	"429":   {http: 429, code: 20429, text: "Too Many Requests"},
	"63018": {http: 429, code: 63018, text: "Account exceeded the 1 rps rate limit"},
	"21211": {http: 400, code: 21211, text: "The 'To' number is not a valid phone number."},
	"21610": {http: 400, code: 21610, text: "Attempt to send to unsubscribed recipient"},
	"63016": {http: 400, code: 63016, text: "Freeform messages are not allowed when the session has expired. Use a template to send the message."},
	"401":   {http: 401, code: 20003, text: "Authenticate"},
	"500":   {http: 500, code: 20500, text: "Internal Server Error"},
}

// Fail asks for a fault. Several are used up in the order they came. It reports
// whether the kind is known.
func (n *Network) Fail(f Fault) bool {
	if !f.calls() && !f.fate() && !f.reports() && !f.delivers() {
		return false
	}
	f.Times = max(f.Times, 1)
	if f.Code == 0 {
		f.Code = 30008
	}
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

func (f *Fault) calls() bool {
	switch f.Kind {
	case "html503", "timeout", "lost", "slow", "body":
		return true
	}
	_, ok := answers[f.Kind]
	return ok
}

func (f *Fault) fate() bool    { return f.Kind == "failed" || f.Kind == "undelivered" }
func (f *Fault) reports() bool { return strings.HasPrefix(f.Kind, "status_") && len(f.Kind) > 7 }
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
	from, to := strings.TrimPrefix(c.form.Get("From"), "whatsapp:"), strings.TrimPrefix(c.form.Get("To"), "whatsapp:")
	return n.take(func(f *Fault) bool {
		return f.calls() && (f.From == "" || f.From == from) && (f.Person == "" || n.person(f.Person).address == to)
	})
}

func (n *Network) takeFate(c *chat) *Fault     { return n.takeChat(c, (*Fault).fate) }
func (n *Network) takeReport(c *chat) *Fault   { return n.takeChat(c, (*Fault).reports) }
func (n *Network) takeDelivery(c *chat) *Fault { return n.takeChat(c, (*Fault).delivers) }

func (n *Network) takeChat(c *chat, kind func(*Fault) bool) *Fault {
	return n.take(func(f *Fault) bool {
		return kind(f) && (f.From == "" || f.From == c.sender.From) && (f.Person == "" || n.person(f.Person) == c.person)
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
		return f
	}
	return nil
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
	case "html503":
		page(w, http.StatusServiceUnavailable, "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n")
	case "body":
		page(w, f.Status, f.Body)
	default:
		no := answers[f.Kind]
		no.after = int(f.Delay.Seconds())
		write(w, answer{}, &no)
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
	_, _ = io.WriteString(w, body) // the caller is gone: nobody is left to tell
}

// cutOff ends the connection without an answer.
func cutOff(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // HTTP/2 or a recorder: an empty answer is as good
	}
	_ = conn.Close()
}
