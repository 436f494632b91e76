// Package media serves a document to whoever holds its signed link: WhatsApp's
// network, which fetches what it is to deliver (RULES: wa.limits).
//
// A link names the line that delivers the document, and lives while that line waits
// in its conversation's outbox, five minutes at most: it dies when the network
// reports that the document arrived, also for a program that was restarted since,
// and there is no table of links. Whole copies that left are counted among the
// budgets, so that a restart gives none back; what was read only in part is counted
// in memory, where five minutes are all that it has to last.
//
// Bytes are fetched from the core when they are asked for, stay in memory for
// minutes and are never written anywhere (RULES: data.retention). Neither link nor
// name reaches a log.
package media

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/bot"
	"ventanilla/bot/link"
	"ventanilla/flows"
	"ventanilla/store"
)

const (
	// Path is where documents are, below the public URL.
	Path = "/d/"
	// MaxBytes is how large a document may be (RULES: wa.limits).
	MaxBytes = 5 << 20
	// linkLife is how long a link lives at most (RULES: wa.limits).
	linkLife = 5 * time.Minute
	// fetchTime is how long the core may take.
	fetchTime = 20 * time.Second
)

// copies is how often a document may leave whole through one link (RULES: wa.limits).
var copies = flows.Budget{Kind: "media.copies", Max: 3, Per: 2 * linkLife}

// Links reads the tokens of links. [link.Signer] is one.
type Links interface {
	OpenFile(token string) (conversation, outbound string, err error)
}

// Lines finds the line that delivers a document. *store.Store is one.
type Lines interface {
	Find(ctx context.Context, name string) (*store.Conversation, error)
}

// Counter counts what must survive a restart. A [flows.Guard] is one.
type Counter interface {
	Spend(ctx context.Context, subject string, b flows.Budget, op string) (flows.Left, error)
	Peek(ctx context.Context, subject string, b flows.Budget) (flows.Left, error)
}

var (
	_ Links        = link.Signer{}
	_ Lines        = (*store.Store)(nil)
	_ Counter      = flows.Guard(nil)
	_ http.Handler = (*Desk)(nil)
)

// Config is what a [Desk] needs.
type Config struct {
	Links Links
	Lines Lines
	Files bot.Files
	Guard Counter
	Now   func() time.Time
	Log   *slog.Logger
}

// Desk serves documents below [Path]. It is safe for concurrent use.
type Desk struct {
	Config
	memory  memory
	tallies tallies
}

// New returns a desk.
func New(c Config) *Desk { return &Desk{Config: c} }

// line names the outbound line that delivers a document.
type line struct{ chat, id string }

// Open returns the bytes of the document of a line, at once if they are still in
// memory, otherwise from where fetch has them. A channel whose network will fetch them
// through a link asks here first, to know their size and whether they can be had at all.
func (d *Desk) Open(ctx context.Context, chat, id string, fetch func(context.Context) ([]byte, error)) ([]byte, error) {
	return d.memory.open(ctx, line{chat, id}, fetch)
}

// End forgets the document of a line and closes its links at once: the network has
// reported that it arrived, and the record will say so in a moment.
func (d *Desk) End(chat, id string) { d.memory.end(line{chat, id}) }

// refusal is why nothing is served.
type refusal struct {
	status int
	text   string
}

var (
	unknown = &refusal{http.StatusNotFound, "Este enlace no existe."}
	over    = &refusal{http.StatusGone, "Este enlace ya no sirve. Pedí el documento de nuevo en el chat."}
	busy    = &refusal{http.StatusTooManyRequests, "El documento se está entregando. Probá de nuevo en un momento."}
	ill     = &refusal{http.StatusServiceUnavailable, "No se pudo traer el documento. Probá de nuevo en un momento."}
)

// ServeHTTP answers GET, whole or ranges (RFC 9110, 14), and HEAD, which counts for nothing.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	headers(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "", http.StatusMethodNotAllowed)
		return
	}
	token := strings.TrimPrefix(r.URL.Path, Path)
	name, data, no := d.look(r.Context(), token)
	if no != nil {
		no.write(w)
		return
	}
	if r.Method == http.MethodHead {
		serve(w, r, name, data)
		return
	}
	t, no := d.tallies.begin(r.Context(), d.Guard, token)
	if no != nil {
		no.write(w)
		return
	}
	out := &counted{ResponseWriter: w}
	defer func() {
		if err := t.end(context.WithoutCancel(r.Context()), d.Guard, out.sent, int64(len(data))); err != nil {
			d.Log.Error("a copy of a document was not counted", "err", err)
		}
	}()
	serve(out, r, name, data)
}

// look finds the document that a token leads to.
func (d *Desk) look(ctx context.Context, token string) (name string, data []byte, no *refusal) {
	chat, id, err := d.Links.OpenFile(token)
	if e, ok := errors.AsType[*link.Error](err); err != nil {
		if ok && e.Expired() {
			return "", nil, over
		}
		return "", nil, unknown
	}
	c, err := d.Lines.Find(ctx, chat)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil, over
	}
	if err != nil {
		d.Log.Error("a document was not served", "chat", chat, "err", err)
		return "", nil, ill
	}
	out, waits := c.Line(id)
	if !waits || out.Reply.File == nil || !out.Until.IsZero() && !d.Now().Before(out.Until) {
		return "", nil, over // it arrived, or nobody wants it any more
	}
	data, err = d.Open(ctx, chat, id, func(ctx context.Context) ([]byte, error) {
		return d.Files.Open(ctx, c.Key.Portal, *out.Reply.File)
	})
	if err != nil {
		return "", nil, d.notHad(chat, err)
	}
	if len(data) == 0 || len(data) > MaxBytes {
		return "", nil, over
	}
	return out.Reply.File.Name, data, nil
}

// notHad says what a document that could not be fetched means to who asked for it.
func (d *Desk) notHad(chat string, err error) *refusal {
	if errors.Is(err, errEnded) {
		return over
	}
	d.Log.Warn("a document could not be served", "chat", chat, "err", err)
	if e, ok := errors.AsType[*backend.Error](err); ok && !e.Later() {
		return over
	}
	return ill
}

func (no *refusal) write(w http.ResponseWriter) {
	if no == busy || no == ill {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(no.status)
	_, _ = w.Write([]byte(no.text + "\n"))
}

// serve answers with the document, or the ranges of it that were asked for.
func serve(w http.ResponseWriter, r *http.Request, name string, data []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", disposition(name))
	h.Set("ETag", tag(data))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
