package webform

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"

	"ventanilla/backend/secret"
	"ventanilla/bot/link"
	"ventanilla/flows"
	"ventanilla/store"
)

// visit is a link that still leads somewhere: a dialog that stands at a form.
type visit struct {
	name, entered string // of the conversation and of the dialog's arrival at the step
	key           flows.Key
	dialog        flows.Dialog
	engine        Engine
	page          flows.FormPage
}

// find follows a form's link. If it leads nowhere any more, ending says what to
// tell; the visit knows then only whose it was, as far as that is known.
func (p *Pages) find(ctx context.Context, token string) (v visit, end ending) {
	name, entered, err := p.Links.OpenForm(token)
	if err != nil && !errors.Is(err, link.ErrExpired) {
		return v, bad
	}
	v.name, v.entered = name, entered
	c, findErr := p.Store.Find(ctx, name)
	switch {
	case errors.Is(findErr, store.ErrNotFound):
		return v, superseded
	case findErr != nil:
		p.Log.ErrorContext(ctx, "a page could not load its conversation", "err", findErr)
		return v, unavailable
	}
	v.key = c.Key
	if err != nil {
		return v, expired
	}
	return v, p.stands(&v, c)
}

// stands tells whether the dialog is still at the visit's form, and describes it.
func (p *Pages) stands(v *visit, c *store.Conversation) ending {
	v.engine, v.dialog = p.Engine(v.key.Portal), c.Dialog
	if v.engine == nil || v.entered == "" || v.dialog.Entered != v.entered || answered(c, v.entered) {
		return superseded
	}
	page, ok := v.engine.Form(v.key, v.dialog)
	if !ok {
		return superseded
	}
	v.page = page
	return open
}

// answered tells whether a visit's form did its work and the dialog has yet to
// hear of it, which it may not do for long: nothing may be sent a second time
// meanwhile (RULES: link.twice).
func answered(c *store.Conversation, entered string) bool {
	return slices.ContainsFunc(c.Inbox, func(in store.Inbound) bool { return in.Input.Event != "" && in.Input.Ref == entered })
}

// call is how the engine hears of the visit. The same id makes the same idempotency keys.
func (p *Pages) call(v visit, id string) flows.Call {
	return flows.Call{ID: id, At: p.Now(), Key: v.key, Dialog: v.dialog, Input: flows.Input{From: flows.System}}
}

// request is what a page sent.
type request struct {
	id     string // drawn by the page that was shown; a double tap sends it twice
	pin    string
	values flows.FormValues
	sum    string // a keyed hash of the values, which tells the same ones sent again
}

const (
	pinField     = "_pin"
	requestField = "_request"
)

var requestID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// read takes the fields of a form out of a request, and everything else out of its memory.
func (p *Pages) read(r *http.Request, fields []flows.Field, scope string) request {
	q := request{id: r.PostForm.Get(requestField), pin: r.PostForm.Get(pinField), values: flows.FormValues{}}
	for _, f := range fields {
		q.values[f.Name] = secret.Text(r.PostForm.Get(f.Name))
	}
	r.Form, r.PostForm = nil, nil
	if !requestID.MatchString(q.id) {
		q.id = p.Random(16)
	}
	q.sum = p.sum(scope, q.values)
	return q
}

// sum names values without saying them. The scope keeps the same password from
// having the same name twice.
func (p *Pages) sum(scope string, v flows.FormValues) string {
	h := hmac.New(sha256.New, []byte(p.Key.Reveal()))
	_, _ = fmt.Fprintf(h, "%d:%s", len(scope), scope)
	for _, name := range slices.Sorted(maps.Keys(v)) {
		_, _ = fmt.Fprintf(h, "%d:%s%d:%s", len(name), name, len(v[name]), v[name].Reveal())
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
