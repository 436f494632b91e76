package flows

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
	if strings.HasPrefix(r.d.Asking, switching) {
		return r.switchOffers()
	}
	switch {
	case r.paged() != nil:
		all = append(all, r.option("new_link"), r.e.wordOption("persona"))
	case r.s.Offers != nil:
		all = r.s.Offers(r.t)
	}
	if all == nil && len(r.s.Offer) > 0 {
		all = make([]Option, 0, len(r.s.Offer)+2)
	}
	for _, id := range r.s.Offer {
		all = append(all, r.option(id))
	}
	if r.owned() != nil && (r.t.Key.Channel != "whatsapp" || r.t.phone() != "") {
		all = append(all, Option{ID: ownPhone, Label: r.e.own("offer_own_phone")})
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
	if o, word := r.e.beside[id]; word {
		return o
	}
	return Option{ID: id, Label: r.t.Text("offer_" + id)}
}

func (e *Engine) wordOption(word string) Option {
	return e.beside["word/"+word]
}

// has tells whether an option counts now.
func has(all []Option, id string) bool {
	word, ok := strings.CutPrefix(id, "word/")
	return hasID(all, id) || ok && slices.Contains(Universal, word) // whoever may write a word may tap it
}

func hasID(all []Option, id string) bool {
	return slices.ContainsFunc(all, func(o Option) bool { return o.ID == id })
}

// read finds the option that a typed answer means.
func (r *run) read(typed string, offered []Option) string {
	if r.d.Asking == "fix" {
		if s := Plain(typed); r.e.words[s] == "" {
			if id := named(s, offered); id != "" {
				return id
			}
		}
	}
	id := r.e.match(typed, offered)
	if strings.HasPrefix(id, "word/") && ordinal(Plain(typed)) < 0 && (r.s.Masked && !r.s.Keep || r.beside(typed) != "") { // "el último" of what they came for, or of the mails
		return ""
	}
	if id == "" && r.s != nil && r.s.Yes != "" && r.e.yesOrNo(Plain(typed)) == "yes" && !narrower(Plain(typed), offered, r.s.Yes) {
		return r.s.Yes
	}
	return id
}

// match finds the option that a typed answer means: by its number, an ordinal,
// its label or the beginning of it, or a plain yes or no. "" if none or several.
func (e *Engine) match(typed string, all []Option) string {
	if len(all) == 0 {
		return ""
	}
	s := Plain(typed)
	if s == "" {
		return ""
	}
	if i := place(ordinal(s), len(all)); i >= 0 {
		return all[i].ID
	}
	if id := e.meant(s, all, labels(all)); id != "" {
		return id
	}
	return provider(s, all)
}

// labels are those of options, [Plain].
func labels(all []Option) []string {
	plain := make([]string, len(all))
	for i, o := range all {
		plain[i] = Plain(o.Label)
	}
	return plain
}

// meant finds the option that words mean, by its label.
func (e *Engine) meant(s string, all []Option, labels []string) string {
	for i, o := range all {
		if s == labels[i] || s == o.ID || e.words[s] == o.ID {
			return o.ID
		}
	}
	if id := e.yesOrNo(s); id != "" && hasID(all, id) && !narrower(s, all, id) {
		return id
	}
	if id := another(s, all); id != "" {
		return id
	}
	if otherOf[s] { // "otra" is no "Otra persona usó mis datos"
		return ""
	}
	if id := only(all, func(i int) bool { return e.begins(labels[i], s) }); id != "" || len(s) < 4 || e.words[s] != "" {
		return id
	}
	said := bared(s, "los", "las")
	return only(all, func(i int) bool { return said != "" && said == bared(labels[i], "los", "las") })
}

// renewing are what somebody may call another of what counts no more, and what they say around it.
var (
	renewing = setOf("otro otra nuevo nueva another new")
	renewed  = setOf("otro otra nuevo nueva another new mandas das daria darias podria podrias quisiera enlace link codigo pagina hoja uno una mas mandame mandeme manda mande enviame envieme envia envie pasame paseme necesito puede puedes podes si a ver send me please ya code page")
)

// another finds the one option that brings another of what counts no more, in whichever words: "deme otro", "otro link".
func another(s string, all []Option) string {
	again := false
	for w := range strings.FieldsSeq(bared(s)) {
		if !renewed[w] {
			return ""
		}
		again = again || renewing[w]
	}
	if !again {
		return ""
	}
	return only(all, func(i int) bool { return all[i].ID == "new_link" || strings.HasPrefix(all[i].ID, "resend") })
}

// place is where an ordinal points in a list of n; -1 if nowhere.
func place(ordinal, n int) int {
	switch {
	case ordinal == middle && n%2 == 1:
		return n / 2
	case ordinal < 0 && ordinal >= -n:
		return n + ordinal
	case ordinal >= 1 && ordinal <= n:
		return ordinal - 1
	}
	return -1
}

// courteous are words around a choice that choose nothing.
var courteous = setOf("el la lo un una de del mi por favor porfa porfavor quiero quisiera querria mejor prefiero dame deme elijo va con entonces bueno ok dale eh gracias esta opcion numero nro the option please que dice es seria pon ponme poneme")

// bared is a choice without what stands around it.
func bared(s string, more ...string) string {
	idle := true
	for w := range strings.FieldsSeq(s) {
		idle = idle && !courteous[w] && !slices.Contains(more, w)
	}
	if idle {
		return s
	}
	return strings.Join(slices.DeleteFunc(strings.Fields(s), func(w string) bool { return courteous[w] || slices.Contains(more, w) }), " ")
}

// begins tells whether an answer is the beginning of a label. "persona" is not
// that of "Personal": a word that works everywhere must be there as a whole.
func (e *Engine) begins(label, s string) bool {
	rest, ok := strings.CutPrefix(label, s)
	return ok && len(s) >= 4 && (strings.HasPrefix(rest, " ") || e.words[s] == "")
}

// yesOrNo reads "sí, todo bien" as the option "yes", and "no, está mal" as the
// wish to correct. What says more than that is left to the step.
func (e *Engine) yesOrNo(s string) string {
	first, rest, _ := strings.Cut(s, " ")
	rest = " " + rest + " "
	wrong := slices.ContainsFunc(wrongs, func(w string) bool { return strings.Contains(" "+s+" ", w) })
	switch {
	case e.words[s] != "" && slices.Contains(Universal, e.words[s]), slices.ContainsFunc(unsure, func(w string) bool { return strings.HasPrefix(rest, w) }):
		return ""
	case wrong || e.words[first] == "no":
		return "word/corregir"
	case strings.Contains(" "+s+" ", " no "):
		return ""
	case e.words[s] == "yes", e.words[first] == "yes" && len(first) > 1,
		slices.ContainsFunc(rights, func(w string) bool { return strings.Contains(" "+s+" ", w) }):
		return "yes"
	}
	return ""
}

// narrower tells of a yes to less than is offered: "sí, solo desbloquéela", asked about a new password.
func narrower(s string, all []Option, yes string) bool {
	if s = " " + s + " "; !strings.Contains(s, " solo ") && !strings.Contains(s, " solamente ") {
		return false
	}
	i := slices.IndexFunc(all, func(o Option) bool { return o.ID == yes })
	return i >= 0 && !strings.Contains(" "+Plain(all[i].Label)+" ", " solo ")
}

var (
	wrongs = []string{" mal ", " equivocado ", " equivocada ", " equivoque ", " erroneo ", " incorrecto ", " wrong "}
	rights = []string{" esta bien ", " estan bien ", " todo bien ", " todo ok ", " correcto ", " correctos ", " correcta ", " son mis datos "}
	unsure = []string{" entiendo ", " entendi ", " se ", " puedo ", " tengo ", " me ", " quiero ", " pero "}
)

// named finds the answer to correct that a sentence speaks of: "el legajo", "mi número de cuenta".
func named(s string, all []Option) string {
	telling := slices.DeleteFunc(strings.Fields(s), func(w string) bool {
		return slices.Contains(vague, w)
	})
	if len(telling) == 0 {
		return ""
	}
	return only(all, func(i int) bool {
		label, _, _ := strings.Cut(all[i].Label, ":")
		label = " " + Plain(label) + " "
		return !slices.ContainsFunc(telling, func(w string) bool { return !strings.Contains(label, " "+w+" ") })
	})
}

var vague = strings.Fields("el la los las lo de del mi mis tu es esta mal numero dato quiero corregir cambiar no perdon me equivoque en puse escribi esta equivocado equivocada incorrecto hay que the my number wrong is")

// only returns the one option that is meant, by its place, "" if none is or several are.
func only(all []Option, meant func(i int) bool) (id string) {
	for i, o := range all {
		if meant(i) {
			if id != "" {
				return ""
			}
			id = o.ID
		}
	}
	return id
}

var ordinals = map[string]int{
	"primero": 1, "primera": 1, "segundo": 2, "segunda": 2, "tercero": 3, "tercera": 3, "cuarto": 4, "cuarta": 4,
	"quinto": 5, "quinta": 5, "sexto": 6, "sexta": 6, "septimo": 7, "septima": 7, "octavo": 8, "octava": 8,
	"noveno": 9, "novena": 9, "decimo": 10, "decima": 10, "ultimo": -1, "ultima": -1, "penultimo": -2, "penultima": -2, "anteultimo": -2, "anteultima": -2,
	"arriba": 1, "mas arriba": 1, "primerito": 1, "primer": 1, "abajo": -1, "mas abajo": -1, "final": -1, "medio": middle, "en medio": middle,
	"uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
	"first": 1, "second": 2, "third": 3, "last": -1,
}

// middle is the ordinal of what has as many above as below.
const middle = 1000

// ordinal reads "2", "la segunda por favor", "opción 2", "el de arriba", "el último" (-1); 0 if it is none.
func ordinal(s string) int {
	s = bared(s)
	if n, err := strconv.Atoi(s); err == nil && len(s) <= 2 {
		return max(n, 0)
	}
	return ordinals[s]
}

// Plain reduces what a person typed to lower-case words without accents,
// punctuation or emoji, so that spellings can be compared. A thumb alone becomes yes or no. One space stands
// between two words and none around them: who counts words or goes from one to the next looks for nothing else.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space, thumb := false, ""
	for _, r := range decomposed(s) {
		if r < letters {
			r = bases[r]
		}
		switch {
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
			fallthrough
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9': // nearly all that people type, without a look at Unicode's tables
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteByte(byte(r))
			continue
		case r == '👍' || r == '✅' || r == '👌':
			thumb, r = "si", ' '
		case r == '👎' || r == '❌':
			thumb, r = "no", ' '
		}
		switch {
		case unicode.Is(unicode.Cf, r): // invisible, also in the middle of a word
			continue
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
	if b.Len() == 0 {
		return thumb
	}
	return b.String()
}

// isPlain tells of what Plain would not change, as nearly all phrases are that sentences are compared with.
func isPlain(s string) bool {
	gap := true // a space may not stand at the beginning, at the end, or behind another
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			gap = false
		case c == ' ' && !gap:
			gap = true
		default:
			return false
		}
	}
	return !gap
}

// letters is the end of the letters of western languages, nearly all that people type.
const letters = 0x180

// bases are those letters without their accents, as NFD begins them.
var bases = func() (all [letters]rune) {
	for r := range rune(letters) {
		all[r], _ = utf8.DecodeRuneInString(norm.NFD.String(string(r)))
	}
	return all
}()

// decomposed writes the accents that are not in bases as characters of their own.
func decomposed(s string) string {
	for _, r := range s {
		if r >= letters {
			return norm.NFD.String(s)
		}
	}
	return s
}
