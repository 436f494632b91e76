package flows

import (
	"context"
	"slices"
	"strings"
)

// How a message of a person is read: the first of these that knows what it means takes it, and none that follows sees it. Each leaves
// alone what it is not sure of. Who changes one of them looks at those before it.
//
// Before there is a question (person): a chat that was stopped; a dialog that silence ended meanwhile; whether it helped; a step whose time
// is over; where nothing goes on, the menu. Then what the message tells besides is noted (learn), whatever becomes of it: it
// answers questions to come (fill). What is no text, or hid a password, ends here.
//
// What was chosen (answer), by a tap, a number, an ordinal, words:
//
//  1. outside    an option that the last line of an errand or a notice left on the screen, or that stands beside the menu
//  2. read       an option of the question; a tap on one of an earlier question is stale, and a number of a list that is gone brings the menu
//  3. corrected  "sí, pero el otro correo" (otherwise), "no, era 27…": an earlier answer is taken back
//  4. switched   the answer to whether one errand is left for another
//  5. chosen     the engine's own options: words, what to correct, a new link, one's own phone
//  6. obey       a word that works everywhere and is the whole message
//  7. unfixed    while it is asked what to correct: the right value itself, or none of it
//
// What was answered (judge):
//
//  8. volunteered  data called by their names: this answer among others, the choice they tell by themselves (implied), an earlier
//     answer changed, a later one told
//  9. judgePaged   where a page asks: the question that is named, a choice with what hangs on it, this question, the others; then 13 to 15
//  10. together    a choice and the answer that hangs on it in one message
//  11. Take        the answer to the question, and what it tells besides (besideAnswer); what it does not take goes on
//  12. misplaced   an answer to another question of the form: by its form (byForm), the one it fits (astray), the choice before (rechosen);
//     at a review the right value itself (replaced); before the form, what it will ask (ahead)
//  13. react       a sentence: a question beside the errand, a universal word within it, what or why, another errand, anger
//  14. explain     a question instead of an answer; among: "los dos", "ninguno", of a list
//  15. refuse      not understood: why, and the question again

// person reads a message of the person, as above.
func (r *run) person(ctx context.Context) error {
	if r.d.Memory.Blocked.After(r.t.At) {
		r.common("blocked")
		return nil
	}
	if r.overslept() {
		r.close()
	}
	if p := r.d.Proof; p != nil && r.t.At.Sub(r.d.Heard) >= r.e.limits.Remind {
		paused := *p
		paused.Paused, r.d.Proof = true, &paused
	}
	r.nudged = r.d.Nudged
	r.d.Heard, r.d.Nudged = later(r.t.At, r.t.Now), false // silence begins with the answer, which may come long after the question
	r.introduce()
	if r.opines() {
		return nil
	}
	if r.s != nil && r.waited(r.t.At) {
		r.late = true
		if err := r.follow(ctx, "timeout"); err != nil {
			return err
		}
	}
	if r.s == nil {
		r.fresh = true
		r.announce()
		r.clear()
		r.place(r.e.home, "")
	}
	r.learn()
	switch {
	case r.t.Input.Hidden:
		return r.hidden(ctx)
	case r.t.Input.Kind == Contact && r.owned() != nil:
		return r.byPhone(ctx)
	case r.t.Input.Kind != Text:
		return r.odd()
	}
	return r.answer(ctx)
}

// announce says what everybody must know now, before anything is asked.
func (r *run) announce() {
	if r.e.banner != "" {
		r.t.Send(Reply{Text: r.e.banner})
	}
}

// introduce says on first contact who answers and what is kept (RULES: talk.privacy).
func (r *run) introduce() {
	if r.d.Memory.Privacy.IsZero() {
		r.d.Memory.Privacy = r.t.At
		r.common("privacy")
	}
}

// answer judges what the person typed or tapped: an option of the question, a
// word that works everywhere, or an answer.
func (r *run) answer(ctx context.Context) error {
	in := &r.t.Input
	offered := r.offers()
	if o, ok := r.outside(*in, offered); ok {
		return r.take(ctx, o)
	}
	if in.Choice == "" && r.fresh && len(offered) > 0 && ordinal(Plain(in.Text)) != 0 { // of a list that is not on the screen
		r.prompt(r.s.Say)
		return nil
	}
	if in.Choice == "" {
		in.Choice = r.read(in.Text, offered)
	} else if !slices.Contains(r.s.Accepts, in.Choice) && (!has(offered, in.Choice) || r.elsewhere(*in)) {
		return r.stale()
	}
	if done, err := r.corrected(ctx); done || err != nil {
		return err
	}
	for _, read := range []func(context.Context, string) (bool, error){r.switched, r.chosen} {
		if done, err := read(ctx, in.Choice); done || err != nil {
			return err
		}
	}
	if word := r.e.words[Plain(in.Text)]; in.Choice == "" && word != "" {
		if slices.Contains(Universal, word) && (word != "oficial" || Plain(in.Text) != word || !r.takes(*in)) { // "oficial" is a rank, too
			return r.obey(ctx, word)
		}
		if r.nudged && word == "yes" { // "¿Seguís ahí?" "sí"
			return r.repeat()
		}
	}
	if r.d.Asking == "fix" && !r.takes(*in) {
		return r.unfixed(ctx)
	}
	if r.d.Asking == "fix" {
		r.d.Asking = ""
	}
	return r.judge(ctx)
}

// judge lets the step read the answer.
func (r *run) judge(ctx context.Context) error {
	if done, err := r.volunteered(ctx); done || err != nil {
		return err
	}
	if page := r.paged(); page != nil {
		return r.judgePaged(ctx, page)
	}
	if r.s.Take == nil {
		r.prompt(r.s.Say)
		return nil
	}
	if done, err := r.together(ctx); done || err != nil {
		return err
	}
	value, problem := r.s.Take(r.t, r.t.Input)
	if problem == "" {
		return r.accept(ctx, value)
	}
	if done, err := r.misplaced(ctx); done || err != nil {
		return err
	}
	if done, err := r.react(ctx, r.listen()); done || err != nil {
		return err
	}
	if r.late {
		return nil
	}
	if r.s.Field != nil && r.s.Keep && r.s.Help != "" && asksBack(r.t.Input.Text) {
		return r.explain(false)
	}
	if r.among() {
		return nil
	}
	if r.e.missed != nil {
		r.e.missed(r.t.Key, r.d.Flow, r.d.Step, r.t.Input.Text)
	}
	if r.fresh {
		r.prompt(r.s.Say)
		return nil
	}
	return r.refuse(ctx, problem)
}

// unfixed answers what names none of the answers that could be corrected.
func (r *run) unfixed(ctx context.Context) error {
	s := Plain(r.t.Input.Text)
	if r.e.words[s] == "no" || s == "ninguno" || s == "ninguna" || s == "nada" {
		return r.repeatStep()
	}
	if done, err := r.replaced(ctx); done || err != nil { // the right answer itself
		return err
	}
	return r.refuse(ctx, "unfixed")
}

// elsewhere tells that a tap belongs to an earlier visit: a "yes" given to
// another question. What works everywhere does, and so does an old menu when
// nothing is going on.
func (r *run) elsewhere(in Input) bool {
	return in.Ref != "" && !r.fresh && in.Ref != r.d.Entered && !strings.HasPrefix(in.Choice, "word/")
}

// chosen handles the options that are the engine's own.
func (r *run) chosen(ctx context.Context, id string) (done bool, err error) {
	if word, ok := strings.CutPrefix(id, "word/"); ok {
		return true, r.obey(ctx, word)
	}
	if step, ok := strings.CutPrefix(id, "fix/"); ok {
		return true, r.revisit(step)
	}
	if id == "keep" {
		return true, r.accept(ctx, r.d.Values[r.s.Name])
	}
	if id == "new_link" && r.paged() != nil {
		return true, r.newLink()
	}
	if id == ownPhone {
		return true, r.byPhone(ctx)
	}
	return false, nil
}

// stale answers a button of an earlier question.
func (r *run) stale() error {
	r.common("stale")
	return r.repeatStep()
}

// hidden answers a message that held what looked like a password (RULES: pw.chat).
func (r *run) hidden(ctx context.Context) error {
	r.t.Send(Reply{Delete: true})
	r.common("hidden")
	if r.d.Asking == "" && r.takes(r.t.Input) { // the rest of it answers the question
		return r.judge(ctx)
	}
	return r.repeatStep()
}

// odd answers what is not text; the question stands.
func (r *run) odd() error {
	text := r.e.own("kind_" + string(r.t.Input.Kind))
	if text == "" {
		text = r.e.own("kind_other")
	}
	if r.paged() != nil {
		text = r.t.Text("fields_odd", r.filled()...)
	}
	r.remark(text, r.offers())
	return nil
}
