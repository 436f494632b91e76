package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// call is one request of an account.
type call struct {
	account string
	form    url.Values
	message string // SID in the path, "" if none
	media   string
}

// refusal is an answer that is no success.
type refusal struct {
	http, code int
	text       string
	after      int // Retry-After, seconds
}

func refuse(status, code int, format string, args ...any) *refusal {
	return &refusal{http: status, code: code, text: fmt.Sprintf(format, args...)}
}

func notThere(r *http.Request) *refusal {
	return refuse(http.StatusNotFound, 20404, "The requested resource %s was not found", r.URL.Path)
}

const maxRequest = 1 << 20

// answer is what a call brings: a status and a body, nil for none.
type answer struct {
	status int
	body   any
}

// Handler answers below /2010-04-01/Accounts/, like api.twilio.com.
func (n *Network) Handler() http.Handler {
	const base = "/2010-04-01/Accounts/{account}"
	mux := http.NewServeMux()
	routes := map[string]func(*Network, *call) (answer, *refusal){
		"POST " + base + "/Messages.json":                (*Network).create,
		"GET " + base + "/Messages/{message}":            (*Network).fetch,
		"DELETE " + base + "/Messages/{message}":         (*Network).remove,
		"GET " + base + "/Messages/{message}/Media.json": (*Network).listMedia,
		"GET " + base + "/Messages/{message}/Media/{m}":  (*Network).fetchMedia,

		"DELETE " + base + "/Messages/{message}/Media/{m}": (*Network).removeMedia,
		"GET " + base: (*Network).fetchAccount,
	}
	for pattern, do := range routes {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { n.serve(w, r, do) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { write(w, answer{}, notThere(r)) })
	return mux
}

func (n *Network) serve(w http.ResponseWriter, r *http.Request, do func(*Network, *call) (answer, *refusal)) {
	c := &call{account: strings.TrimSuffix(r.PathValue("account"), ".json"), message: strings.TrimSuffix(r.PathValue("message"), ".json"),
		media: strings.TrimSuffix(r.PathValue("m"), ".json")}
	if no := n.authorize(r, c.account); no != nil {
		n.refused(c, no)
		write(w, answer{}, no)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	if err := r.ParseForm(); err != nil {
		write(w, answer{}, refuse(http.StatusBadRequest, 20001, "The request cannot be read"))
		return
	}
	c.form = r.PostForm
	var f *Fault
	if r.Method == http.MethodPost {
		f = n.takeCall(c)
	}
	if f != nil && !n.fail(w, r, f) {
		return
	}
	n.mu.Lock()
	a, no := do(n, c)
	n.mu.Unlock()
	if no != nil {
		n.refused(c, no)
	}
	if f != nil && f.Kind == "lost" {
		cutOff(w)
		return
	}
	write(w, a, no)
}

// authorize checks account and token; an account knows only itself.
func (n *Network) authorize(r *http.Request, account string) *refusal {
	user, password, ok := r.BasicAuth()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.senders {
		if ok && s.Account == user && s.Token == password && account == user {
			return nil
		}
	}
	return refuse(http.StatusUnauthorized, 20003, "Authenticate")
}

// refused remembers a refusal for [Network.Refusals].
func (n *Network) refused(c *call, no *refusal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.refusals) >= 1000 {
		n.refusals = n.refusals[1:]
	}
	n.refusals = append(n.refusals, fmt.Sprintf("%s: %d %s", c.form.Get("From"), no.code, no.text))
	n.log.Info("call refused", "code", no.code, "why", no.text)
}

// body is a refusal as Twilio writes it.
func (no *refusal) body() map[string]any {
	return map[string]any{"code": no.code, "message": no.text, "more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(no.code), "status": no.http}
}

func write(w http.ResponseWriter, a answer, no *refusal) {
	if no != nil {
		a = answer{no.http, no.body()}
		if no.after > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(no.after))
		}
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body) // the caller is gone: nobody is left to tell
}

func (n *Network) fetchAccount(c *call) (answer, *refusal) {
	return answer{http.StatusOK, map[string]any{"sid": c.account, "friendly_name": "Emulated account", "status": "active", "type": "Full"}}, nil
}
