package flows_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/flows/text"
)

// errands are two that call the same sub-dialog, which asks one number.
func errands() []flows.Flow {
	known := func(_ context.Context, t *flows.Turn) (string, error) {
		if t.Values["who"] == "" || t.Values["proven"] == "" {
			t.Dialog.Want = "a number"
			return "unknown", nil
		}
		return "", nil
	}
	prove := func(_ context.Context, t *flows.Turn) (string, error) {
		t.Values["proven"] = "1"
		return "", nil
	}
	one := func(name string) flows.Flow {
		return flows.Flow{Name: name, Texts: sentences("ask_"+name, "no_number"), Steps: []flows.Step{
			{Name: "start", Do: known, On: flows.On{"unknown": "sub/"}},
			{Name: "ask", Say: "ask_" + name, Take: digits, On: flows.On{"9": "sub/sure", "next": flows.End}},
		}}
	}
	return []flows.Flow{
		{Name: "menu", Texts: sentences("menu", "no_number", "offer_one", "offer_two"), Steps: []flows.Step{
			{Name: "menu", Say: "menu", Offer: []string{"one", "two"}, Accepts: []string{"hidden"}, Take: digits,
				On: flows.On{"one": "one/", "two": "two/", "hidden": "two/", "next": "menu"}}}},
		one("one"), one("two"),
		{Name: "sub", Sub: true, Texts: sentences("who", "sure", "no_number", "offer_yes"), Steps: []flows.Step{
			{Name: "who", Say: "who", Take: digits, Keep: true, Label: label("Who")},
			{Name: "sure", Say: "sure", Offer: []string{"yes"}, Take: digits, Do: prove, On: flows.On{"next": flows.Return}},
		}},
		{Name: "news", Texts: sentences("told"), Steps: []flows.Step{{Name: "none", Say: "told", On: flows.On{"next": flows.End}}},
			Asides: map[string]flows.Aside{"news": func(_ context.Context, t *flows.Turn) error {
				t.Send(flows.Reply{Text: t.Text("told"), Offer: []flows.Option{{ID: "hidden", Label: "More"}}})
				return nil
			}}},
		small(nil)[2],
	}
}

// line plays inputs one after another and returns where the dialog stands and what was said last.
func line(t *testing.T, e *flows.Engine, d flows.Dialog, inputs ...flows.Input) (flows.Dialog, []flows.Reply) {
	t.Helper()
	var said []flows.Reply
	for _, in := range inputs {
		if in.From == "" {
			in.From = flows.Person
		}
		r, err := e.Handle(t.Context(), flows.Call{ID: "t", At: noon, Key: flows.Key{Portal: "p", Channel: "telegram", Person: "7"}, Dialog: d, Input: in})
		if err != nil {
			t.Fatal(err)
		}
		d, said = r.Dialog, r.Replies
	}
	return d, said
}

func typed(lines ...string) (all []flows.Input) {
	for _, l := range lines {
		all = append(all, flows.Input{Text: l})
	}
	return all
}

func TestASubDialogReturnsToWhoCalledIt(t *testing.T) {
	e, err := build(errands())
	if err != nil {
		t.Fatal(err)
	}
	for _, errand := range []string{"one", "two"} {
		d, _ := line(t, e, flows.Dialog{}, typed("hola", errand, "5")...)
		if d.Flow != "sub" || d.Step != "sure" || d.Caller != errand || d.Want != "a number" {
			t.Fatalf("%s: the dialog stands at %s/%s, called by %q for %q", errand, d.Flow, d.Step, d.Caller, d.Want)
		}
		if back, _ := line(t, e, d, typed("volver")...); back.Step != "who" || back.Caller != errand {
			t.Errorf("%s: back leads to %s/%s of %q", errand, back.Flow, back.Step, back.Caller)
		}
		if _, said := line(t, e, d, typed("estado")...); !strings.Contains(said[0].Text, "errand?") {
			t.Errorf("%s: the status does not name the errand: %q", errand, said[0].Text)
		}
		parked, _ := line(t, e, d, typed("menu")...)
		again, _ := line(t, e, parked, typed("seguir", "si")...)
		if again.Flow != errand || again.Step != "ask" || again.Caller != "" {
			t.Errorf("%s: after the sub-dialog the dialog stands at %s/%s, called by %q", errand, again.Flow, again.Step, again.Caller)
		}
		mid, _ := line(t, e, again, typed("9")...)
		if mid.Step != "sure" || mid.Caller != errand || !slices.Equal(mid.Path, []string{"who"}) {
			t.Errorf("%s: called in its middle it stands at %s of %q, %v answered", errand, mid.Step, mid.Caller, mid.Path)
		}
	}
}

func TestOnlyASubDialogReturns(t *testing.T) {
	all := errands()
	all[1].Steps[1].On["next"] = flows.Return
	if _, err := build(all); err == nil || !strings.Contains(err.Error(), "is no sub-dialog") {
		t.Errorf("an errand that returns to nobody: %v", err)
	}
}

// A dialog parked at a step that went to a sub-dialog since comes back to the flow it was in.
func TestAStepThatWentToASubDialogReturnsToItsOldFlow(t *testing.T) {
	all := errands()
	all[1].Moved = map[string]string{"number": "sub/sure"}
	e, err := build(all)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := line(t, e, flows.Dialog{Flow: "one", Step: "number", Heard: noon, Values: map[string]string{"who": "5"}, Memory: flows.Memory{Privacy: noon}}, typed("si")...)
	if d.Flow != "one" || d.Step != "ask" {
		t.Errorf("the dialog stands at %s/%s", d.Flow, d.Step)
	}
}

func TestAnAsideLeavesTheDialogWhereItIs(t *testing.T) {
	e, err := build(errands())
	if err != nil {
		t.Fatal(err)
	}
	d, _ := line(t, e, flows.Dialog{}, typed("hola", "one")...)
	news := flows.Input{From: flows.System, Event: "news"}
	after, said := line(t, e, d, news)
	if after.Flow != d.Flow || after.Step != d.Step || after.Entered != d.Entered || len(said) != 1 || said[0].Text != "told?" {
		t.Errorf("the dialog went from %s/%s to %s/%s and said %+v", d.Flow, d.Step, after.Flow, after.Step, said)
	}
	ended, said := line(t, e, flows.Dialog{Memory: flows.Memory{Privacy: noon}}, news)
	if ended.Flow != "" || len(said) != 1 {
		t.Fatalf("with no dialog: %+v, %+v", ended, said)
	}
	if d, _ := line(t, e, ended, flows.Input{Choice: "hidden", Ref: said[0].Entered}); d.Caller != "two" {
		t.Errorf("the button of the aside leads to %s/%s", d.Flow, d.Step)
	}
}

func TestABannerIsSaidOnceAConversation(t *testing.T) {
	all := errands()
	texts, err := text.New(text.Config{Locale: "es"}, all...)
	if err != nil {
		t.Fatal(err)
	}
	words, err := flows.Words()
	if err != nil {
		t.Fatal(err)
	}
	e, err := flows.New(flows.Options{Flows: all, Home: "menu", Human: "human", Texts: texts, Words: words, Limits: flows.DefaultLimits(),
		Now: func() time.Time { return noon }, Random: func(int) string { return "00" }, Banner: "El portal está caído."})
	if err != nil {
		t.Fatal(err)
	}
	says := func(replies []flows.Reply) bool {
		return slices.ContainsFunc(replies, func(r flows.Reply) bool { return r.Text == "El portal está caído." })
	}
	d, first := line(t, e, flows.Dialog{}, typed("hola")...)
	_, second := line(t, e, d, typed("one")...)
	if !says(first) || says(second) {
		t.Errorf("first %+v, then %+v", first, second)
	}
}
