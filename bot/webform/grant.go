package webform

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"ventanilla/bot/link"
	"ventanilla/flows"
	"ventanilla/store"
)

// mailed is a link out of a mail that still allows something.
type mailed struct {
	id     string // of the grant; a secret
	record store.GrantRecord
	engine Engine
	page   flows.FormPage
}

// findGrant follows a mailed link, without using it.
func (p *Pages) findGrant(ctx context.Context, token string) (m mailed, end ending) {
	id, err := p.Links.OpenGrant(token)
	if err != nil && !errors.Is(err, link.ErrExpired) {
		return m, bad
	}
	g, grantErr := p.Store.Grant(ctx, id)
	m.id, m.record = id, g
	switch {
	case errors.Is(grantErr, store.ErrNotFound), err != nil, errors.Is(grantErr, store.ErrGrantExpired):
		return m, grantExpired
	case errors.Is(grantErr, store.ErrGrantUsed):
		return m, used
	case grantErr != nil:
		p.Log.ErrorContext(ctx, "a mailed link could not be looked up", "err", grantErr)
		return m, unavailable
	}
	if m.engine = p.Engine(g.Key.Portal); m.engine == nil {
		return m, grantExpired
	}
	page, ok := m.engine.GrantForm(g.Key, g.Grant.Kind)
	if !ok {
		return m, grantExpired
	}
	m.page = page
	return m, open
}

// openGrant shows what a mailed link would do. Mail scanners open links: it changes nothing.
func (p *Pages) openGrant(w http.ResponseWriter, r *http.Request) {
	m, end := p.findGrant(r.Context(), r.PathValue("token"))
	if end != open {
		p.refuse(w, m.record.Key, end)
		return
	}
	over, err := m.engine.GrantOver(r.Context(), p.callGrant(m, ""), m.record.Grant)
	switch {
	case err != nil: // whoever sends the form finds out
		p.Log.WarnContext(r.Context(), "whether a mailed link still counts is not known", "key", m.record.Key, "kind", m.record.Grant.Kind, "err", err)
	case over.State != "":
		page := p.resultView(m.record.Key, over)
		p.show(w, page, http.StatusGone)
		return
	}
	p.show(w, p.grantView(r.Context(), m, request{id: p.Random(16)}), http.StatusOK)
}

// submitGrant does what the link allows, once. Requests for one link act one after
// the other in this process, whichever browser sends them: whoever had to wait looks again.
func (p *Pages) submitGrant(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	m, end := p.findGrant(r.Context(), token)
	if end != open && end != used {
		p.refuse(w, m.record.Key, end)
		return
	}
	q := p.read(r, m.page.Fields, m.id)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), actTime)
	defer cancel()
	if p.meter.over("grant/"+m.id, mostPosts) { // before anything of the request is remembered
		p.againGrant(ctx, w, m, q, cmp.Or(end, tooMany))
		return
	}
	known, leave, err := p.memo.enter(ctx, "grant/"+m.id, q.id)
	switch {
	case err != nil:
		p.againGrant(ctx, w, m, q, unknown)
		return
	case known != nil:
		p.show(w, *known, known.Status)
		return
	}
	var answer *view
	defer func() { leave(answer) }() // also if something panics: others wait
	if m, end = p.findGrant(ctx, token); end != open {
		p.refuse(w, m.record.Key, end)
		return
	}
	answer = p.attemptGrant(ctx, w, m, q)
}

// callGrant is how the engine hears of a mailed link. The same id makes the same idempotency keys.
func (p *Pages) callGrant(m mailed, id string) flows.Call {
	return flows.Call{ID: id, At: p.Now(), Key: m.record.Key, Input: flows.Input{From: flows.System}}
}

// grantPINHolds compares the PIN of a mailed link's page with the one that the chat shows which
// asked for it. A link whose PIN nobody was told opens for nobody.
func (p *Pages) grantPINHolds(ctx context.Context, w http.ResponseWriter, m mailed, q request) bool {
	verdict, left := spent, 0
	if m.record.Grant.PIN != "" {
		verdict, left = p.judgePIN(ctx, m.record.Key, "pin/grant/"+m.id, m.record.Grant.PIN, q.pin)
	}
	switch verdict {
	case open:
		return true
	case spent:
		p.refuse(w, m.record.Key, spent)
	case unavailable:
		p.againGrant(ctx, w, m, q, unavailable)
	default:
		q.pin = ""
		page := p.grantView(ctx, m, q)
		page.Form.PINProblem = page.Say(string(verdict), "n", number(left))
		p.show(w, page, http.StatusUnprocessableEntity)
	}
	return false
}

// attemptGrant acts first and uses the link up last: if anything fails in
// between, the same link does the same again, under the same idempotency keys.
func (p *Pages) attemptGrant(ctx context.Context, w http.ResponseWriter, m mailed, q request) *view {
	g := m.record
	if m.page.PIN && !p.grantPINHolds(ctx, w, m, q) {
		return nil
	}
	id := "grant/" + q.sum
	out, err := m.engine.SubmitGrant(ctx, p.callGrant(m, id), g.Grant, q.values)
	if err == nil && len(out.Problems) > 0 {
		page := p.grantView(ctx, m, q)
		page.Form.Problems = out.Problems
		p.show(w, page, http.StatusUnprocessableEntity)
		return nil
	}
	if err == nil && out.Event != "" {
		err = p.tell(ctx, g.Key, id, g.Grant.PIN, out)
	}
	if err == nil {
		_, err = p.Store.UseGrant(ctx, m.id, q.id)
	}
	if err != nil && !errors.Is(err, store.ErrGrantUsed) {
		p.Log.WarnContext(ctx, "a mailed link's result is unknown", "key", g.Key, "kind", g.Grant.Kind, "err", err)
		p.againGrant(ctx, w, m, q, unknown)
		return nil
	}
	p.Log.InfoContext(ctx, "a mailed link was used", "key", g.Key, "kind", g.Grant.Kind, "state", out.State)
	page := p.resultView(g.Key, out)
	p.show(w, page, http.StatusOK)
	return &page
}

func (p *Pages) againGrant(ctx context.Context, w http.ResponseWriter, m mailed, q request, end ending) {
	if end == used {
		p.refuse(w, m.record.Key, end)
		return
	}
	page := p.grantView(ctx, m, q)
	page.Alert = page.Say(string(end) + "_text")
	p.show(w, page, end.status())
}
