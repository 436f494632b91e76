package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/store"
)

// formLife is how long the link of a one-time page can be opened at most; the
// page also closes as soon as the dialog leaves the step (RULES: talk.idle, link.token).
const formLife = 24 * time.Hour

// fileLife is how long the link of a document can be opened at most, from each try to
// send it; it also closes as soon as the line arrived (RULES: wa.limits).
const fileLife = 5 * time.Minute

// fill turns an outbound into what a channel sends. Only here do secrets take
// the place of their references, and what it returns is never stored (RULES: code.stored).
// A *SendError says that a secret cannot be had now, or never.
func (w *Worker) fill(ctx context.Context, k flows.Key, c *store.Conversation, out *store.Outbound) (Delivery, error) {
	r := &out.Reply
	d := Delivery{ID: out.ID, N: out.N, Portal: k.Portal, To: k.Person, At: out.At, Origin: out.Origin, Name: c.Name,
		Chat: c.ID(), Heard: c.Heard, Reply: out.Reply}
	if r.To != "" {
		_, d.To = destination(k, r.To)
	}
	var secrets []string
	if r.Code != nil {
		secrets = append(secrets, "{code}", flows.Spaced(w.Codes.Code(k, *r.Code)).Reveal())
	}
	if r.Form != "" {
		secrets = append(secrets, "{pin}", w.Codes.PIN(k, r.Entered).Reveal())
		d.URL = w.Links.Form(c.ID(), r.Entered, out.At.Add(formLife))
	}
	if r.PIN != "" && r.Form == "" {
		secrets = append(secrets, "{pin}", w.Codes.PIN(k, r.PIN).Reveal())
	}
	if r.Temporary != nil {
		made, err := w.temporary(ctx, k.Portal, *r.Temporary)
		if err != nil {
			return Delivery{}, err
		}
		secrets = append(secrets, "{temporary}", made.Reveal())
	}
	if strings.Contains(r.Text, "{") {
		d.Reply.Text = strings.NewReplacer(append(secrets, "{link}", d.URL)...).Replace(r.Text)
	}
	for _, g := range r.Grants {
		d.Links = append(d.Links, Link{Label: g.Label, URL: w.Links.Grant(g)})
	}
	if file := r.File; file != nil {
		d.Open = func(ctx context.Context) ([]byte, error) { return w.open(ctx, k.Portal, *file) }
		d.URL = w.Links.File(c.ID(), out.ID, w.Clock.Now().Add(fileLife))
	}
	return d, nil
}

// temporary fetches a temporary password from the core. Each try to send asks
// under the same key, so that they all carry the same one (RULES: temp.keeps).
func (w *Worker) temporary(ctx context.Context, portal string, ref flows.AccountRef) (secret.Text, error) {
	if w.Core == nil {
		return "", &SendError{Never: true, Err: errors.New("fetching a temporary password: there is no core")}
	}
	made, err := w.Core.Temporary(ctx, ref.Op, portal, ref.Account)
	switch e, ok := errors.AsType[*backend.Error](err); {
	case err == nil:
		return made.Password, nil
	case ok && !e.Later():
		return "", &SendError{Never: true, Err: fmt.Errorf("fetching a temporary password: %w", err)}
	case ok:
		return "", &SendError{After: max(e.After, time.Second), Err: fmt.Errorf("fetching a temporary password: %w", err)}
	}
	return "", fmt.Errorf("fetching a temporary password: %w", err)
}

// open fetches a document. A *SendError says that it cannot be had now, or never.
func (w *Worker) open(ctx context.Context, portal string, f flows.File) ([]byte, error) {
	if w.Files == nil {
		return nil, &SendError{Never: true, Err: errors.New("opening a document: no files are served")}
	}
	b, err := w.Files.Open(ctx, portal, f)
	if err != nil {
		return nil, notOpened(fmt.Errorf("opening a document: %w", err))
	}
	return b, nil
}

// notOpened says what a document that could not be had means for its reply.
func notOpened(err error) error {
	e, ok := errors.AsType[*backend.Error](err)
	switch {
	case !ok:
		return err
	case e.Later():
		return &SendError{After: max(e.After, time.Second), Err: err}
	case e.Reason == backend.ReasonTooLarge:
		return &SendError{Never: true, Why: TooLarge, Err: err}
	}
	return &SendError{Never: true, Why: Missing, Err: err}
}

// destination is the channel that a reply of this [flows.Reply].To goes to, and the address there.
func destination(k flows.Key, to string) (channel, address string) {
	if to == "" {
		return k.Channel, k.Person
	}
	channel, address, _ = strings.Cut(to, ":")
	return channel, address
}
