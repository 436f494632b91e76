package text_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"ventanilla/flows"
	"ventanilla/flows/text"
)

func catalogue(t testing.TB, locale string, overrides map[string]map[string]string) *text.Catalogue {
	t.Helper()
	f := flows.Flow{Name: "f", Texts: fstest.MapFS{
		"es.yaml":    {Data: []byte("hi: \"Hola {name}, {portal}\"\nn: {one: \"{n} vez\", other: \"{n} veces\"}\nbase: \"base\"\npin: \"{pin} {code}\"\n")},
		"es-AR.yaml": {Data: []byte("base: \"región\"\n")},
		"en.yaml":    {Data: []byte("hi: \"Hello {name}, {portal}\"\nn: {one: \"{n} time\", other: \"{n} times\"}\nbase: \"base en\"\npin: \"{pin} {code}\"\n")},
	}}
	c, err := text.New(text.Config{Locale: locale, Values: map[string]string{"portal": "P"}, Overrides: overrides}, f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestARegionSaysOnlyWhatDiffers(t *testing.T) {
	for locale, want := range map[string]string{"es": "base", "es-AR": "región", "es-MX": "base", "es-EC": "base", "en": "base en"} {
		c := catalogue(t, locale, nil)
		if got, _ := c.Text("f", "base", nil); got != want {
			t.Errorf("%s: %q, want %q", locale, got, want)
		}
	}
}

func TestNumbersTakeTheirForm(t *testing.T) {
	for locale, want := range map[string][2]string{"es": {"1 vez", "0 veces"}, "es-AR": {"1 vez", "0 veces"}, "es-MX": {"1 vez", "0 veces"}, "en": {"1 time", "0 times"}} {
		c := catalogue(t, locale, nil)
		one, _ := c.Text("f", "n", map[string]string{"n": "1"})
		none, _ := c.Text("f", "n", map[string]string{"n": "0"})
		if one != want[0] || none != want[1] {
			t.Errorf("%s: %q and %q, want %q", locale, one, none, want)
		}
		unit, _ := strings.CutPrefix(want[1], "0 ")
		for _, n := range []string{"2", "15", "16", "1000000", "-3", "muchas"} {
			if got, _ := c.Text("f", "n", nil, "n", n); got != n+" "+unit {
				t.Errorf("%s: %q, want %s %s", locale, got, n, unit)
			}
		}
	}
}

func TestOverridesReplaceWhatExists(t *testing.T) {
	c := catalogue(t, "es-AR", map[string]map[string]string{"f": {"hi": "Buenas {name}"}, "common": {"help": "Llamá"}})
	if got, _ := c.Text("f", "hi", map[string]string{"name": "Ana"}); got != "Buenas Ana" {
		t.Errorf("got %q", got)
	}
	if got, _ := c.Text("", "help", nil); got != "Llamá" {
		t.Errorf("got %q", got)
	}
	_, err := text.New(text.Config{Locale: "es", Overrides: map[string]map[string]string{"f": {"x": "y"}, "common": {"z": "y"}}})
	if err == nil || !strings.Contains(err.Error(), `"x"`) || !strings.Contains(err.Error(), `"z"`) {
		t.Errorf("unknown sentences: %v", err)
	}
}

// What people typed stays text: it never becomes a placeholder, of this sentence or of one filled later.
func FuzzFill(f *testing.F) {
	for _, s := range []string{"Ana", "{pin}", "{code}", "{{name}}", "}{", "{", "a{b}c", "{portal"} {
		f.Add(s)
	}
	c := catalogue(f, "es", nil)
	f.Fuzz(func(t *testing.T, name string) {
		got, ok := c.Text("f", "hi", map[string]string{"name": name})
		if !ok || strings.Contains(got, "{") || !strings.HasPrefix(got, "Hola ") || !strings.HasSuffix(got, ", P") {
			t.Errorf("%q gives %q", name, got)
		}
		if got, _ := c.Text("f", "pin", map[string]string{"other": name}); got != "{pin} {code}" {
			t.Errorf("what is filled while sending became %q", got)
		}
	})
}
