package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// word matches one of the words of a list, whole.
func word(list string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\pL])(` + strings.Join(strings.Fields(list), "|") + `)(?:$|[^\pL])`)
}

// What betrays the wrong voice. An order to «tú» looks like a statement about «usted» ("toca"), so that orders
// count only where a sentence or a part of one begins, or with what hangs on them ("tócalo").
var (
	ofTu = []*regexp.Regexp{
		word(`tú tu tus te ti contigo tuyo tuya tuyos tuyas`),
		word(`eres puedes tienes quieres necesitas sigues crees prefieres estás sabes recuerdas vas vives usas recibas puedas quieras tengas hagas escribas mandes cambies toques guardes uses digas
			elijas entres necesites recuerdes tuviste \pL{2,}aste \pL*[^sx\P{L}]iste`),
		word(`escríbeme escríbelo escríbela escríbelos escríbenos mándame mándamelo mándamela fíjate míralo dime dímelo cuéntame cuéntalos avísame avísanos pídeme pídelo pídela ponlo ponla ponlos
			ponlas dame déjalo déjala bórralo bórrala úsalo úsala cópialo pégalo revísalo revísala repítela asegúrate comunícate inténtalo tócalo ábrelo elígela guárdalo confírmame acéptalo`),
		regexp.MustCompile(`(?:^|[.:!?\n»]\s?)\s*[Ee]lige(?:$|[^\pL])`),
		regexp.MustCompile(`(?:^|[.:!?\n»]\s?|[;,] (?:o )?| y | o )\s*([Tt]oca|[Ee]scribe|[Rr]evisa|[Bb]usca|[Pp]ide|[Vv]uelve|[Pp]rueba|[Mm]ira|[Pp]on|[Ee]ntra|[Ee]spera|[Cc]orrobora|[Rr]esponde|[Cc]opia|[Aa]bre el|[Uu]sa el|[Hh]az)(?:$|[^\pL])`),
	}
	ofVos = []*regexp.Regexp{word(`vos sos podés tenés querés necesitás tocá elegí fijate revisá mandame decime probá poné volvé usá seguís creés esperá acá escribí escribime pedime entrá buscá copiá pegá contame avisame dejá`)}
	// In Mexico a password is a «contraseña»; the «clave» is what an invitation holds.
	ofClave = []*regexp.Regexp{word(`clave claves`)}
	ofUsted = []*regexp.Regexp{word(`usted escríbame escríbalo envíeme dígame fíjese revíselo pídame póngalo comuníquese avísenos elija toque vuelva`)}
)

// harmless are the hits that are none: "vuelva" is also what comes back, "toque" what somebody may do.
var harmless = regexp.MustCompile(`que vuelva|[Aa]penas vuelva|cuando vuelva|[Ee]n cuanto vuelva|[Cc]uando toque|que toque|[Cc]laves? de registro|[Ss]in esa clave`)

// voices are what no sentence of a locale says.
var voices = map[string][]*regexp.Regexp{
	"es": slices.Concat(ofVos, ofUsted), "es-MX": slices.Concat(ofVos, ofUsted, ofClave), "es-EC": slices.Concat(ofVos, ofTu), "es-AR": ofUsted,
}

func TestEachLocaleKeepsItsVoice(t *testing.T) {
	for _, folder := range spokenFolders(t) {
		for locale, wrong := range voices {
			for key, s := range sentences(t, folder, locale) {
				for _, w := range wrong {
					if hit := w.FindString(harmless.ReplaceAllString(s, "")); hit != "" {
						t.Errorf("%s, %s: %s says %q: %s", folder, locale, key, strings.TrimSpace(hit), s)
					}
				}
			}
		}
	}
}

// The page about who answers is one for all countries, so that it speaks to nobody.
func TestThePageForEverybodyHasNoVoice(t *testing.T) {
	page, err := os.ReadFile("app/about.html")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "<body>")
	for _, wrong := range [][]*regexp.Regexp{ofTu, ofVos, ofUsted} {
		for _, w := range wrong {
			if hit := w.FindString(text); hit != "" {
				t.Errorf("it says %q", hit)
			}
		}
	}
}

// RULES: talk.tries. A refusal that is said twice is said in other words.
func TestARefusalHasTwoWordings(t *testing.T) {
	pairs := 0
	for _, folder := range spokenFolders(t) {
		for _, locale := range []string{"es", "es-AR", "es-MX", "es-EC", "en"} {
			all := sentences(t, folder, locale)
			for key, second := range all {
				first, isSecond := strings.CutSuffix(key, ".2")
				if !isSecond {
					continue
				}
				pairs++
				if all[first] == "" || all[first] == second {
					t.Errorf("%s, %s: %s says %q after %q", folder, locale, key, second, all[first])
				}
			}
		}
	}
	if pairs < 100 {
		t.Errorf("only %d refusals were found", pairs)
	}
}

// spokenFolders are those that hold sentences.
func spokenFolders(t *testing.T) (folders []string) {
	t.Helper()
	for _, at := range []string{"../../flows/texts", "../../flows/*/texts", "../../bot/webform/texts"} {
		found, err := filepath.Glob(at)
		if err != nil {
			t.Fatal(err)
		}
		folders = append(folders, found...)
	}
	if len(folders) < 6 {
		t.Fatalf("only %v hold sentences", folders)
	}
	return folders
}

// sentences are what a locale says, its base first; forms by number are joined.
func sentences(t *testing.T, folder, locale string) map[string]string {
	t.Helper()
	all := map[string]string{}
	base, _, _ := strings.Cut(locale, "-")
	for _, name := range []string{base, locale} {
		b, err := os.ReadFile(filepath.Join(folder, name+".yaml"))
		if os.IsNotExist(err) && name != base {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var read map[string]any
		if err := yaml.Unmarshal(b, &read); err != nil {
			t.Fatal(err)
		}
		own := map[string]string{}
		for key, v := range read {
			switch v := v.(type) {
			case string:
				own[key] = v
			case map[string]any:
				for _, form := range v {
					own[key] += form.(string) + "\n"
				}
			}
		}
		maps.Copy(all, own)
	}
	return all
}
