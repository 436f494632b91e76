package flows

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
)

// Universal are the words that work in every state of every flow (RULES:
// talk.words). Their spellings are data, beside the sentences.
var Universal = []string{"menu", "cancelar", "volver", "repetir", "ayuda", "corregir", "estado", "persona", "terminar", "oficial", "seguir"}

// obey does what a universal word asks for.
func (r *run) obey(ctx context.Context, word string) error {
	if r.d.Asking == "fix" && word == "volver" {
		return r.repeatStep()
	}
	if done, err := r.mistaken(ctx, word); done || err != nil {
		return err
	}
	switch word {
	case "menu":
		return r.menu(ctx)
	case "cancelar":
		r.leave("cancelled")
		return nil
	case "volver":
		return r.back()
	case "repetir":
		return r.repeat()
	case "ayuda":
		if r.d.Flow == r.e.home && r.e.listen != nil { // "¿dónde está el legajo?"
			if where := r.e.listen(r.t.Input.Text).Where; where != "" {
				return r.aside(where)
			}
		}
		return r.help()
	case "corregir":
		if done, err := r.replaced(ctx); done || err != nil {
			return err
		}
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
		return r.resume(ctx)
	}
}

// spoken are the spellings that are not mistaken for something else within a sentence.
func spoken(words map[string]string) (list []string) {
	for s, word := range words {
		if slices.Contains(Universal, word) && (strings.Contains(s, " ") && len(s) >= 10 || slices.Contains(plain, s)) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
	return list
}

// plain are the single words among them.
var plain = []string{"menu", "cancelar", "volver", "ayuda", "ayudame", "corregir", "humano", "operador", "operadora", "help", "cancel"}

// within finds the word that a sentence asks for, when it answers nothing else:
// "quiero volver atrás", "dejalo, no quiero nada". A story of many words asks only for what it names in full.
func (e *Engine) within(typed string) string {
	if word := e.all(typed); word != "" {
		return word
	}
	s := " " + Plain(typed) + " "
	short := strings.Count(s, " ") <= 8
	for _, phrase := range e.spoken {
		if (short || strings.Contains(phrase, " ")) && strings.Contains(s, " "+phrase+" ") && !strings.Contains(s, " no "+phrase) && !strings.Contains(s, " no quiero ") {
			return e.words[phrase]
		}
	}
	return ""
}

// all is the universal word that every part of a sentence says; "" if they say different things.
func (e *Engine) all(typed string) (word string) {
	for _, part := range strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune(",.;!\n", r) }) {
		s := Plain(part)
		if s == "" || polite[s] {
			continue
		}
		w := e.words[s]
		if w == "" || word != "" && w != word || !slices.Contains(Universal, w) {
			return ""
		}
		word = w
	}
	return word
}

// polite words say nothing beside others.
var polite = setOf("gracias hola perdon disculpa disculpe no uf ay che bueno ok listo")

// commonKeys are the sentences of the engine's own.
var commonKeys = []string{
	"privacy", "blocked", "blocked_again", "closed", "reminder", "cancelled", "cancelled_acted", "nothing_back", "acted_back",
	"back_to", "which_fix", "unfixed", "help", "goodbye", "official", "stale", "hidden", "same_again", "status_idle", "status_owed", "status_waits", "status_parked", "status_step",
	"kind_audio", "kind_photo", "kind_sticker", "kind_location", "kind_contact", "kind_document", "kind_video",
	"kind_edited", "kind_other", "later", "broken", "flood", "opted_out", "opted_in", "nothing_to_resume", "handback", "agent_here", "agent_closed", "agent_restart", "agent_extended", "agent_waits",
	"fields_ask", "fields_wait", "fields_odd", "fields_help", "fields_noted", "fields_kept", "fields_told", "fields_why", "fields_delete", "field_empty", "fields_title", "fields_intro", "fields_done_title", "fields_done", "field_known", "act_fields", "offer_new_link",
	"opinion", "opinion_good", "opinion_bad", "offer_opinion_good", "offer_opinion_bad",
	"offer_keep", "offer_own_phone", "one_at_a_time", "none_of_these", "which_of_these", "offer_share", "share_contact", "share_done", "share_over", "other_contact", "contact_known", "contact_useless", "switch", "offer_switch", "offer_stay", "onward", "sorry", "word_menu", "word_persona", "word_seguir", "word_corregir", "word_volver",
}

// menu goes to the start; the errand in hand is kept to return to. Who waits for
// a human is told that they no longer do.
func (r *run) menu(ctx context.Context) error {
	if _, ok := r.s.On["leave"]; ok && r.d.Flow == r.e.human {
		return r.follow(ctx, "leave")
	}
	r.park()
	r.clear()
	return r.enter(ctx, r.e.home, "")
}

// park keeps an errand that was left; nothing is kept of a menu or of an errand not begun.
func (r *run) park() {
	if len(r.d.Values) > 0 {
		r.shelve()
	}
}

// shelve keeps whatever errand there is, also a bare question.
func (r *run) shelve() {
	if r.d.Flow == r.e.home || r.d.Flow == r.e.human {
		return
	}
	r.d.Parked = &Parked{Flow: r.d.Flow, Step: r.d.Step, Caller: r.d.Caller, Want: r.d.Want, Values: r.d.Values, Path: r.d.Path, Acted: r.d.Acted,
		Since: r.d.Since, Mail: r.d.Mail, Began: r.d.Began, Helped: r.d.Helped}
}

// resume goes on with the errand that was parked. Time went on meanwhile.
func (r *run) resume(ctx context.Context) error {
	p := r.d.Parked
	if r.d.Flow != r.e.home && r.d.Flow != r.e.human {
		return r.repeat()
	}
	var m *machine
	var s *Step
	if p != nil {
		m, s = r.e.find(p.Flow, p.Step)
	}
	if s == nil {
		r.d.Parked = nil
		r.common("nothing_to_resume")
		r.prompt(r.s.Say)
		return nil
	}
	r.farewell()
	r.unpark(m, s)
	if !r.waited(r.t.At) {
		r.prompt(r.s.Say)
		r.watch()
		return nil
	}
	said := len(r.t.says)
	if err := r.follow(ctx, "timeout"); err != nil || len(r.t.says) > said {
		return err
	}
	r.common("nothing_to_resume") // it was over, and its end has nothing to say
	if r.s == nil {
		r.place(r.e.home, "")
	}
	r.prompt(r.s.Say)
	return nil
}

// unpark goes to the step where an errand was left, with what was known of it.
func (r *run) unpark(m *machine, s *Step) {
	p := r.d.Parked
	r.place(m.flow.Name, s.Name)
	r.d.Caller, r.d.Want = m.calledBy(p.Flow, p.Caller), p.Want
	r.d.Parked, r.d.Values, r.d.Path, r.d.Acted, r.d.Mail = nil, maps.Clone(p.Values), p.Path, p.Acted, p.Mail
	r.t.Values = r.d.Values
	if !p.Since.IsZero() {
		r.d.Since = p.Since
	}
	if !p.Began.IsZero() {
		r.d.Began, r.d.Helped = p.Began, p.Helped
	}
}

// leave ends the dialog before its errand is done, and says what became of it:
// "cancelled", or "closed" by silence.
func (r *run) leave(key string) {
	flow, step, values, acted := r.d.Flow, r.s, r.d.Values, r.d.Acted
	if p := r.d.Parked; p != nil && flow == r.e.home {
		if m, s := r.e.find(p.Flow, p.Step); s != nil {
			flow, step, values, acted = m.flow.Name, s, p.Values, p.Acted
		}
	}
	if key == "cancelled" && acted {
		key = "cancelled_acted"
	}
	text := r.e.own(key)
	switch {
	case step == nil || step.Left == "":
	case key == "closed" && flow == r.e.human && r.e.says(flow, "owed"):
		text = r.e.text(flow, "owed", values)
	default:
		text = r.e.text(flow, step.Left, values)
	}
	r.lose(r.errand(), map[bool]string{true: BySilence, false: ByWord}[key == "closed"])
	r.end()
	r.t.Send(Reply{Text: text, Offer: []Option{r.e.wordOption("menu")}})
}

// farewell says what becomes of a wait for a human that the person walks away from.
func (r *run) farewell() {
	if r.s != nil && r.d.Flow == r.e.human && r.s.Left != "" {
		r.t.Say(r.s.Left)
	}
}

// finishAll ends proof and identity at once: the phone may be shared.
func (r *run) finishAll() error {
	r.farewell()
	r.lose(r.errand(), ByWord)
	r.owed = false
	r.end()
	r.d.Proof = nil
	r.common("goodbye")
	return nil
}

func (r *run) repeat() error {
	if r.d.Asking == "fix" {
		return r.correct()
	}
	r.prompt(r.s.Say)
	return nil
}

// repeatStep leaves a question of the engine's own for the step's.
func (r *run) repeatStep() error {
	r.d.Asking = ""
	return r.repeat()
}

func (r *run) help() error { return r.assist("") }

// assist explains the step, after what is wrong with an answer if anything is, and offers a human.
func (r *run) assist(reason string) error {
	text := r.e.own("help")
	switch {
	case r.paged() != nil:
		text = r.t.Text("fields_help", r.filled()...)
	case r.s.Help != "":
		text = r.t.Text(r.s.Help, r.filled()...)
	}
	if r.d.Asking == "fix" {
		text = r.e.own("help")
	}
	if strings.Contains(reason, text) { // the reason says it already
		reason, text = strings.TrimSpace(reason), ""
	}
	r.remark(reason+text, r.ways(r.offers()))
	return nil
}

// ways adds to a question's options the ways out of it.
func (r *run) ways(offer []Option) []Option {
	words := []string{"persona", "menu"}
	switch {
	case r.d.Flow == r.e.human:
		words = []string{"menu"}
	case r.d.Flow == r.e.home:
		words = []string{"persona"}
	case len(r.d.Path) > 0:
		words = []string{"volver", "persona", "menu"}
	}
	for _, w := range words {
		o := r.e.wordOption(w)
		if !slices.ContainsFunc(offer, func(x Option) bool { return x.Label == o.Label }) {
			offer = append(offer, o)
		}
	}
	return offer
}

func (r *run) official() error { return r.aside(r.e.own("official")) }

// aside says something beside the question, which stands: "¿es seguro?", asked in the middle of a form.
func (r *run) aside(text string) error {
	if r.s.Keep && r.s.Take != nil {
		r.pose(text + "\n\n")
		return nil
	}
	r.remark(text, r.offers())
	return nil
}

// explain tells what a question asks for, or why, and asks it again. A message that
// names another question of the form is about that one.
func (r *run) explain(why bool) error {
	about := r.spokenAbout(r.t.Input.Text)
	if r.paged() != nil && about == r.s { // about all of them
		if !why {
			return r.help()
		}
		r.poseWith(r.t.Text("fields_why")+"\n\n", r.ways(r.offers()))
		return nil
	}
	key := about.Help
	if why && about.Why != "" {
		key = about.Why
	}
	if key == "" || !r.s.Keep && about == r.s && key == r.s.Help {
		return r.help()
	}
	var fill []string
	if about.Fill != nil {
		fill = about.Fill(r.t)
	}
	text := r.t.Text(key, fill...)
	if r.s.Say == "" || r.s.Form != nil {
		r.remark(text, r.ways(r.offers()))
		return nil
	}
	r.poseWith(text+"\n\n", r.ways(r.offers()))
	return nil
}

// spokenAbout is the question of the form whose name a message holds, or the current one.
func (r *run) spokenAbout(text string) *Step {
	found, _ := r.spoken(text)
	return found
}

// names tells whether a message names a question of the form.
func (r *run) names(text string) bool {
	_, named := r.spoken(text)
	return named
}

func (r *run) spoken(text string) (found *Step, named bool) {
	said, found := strings.Fields(Plain(text)), r.s
	for i := range r.m.flow.Steps {
		s := &r.m.flow.Steps[i]
		if s.Label == nil || s.Field == nil || r.skips(s) {
			continue
		}
		names := slices.ContainsFunc(strings.Fields(Plain(s.Label(r.t))), func(w string) bool {
			return len(w) > 2 && !slices.Contains(vague, w) && slices.Contains(said, w)
		})
		switch {
		case names && s == r.s:
			return s, true
		case names && found == r.s:
			found, named = s, true
		}
	}
	return found, named
}

func (r *run) status(ctx context.Context) error {
	switch {
	case r.waits: // it may be the answer to what would be asked
		r.t.Send(Reply{Text: r.e.own("status_waits"), Offer: []Option{r.e.wordOption("persona")}})
	case r.s.Status != nil:
		said := len(r.t.says)
		if err := r.s.Status(ctx, r.t); err != nil {
			return err
		}
		for i := said; i < len(r.t.says); i++ {
			r.t.says[i].Offer = r.offers()
		}
	case r.d.Flow == r.e.home && r.d.Parked != nil:
		r.remark(r.e.own("status_parked", "errand", r.e.text(cmp.Or(r.d.Parked.Caller, r.d.Parked.Flow), "errand", r.d.Parked.Values)), r.offers())
	case r.d.Flow == r.e.home && r.owed:
		r.remark(r.e.own("status_owed"), r.offers())
	case r.d.Flow == r.e.home:
		r.remark(r.e.own("status_idle"), r.offers())
	default:
		r.remark(r.e.own("status_step", "errand", r.t.ErrandText("errand")), r.offers())
	}
	return nil
}

func (r *run) toHuman(ctx context.Context) error {
	if r.d.Flow == r.e.human {
		r.prompt(r.s.Say)
		return nil
	}
	r.park()
	r.d.Values = maps.Clone(r.d.Values) // what is parked must not change with what follows
	r.t.Values = r.d.Values
	return r.enter(ctx, r.e.human, "")
}

// back restores the previous question with its value. It never crosses a step
// that already changed something, and says why.
func (r *run) back() error {
	here := r.m.place(r.s.Name)
	path := slices.DeleteFunc(slices.Clone(r.d.Path), func(p string) bool { return r.m.place(p) >= here })
	if len(path) > 0 {
		return r.revisit(path[len(path)-1])
	}
	key := "nothing_back"
	if r.d.Acted {
		key = "acted_back"
	}
	r.remark(r.e.own(key), append(r.offers(), r.e.wordOption("menu")))
	return nil
}

// correct asks which answer to change.
func (r *run) correct() error {
	if len(r.d.Path) == 0 {
		return r.back()
	}
	r.d.Asking = "fix"
	if id := named(Plain(r.t.Input.Text), r.offers()); id != "" && r.t.Input.Text != "" { // "no, el legajo está mal"
		return r.revisit(strings.TrimPrefix(id, "fix/"))
	}
	if all := r.offers(); len(all) == 1 && !r.s.Keep { // a review of one answer: there is nothing to choose
		return r.revisit(strings.TrimPrefix(all[0].ID, "fix/"))
	}
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
	r.remark(intro+"\n\n"+r.question(), r.offers())
	return nil
}

// shown is a kept answer as the person should read it back.
func (r *run) shown(s *Step) string {
	if r.t.Pages && s.Mask != nil {
		return s.Mask(r.t)
	}
	return s.told(r.t)
}

func (s *Step) told(t *Turn) string {
	if s.Show == nil {
		return t.Values[s.Name]
	}
	return s.Show(t)
}
