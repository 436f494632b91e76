package standard

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"ventanilla/flows"
	"ventanilla/flows/intent"
)

// secrets are labels of what is never kept of a message: it says nothing of who somebody is.
var secrets = []string{"codigo", "token", "pin", "id", "caso", "ticket"}

// shortest is how long a number without a name must be to tell by itself what it is.
const shortest = 10

// long is a number as long as codes and documents are, however it is written.
const long = `\S*\d(?:[ .\-/]*\d){6,}\S*`

// longestWish is how many characters of a wish are kept.
const longestWish = 160

// Tells finds what a message tells besides what it asks for; see [flows.Options.Tells].
func Tells(text string) (all []flows.Given) {
	if !strings.ContainsFunc(text, unicode.IsLetter) && len(text) < shortest {
		return nil
	}
	s := intent.Tell(text)
	if len(s.Numbers) > 0 && !strings.ContainsFunc(text, unicode.IsDigit) { // "⁵ de mayo de ¹⁹⁹⁰ ²³⁴⁵⁶": see [flows.Options.Tells]
		s.Numbers = nil
	}
	for _, n := range s.Numbers {
		if slices.Contains(secrets, n.Label) || n.Label == "" && !coded(n) && (len(n.Digits) < shortest || announced.MatchString(flows.Plain(text))) {
			continue
		}
		all = append(all, flows.Given{Kind: flows.GivenNumber, Text: n.Text, Label: n.Label})
	}
	for _, m := range s.Emails {
		all = append(all, flows.Given{Kind: flows.GivenEmail, Text: m, Label: mailLabel(m, s)})
	}
	if s.Born != "" {
		all = append(all, flows.Given{Kind: flows.GivenDate, Text: s.Born, Label: "nacimiento"})
	} else if len(s.Dates) == 1 {
		all = append(all, flows.Given{Kind: flows.GivenDate, Text: s.Dates[0]})
	}
	if s.Name != "" {
		all = append(all, flows.Given{Kind: flows.GivenName, Text: s.Name})
	}
	for _, self := range s.Self {
		if isSort(self) {
			all = append(all, flows.Given{Kind: flows.GivenSelf, Text: self})
		}
	}
	wish := strings.TrimSpace(text)
	if !strings.ContainsAny(wish, " \t\n\f\r") { // a word alone is no wish
		return all
	}
	if strings.ContainsAny(text, "@0123456789") { // nothing of a person is without
		if m := regime.FindStringSubmatch(text); m != nil {
			all = append(all, flows.Given{Kind: flows.GivenSelf, Text: m[1]})
		}
		wish = strings.TrimSpace(personal.ReplaceAllString(text, " "))
	}
	if strings.Contains(wish, " ") {
		all = append(all, flows.Given{Kind: flows.GivenWish, Text: shortened(wish, longestWish)})
	}
	return all
}

// coded tells of letters and digits as policies and keys have them: questions know theirs by their form.
func coded(n intent.Number) bool {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, n.Digits)
	return len(digits) >= 3 && len(n.Digits)-len(digits) >= 2 && len(n.Digits) >= 7
}

// isSort tells "ley 10.430", by which people are sorted, from "código 1234 5678", of which the half may be read here.
func isSort(self string) bool {
	digits := 0
	for _, r := range self {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits != 4 && digits < 8 && !slices.ContainsFunc(strings.Fields(self), func(w string) bool { return slices.Contains(secrets, w) })
}

// mailLabel says whether an address is one that somebody has or one they want.
func mailLabel(address string, s intent.Slots) string {
	switch strings.ToLower(address) {
	case s.New:
		return "nuevo"
	case s.Have:
		return "propio"
	}
	return ""
}

var (
	regime    = regexp.MustCompile(`(?i)\bsoy\s+(?:(?:de|del|la|ley|personal|regimen|régimen)\s+)*(\d{2,3}\.?\d{3})\b`) // "soy de la 10.430": by the law that they work under
	personal  = regexp.MustCompile(`\S*\d[\d.\-/]{4,}\S*|` + long + `|\S*@\S+`)                                         // what tells who somebody is, and codes as mails show them
	announced = regexp.MustCompile(`\b(clave|contrasena|password|pass|contra)\b`)
)

func shortened(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
