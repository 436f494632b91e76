package webform

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

const (
	claimFor   = 2 * time.Minute  // how long a request may repeat alone
	actTime    = 25 * time.Second // for everything that a submit does
	mostPosts  = 30               // a minute and page
	mostChecks = 120              // a minute and page
	mostLooks  = 30               // a minute and page: showings for which the core is asked for its rules
)

// open shows a page. It changes nothing: mail and chat scanners open links too.
// However often it is opened, it never keeps the core busy; see [Pages.formView].
func (p *Pages) open(w http.ResponseWriter, r *http.Request) {
	v, end := p.find(r.Context(), r.PathValue("token"))
	if end != open {
		p.refuse(w, v.key, end)
		return
	}
	p.show(w, p.formView(r.Context(), v, request{id: p.Random(16)}), http.StatusOK)
}

// submit takes what was typed. It finishes even if the person closes the page
// meanwhile: what the core did, the chat must hear of.
func (p *Pages) submit(w http.ResponseWriter, r *http.Request) {
	v, end := p.find(r.Context(), r.PathValue("token"))
	if end != open && end != superseded {
		p.refuse(w, v.key, end)
		return
	}
	q := p.read(r, v.page.Fields, v.name+v.entered)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), actTime)
	defer cancel()
	if p.meter.over(v.name+"/"+v.entered, mostPosts) { // before anything of the request is remembered
		p.again(ctx, w, v, q, cmp.Or(end, tooMany))
		return
	}
	known, leave, err := p.memo.enter(ctx, v.name+"/"+v.entered+"/"+q.id, q.id)
	switch {
	case err != nil:
		p.again(ctx, w, v, q, unknown)
	case known != nil:
		p.show(w, *known, known.Status)
	case end != open:
		leave(nil)
		p.refuse(w, v.key, end)
	default:
		var answer *view
		defer func() { leave(answer) }() // also if something panics: others wait
		answer = p.attempt(ctx, w, v, q)
	}
}

// attempt checks the PIN, claims the form and acts. It returns the answer to
// repeat for the same request, nil if the request may be sent anew.
func (p *Pages) attempt(ctx context.Context, w http.ResponseWriter, v visit, q request) *view {
	if v.page.PIN && !p.pinHolds(ctx, w, v, q) {
		return nil
	}
	if end := p.claim(ctx, &v, q); end != open {
		p.again(ctx, w, v, q, end)
		return nil
	}
	call := p.call(v, v.id(q))
	out, err := v.engine.Submit(ctx, call, q.values)
	if v.page.Veiled && out.State != "done" {
		p.hold(ctx, call.At)
	}
	switch {
	case errors.Is(err, flows.ErrNoForm):
		p.release(ctx, v, q)
		p.refuse(w, v.key, superseded)
		return nil
	case err != nil:
		p.Log.WarnContext(ctx, "a form's result is unknown", "key", v.key, "form", v.page.Name, "err", err)
		p.again(ctx, w, v, q, unknown)
		return nil
	case len(out.Problems) > 0:
		p.release(ctx, v, q)
		page := p.formView(ctx, v, q)
		page.Form.Problems = out.Problems
		p.show(w, page, http.StatusUnprocessableEntity)
		return nil
	}
	return p.finish(ctx, w, v, q, out)
}

// hold waits until a fixed delay after a request began, so that a refusal takes as long for
// nobody's account as for somebody's (RULES: enum.same).
func (p *Pages) hold(ctx context.Context, began time.Time) {
	wait := time.NewTimer(began.Add(p.Limits.IdentityHold).Sub(p.Now()))
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}

// finish tells the dialog and shows what happened. If the dialog cannot be told,
// the same request tells it: the core gives the same answer again.
func (p *Pages) finish(ctx context.Context, w http.ResponseWriter, v visit, q request, out flows.Outcome) *view {
	if out.Event == "" {
		p.release(ctx, v, q)
	} else if err := p.tell(ctx, v.key, v.id(q), v.entered, out); err != nil {
		p.Log.ErrorContext(ctx, "a form's result could not be passed on", "key", v.key, "form", v.page.Name, "err", err)
		p.again(ctx, w, v, q, unknown)
		return nil
	}
	p.Log.InfoContext(ctx, "a form was submitted", "key", v.key, "form", v.page.Name, "state", out.State)
	page := p.resultView(v.key, out)
	p.show(w, page, http.StatusOK)
	return &page
}

func (p *Pages) tell(ctx context.Context, k flows.Key, id, entered string, out flows.Outcome) error {
	return p.Store.Accept(ctx, k, store.Inbound{ID: id, At: p.Now(),
		Input: flows.Input{From: flows.System, Event: out.Event, Ref: entered, Values: out.Values}})
}

// id names what a request wants done: the same values in the same visit are the
// same wish, whichever browser sends them and however often (RULES: link.twice).
func (v visit) id(q request) string { return "form/" + v.entered + "/" + q.sum }

// claimed is how a claim names a request. It says which values it carried, since
// other values must wait until the fate of these is known.
func (q request) claimed() string { return q.id + "/" + q.sum }

var (
	errMoved = errors.New("the dialog moved on")
	errBusy  = errors.New("another request is at work")
	errOther = errors.New("the same page sent something else before")
)

// claim takes the form for one request by a swap, and brings the dialog up to date.
func (p *Pages) claim(ctx context.Context, v *visit, q request) ending {
	err := p.Store.Update(ctx, v.key, func(c *store.Conversation) error {
		if p.stands(v, c) != open {
			return errMoved
		}
		now := p.Now()
		if held := c.Claim; held != nil && held.Entered == v.entered && now.Before(held.Until) && held.Request != q.claimed() {
			if len(held.Request) > len(q.id) && held.Request[:len(q.id)] == q.id {
				return errOther
			}
			return errBusy
		}
		c.Claim = &store.FormClaim{Entered: v.entered, Request: q.claimed(), Until: now.Add(claimFor)}
		return nil
	})
	switch {
	case err == nil:
		return open
	case errors.Is(err, errMoved):
		return superseded
	case errors.Is(err, errBusy):
		return busy
	case errors.Is(err, errOther):
		return unfinished
	}
	p.Log.ErrorContext(ctx, "a form could not be claimed", "key", v.key, "err", err)
	return unavailable
}

// release gives the form back, because nothing happened. If it fails the claim runs out by itself.
func (p *Pages) release(ctx context.Context, v visit, q request) {
	err := p.Store.Update(ctx, v.key, func(c *store.Conversation) error {
		if c.Claim == nil || c.Claim.Request != q.claimed() {
			return store.ErrUnchanged
		}
		c.Claim = nil
		return nil
	})
	if err != nil {
		p.Log.WarnContext(ctx, "a form could not be released", "key", v.key, "err", err)
	}
}

// pinHolds compares the PIN that the chat shows beside the link.
func (p *Pages) pinHolds(ctx context.Context, w http.ResponseWriter, v visit, q request) bool {
	verdict, left := p.judgePIN(ctx, v.key, "pin/"+v.name+"/"+v.entered, v.entered, q.pin)
	switch verdict {
	case open:
		return true
	case spent:
		p.refuse(w, v.key, spent)
	case unavailable:
		p.again(ctx, w, v, q, unavailable)
	default:
		q.pin = ""
		page := p.formView(ctx, v, q)
		page.Form.PINProblem = page.Say(string(verdict), "n", number(left))
		p.show(w, page, http.StatusUnprocessableEntity)
	}
	return false
}

// What is wrong with a PIN, by the sentences that say so.
const (
	pinForm  ending = "pin_form"
	pinWrong ending = "pin_wrong"
)

// judgePIN compares a PIN with the one that the chat shows (RULES: link.forwarded), and counts a
// wrong one under a name. The same digits count once, however often they are sent.
func (p *Pages) judgePIN(ctx context.Context, k flows.Key, name, of, typed string) (verdict ending, left int) {
	digits := flows.ReadCode(typed, 4)
	if digits == "" {
		return pinForm, 0
	}
	tries, err := p.Guard.Spend(ctx, name, p.Limits.PINTries, "pin/"+digits)
	if err != nil {
		p.Log.ErrorContext(ctx, "a PIN could not be counted", "key", k, "err", err)
		return unavailable, 0
	}
	right := flows.Same(digits, p.Codes.PIN(k, of))
	switch {
	case tries.OK && right:
		return open, tries.N
	case !tries.OK || tries.N <= 0:
		p.Log.WarnContext(ctx, "the tries of a PIN are spent", "key", k)
		return spent, 0
	}
	return pinWrong, tries.N
}
