package flows

import (
	"context"
	"slices"
)

// Universal are the words that work in every state of every flow (RULES:
// talk.words). Their spellings are data, beside the sentences.
var Universal = []string{"menu", "cancelar", "volver", "repetir", "ayuda", "corregir", "estado", "persona", "terminar", "oficial", "seguir"}

// obey does what a universal word asks for.
func (r *run) obey(ctx context.Context, word string) error {
	switch word {
	case "menu":
		return r.menu(ctx)
	case "cancelar":
		return r.cancel()
	case "volver":
		return r.back()
	case "repetir":
		return r.repeat()
	case "ayuda":
		return r.help()
	case "corregir":
		return r.correct()
	case "estado":
		return r.status(ctx)
	case "persona":
		return r.toHuman(ctx)
	case "terminar":
		return r.finishAll()
	case "oficial":
		return r.official()
	default:
		return r.resume()
	}
}

// commonKeys are the sentences of the engine's own.
var commonKeys = []string{
	"privacy", "blocked", "closed", "reminder", "cancelled", "cancelled_acted", "nothing_back", "acted_back",
	"back_to", "which_fix", "help", "goodbye", "official", "stale", "hidden", "same_again", "status_idle", "status_step",
	"kind_audio", "kind_photo", "kind_sticker", "kind_location", "kind_contact", "kind_document", "kind_video",
	"kind_edited", "kind_other", "later", "broken", "flood", "nothing_to_resume",
	"offer_keep", "word_menu", "word_persona", "word_seguir", "word_corregir", "word_volver",
}

// menu goes to the start; the errand in hand is kept to return to.
func (r *run) menu(ctx context.Context) error {
	r.park()
	r.clear()
	return r.enter(ctx, r.e.home, "")
}

// park keeps an errand that was left; nothing is kept of a menu or of an errand not begun.
func (r *run) park() {
	if r.d.Flow == r.e.home || r.d.Flow == r.e.human || len(r.d.Values) == 0 {
		return
	}
	r.d.Parked = &Parked{Flow: r.d.Flow, Step: r.d.Step, Values: r.d.Values, Path: r.d.Path, Acted: r.d.Acted}
}

func (r *run) resume() error {
	p := r.d.Parked
	if p == nil || r.e.flows[p.Flow] == nil || r.e.flows[p.Flow].at(p.Step) == nil {
		r.common("nothing_to_resume")
		r.prompt(r.s.Say)
		return nil
	}
	r.place(p.Flow, p.Step)
	r.d.Parked, r.d.Values, r.d.Path, r.d.Acted = nil, p.Values, p.Path, p.Acted
	r.t.Values = r.d.Values
	r.prompt(r.s.Say)
	return nil
}

// cancel drops the errand; the person is told what stays as it was.
func (r *run) cancel() error {
	key := "cancelled"
	if r.d.Acted {
		key = "cancelled_acted"
	}
	r.end()
	r.t.Send(Reply{Text: r.e.own(key), Offer: []Option{r.e.wordOption("menu")}})
	return nil
}

// finishAll ends proof and identity at once: the phone may be shared.
func (r *run) finishAll() error {
	r.end()
	r.d.Proof = nil
	r.common("goodbye")
	return nil
}

func (r *run) repeat() error {
	r.prompt(r.s.Say)
	return nil
}

// help explains the step and offers a human.
func (r *run) help() error {
	text := r.e.own("help")
	if r.s.Help != "" {
		text = r.t.Text(r.s.Help, r.filled()...)
	}
	offer := r.offers()
	for _, w := range []string{"persona", "menu"} {
		if o := r.e.wordOption(w); !slices.Contains(offer, o) && (w != "persona" || r.d.Flow != r.e.human) {
			offer = append(offer, o)
		}
	}
	r.t.Send(Reply{Text: text, Offer: offer})
	return nil
}

func (r *run) official() error {
	r.common("official")
	return nil
}

func (r *run) status(ctx context.Context) error {
	switch {
	case r.s.Status != nil:
		return r.s.Status(ctx, r.t)
	case r.fresh || r.d.Flow == r.e.home:
		r.t.Send(Reply{Text: r.e.own("status_idle"), Offer: r.offers()})
	default:
		r.t.Send(Reply{Text: r.t.text("", "status_step", map[string]string{"errand": r.t.Text("errand")}), Offer: r.offers()})
	}
	return nil
}

func (r *run) toHuman(ctx context.Context) error {
	if r.d.Flow == r.e.human {
		r.prompt(r.s.Say)
		return nil
	}
	r.park()
	return r.enter(ctx, r.e.human, "")
}

// back restores the previous question with its value. It never crosses a step
// that already changed something, and says why.
func (r *run) back() error {
	path := r.d.Path
	if i := slices.Index(path, r.s.Name); i >= 0 {
		path = path[:i]
	}
	if len(path) == 0 {
		key := "nothing_back"
		if r.d.Acted {
			key = "acted_back"
		}
		r.t.Send(Reply{Text: r.e.own(key), Offer: append(r.offers(), r.e.wordOption("menu"))})
		return nil
	}
	return r.revisit(path[len(path)-1])
}

// correct asks which answer to change.
func (r *run) correct() error {
	if len(r.d.Path) == 0 {
		return r.back()
	}
	r.d.Asking = "fix"
	r.t.Send(Reply{Text: r.e.own("which_fix"), Offer: r.offers()})
	return nil
}

// revisit asks an earlier question again, showing what was answered.
func (r *run) revisit(step string) error {
	if !slices.Contains(r.d.Path, step) || r.m.at(step) == nil {
		return r.stale()
	}
	r.place(r.d.Flow, step)
	r.d.Redo, r.d.Asking = true, "keep"
	intro := r.e.own("back_to", "value", r.shown(r.s))
	r.t.Send(Reply{Text: intro + "\n\n" + r.t.Text(r.s.Say, r.filled()...), Offer: r.offers()})
	return nil
}

// shown is a kept answer as the person should read it back.
func (r *run) shown(s *Step) string {
	if s.Show == nil {
		return r.d.Values[s.Name]
	}
	return s.Show(r.t)
}

// stale answers a button of an earlier question.
func (r *run) stale() error {
	r.common("stale")
	r.prompt(r.s.Say)
	return nil
}

// hidden answers a message that held what looked like a password (RULES: pw.chat).
func (r *run) hidden() error {
	r.t.Send(Reply{Delete: true})
	r.common("hidden")
	r.prompt(r.s.Say)
	return nil
}

// odd answers what is not text; the question stands.
func (r *run) odd() error {
	r.t.Send(Reply{Text: r.e.own("kind_" + string(r.t.Input.Kind)), Offer: r.offers()})
	return nil
}
