package flows

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// On some channels whole identity documents and bank accounts may not be asked in
// the chat (RULES: wa.policy; [Options.Pages]). There, questions that follow one
// another are asked together on one page, if one of them is about such a number.
// Choices before the first other question stay in the chat: their answers decide
// what the page asks. Who answers in the chat all the same is understood.

// fieldsPage is the name of such a page, of its reply and of the event that it raises.
const fieldsPage = "fields"

// field tells whether a step can be a field of a page: its answer is kept and nothing is done with it.
func (s *Step) field() bool {
	return s.Field != nil && s.Take != nil && s.Keep && s.Do == nil && s.Form == nil && len(s.On) == 0
}

// paged are the steps that the page of the current question asks, in their
// order; nil if the question is asked in the chat.
func (r *run) paged() (page []*Step) {
	if !r.t.Pages || r.s == nil || !r.s.field() {
		return nil
	}
	all, here := r.m.flow.Steps, r.m.place(r.s.Name)
	from, to := here, here+1
	for from > 0 && all[from-1].field() {
		from--
	}
	for to < len(all) && all[to].field() {
		to++
	}
	for from < to && (r.skips(&all[from]) || !all[from].Sensitive && all[from].Field(r.t).Kind == "choice") {
		from++
	}
	for i := from; here >= from && i < to; i++ {
		page = append(page, &all[i])
	}
	if !slices.ContainsFunc(page, func(s *Step) bool { return s.Sensitive && !r.skipped(page, s) }) {
		return nil
	}
	return page
}

// skips tells that the question of a step does not arise.
func (r *run) skips(s *Step) bool { return s.Skip != nil && s.Skip(r.t) }

// skipped tells that a field is not on the page: the question does not arise,
// whatever is answered beside it.
func (r *run) skipped(page []*Step, s *Step) bool {
	together := slices.ContainsFunc(page, func(x *Step) bool { return slices.Contains(s.Needs, x.Name) && !r.skipped(page, x) })
	return r.skips(s) && !together
}

func (r *run) known(s *Step) bool {
	_, ok := r.d.Values[s.Name]
	return ok
}

// question is the text of the current question: the step's own, or what the page below will ask.
func (r *run) question() string {
	page := r.paged()
	if page == nil {
		return r.t.Text(r.s.Say, r.filled()...)
	}
	open := slices.ContainsFunc(page, func(s *Step) bool { return !r.known(s) && !r.skipped(page, s) })
	lines := []string{}
	for _, s := range page {
		asked := !(open && r.known(s)) && !r.skipped(page, s)
		if r.d.Asking == "keep" { // one of them is gone back to
			asked = s == r.s
		}
		if asked {
			lines = append(lines, "• "+s.Label(r.t))
		}
	}
	return r.t.Text("fields_ask", append(r.filled(), "n", strconv.Itoa(len(lines)), "fields", strings.Join(lines, "\n"))...)
}

// fieldsForm describes the page. What is known already stays as it is if its
// field is left empty; it is not shown, since whoever has the link sees the page.
func (r *run) fieldsForm(page []*Step) FormPage {
	p := FormPage{Name: fieldsPage, Title: r.t.Text("fields_title"), Intro: r.t.Text("fields_intro"), Act: r.t.Text("act_fields"), PIN: true}
	for _, s := range page {
		if r.skipped(page, s) {
			continue
		}
		f := s.Field(r.t)
		f.Name = s.Name
		if r.known(s) {
			f.Optional, f.Hint = true, r.t.Text("field_known")
		}
		p.Fields = append(p.Fields, f)
	}
	return p
}

// judgeFields reads what was typed into the page with the same Takes as answers in
// the chat, each with the answers before it. Half-filled pages are judged as far as
// they go unless the whole is asked for.
func (r *run) judgeFields(page []*Step, v FormValues, whole bool) (values, problems map[string]string) {
	values, problems = map[string]string{}, map[string]string{}
	for _, s := range page {
		r.s = s
		if s.Skip != nil && s.Skip(r.t) {
			r.drop(s.Name)
			continue
		}
		typed := strings.TrimSpace(v[s.Name].Reveal())
		if typed == "" && (r.known(s) || !whole) {
			if r.known(s) {
				values[s.Name] = r.d.Values[s.Name]
			}
			continue
		}
		value, problem := r.takeField(typed)
		switch {
		case problem == "":
			r.keep(value)
			values[s.Name] = value
		case typed == "":
			problems[s.Name] = r.t.Text("field_empty")
		default:
			problems[s.Name] = r.t.Text(problem, r.filled()...)
		}
	}
	return values, problems
}

func (r *run) takeField(typed string) (value, problem string) {
	f := r.s.Field(r.t)
	in := Input{From: Person, Text: typed}
	if hasID(f.Options, typed) {
		in.Choice = typed
	}
	if typed == "" && f.Optional {
		return "", ""
	}
	return r.s.Take(r.t, in)
}

// submitFields passes right answers on to the dialog and shows them on the page, where they may be told whole.
func (r *run) submitFields(page []*Step, v FormValues) Outcome {
	values, problems := r.judgeFields(page, v, true)
	if len(problems) > 0 {
		return Outcome{Problems: problems}
	}
	lines := []string{}
	for _, s := range page {
		if values[s.Name] != "" {
			lines = append(lines, s.Label(r.t)+": "+s.told(r.t))
		}
	}
	return Outcome{Event: fieldsPage, Values: values, State: "done", Title: r.t.Text("fields_done_title"),
		Text: r.t.Text("fields_done", "fields", strings.Join(lines, "\n"))}
}

// filledIn takes the answers of a page into the dialog.
func (r *run) filledIn(ctx context.Context, page []*Step, values map[string]string) error {
	for _, s := range page {
		if v, ok := values[s.Name]; ok {
			r.s = s
			r.keep(v)
		}
	}
	return r.advance(ctx, page, "")
}

// advance goes to the first question of the page that has no answer yet, or past the page.
func (r *run) advance(ctx context.Context, page []*Step, noted string) error {
	for _, s := range page {
		r.s = s
		switch {
		case s.Skip != nil && s.Skip(r.t):
			r.drop(s.Name)
		case !r.known(s):
			r.place(r.d.Flow, s.Name)
			r.remark(noted+r.question(), r.offers())
			r.watch()
			return nil
		}
	}
	r.d.Asking = ""
	return r.follow(ctx, "next")
}

// judgePaged reads an answer that was typed in the chat although a page asks for it.
func (r *run) judgePaged(ctx context.Context, page []*Step) error {
	if r.t.Input.Choice == "" && ordinal(Plain(r.t.Input.Text)) != 0 { // of a list that is not on the screen: the questions stand on the page
		return r.refuse(ctx, "fields_wait")
	}
	if read := r.readPaged(page, r.t.Input); len(read) > 0 {
		noted := []string{}
		for _, a := range read {
			r.s = a.step
			r.keep(a.value)
			noted = append(noted, r.t.Text("fields_noted", "label", a.step.Label(r.t), "value", r.shown(a.step)))
		}
		if read[len(read)-1].step.Sensitive {
			noted = append(noted, r.t.Text("fields_delete"))
		}
		return r.advance(ctx, page, strings.Join(noted, " ")+"\n\n")
	}
	if done, err := r.react(ctx, r.listen()); done || err != nil {
		return err
	}
	switch {
	case r.late:
		return nil
	case r.fresh:
		r.prompt(r.s.Say)
		return nil
	case asksBack(r.t.Input.Text):
		return r.explain(false)
	}
	return r.refuse(ctx, "fields_wait")
}

// answered is an answer to one question of a page.
type answered struct {
	step  *Step
	value string
}

// readPaged finds which question of a page an answer answers: one that it names
// ("mi cuenta es 4000…"), a choice that it names with the question that hangs on it
// ("dni 20…"), the current one, or else the first other open one that takes it.
func (r *run) readPaged(page []*Step, in Input) []answered {
	here, kept := r.s, r.d.Values
	defer func() { r.s, r.d.Values, r.t.Values = here, kept, kept }()
	if s := r.spokenOf(page, in.Text); s != nil {
		if value, ok := r.try(s, in); ok {
			return []answered{{s, value}}
		}
	}
	for i, choice := range page {
		option, ok := r.try(choice, in)
		for _, s := range page[i+1:] {
			if !ok || !slices.Contains(s.Needs, choice.Name) {
				continue
			}
			r.d.Values = maps.Clone(kept)
			r.d.Values[choice.Name], r.t.Values = option, r.d.Values
			if value, fits := r.try(s, in); fits {
				return []answered{{choice, option}, {s, value}}
			}
			r.d.Values, r.t.Values = kept, kept
		}
	}
	for _, s := range append([]*Step{here}, page...) {
		if value, ok := r.try(s, in); ok && (s == here || !r.known(s)) {
			return []answered{{s, value}}
		}
	}
	return nil
}

// try looks how a question would take an answer.
func (r *run) try(s *Step, in Input) (string, bool) {
	r.s = s
	if s.Skip != nil && s.Skip(r.t) {
		return "", false
	}
	value, problem := s.Take(r.t, in)
	return value, problem == "" && value != ""
}

// spokenOf finds the question whose label a message names beside a number.
func (r *run) spokenOf(page []*Step, text string) *Step {
	labels := []Option{}
	for _, s := range page {
		labels = append(labels, Option{ID: s.Name, Label: s.Label(r.t)})
	}
	words := slices.DeleteFunc(strings.Fields(Plain(text)), func(w string) bool { return strings.ContainsFunc(w, unicode.IsDigit) })
	if name := named(strings.Join(words, " "), labels); name != "" {
		return r.m.at(name)
	}
	return nil
}

// newLink gives the page of the current question another address and PIN.
func (r *run) newLink() error {
	r.d.Entered = r.e.random(8)
	r.prompt(r.s.Say)
	return nil
}

// long is how many digits make a number that could be a document or an account.
const long = 7

// numbered tells whether there is such a number in a text, however it is grouped.
func numbered(text string) bool {
	n := 0
	for _, c := range text {
		switch {
		case unicode.IsDigit(c):
			if n++; n >= long {
				return true
			}
		case !strings.ContainsRune(" .-/", c):
			n = 0
		}
	}
	return false
}
