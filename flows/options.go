package flows

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// offers are the options that count now: of a question of the engine's own, or of the step.
func (r *run) offers() (all []Option) {
	if r.s == nil {
		return nil
	}
	if r.d.Asking == "fix" {
		for _, name := range r.d.Path {
			if s := r.m.at(name); s != nil && s.Label != nil {
				all = append(all, Option{ID: "fix/" + name, Label: s.Label(r.t) + ": " + r.shown(s)})
			}
		}
		return all
	}
	if r.s.Offers != nil {
		all = r.s.Offers(r.t)
	}
	for _, id := range r.s.Offer {
		all = append(all, r.option(id))
	}
	if r.d.Asking == "keep" {
		all = append(all, Option{ID: "keep", Label: r.e.own("offer_keep", "value", r.shown(r.s))})
	}
	if r.d.Parked != nil && r.d.Flow == r.e.home {
		all = append(all, r.e.wordOption("seguir"))
	}
	return all
}

// option is one of a step's own options; "word/menu" stands for a universal word.
func (r *run) option(id string) Option {
	if word, ok := strings.CutPrefix(id, "word/"); ok {
		return r.e.wordOption(word)
	}
	return Option{ID: id, Label: r.t.Text("offer_" + id)}
}

func (e *Engine) wordOption(word string) Option {
	return Option{ID: "word/" + word, Label: e.own("word_" + word)}
}

func has(all []Option, id string) bool {
	for _, o := range all {
		if o.ID == id {
			return true
		}
	}
	return id == "word/persona" || id == "word/menu" // always under some message, and always harmless
}

// match finds the option that a typed answer means: by its number, an ordinal,
// its label or the beginning of it, or a plain yes or no. "" if none or several.
func (e *Engine) match(typed string, all []Option) string {
	s := Plain(typed)
	if s == "" || len(all) == 0 {
		return ""
	}
	if n := ordinal(s); n == -1 {
		return all[len(all)-1].ID
	} else if n >= 1 && n <= len(all) {
		return all[n-1].ID
	}
	found := ""
	for _, o := range all {
		label := Plain(o.Label)
		if s == label || s == o.ID || e.words[s] == o.ID {
			return o.ID
		}
		if len(s) >= 4 && strings.HasPrefix(label, s) {
			if found != "" {
				return ""
			}
			found = o.ID
		}
	}
	return found
}

var ordinals = map[string]int{
	"primero": 1, "primera": 1, "segundo": 2, "segunda": 2, "tercero": 3, "tercera": 3, "cuarto": 4, "cuarta": 4,
	"quinto": 5, "quinta": 5, "sexto": 6, "sexta": 6, "septimo": 7, "septima": 7, "octavo": 8, "octava": 8,
	"noveno": 9, "novena": 9, "decimo": 10, "decima": 10, "ultimo": -1, "ultima": -1,
	"uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
	"first": 1, "second": 2, "third": 3, "last": -1,
}

// ordinal reads "2", "la segunda", "opción 2", "el 2", "el último" (-1); 0 if it is none.
func ordinal(s string) int {
	for _, w := range []string{"la ", "el ", "opcion ", "numero ", "the ", "option "} {
		s = strings.TrimPrefix(s, w)
	}
	if n, err := strconv.Atoi(s); err == nil && len(s) <= 2 {
		return max(n, 0)
	}
	return ordinals[s]
}

// Plain reduces what a person typed to lower-case words without accents,
// punctuation or emoji, so that spellings can be compared. Thumbs become yes and no.
func Plain(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == '👍' || r == '✅' || r == '👌':
			r = 'y'
		case r == '👎' || r == '❌':
			r = 'n'
		case unicode.Is(unicode.Mn, r):
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
