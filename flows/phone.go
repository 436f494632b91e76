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
		r.remark(r.e.own("other_contact"), r.offers())
		return nil
	case number == "":
		r.remark(r.e.own("share_contact"), r.offers())
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
