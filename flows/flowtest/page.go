package flowtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ventanilla/backend/secret"
	"ventanilla/flows"
)

// typed is a half-filled page of one visit.
type typed struct {
	entered string
	values  flows.FormValues
}

// onPage types an answer of a script into the page of identifiers that the dialog
// stands at, and submits it when it is full. done is false for what is no answer there.
func (w *World) onPage(ctx context.Context, mark, said string, got *strings.Builder) (done bool, err error) {
	page, ok := w.Engine.Form(w.Key, w.Dialog)
	if !ok || page.Name != "fields" || w.InChat || mark != ">" && mark != "=" || strings.HasPrefix(said, "#") {
		return false, nil
	}
	if w.page.entered != w.Dialog.Entered {
		w.page = typed{w.Dialog.Entered, flows.FormValues{}}
	}
	field, left := w.nextField(page)
	if field == "" {
		return false, nil
	}
	w.page.values[field] = secret.Text(said)
	call := flows.Call{ID: "check", At: w.Clock.Now(), Key: w.Key, Dialog: w.Dialog}
	j, err := w.Engine.Check(ctx, call, w.page.values)
	if err != nil {
		return true, err
	}
	if j.Problems[field] != "" {
		delete(w.page.values, field)
		return false, nil
	}
	fmt.Fprintf(got, "  (on the page: %s)\n", field)
	if left > 1 {
		return true, nil
	}
	return true, w.send(ctx, w.page.values, got)
}

// nextField is the first field that is still to be filled in, and how many there are.
func (w *World) nextField(page flows.FormPage) (next string, left int) {
	for _, f := range page.Fields {
		if _, ok := w.page.values[f.Name]; ok || f.Optional {
			continue
		}
		if left++; left == 1 {
			next = f.Name
		}
	}
	return next, left
}

// follow submits the page of a mailed link. Its conversation hears of it, whoever chats now.
func (w *World) follow(ctx context.Context, line string, got *strings.Builder) error {
	line, opens := strings.CutPrefix(line, "open ")
	kind, pairs, _ := strings.Cut(line, " ")
	kind, older := strings.CutPrefix(kind, "old:")
	for _, m := range slices.Backward(w.mails) {
		i := slices.IndexFunc(m.Grants, func(g flows.Grant) bool { return g.Kind == kind })
		if i < 0 || m.key != w.Key {
			continue
		}
		if older { // the one before is meant
			older = false
			continue
		}
		if opens {
			return w.openGrant(ctx, m.Grants[i], flows.Call{ID: "open", At: w.Clock.Now(), Key: m.key}, got)
		}
		typed := flows.FormValues{}
		for k, v := range values(pairs) {
			typed[k] = secret.Text(v)
			w.secrets = append(w.secrets, v)
		}
		w.turns++
		call := flows.Call{ID: "grant/" + strconv.Itoa(w.turns), At: w.Clock.Now(), Key: m.key}
		o, err := w.twicePage(func() (flows.Outcome, error) { return w.Engine.SubmitGrant(ctx, call, m.Grants[i], typed) })
		if err != nil {
			return err
		}
		w.outcome(o, got)
		if len(o.Problems) > 0 || o.Event == "" {
			return nil
		}
		return w.turn(ctx, flows.Input{From: flows.System, Event: o.Event, Ref: m.Grants[i].PIN, Values: o.Values}, got)
	}
	return fmt.Errorf("no mail has a link %q", kind)
}

// openGrant writes what the page of a mailed link shows before anything is typed.
func (w *World) openGrant(ctx context.Context, g flows.Grant, call flows.Call, got *strings.Builder) error {
	o, err := w.Engine.GrantOver(ctx, call, g)
	if page, ok := w.Engine.GrantForm(call.Key, g.Kind); err == nil && ok && o.State == "" {
		o = flows.Outcome{Title: page.Title, Text: page.Act}
	}
	w.outcome(o, got)
	return err
}

// outcome writes what a page answered.
func (w *World) outcome(o flows.Outcome, got *strings.Builder) {
	for _, field := range slices.Sorted(maps.Keys(o.Problems)) {
		fmt.Fprintf(got, "  page: %s: %s\n", field, o.Problems[field])
	}
	if len(o.Problems) == 0 {
		fmt.Fprintf(got, "  page: %s. %s\n", o.Title, strings.ReplaceAll(o.Text, "\n", "\n  page: "))
	}
}

// Mails are those that were sent, as "address: subject", in their order.
func (w *World) Mails() (all []string) {
	for _, m := range w.mails {
		all = append(all, strings.TrimPrefix(m.To, "email:")+": "+m.Title)
	}
	return all
}
