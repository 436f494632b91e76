package console

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ventanilla/bot"
	"ventanilla/flows"
)

// FlowName is a flow in the agent's words.
func (w words) FlowName(flow string) string {
	return cmp.Or(w.text["flow_"+flow], flow)
}

// StepName is a step in the agent's words: a name of its own, that of the field it asks for, or what
// a profile calls that field.
func (w words) StepName(flow, step string) string {
	return cmp.Or(w.text["step_"+flow+"_"+step], w.text["field_"+step], w.fields[step], step)
}

// Where is a place in a conversation in the agent's words.
func (w words) Where(flow, step string) string {
	if flow == human || step == "" {
		return w.FlowName(flow)
	}
	return w.FlowName(flow) + " · " + w.StepName(flow, step)
}

// Unnamed are the flows and steps of a table that the pages would call by their names in the code, in
// any language: "es recovery/done". Fields are what a profile calls the questions of its own.
func Unnamed(f flows.Flow, fields map[string]string) (all []string) {
	for lang, w := range languages {
		w.fields = fields
		if w.FlowName(f.Name) == f.Name {
			all = append(all, lang+" "+f.Name)
		}
		for i := range f.Steps {
			if s := f.Steps[i].Name; w.StepName(f.Name, s) == s {
				all = append(all, lang+" "+f.Name+"/"+s)
			}
		}
	}
	return all
}

// aidEnds are what can become of every act beside the refusals of its entry: how it began and ended, and what keeps
// the person from hearing of it.
var aidEnds = []string{"asked", flows.AidDone, bot.AidHeld, bot.AidBroken, "denied", "withdrawn", "void", "muted", "window"}

// Unspoken are the words that the entry of an agents' act needs and some language lacks: what its button, its hint and the
// trails call it, and each of its refusals: "es aid_unlock_hint", "en aid_was_frozen".
func Unspoken(a flows.ActEntry) (all []string) {
	keys := []string{"aid_" + a.Name, "aid_" + a.Name + "_hint"}
	for _, why := range slices.Concat(a.Refuses, aidEnds) {
		keys = append(keys, "aid_was_"+why)
	}
	for lang, w := range languages {
		for _, key := range keys {
			if w.text[key] == "" {
				all = append(all, lang+" "+key)
			}
		}
	}
	return all
}

// fieldName is a label of a profile as the name of a step: "tu número de legajo" is "Número de legajo".
func fieldName(label string) string {
	label = strings.TrimPrefix(strings.TrimPrefix(label, "tu "), "su ")
	first, size := utf8.DecodeRuneInString(label)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + label[size:]
}

// Some is a sentence about a number of things, with one of its own for a single one.
func (w words) Some(key string, n int) string {
	if one, ok := w.text[key+"_one"]; ok && n == 1 {
		return one
	}
	return w.T(key, "n", n)
}
