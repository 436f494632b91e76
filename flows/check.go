package flows

import (
	"errors"
	"fmt"
	"strings"
)

// check reports every mistake of the tables at once. A table that passes cannot
// strand a person: every destination exists, every step can be reached, every
// step that waits can be left, every sentence is there.
func (e *Engine) check() error {
	var errs []error
	for name := range e.flows {
		errs = append(errs, e.checkFlow(e.flows[name])...)
	}
	if _, ok := e.flows[e.home]; !ok {
		errs = append(errs, fmt.Errorf("home flow %q does not exist", e.home))
	}
	for _, key := range commonKeys {
		errs = append(errs, e.checkText("", key))
	}
	return errors.Join(errs...)
}

func (e *Engine) checkFlow(m *machine) (errs []error) {
	if len(m.steps) != len(m.flow.Steps) {
		errs = append(errs, fmt.Errorf("%s: two steps have one name", m.flow.Name))
	}
	reached := map[string]bool{m.flow.Steps[0].Name: true}
	for _, ev := range m.events {
		flow, step, _ := strings.Cut(ev.Dst, "/")
		if err := e.checkPlace(ev.Dst); err != nil {
			errs = append(errs, fmt.Errorf("%s: on %q: %w", ev.Src[0], ev.Name, err))
		}
		if flow == m.flow.Name && ev.Src[0] != ev.Dst {
			reached[step] = true
		}
	}
	for event, dst := range m.flow.Always {
		if err := e.checkPlace(m.whole(dst)); err != nil {
			errs = append(errs, fmt.Errorf("%s: always on %q: %w", m.flow.Name, event, err))
		}
		reached[dst] = true
	}
	for old := range m.flow.Moved {
		if m.at(old) == nil {
			errs = append(errs, fmt.Errorf("%s: step %q moved to a step that does not exist", m.flow.Name, old))
		}
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

func (e *Engine) checkPlace(at string) error {
	flow, step, _ := strings.Cut(at, "/")
	if step == End {
		return nil
	}
	if m, ok := e.flows[flow]; !ok || m.at(step) == nil {
		return fmt.Errorf("leads nowhere: %q", at)
	}
	return nil
}

func (e *Engine) checkStep(m *machine, i int) (errs []error) {
	s := &m.flow.Steps[i]
	bad := func(format string, a ...any) {
		errs = append(errs, fmt.Errorf("%s/%s: %w", m.flow.Name, s.Name, fmt.Errorf(format, a...)))
	}
	if s.Name == "" || s.Name == End || strings.ContainsAny(s.Name, "/ ") {
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
	if s.waits() && s.Say == "" {
		bad("waits without having said anything")
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
	for _, key := range []string{s.Say, s.Again, s.Help} {
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
