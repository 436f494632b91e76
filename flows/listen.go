package flows

import (
	"cmp"
	"context"
	"strings"
)

// Heard is what somebody seems to want who wrote something that answers no
// question. Nothing of it is done unasked but what a universal word does.
type Heard struct {
	Word   string // a universal word, said in other words: "en qué quedó lo mío"
	Errand string // the flow of another errand
	Angry  bool   // anger, and nothing that could be done
	What   bool   // what is asked for is to be explained: "¿qué es el legajo?"
	Where  string // where what is asked about is found, in the organisation's words: at the menu, and instead of an Errand that would only tell it
	Why    bool   // and why: "¿para qué quieren mi CUIL?"
	Answer string // text key of the home flow that answers a question beside the errand: "¿cuánto sale?"; how long something takes is "estado" instead, with Word, where the step knows more
	Event  string // an event that a flow takes wherever the dialog stands, for errands that ask who somebody is: "quiero la otra cuenta"
}

// listen reads a sentence that answers nothing.
func (r *run) listen() Heard {
	if word := r.e.within(r.t.Input.Text); word != "" {
		return Heard{Word: word}
	}
	return r.listenTo(r.t.Input.Text)
}

// listenTo reads what stands in a message beside a universal word.
func (r *run) listenTo(said string) Heard {
	if r.e.listen == nil {
		return Heard{}
	}
	h := r.e.listen(said)
	if r.d.Flow == r.e.home || h.Errand == r.t.Errand() || r.e.flows[h.Errand] == nil {
		h.Errand = "" // the menu reads for itself
	}
	return h
}

// mistaken reads "me equivoqué, quiero desbloquear": what is taken back is the errand.
func (r *run) mistaken(ctx context.Context, word string) (bool, error) {
	_, rest, _ := instead(r.t.Input.Text)
	if word != "volver" && word != "corregir" || !strings.Contains(rest, " ") || r.d.Asking != "" {
		return false, nil
	}
	h := r.listenTo(rest)
	if h.Errand == "" {
		return false, nil
	}
	return r.react(ctx, h)
}

// react does what was heard; false if it was nothing.
func (r *run) react(ctx context.Context, h Heard) (done bool, err error) {
	switch {
	case h.Answer != "" && (h.Word == "" || r.s.Status == nil):
		return true, r.aside(r.e.text(r.e.home, h.Answer, r.d.Values))
	case h.Word != "":
		return true, r.obey(ctx, h.Word)
	case h.Where != "" && (r.d.Flow == r.e.home || h.Errand != ""): // an errand of one address needs none
		return true, r.aside(h.Where)
	case (h.What || h.Why) && (h.Errand == "" || r.names(r.t.Input.Text)):
		return true, r.explain(h.Why)
	case r.late, r.fresh:
		return false, nil
	case h.Errand != "" && r.d.Solved: // what they came for is done
		r.remember(r.wishes())
		r.clear()
		return true, r.enter(ctx, h.Errand, "")
	case h.Errand != "":
		r.d.Asking = switching + h.Errand
		r.remember(r.wishes())
		r.t.Send(Reply{Text: r.e.own("switch", "errand", r.t.ErrandText("errand"), "other", r.e.text(h.Errand, "errand", nil)), Offer: r.offers()})
		return true, nil
	case h.Event != "" && (r.d.Want != "" || r.d.Caller != "" || r.d.Values["account"] != "") && r.d.Flow != r.e.human:
		return r.always(ctx, h.Event)
	case h.Angry && r.d.Flow != r.e.home:
		r.remark(r.e.own("sorry"), r.ways(r.offers()))
		return true, nil
	case r.s.Past != nil && r.s.Past(r.t):
		return true, r.anew(ctx)
	}
	if text := r.beside(r.t.Input.Text); text != "" {
		return true, r.aside(text)
	}
	return false, nil
}

// beside lets the errand that called a sub-dialog hear what is no answer to a question about the person; "" if it says nothing of the errand.
func (r *run) beside(said string) string {
	m := r.e.flows[r.d.Caller]
	if !r.m.flow.Sub || m == nil || m.flow.Beside == nil || r.s.Keep {
		return ""
	}
	key := m.flow.Beside(r.t, said)
	if key == "" {
		return ""
	}
	return r.e.text(m.flow.Name, key, r.d.Values)
}

// anew ends what is long done, and reads the message as the first of a conversation.
func (r *run) anew(ctx context.Context) error {
	r.lose(r.errand(), Nothing)
	r.end()
	r.fresh = true
	r.announce()
	r.place(r.e.home, "")
	r.learn()
	return r.answer(ctx)
}

// switching is how Dialog.Asking begins while somebody is asked whether to leave
// their errand for another one.
const switching = "switch/"

// switchOffers are the options of that question.
func (r *run) switchOffers() []Option {
	return []Option{{ID: "yes", Label: r.e.own("offer_switch")}, {ID: "no", Label: r.e.own("offer_stay")}}
}

// switched reads the answer to that question; false if it is none.
func (r *run) switched(ctx context.Context, choice string) (done bool, err error) {
	other, asked := strings.CutPrefix(r.d.Asking, switching)
	if !asked {
		return false, nil
	}
	r.d.Asking = ""
	switch {
	case choice == "no" || choice == "word/corregir":
		return true, r.repeat()
	case choice == "yes" && r.e.flows[other] != nil:
		r.lose(r.errand(), ForOther)
		defer func() { r.d.Began = r.t.At }()
		r.park()
		r.clear()
		return true, r.enter(ctx, other, "")
	}
	return false, nil
}

// finishErrand ends an errand and goes on with the next one that was asked for, or offers
// to return to the one that was left for it.
func (r *run) finishErrand(ctx context.Context) error {
	done, todo, parked, given, errand, solved := r.d.Flow, r.d.Todo, r.d.Parked, r.d.Given, r.errand(), r.d.Solved
	r.lose(errand, Nothing)
	r.end()
	if done == r.e.home {
		r.fresh = false // thanks are no conversation
		if r.thanks {
			r.wanted()
		}
		return nil
	}
	if done == r.e.human || r.d.Memory.Blocked.After(r.t.At) {
		return nil
	}
	for i, flow := range todo {
		if r.e.flows[flow] == nil {
			continue
		}
		r.d.Todo, r.d.Parked, r.d.Given = todo[i+1:], parked, given
		r.common("onward", "errand", r.e.text(flow, "errand", nil))
		return r.enter(ctx, flow, "")
	}
	if parked != nil && r.e.flows[parked.Flow] != nil && cmp.Or(parked.Caller, parked.Flow) != done {
		r.d.Parked = parked
		r.place(r.e.home, "")
		r.remark(r.e.own("status_parked", "errand", r.e.text(cmp.Or(parked.Caller, parked.Flow), "errand", parked.Values)), r.offers())
		return nil
	}
	if solved {
		r.wonder(errand)
	}
	return nil
}
