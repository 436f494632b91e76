package flows

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// check reports every mistake of the tables at once. A table that passes cannot
// strand a person: every destination exists, every step can be reached, every
// step that waits can be left, every sentence is there.
func (e *Engine) check() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(e.flows)) {
		errs = append(errs, e.checkFlow(e.flows[name])...)
		errs = append(errs, e.checkAlways(e.flows[name])...)
		errs = append(errs, e.checkAids(e.flows[name])...)
	}
	if _, ok := e.flows[e.home]; !ok {
		errs = append(errs, fmt.Errorf("home flow %q does not exist", e.home))
	}
	if _, ok := e.flows[e.human]; !ok {
		errs = append(errs, fmt.Errorf("human flow %q does not exist", e.human))
	}
	errs = append(errs, e.checkLoops()...)
	errs = append(errs, e.checkHuman()...)
	for _, key := range commonKeys {
		errs = append(errs, e.checkText("", key))
	}
	return errors.Join(errs...)
}

func (e *Engine) checkFlow(m *machine) (errs []error) {
	if len(m.steps) != len(m.flow.Steps) {
		errs = append(errs, fmt.Errorf("%s: two steps have one name", m.flow.Name))
	}
	for _, ev := range m.events {
		if err := e.checkPlace(ev.Dst); err != nil {
			errs = append(errs, fmt.Errorf("%s: on %q: %w", ev.Src[0], ev.Name, err))
		}
	}
	reached := e.reached(m)
	for old := range m.flow.Moved {
		if _, s := e.find(m.flow.Name, old); s == nil {
			errs = append(errs, fmt.Errorf("%s: step %q moved to a step that does not exist", m.flow.Name, old))
		}
	}
	if err := e.checkText(m.flow.Name, "errand"); err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", m.flow.Name, err))
	}
	for i := range m.flow.Steps {
		s := &m.flow.Steps[i]
		if !reached[s.Name] {
			errs = append(errs, fmt.Errorf("%s/%s: nothing leads here", m.flow.Name, s.Name))
		}
		errs = append(errs, e.checkStep(m, i)...)
	}
	return errs
}

// reached are the steps of a flow that something leads to, in any flow.
func (e *Engine) reached(m *machine) map[string]bool {
	reached := map[string]bool{m.flow.Steps[0].Name: true}
	for _, other := range e.flows {
		for _, ev := range other.events {
			if flow, step, _ := strings.Cut(ev.Dst, "/"); flow == m.flow.Name && ev.Src[0] != ev.Dst {
				reached[step] = true
			}
		}
	}
	for _, dst := range m.flow.Always {
		reached[dst] = true
	}
	for _, a := range m.flow.Aids {
		reached[a.Step] = true
	}
	return reached
}

// checkAlways looks at the events that lead to a flow from anywhere, or are told
// anywhere. An event that means something else in a step of another flow would be caught there.
func (e *Engine) checkAlways(m *machine) (errs []error) {
	for event := range m.flow.Asides {
		if m.flow.Always[event] != "" {
			errs = append(errs, fmt.Errorf("%s: %q leads away and is told aside", m.flow.Name, event))
		}
	}
	for _, event := range slices.Sorted(maps.Keys(m.flow.Always)) {
		bad := func(format string, a ...any) {
			errs = append(errs, fmt.Errorf("%s: always on %q: %w", m.flow.Name, event, fmt.Errorf(format, a...)))
		}
		if err := e.checkPlace(m.whole(m.flow.Always[event])); err != nil {
			bad("%w", err)
		}
		for _, other := range slices.Sorted(maps.Keys(e.flows)) {
			if other == m.flow.Name {
				continue
			}
			if _, ok := e.flows[other].flow.Always[event]; ok {
				bad("flow %q wants it too", other)
			}
			for _, s := range e.flows[other].flow.Steps {
				if _, ok := s.On[event]; ok {
					bad("means something else in %s/%s", other, s.Name)
				}
			}
		}
	}
	return errs
}

// checkLoops finds steps that lead back to themselves without anybody being waited for.
func (e *Engine) checkLoops() (errs []error) {
	next := map[string][]string{}
	for _, m := range e.flows {
		for _, ev := range m.events {
			_, step, _ := strings.Cut(ev.Src[0], "/")
			if !m.steps[step].Waits() {
				next[ev.Src[0]] = append(next[ev.Src[0]], ev.Dst)
			}
		}
	}
	for _, start := range slices.Sorted(maps.Keys(next)) {
		seen := map[string]bool{}
		var visit func(at string)
		visit = func(at string) {
			for _, dst := range next[at] {
				if flow, step, _ := strings.Cut(dst, "/"); step == "" && e.flows[flow] != nil {
					dst = flow + "/" + e.flows[flow].flow.Steps[0].Name
				}
				if !seen[dst] {
					seen[dst] = true
					visit(dst)
				}
			}
		}
		if visit(start); seen[start] {
			errs = append(errs, fmt.Errorf("%s: leads back to itself and waits for nobody on the way", start))
		}
	}
	return errs
}

func (e *Engine) checkPlace(at string) error {
	flow, step, _ := strings.Cut(at, "/")
	if step == End {
		return nil
	}
	if step == Return {
		if !e.flows[flow].flow.Sub {
			return errors.New("returns, but no other flow calls it: it is no sub-dialog")
		}
		return nil
	}
	if m, ok := e.flows[flow]; !ok || m.at(step) == nil {
		return fmt.Errorf("leads nowhere: %q", at)
	}
	return nil
}

// optionID is the form of [Option.ID]: what fits into every channel's buttons.
var optionID = regexp.MustCompile(`^[a-z0-9_./-]{1,32}$`)

func (e *Engine) checkStep(m *machine, i int) (errs []error) {
	s := &m.flow.Steps[i]
	bad := func(format string, a ...any) {
		errs = append(errs, fmt.Errorf("%s/%s: %w", m.flow.Name, s.Name, fmt.Errorf(format, a...)))
	}
	if s.Name == "" || s.Name == End || s.Name == Return || strings.ContainsAny(s.Name, "/ ") {
		bad("a step cannot have this name")
	}
	if _, ok := s.On["spent"]; ok != (s.Tries > 0) {
		bad(`Tries and the event "spent" belong together`)
	}
	if _, ok := s.On["timeout"]; ok != (s.Wait > 0) {
		bad(`Wait and the event "timeout" belong together`)
	}
	if len(s.Offer) > 0 && s.Take == nil {
		bad("offers options but takes no answer")
	}
	if s.Keep && (s.Take == nil || s.Label == nil) {
		bad("keeps an answer, so it needs Take and Label")
	}
	e.checkPages(s, bad)
	if s.Waits() && s.Say == "" {
		bad("waits without having said anything")
	}
	for i, id := range s.Offer {
		if slices.Contains(s.Offer[:i], id) || !optionID.MatchString(id) {
			bad("option %q is there twice, or is no id", id)
		}
	}
	for _, need := range s.Needs {
		if !m.keepsBefore(need, i) {
			bad("needs %q, which is no earlier step that keeps its answer", need)
		}
	}
	for _, key := range s.texts() {
		if err := e.checkText(m.flow.Name, key); err != nil {
			bad("%w", err)
		}
	}
	return errs
}

// checkPages refuses a question that some channel may not ask in its chat and
// that no page can ask instead (RULES: wa.policy).
func (e *Engine) checkPages(s *Step, bad func(format string, a ...any)) {
	switch {
	case s.Sensitive && !s.field():
		bad("asks for a whole document or account number where no page can: it needs Field, Take and Keep, and no Do, Form or On (RULES: wa.policy)")
	case s.Sensitive && !s.Masked:
		bad("asks for a whole document or account number, so it must be Masked")
	case s.Field != nil && !s.field():
		bad("a page can only ask what is taken, kept and not acted on")
	case s.Field != nil && s.Mask == nil:
		bad("may stand on a page, so it needs Mask for the chat")
	}
}

// checkHuman wants the word that leads to a person to be known, and no step of
// another flow than the human's to mean something else by it (RULES: wa.policy, talk.human).
func (e *Engine) checkHuman() (errs []error) {
	spellings := []string{}
	for s, word := range e.words {
		if word == "persona" {
			spellings = append(spellings, s)
		}
	}
	if e.pages != nil && len(spellings) == 0 {
		errs = append(errs, errors.New(`no spelling of the word "persona": there is no way to a human`))
	}
	slices.Sort(spellings)
	for _, name := range slices.Sorted(maps.Keys(e.flows)) {
		m := e.flows[name]
		for i := range m.flow.Steps {
			s := &m.flow.Steps[i]
			shown := e.static(m, s)
			said := labels(shown)
			for _, typed := range spellings {
				if id := e.meant(typed, shown, said); id != "" && !e.toHuman(m, s, id) {
					errs = append(errs, fmt.Errorf("%s/%s: %q means the option %q and leads to no human", name, s.Name, typed, id))
				}
			}
		}
	}
	return errs
}

// static are the options that a step always shows.
func (e *Engine) static(m *machine, s *Step) (all []Option) {
	for _, id := range s.Offer {
		if word, ok := strings.CutPrefix(id, "word/"); ok {
			all = append(all, e.wordOption(word))
		} else {
			all = append(all, Option{ID: id, Label: e.text(m.flow.Name, "offer_"+id, nil)})
		}
	}
	return all
}

func (e *Engine) toHuman(m *machine, s *Step, id string) bool {
	flow, _, _ := strings.Cut(m.whole(s.On[id]), "/")
	return id == "word/persona" || flow == e.human
}

func (m *machine) keepsBefore(name string, i int) bool {
	for _, s := range m.flow.Steps[:i] {
		if s.Name == name && s.Keep {
			return true
		}
	}
	return false
}

// texts lists the keys of the sentences that a step names.
func (s *Step) texts() (keys []string) {
	for _, key := range []string{s.Say, s.Again, s.Help, s.Why, s.Left} {
		if key != "" {
			keys = append(keys, key)
		}
	}
	for _, id := range s.Offer {
		if !strings.HasPrefix(id, "word/") { // the engine's own, checked as commonKeys
			keys = append(keys, "offer_"+id)
		}
	}
	if s.Form != nil {
		keys = append(keys, s.Form.texts()...)
	}
	return keys
}

func (f *Form) texts() []string {
	keys := []string{f.Title, f.act()}
	if f.Intro != "" {
		keys = append(keys, f.Intro)
	}
	for _, field := range f.Fields {
		keys = append(keys, field.Label)
		if field.Hint != "" {
			keys = append(keys, field.Hint)
		}
	}
	return keys
}

func (f *Form) act() string { return "act_" + f.Name }

// maxText is the longest a message may be, in characters (RULES: talk.size).
const maxText = 500

func (e *Engine) checkText(flow, key string) error {
	text, ok := e.texts.Text(flow, key, nil)
	if !ok {
		text, ok = e.texts.Text("", key, nil)
	}
	switch {
	case !ok && flow == "":
		return fmt.Errorf("common text %q is missing", key)
	case !ok:
		return fmt.Errorf("text %q is missing", key)
	case len([]rune(text)) > maxText:
		return fmt.Errorf("text %q has more than %d characters", key, maxText)
	}
	return nil
}
