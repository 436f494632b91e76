package standard

import (
	"strings"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/menu"
)

// AtMenu reads sentences as one organisation's bot does at its menu: with its own
// words for its services, its payslips and its links.
func AtMenu(p portal.Profile) (menu.Understanding, error) {
	u, err := Understanding(p)
	if err != nil {
		return nil, err
	}
	return newFinder(p, u), nil
}

// Would says what the bot of an organisation does when somebody writes a sentence at the
// menu: the flows that it begins, in their order, and otherwise what the menu answers,
// such as "ask", "elsewhere", or "not_understood".
func Would(p portal.Profile, sentence string) (begins []string, answers string, err error) {
	all, err := Flows(p, Deps{Limits: flows.DefaultLimits()})
	if err != nil {
		return nil, "", err
	}
	words, err := flows.Words()
	if err != nil {
		return nil, "", err
	}
	if word := words[flows.Plain(sentence)]; word != "" {
		return nil, word, nil
	}
	step := all[0].Steps[0]
	t := &flows.Turn{Values: map[string]string{}, Dialog: &flows.Dialog{}}
	event, problem := step.Take(t, flows.Input{From: flows.Person, Text: sentence})
	flow, _, away := strings.Cut(step.On[event], "/")
	switch {
	case problem != "":
		return nil, problem, nil
	case !away:
		return nil, event, nil
	}
	return append([]string{flow}, t.Dialog.Todo...), "", nil
}
