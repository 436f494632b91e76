package menu

import (
	"slices"
	"strings"

	"ventanilla/flows"
	"ventanilla/flows/intent"
)

// Understanding reads a free sentence. *intent.Understanding is one.
type Understanding interface {
	Read(sentence string) intent.Reading
}

// begin marks the events that begin an errand: what it is called may be an event elsewhere.
const begin = "begin "

// asked is where the two errands are kept between which somebody is asked to choose.
const asked = "asked"

// instead is which errand helps as well where one is not offered.
var instead = map[string]string{intent.Unlock: intent.Recover, intent.Code: intent.Recover, intent.Change: intent.Recover}

// reader reads what is said at the menu.
type reader struct {
	Understanding
	on    flows.On
	flows map[string]string // by entry
}

// event is what the table says of an intent, "" if it says nothing.
func (r reader) event(want string) string {
	for _, id := range []string{want, instead[want]} {
		for _, event := range []string{begin + id, id} {
			if _, ok := r.on[event]; ok && id != "" {
				return event
			}
		}
	}
	if intent.Acts(want) { // an errand that this organisation does not offer
		return "elsewhere"
	}
	return ""
}

// take is the menu's [flows.Take]: an errand that is certain begins, of two that
// could be meant the person chooses, several are done one after the other.
func (r reader) take(t *flows.Turn, in flows.Input) (value, problem string) {
	read := r.Read(in.Text)
	two := r.choice(read.Ask())
	if event := r.event(in.Choice); in.Choice != "" && event != "" && (event != "persona" || len(two) < 2) { // "el último" may be a payslip, too
		return event, ""
	}
	t.Dialog.Todo = nil
	if several := r.begun(read.Several); len(several) > 1 {
		for _, event := range several[1:] {
			t.Dialog.Todo = append(t.Dialog.Todo, r.flows[strings.TrimPrefix(event, begin)])
		}
		return several[0], ""
	}
	if event := r.event(read.Sure()); event != "" {
		return event, ""
	}
	switch {
	case len(two) == 1 && r.flows[two[0]] != "": // here both are the same
		return begin + two[0], ""
	case len(two) == 2:
		t.Values[asked] = strings.Join(two, " ")
		return "ask", ""
	}
	return "", "not_understood"
}

// begun are the errands of a sentence that are offered here, each once.
func (r reader) begun(wanted []string) (events []string) {
	for _, want := range wanted {
		if event := r.event(want); strings.HasPrefix(event, begin) && !slices.Contains(events, event) {
			events = append(events, event)
		}
	}
	return events
}

// choice are the two things between which to ask; one if they are the same here, nil
// if one of them is not to be had.
func (r reader) choice(two []string) (ids []string) {
	for _, want := range two {
		id := strings.TrimPrefix(r.event(want), begin)
		if id != "persona" && r.flows[id] == "" {
			return nil
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// offers are the options of the question between two.
func (r reader) offers(t *flows.Turn) (all []flows.Option) {
	for id := range strings.FieldsSeq(t.Values[asked]) {
		all = append(all, flows.Option{ID: id, Label: t.Text("offer_" + id)})
	}
	return all
}
