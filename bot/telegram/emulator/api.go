package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// call is one request of a bot.
type call struct {
	ctx    context.Context
	bot    *account
	method string
	args   map[string]any
	files  map[string]*upload
}

// upload is a file that came with a call.
type upload struct {
	name, mime string
	data       []byte
}

// refusal is an answer that is not ok.
type refusal struct {
	code  int
	text  string
	after int // retry_after, seconds
}

func refuse(code int, format string, args ...any) *refusal {
	return &refusal{code: code, text: fmt.Sprintf(format, args...)}
}

func bad(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "Bad Request: "+format, args...)
}

// methods are those that the network knows. Each is called under the lock, but for getUpdates.
func methods() map[string]func(*Network, *call) (any, *refusal) {
	return map[string]func(*Network, *call) (any, *refusal){
		"getMe":                  (*Network).getMe,
		"setWebhook":             (*Network).setWebhook,
		"deleteWebhook":          (*Network).deleteWebhook,
		"getWebhookInfo":         (*Network).getWebhookInfo,
		"sendMessage":            (*Network).sendMessage,
		"sendDocument":           (*Network).sendDocument,
		"sendChatAction":         (*Network).sendChatAction,
		"editMessageText":        (*Network).editMessageText,
		"editMessageReplyMarkup": (*Network).editMessageReplyMarkup,
		"deleteMessage":          (*Network).deleteMessage,
		"answerCallbackQuery":    (*Network).answerCallbackQuery,
		"setMyCommands":          (*Network).setMyCommands,
		"getFile":                (*Network).getFile,
		"getUpdates":             nil,
	}
}

// maxRequest bounds the body of one call: a document and its form.
const maxRequest = maxUpload + 1<<20

// Handler answers /bot<token>/<method> and /file/bot<token>/<path>, like api.telegram.org.
func (n *Network) Handler() http.Handler {
	mux := http.NewServeMux()
	known := methods()
	mux.HandleFunc("GET /file/{bot}/{path...}", n.download)
	mux.HandleFunc("/{bot}/{method}", func(w http.ResponseWriter, r *http.Request) {
		b := n.authorize(r.PathValue("bot"))
		if b == nil {
			answer(w, nil, refuse(http.StatusUnauthorized, "Unauthorized"))
			return
		}
		name := canonical(known, r.PathValue("method"))
		if name == "" || (r.Method != http.MethodGet && r.Method != http.MethodPost) {
			n.refused(b, r.PathValue("method"), refuse(http.StatusNotFound, "Not Found: method not found"))
			answer(w, nil, refuse(http.StatusNotFound, "Not Found: method not found"))
			return
		}
		n.serve(w, r, &call{ctx: r.Context(), bot: b, method: name}, known[name])
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, nil, refuse(http.StatusNotFound, "Not Found"))
	})
	return mux
}

// authorize finds the bot of a path element "bot<token>".
func (n *Network) authorize(element string) *account {
	token, ok := strings.CutPrefix(element, "bot")
	if !ok {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.bots[token]
}

// canonical finds a method without regard to case, as the real network does.
func canonical(known map[string]func(*Network, *call) (any, *refusal), name string) string {
	for k := range known {
		if strings.EqualFold(k, name) {
			return k
		}
	}
	return ""
}

func (n *Network) serve(w http.ResponseWriter, r *http.Request, c *call, do func(*Network, *call) (any, *refusal)) {
	if no := c.read(w, r); no != nil {
		n.refused(c.bot, c.method, no)
		answer(w, nil, no)
		return
	}
	f := n.takeCall(c)
	if f != nil && !n.fail(w, r, f) {
		return
	}
	result, no := n.run(c, do)
	if f != nil && f.Kind == "lost" {
		cutOff(w)
		return
	}
	answer(w, result, no)
}

// run checks a call against the description and does it.
func (n *Network) run(c *call, do func(*Network, *call) (any, *refusal)) (result any, no *refusal) {
	api, err := loadSpec()
	if err != nil {
		return nil, refuse(http.StatusInternalServerError, "Internal Server Error: %v", err)
	}
	if c.args, err = api.check(c.method, c.args); err != nil {
		no = bad("%v", err)
	} else if do == nil {
		result, no = n.getUpdates(c)
	} else {
		n.mu.Lock()
		result, no = do(n, c)
		n.mu.Unlock()
	}
	if no != nil {
		n.refused(c.bot, c.method, no)
	}
	return result, no
}

// refused remembers a refusal for [Network.Refusals].
func (n *Network) refused(b *account, method string, no *refusal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.refusals) >= 1000 {
		n.refusals = n.refusals[1:]
	}
	n.refusals = append(n.refusals, b.username+" "+method+": "+no.text)
	n.log.Info("call refused", "bot", b.username, "method", method, "why", no.text)
}

// answer writes what the Bot API answers.
func answer(w http.ResponseWriter, result any, no *refusal) {
	body := map[string]any{"ok": true, "result": result}
	status := http.StatusOK
	if no != nil {
		status = no.code
		body = map[string]any{"ok": false, "error_code": no.code, "description": no.text}
		if no.after > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(no.after))
			body["parameters"] = map[string]any{"retry_after": no.after}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the bot is gone: nobody is left to tell
}

// read takes the parameters from query, form, multipart or JSON.
func (c *call) read(w http.ResponseWriter, r *http.Request) *refusal {
	c.args, c.files = map[string]any{}, map[string]*upload{}
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	switch {
	case r.Method == http.MethodGet || r.ContentLength == 0:
	case kind == "application/json":
		err = c.readJSON(r.Body)
	case kind == "multipart/form-data":
		err = c.readMultipart(r)
	default:
		err = r.ParseForm()
		c.add(r.PostForm)
	}
	c.add(r.URL.Query())
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return refuse(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	}
	if err != nil {
		return bad("can't read the request")
	}
	return nil
}

func (c *call) add(values url.Values) {
	for k, v := range values {
		c.args[k] = v[0]
	}
}

func (c *call) readJSON(body io.Reader) error {
	dec := json.NewDecoder(body)
	dec.UseNumber()
	if err := dec.Decode(&c.args); err != nil {
		return fmt.Errorf("reading JSON: %w", err)
	}
	return nil
}

func (c *call) readMultipart(r *http.Request) error {
	if err := r.ParseMultipartForm(maxRequest); err != nil {
		return fmt.Errorf("reading a form with files: %w", err)
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	c.add(r.MultipartForm.Value)
	for name, headers := range r.MultipartForm.File {
		f, err := headers[0].Open()
		if err != nil {
			return fmt.Errorf("opening an upload: %w", err)
		}
		data, err := io.ReadAll(f)
		_ = f.Close()
		if err != nil {
			return fmt.Errorf("reading an upload: %w", err)
		}
		u := &upload{name: headers[0].Filename, mime: headers[0].Header.Get("Content-Type"), data: data}
		c.files[name], c.args[name] = u, u
	}
	return nil
}

// str, num and flag return an argument that the description has checked, or its zero value.
func (c *call) str(name string) string { s, _ := c.args[name].(string); return s }
func (c *call) num(name string) int64  { n, _ := c.args[name].(int64); return n }
func (c *call) flag(name string) bool  { b, _ := c.args[name].(bool); return b }
