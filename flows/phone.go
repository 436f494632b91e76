package flows

import (
	"context"
	"slices"
	"strings"
)

// Some questions can be answered by the person's own telephone number: on Telegram by
// sharing their own contact, on WhatsApp by the number they write from. A number may
// have had another owner (RULES: link.chat): it is an answer among others, which helps
// to find an account and proves none.

// ownPhone is the option to answer so.
const ownPhone = "own_phone"

// owned is the open question that such a number answers; nil if there is none.
func (r *run) owned() *Step {
	if r.s == nil || r.d.Asking != "" && r.d.Asking != "keep" {
		return nil
	}
	page := r.paged()
	if page == nil {
		page = []*Step{r.s}
	}
	i := slices.IndexFunc(page, func(s *Step) bool {
		return s.Own && s.Take != nil && (s == r.s || !r.known(s) && !r.skipped(page, s))
	})
	if i < 0 {
		return nil
	}
	return page[i]
}

// phone is the person's own number; "" if the channel does not know it.
func (t *Turn) phone() string {
	if t.Input.Phone != "" {
		return t.Input.Phone
	}
	if n := strings.TrimPrefix(t.Key.Person, "+"); t.Key.Channel == "whatsapp" && len(n) >= 8 && strings.Trim(n, "0123456789") == "" {
		return "+" + n
	}
	return ""
}

// byPhone answers by that number, or says how to share it.
func (r *run) byPhone(ctx context.Context) error {
	s, number := r.owned(), r.t.phone()
	switch {
	case s == nil:
		return r.stale()
	case r.t.Input.Kind == Contact && r.t.Input.Phone == "":
		r.otherContact()
		return nil
	case number == "":
		r.share("share_contact")
		return nil
	}
	value, problem := s.Take(r.t, Input{From: Person, Phone: number})
	if problem != "" {
		return r.refuse(ctx, problem)
	}
	page := r.paged()
	if page == nil {
		return r.accept(ctx, value)
	}
	r.s = s
	r.keep(value)
	return r.advance(ctx, page, r.t.Text("fields_noted", "label", s.Label(r.t), "value", r.shown(s))+"\n\n")
}

// share offers a button that shares the person's own contact. It stands alone in a short
// message: Telegram takes no such button beside options (Bot API, reply_markup).
func (r *run) share(key string) {
	button := r.e.own("offer_share")
	r.t.Send(Reply{Text: r.e.own(key, "value", button), Share: button})
}

// otherContact answers a contact of which the channel does not vouch that it is the person's own.
func (r *run) otherContact() {
	switch {
	case r.t.Key.Channel != "whatsapp":
		r.share("other_contact")
	case r.t.phone() != "":
		r.remark(r.e.own("contact_known"), r.offers())
	default:
		r.remark(r.e.own("contact_useless"), r.offers())
	}
}

// unshare takes the button away once its question is no longer asked, however it ended.
func (r *run) unshare() {
	shares := func(reply Reply) bool { return reply.Share != "" }
	if r.d.Shares = slices.ContainsFunc(r.t.says, shares); r.d.Shares || !r.shared {
		return
	}
	first := slices.IndexFunc(r.t.says, func(reply Reply) bool { return reply.To == "" && reply.Text != "" })
	if r.d.Entered == r.visit && r.owned() != nil || first < 0 { // or nothing is said to go along with
		r.d.Shares = true
		return
	}
	if with := &r.t.says[first]; len(with.Offer) == 0 && with.Form == "" && with.File == nil {
		with.Unshare = true
		return
	}
	key := "share_over"
	if r.t.Input.Kind == Contact && r.t.Input.Phone != "" {
		key = "share_done"
	}
	r.t.says = slices.Insert(r.t.says, first, Reply{Text: r.e.own(key), Unshare: true})
}
