package flows_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/text"
)

// asksID is a question for an identifier that a page can ask.
func asksID(name string, more func(*flows.Step)) flows.Step {
	s := flows.Step{Name: name, Say: "ask", Take: digits, Keep: true, Label: label(name), Masked: true, Sensitive: true,
		Field: func(*flows.Turn) flows.Field { return flows.Field{Label: name, Kind: "text"} }, Mask: label("•••" + name)}
	if more != nil {
		more(&s)
	}
	return s
}

// paged is an errand whose channel "paged" asks for identifiers on pages.
func paged(steps ...flows.Step) (*flows.Engine, error) {
	all := []flows.Flow{
		{Name: "menu", Texts: sentences("menu", "no_number"), Steps: []flows.Step{{Name: "menu", Say: "menu", Take: digits, On: flows.On{"next": "errand/"}}}},
		{Name: "errand", Texts: sentences("ask", "sure", "no_number"), Steps: append(steps, flows.Step{Name: "sure", Say: "sure", Take: digits, On: flows.On{"next": flows.End}})},
		{Name: "human", Texts: sentences("wait"), Steps: []flows.Step{
			{Name: "wait", Say: "wait", Free: true, Rests: true, Take: func(*flows.Turn, flows.Input) (string, string) { return "said", "" }, On: flows.On{"next": "wait"}}}},
	}
	texts, err := text.New(text.Config{Locale: "es"}, all...)
	if err != nil {
		return nil, err
	}
	words, err := flows.Words()
	if err != nil {
		return nil, err
	}
	n := 0
	return flows.New(flows.Options{Flows: all, Home: "menu", Human: "human", Texts: texts, Words: words, Limits: flows.DefaultLimits(),
		Now: func() time.Time { return noon }, Random: func(int) string { n++; return fmt.Sprintf("%016x", n) },
		Pages: func(channel string) bool { return channel == "paged" }})
}

// RULES: wa.policy. An engine that would ask for a whole document in a chat where that is forbidden is not made.
func TestAQuestionThatNoPageCanAskIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*flows.Step)
		want   string
	}{
		"a page can ask it":   {func(*flows.Step) {}, ""},
		"it has no field":     {func(s *flows.Step) { s.Field = nil }, "errand/id: asks for a whole document"},
		"it acts":             {func(s *flows.Step) { s.Do = nothing }, "errand/id: asks for a whole document"},
		"it leads elsewhere":  {func(s *flows.Step) { s.On = flows.On{"lost": "sure"} }, "errand/id: asks for a whole document"},
		"it is not kept":      {func(s *flows.Step) { s.Keep = false }, "errand/id: asks for a whole document"},
		"it is not masked":    {func(s *flows.Step) { s.Masked = false }, "must be Masked"},
		"it has no mask":      {func(s *flows.Step) { s.Mask = nil }, "needs Mask"},
		"a field that acts":   {func(s *flows.Step) { s.Sensitive, s.Do = false, nothing }, "a page can only ask"},
		"it is no identifier": {func(s *flows.Step) { s.Sensitive, s.Field = false, nil }, ""},
	} {
		_, err := paged(asksID("id", c.change))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// RULES: wa.policy, talk.human
func TestAnOptionThatTakesTheWordForAPersonIsRefused(t *testing.T) {
	all := small(nothing)
	all[1].Steps[3].Offer = []string{"yes", "humano"}
	all[1].Steps[3].On["humano"] = "kind"
	all[1].Texts = sentences("kind", "number", "place", "sure", "page", "done", "no_number", "offer_yes", "title", "act_page", "half", "offer_humano")
	if _, err := build(all); err == nil || !strings.Contains(err.Error(), `errand/sure: "humano" means the option "humano" and leads to no human`) {
		t.Errorf("got %v", err)
	}
	all[1].Steps[3].On["humano"] = "human/"
	if _, err := build(all); err != nil {
		t.Errorf("an option that leads to a human: %v", err)
	}
}

func pagedEngine(t *testing.T) *flows.Engine {
	t.Helper()
	e, err := paged(asksID("id", nil), asksID("account", nil))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// at says lines on a channel, and returns the dialog and the last replies.
func at(t *testing.T, e *flows.Engine, channel string, d flows.Dialog, in ...flows.Input) (flows.Dialog, []flows.Reply) {
	t.Helper()
	var replies []flows.Reply
	for _, i := range in {
		r, err := e.Handle(t.Context(), flows.Call{ID: "t", At: noon, Key: flows.Key{Channel: channel}, Dialog: d, Input: i})
		if err != nil {
			t.Fatal(err)
		}
		d, replies = r.Dialog, r.Replies
	}
	return d, replies
}

func says(text string) flows.Input { return flows.Input{From: flows.Person, Text: text} }

func TestOnOtherChannelsTheChatAsks(t *testing.T) {
	e := pagedEngine(t)
	d, said := at(t, e, "open", flows.Dialog{}, says("1"))
	if _, ok := e.Form(flows.Key{Channel: "open"}, d); ok || said[len(said)-1].Form != "" || said[len(said)-1].Text != "ask?" {
		t.Errorf("a page on a channel without: %+v", said)
	}
}

func TestAPageOfFieldsJudgesAsTheChatDoesAndAnswersAllInOneTurn(t *testing.T) {
	e := pagedEngine(t)
	k := flows.Key{Channel: "paged"}
	d, said := at(t, e, "paged", flows.Dialog{}, says("1"))
	if last := said[len(said)-1]; last.Form != "fields" || last.Entered != d.Entered || !strings.Contains(last.Text, "{pin}") || !strings.Contains(last.Text, "• id\n• account") {
		t.Errorf("the chat says %+v", last)
	}
	page, ok := e.Form(k, d)
	if !ok || !page.PIN || len(page.Fields) != 2 || page.Fields[0].Name != "id" || page.Fields[0].Optional {
		t.Fatalf("the page is %+v", page)
	}
	call := flows.Call{ID: "form/1", At: noon, Key: k, Dialog: d}
	if j, err := e.Check(t.Context(), call, flows.FormValues{"account": "x"}); err != nil || len(j.Problems) != 1 || j.Problems["account"] == "" {
		t.Errorf("judged while typing: %+v, %v", j, err)
	}
	o, err := e.Submit(t.Context(), call, flows.FormValues{"id": "25582558", "account": "abc"})
	if err != nil || len(o.Problems) != 1 || o.Problems["account"] != "no_number?" || o.Event != "" {
		t.Errorf("a wrong account: %+v, %v", o, err)
	}
	if o, err := e.Submit(t.Context(), call, flows.FormValues{"id": " ", "account": "4000123"}); err != nil || !strings.Contains(o.Problems["id"], "Falta") {
		t.Errorf("an empty field: %+v, %v", o, err)
	}
	o, err = e.Submit(t.Context(), call, flows.FormValues{"id": " 25582558 ", "account": "4000123"})
	if err != nil || o.Event != "fields" || o.Values["id"] != "25582558" || !strings.Contains(o.Text, "id: 25582558") {
		t.Fatalf("a right page: %+v, %v", o, err)
	}
	if d.Values["id"] != "" {
		t.Error("submitting changed the dialog")
	}
	event := flows.Input{From: flows.System, Event: o.Event, Values: o.Values, Ref: d.Entered}
	if stale, _ := at(t, e, "paged", d, flows.Input{From: flows.System, Event: o.Event, Values: o.Values, Ref: "another"}); stale.Step != "id" || len(stale.Values) != 0 {
		t.Errorf("the page of another visit was taken: %+v", stale)
	}
	after, _ := at(t, e, "paged", d, event)
	if after.Step != "sure" || after.Values["account"] != "4000123" || !slices.Equal(after.Path, []string{"id", "account"}) {
		t.Errorf("afterwards %+v", after)
	}
	back, said := at(t, e, "paged", after, says("volver"))
	if last := said[len(said)-1].Text; back.Step != "account" || strings.Contains(last, "4000123") || !strings.Contains(last, "•••account") {
		t.Errorf("going back says %q", last)
	}
	if page, _ := e.Form(k, back); !page.Fields[0].Optional || strings.Contains(fmt.Sprint(page), "25582558") {
		t.Errorf("going back shows %+v", page)
	}
}

// RULES: wa.policy. What is typed in the chat all the same is used, and masked before it is stored.
func TestAnIdentifierTypedInAChatWithPagesIsUsedAndMasked(t *testing.T) {
	e := pagedEngine(t)
	k := flows.Key{Channel: "paged"}
	menu, _ := at(t, e, "paged", flows.Dialog{}, says("hola"))
	d, _ := at(t, e, "paged", flows.Dialog{}, says("1"))
	for typed, want := range map[string]string{"25582558": "•••••558", "mi dni es 25.582.558 y la cuenta 4000-123456": "mi dni es ••.•••.••• y la cuenta ••••-•••456"} {
		for where, dialog := range map[string]flows.Dialog{"at the page": d, "elsewhere": menu} {
			if in := e.Screen(k, dialog, says(typed)); in.Shown != want || in.Hidden || in.Text != typed {
				t.Errorf("%s: %q is stored as %q, hidden %v, want %q", where, typed, in.Shown, in.Hidden, want)
			}
		}
	}
	if in := e.Screen(k, d, says("1234")); in.Shown != "•234" {
		t.Errorf("a short answer to the page is stored as %q", in.Shown)
	}
	if in := e.Screen(k, menu, says("1234")); in.Shown != "" {
		t.Errorf("a short number elsewhere is stored as %q", in.Shown)
	}
	if in := e.Screen(flows.Key{Channel: "open"}, menu, says("25582558")); in.Shown != "" {
		t.Errorf("elsewhere it is stored as %q", in.Shown)
	}
	d, said := at(t, e, "paged", d, says("25582558"))
	if last := said[len(said)-1]; d.Values["id"] != "25582558" || d.Step != "account" || strings.Contains(last.Text, "25582558") || last.Form != "fields" {
		t.Errorf("typed in the chat: %+v, %+v", d, last)
	}
}

func TestANumberOfAnOlderListAnswersNothingOnAPage(t *testing.T) {
	e := pagedEngine(t)
	d, _ := at(t, e, "paged", flows.Dialog{}, says("1"))
	for _, typed := range []string{"4", "la quinta"} {
		next, said := at(t, e, "paged", d, says(typed))
		if len(next.Values) != 0 || next.Step != d.Step || len(said) != 1 {
			t.Errorf("%q: %v at %s, %+v", typed, next.Values, next.Step, said)
		}
	}
}

func TestAnotherLinkKillsThePageOfFields(t *testing.T) {
	e := pagedEngine(t)
	d, _ := at(t, e, "paged", flows.Dialog{}, says("1"))
	next, said := at(t, e, "paged", d, flows.Input{From: flows.Person, Choice: "new_link", Ref: d.Entered})
	if next.Entered == d.Entered || next.Step != d.Step || said[0].Entered != next.Entered {
		t.Errorf("the visit is %s, was %s", next.Entered, d.Entered)
	}
	helped, _ := at(t, e, "paged", d, says("ayuda"), says("no entiendo"), flows.Input{From: flows.Person, Kind: flows.Photo})
	if helped.Entered != d.Entered {
		t.Error("asking for help killed the page")
	}
}

func TestAPageOfFieldsIsGoneWhenTheDialogMovedOn(t *testing.T) {
	e := pagedEngine(t)
	d, _ := at(t, e, "paged", flows.Dialog{}, says("1"), says("25582558"), says("4000123"))
	if d.Step != "sure" {
		t.Fatalf("at %s", d.Step)
	}
	if _, err := e.Submit(t.Context(), flows.Call{ID: "f", At: noon, Key: flows.Key{Channel: "paged"}, Dialog: d}, flows.FormValues{"id": secret.Text("1")}); err == nil {
		t.Error("a page was submitted where there is none")
	}
}

// RULES: talk.idle, talk.human. Silence ends the wait in the chat, not in the line: the office may have been closed for days.
func TestWhoWasPromisedAPersonStaysInTheLineUntilTheyComeOrAreNotNeeded(t *testing.T) {
	e := pagedEngine(t)
	waiting, _ := at(t, e, "open", flows.Dialog{}, says("persona"))
	r, err := e.Handle(t.Context(), flows.Call{ID: "t", At: noon.Add(25 * time.Hour), Key: flows.Key{Channel: "open"}, Dialog: waiting, Input: flows.Input{From: flows.System, Event: "tick"}})
	if err != nil || r.Dialog.Flow != "" || !r.Dialog.Waiting.Equal(noon) {
		t.Fatalf("after a day of silence: %+v, %v", r.Dialog, err)
	}
	if d, _ := at(t, e, "open", r.Dialog, says("hola"), says("cancelar"), says("1")); !d.Waiting.Equal(noon) {
		t.Errorf("after something else: %v", d.Waiting)
	}
	for what, in := range map[string]flows.Input{"said": says("terminar"), "answered": {From: flows.System, Event: "handback"}} {
		if d, _ := at(t, e, "open", r.Dialog, in); !d.Waiting.IsZero() {
			t.Errorf("once %s: %v", what, d.Waiting)
		}
	}
	if d, _ := at(t, e, "open", waiting, says("menu")); !d.Waiting.IsZero() {
		t.Errorf("who stopped waiting: %v", d.Waiting)
	}
}
