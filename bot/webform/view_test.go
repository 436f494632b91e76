package webform_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"ventanilla/flows"
)

// skeleton is a page's elements and attributes without their values and texts:
// it must not depend on what anybody is called.
func skeleton(t *testing.T, body string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		b.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
		}
		b.WriteString(">\n")
	}
	return b.String()
}

func TestMarkupInNamesAndSentencesComesOutAsText(t *testing.T) {
	f, err := os.Open("testdata/xss.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	w := newWorld(t)
	pages := func(evil string) []page {
		w.face.Organisation, w.face.Portal, w.engine.title, w.engine.rule = evil, evil, evil, evil
		w.engine.fields[0].Label, w.engine.fields[0].Hint = evil, evil
		w.engine.outcome.Problems = map[string]string{"password": evil}
		w.engine.outcome.Title, w.engine.outcome.Text = evil, evil
		form := w.get(w.link())
		problems := w.post(w.link(), w.filled(good))
		w.engine.outcome.Problems, w.engine.kept = nil, map[string]flows.Outcome{}
		done := w.post(w.link(), w.filled(good))
		w.heard()
		return []page{form, problems, done, w.post(w.link()+"/check", w.filled("corta"))}
	}
	plain := pages("Ministerio")
	w.want(plain[2], http.StatusOK, "done")
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var v struct{ Payload string }
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		evil := strings.Join(strings.Fields(v.Payload), " ") // a line break makes a paragraph, as it should
		if evil == "" {
			continue
		}
		w.clock.Advance(3 * time.Minute) // until the last page's claim has run out
		w.engine.kept = map[string]flows.Outcome{}
		for i, got := range pages(evil)[:3] {
			if got.status != plain[i].status || skeleton(t, got.body) != skeleton(t, plain[i].body) {
				t.Errorf("%q changed the page:\n%s", v.Payload, got.body)
			}
		}
	}
	if got := plain[3].header.Get("Content-Type"); got != "application/json" {
		t.Errorf("got %q", got)
	}
}

func TestALinkToSomewhereDangerousIsDefused(t *testing.T) {
	w := newWorld(t)
	w.face.URL, w.face.Chat, w.engine.outcome.Link = "javascript:alert(1)", "javascript:alert(2)", "javascript:alert(3)"
	if got := w.post(w.link(), w.filled(good)); strings.Contains(got.body, "javascript:") {
		t.Errorf("got\n%s", got.body)
	}
}

func TestAssetsMayBeKeptForeverAndAreOurOwn(t *testing.T) {
	w := newWorld(t)
	body := w.get(w.link()).body
	found := regexp.MustCompile(`(?:href|src)="\.\./f/(assets/[^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(found) != 3 {
		t.Fatalf("got %v, want two styles and a script", found)
	}
	for _, f := range found {
		got := w.get(w.server.URL + "/f/" + f[1])
		if got.status != http.StatusOK || !strings.Contains(got.header.Get("Cache-Control"), "immutable") || got.body == "" {
			t.Errorf("%s: got %d %v", f[1], got.status, got.header)
		}
		if strings.Contains(got.body, "http://") || strings.Contains(got.body, "https://") || strings.Contains(got.body, "url(") {
			t.Errorf("%s loads something from elsewhere", f[1])
		}
	}
	for _, name := range []string{"nothing.css", "brand-xyz.css", "brand-1a5fb4.css.map", ".."} {
		if got := w.get(w.server.URL + "/f/assets/" + name); got.status == http.StatusOK && !strings.Contains(got.header.Get("Content-Type"), "html") {
			t.Errorf("%s: got %d", name, got.status)
		}
	}
}

func TestWhatIsWrittenOnAColourCanBeRead(t *testing.T) {
	w := newWorld(t)
	for colour, ink := range map[string]string{"#1a5fb4": "#ffffff", "#ffd400": "#000000", "#FFFFFF": "#000000", "#000000": "#ffffff", "red;}": "#ffffff", "": "#ffffff"} {
		w.face.Colour = colour
		name := regexp.MustCompile(`assets/brand-[^"]+`).FindString(w.get(w.link()).body)
		if got := w.get(w.server.URL + "/f/" + name); !strings.Contains(got.body, "--on-brand:"+ink) {
			t.Errorf("%q: got %s, want %s on it", colour, got.body, ink)
		}
	}
}

func TestEverySentenceExistsInEveryLanguageAndIsShort(t *testing.T) {
	want := sentences(t, "es").Keys()
	for _, locale := range []string{"en", "es-AR", "es-MX", "es-EC"} {
		c := sentences(t, locale)
		if !slices.Equal(c.Keys(), want) {
			t.Errorf("%s: got %v, want %v", locale, c.Keys(), want)
		}
		for _, key := range want {
			key, ours := strings.CutPrefix(key, "page.")
			s, ok := c.Text("page", key, map[string]string{"n": "2", "portal": "Mi Portal", "word": "buena"})
			if ours && (!ok || s == "" || len([]rune(s)) > 500 || strings.ContainsAny(s, "{}")) {
				t.Errorf("%s %s: got %q", locale, key, s)
			}
		}
	}
}

func TestThePageSpeaksTheLanguageOfThePortal(t *testing.T) {
	for locale, want := range map[string]string{"es": "Vuelve al chat", "es-MX": "Vuelve al chat", "es-AR": "Volvé al chat", "en": "Go back to the chat"} {
		w := newWorld(t)
		w.face.Locale = locale
		w.stand("")
		got := w.get(w.link())
		w.want(got, http.StatusGone, "superseded", want)
		if !strings.Contains(got.body, `<html lang="`+locale+`"`) {
			t.Errorf("%s: got\n%.100s", locale, got.body)
		}
	}
}

func TestFieldsThatAreNoSecretsComeBackAndNeedNoPIN(t *testing.T) {
	w := newWorld(t)
	w.engine.nopin = true
	w.engine.fields = []flows.Field{{Name: "legajo", Label: "Legajo", Kind: "text", Autocomplete: "off"}, {Name: "password", Label: "Clave", Kind: "current-password", Autocomplete: "current-password"}}
	v := w.get(w.link()).fields
	if v.Has("_pin") {
		t.Error("the page asks for a PIN")
	}
	v.Set("legajo", `12"345`)
	v.Set("password", "corta")
	got := w.post(w.link(), v)
	w.want(got, http.StatusUnprocessableEntity, "form")
	if got.fields.Get("legajo") != `12"345` || got.fields.Get("password") != "" {
		t.Errorf("got %v", got.fields)
	}
}

func TestABoxToTickStaysTickedAndSaysWhereAllOfItStands(t *testing.T) {
	w := newWorld(t)
	w.engine.nopin = true
	w.engine.fields = []flows.Field{{Name: "accept", Label: "Acepto el <acuerdo>", Kind: "check", Link: "https://portal.example/acuerdo"},
		{Name: "password", Label: "Clave", Kind: "new-password", Autocomplete: "new-password"}}
	shown := w.get(w.link())
	w.want(shown, http.StatusOK, "form", "Acepto el <acuerdo>", "Leer todo")
	if strings.Contains(shown.body, " checked") || !strings.Contains(shown.body, `href="https://portal.example/acuerdo" target="_blank" rel="noopener noreferrer"`) {
		t.Errorf("the box is ticked already, or leads nowhere:\n%s", shown.body)
	}
	v := shown.fields
	v.Set("password", "corta")
	for _, ticked := range []bool{true, false} {
		if !ticked {
			v.Del("accept") // as browsers do
		}
		got := w.post(w.link(), v)
		w.want(got, http.StatusUnprocessableEntity, "form")
		if strings.Contains(got.body, " checked") != ticked {
			t.Errorf("ticked %v: the box came back otherwise", ticked)
		}
	}
}

// RULES: enum.same. A page that may be submitted for nobody's account answers a refusal at one time;
// what is done is said at once.
func TestARefusalOfAVeiledPageTakesAlwaysAsLong(t *testing.T) {
	w := newWorld(t)
	w.limits.IdentityHold = 300 * time.Millisecond
	w.serve()
	w.engine.veiled = true
	began := w.clock.Now()
	w.want(w.post(w.link(), w.filled("corta")), http.StatusUnprocessableEntity, "form")
	if took := w.clock.Now().Sub(began); took < w.limits.IdentityHold {
		t.Errorf("a refusal came after %v, want no less than %v", took, w.limits.IdentityHold)
	}
	w.engine.fail(errDown, nil)
	began = w.clock.Now()
	w.want(w.post(w.link(), w.filled(good)), http.StatusServiceUnavailable, "form")
	if took := w.clock.Now().Sub(began); took < w.limits.IdentityHold {
		t.Errorf("an outage was told after %v, want no less than %v", took, w.limits.IdentityHold)
	}
}
