package console

import (
	"cmp"
	"os"
	"testing"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/standard"
	"ventanilla/store"
)

// lit counts what is lit in a picture, and collects the names it shows.
func lit(all []stop, names map[string]int) (here int) {
	for _, s := range all {
		names[s.Name]++
		if s.Here() {
			here++
		}
		here += lit(s.Inner, names) + lit(s.Sides, names) + lit(s.More, names)
	}
	return here
}

// Wherever a dialog can stand in any organisation's conversations, the picture shows it once, and every other
// place of the flow with it.
func TestThePictureShowsEachPlaceWhereADialogCanStand(t *testing.T) {
	t.Parallel()
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	sixth, err := portal.Load(os.DirFS("../../backend/portal/testdata/sixth"))
	if err != nil {
		t.Fatal(err)
	}
	places := 0
	for _, p := range append(all, sixth...) {
		list, err := standard.Flows(p, standard.Deps{Limits: flows.DefaultLimits(), MailDown: func() bool { return false }})
		if err != nil {
			t.Fatal(err)
		}
		tables := map[string]flows.Flow{}
		for _, f := range list {
			tables[f.Name] = f
		}
		c := &Console{Config: Config{Flows: func(string) map[string]flows.Flow { return tables }}}
		for _, f := range list {
			for i := range f.Steps {
				if f.Steps[i].Waits() {
					places++
					drawn(t, c, f, f.Steps[i].Name, languages["es"])
				}
			}
		}
	}
	if places < 200 {
		t.Errorf("looked at %d places, want all", places)
	}
}

func drawn(t *testing.T, c *Console, f flows.Flow, step string, w words) {
	t.Helper()
	callers := []string{""}
	if f.Sub {
		callers = []string{"recovery", "unlock", "payslip"} // which have steps of the same names
	}
	names := map[string]int{}
	for _, caller := range callers {
		v, ok := c.way(w, &store.Conversation{Dialog: flows.Dialog{Flow: f.Name, Step: step, Caller: caller}}, nil)
		clear(names)
		if n := lit(v.Stops, names); ok == (c.Flows("")[cmp.Or(caller, f.Name)].Name == "") || ok && n != 1 {
			t.Errorf("%s/%s of %q: %d places are lit, want one", f.Name, step, caller, n)
		}
		if !ok {
			return // that errand is not offered there
		}
	}
	for i := range f.Steps {
		s := &f.Steps[i]
		if name := w.StepName(f.Name, s.Name); s.Waits() && names[name] == 0 {
			t.Errorf("%s/%s: the picture has no %q", f.Name, step, name)
		}
	}
}

func TestThePictureKnowsWhatPassedAndWhereItLeads(t *testing.T) {
	t.Parallel()
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	list, err := standard.Flows(all[0], standard.Deps{Limits: flows.DefaultLimits(), MailDown: func() bool { return false }})
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]flows.Flow{}
	for _, f := range list {
		tables[f.Name] = f
	}
	c := &Console{Config: Config{Flows: func(string) map[string]flows.Flow { return tables }}}
	conv := &store.Conversation{Dialog: flows.Dialog{Flow: "proof", Step: "code", Caller: "recovery", Path: []string{"cedula"}}}
	lines := []store.Line{{Step: "payslip/list"}, {Step: "/"}, {Step: "menu/menu"}, {Step: "proof/cedula"}, {Step: "proof/confirm"}, {Step: "proof/code"}}
	v, ok := c.way(languages["en"], conv, lines)
	if !ok || v.Flow != "Get back in" || v.Stops[0].Name != "Prove who they are" || v.Stops[0].State != "here" || len(v.Stops[0].Inner) == 0 {
		t.Fatalf("got %+v", v)
	}
	states := map[string]string{}
	for _, s := range v.Stops[0].Inner {
		states[s.Name] = s.State
	}
	for name, want := range map[string]string{"Identity card": "passed", "Confirms their details": "passed", "Types the code from the mail": "here"} {
		if states[name] != want {
			t.Errorf("%s is %q, want %q of %v", name, states[name], want, states)
		}
	}
	if len(v.Out) == 0 {
		t.Error("nothing leads out of it")
	}
	conv.Dialog = flows.Dialog{Flow: "handoff", Step: "waiting", Parked: &flows.Parked{Flow: "recovery", Step: "form"}}
	if v, ok = c.way(languages["en"], conv, lines); !ok || !v.Paused || v.Flow != "Get back in" || v.Stops[0].State != "passed" {
		t.Errorf("while a person is awaited: got %+v", v)
	}
	if _, ok = c.way(languages["en"], &store.Conversation{}, nil); ok {
		t.Error("where nothing goes on there is a picture")
	}
}

func TestWhyAskedOfWhatNobodyKnowsStillSaysSomething(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"twilio 63016":   "Pasaron 24 horas desde su último mensaje: WhatsApp solo acepta un mensaje con plantilla.",
		"twilio 99999":   "WhatsApp no lo entregó (código de twilio 99999).",
		"smtp 550 5.1.1": "Esa dirección de correo no existe o no recibe.",
		"smtp 571 5.7.1": "El servidor de correo no lo acepta (smtp 571 5.7.1).",
		"telegram 502":   "Telegram tuvo un problema suyo: se reintenta.",
		"":               "No se sabe por qué ().",
		"new":            "No se sabe por qué (new).",
	} {
		if got := languages["es"].Why(code); got != want {
			t.Errorf("%q: got %q, want %q", code, got, want)
		}
	}
}

func TestReadyAnswersAreFilledOrLeftOut(t *testing.T) {
	t.Parallel()
	values := map[string]string{"portal": "Mi Portal", "name": "Ana", "case": ""}
	for text, want := range map[string]string{
		"Hola[ {name}], de {portal}": "Hola Ana, de Mi Portal",
		"Caso[ {case}] abierto":      "Caso abierto",
		"Tu caso es el {case}":       "",
		"Nada que llenar":            "Nada que llenar",
		"{unknown}":                  "",
	} {
		got, ok := fillIn(text, values)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	t.Parallel()
	es, en := languages["es"].text, languages["en"].text
	if len(es) < 400 {
		t.Fatalf("got %d sentences", len(es))
	}
	for key := range es {
		if en[key] == "" {
			t.Errorf("%s is said in Spanish only", key)
		}
	}
	for key := range en {
		if es[key] == "" {
			t.Errorf("%s is said in English only", key)
		}
	}
}
