package flows

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hidden stands where something that looked like a password was.
const Hidden = "[oculto]"

// Screen takes what looks like a password out of a message before anything is
// stored (RULES: pw.chat). What answers the current question passes: codes,
// policy numbers and options are not secrets. It errs on the side of hiding
// while a page waits for a new password.
func (e *Engine) Screen(k Key, d Dialog, in Input) Input {
	if in.From != Person || in.Text == "" || in.Choice != "" {
		return in
	}
	_, step := e.find(d.Flow, d.Step)
	strict, sensitive := e.expectsSecret(d.Parked, step), step != nil && step.Masked
	_, found := hide(in.Text, "", false, false)
	judged := found || strict || sensitive || e.onPages(k.Channel) // it counts how the question takes it
	digits, told := strings.ContainsFunc(in.Text, unicode.IsDigit), []Given(nil)
	if digits && e.tells != nil {
		told = e.tells(in.Text)
	}
	if !judged && (!digits || lettersIn(in.Text) == 0 && unnumbered(in.Text, told) == "") {
		return in // as most are: no secret, no key, and no number that would be masked
	}
	r := e.begin(Call{Key: k, Dialog: d, Input: in})
	if _, word := e.words[Plain(in.Text)]; word || exactly(in.Text, r.offers()) {
		return in
	}
	var answer string
	var taken bool
	if judged {
		answer, taken = r.reads(in)
	}
	keys := r.keys(in.Text)
	if text, found := hide(in.Text, answer, taken, !taken && strict && !r.understood(in.Text), keys...); found {
		in.Text, in.Hidden = text, true
		if told != nil {
			told = e.tells(text)
		}
	}
	text := unkeyed(in.Text, keys...)
	switch {
	case taken && sensitive:
		in.Shown = masked(text, r.s.Keep)
	case r.t.Pages && (taken && r.paged() != nil || numbered(in.Text)):
		in.Shown = masked(text, true)
	default:
		in.Shown = unnumbered(text, told)
	}
	if in.Shown == "" && text != in.Text {
		in.Shown = text
	}
	return in
}

// unnumbered masks the identifiers that a message tells before they are asked; "" if there are none.
func unnumbered(text string, told []Given) string {
	shown := text
	for _, g := range told {
		if g.Kind == GivenNumber {
			shown = strings.ReplaceAll(shown, g.Text, concealed(g.Text))
		}
	}
	if shown == text {
		return ""
	}
	return shown
}

// concealed leaves the last three letters or digits of an identifier.
func concealed(text string) string {
	runes := []rune(text)
	for i, seen := len(runes)-1, 0; i >= 0; i-- {
		if !unicode.IsDigit(runes[i]) && !unicode.IsLetter(runes[i]) {
			continue
		}
		if seen++; seen > 3 {
			runes[i] = '•'
		}
	}
	return string(runes)
}

// expectsSecret tells that a page waits for a password, at a step or where the person
// will return, or that the person has one at hand.
func (e *Engine) expectsSecret(p *Parked, at *Step) bool {
	if p != nil {
		if _, s := e.find(p.Flow, p.Step); s != nil && s.Form != nil && s.Form.secret() {
			return true
		}
	}
	return at != nil && (at.Guarded || at.Form != nil && at.Form.secret())
}

// understood tells that a sentence is certainly a wish or a question, in plain words: a password that somebody chose
// would have to be one by chance.
func (r *run) understood(text string) bool {
	if r.e.listen == nil || len(strings.Fields(text)) < 2 {
		return false
	}
	heard := r.e.listen(text)
	if strings.ContainsFunc(text, unicode.IsDigit) {
		return heard.Event != ""
	}
	return heard.Answer != "" || heard != Heard{} && len(strings.Fields(text)) > 2
}

// masked is how a sensitive answer stands in the transcript: the end of an
// identifier is left, nothing of a code.
func masked(text string, tail bool) string {
	runes := []rune(text)
	seen := 0
	for i := len(runes) - 1; i >= 0; i-- {
		if !unicode.IsDigit(runes[i]) {
			continue
		}
		if seen++; seen > 3 || !tail {
			runes[i] = '•'
		}
	}
	return string(runes)
}

// exactly tells whether a message is one of the options and nothing else: its
// number, its label or its id. A sentence that begins with "sí" may go on with a password.
func exactly(text string, all []Option) bool {
	s := Plain(text)
	if n := ordinal(s); n != 0 && len(all) > 0 {
		return place(n, len(all)) >= 0
	}
	return slices.ContainsFunc(all, func(o Option) bool { return s == Plain(o.Label) || s == o.ID })
}

func (r *run) takes(in Input) bool {
	_, ok := r.reads(in)
	return ok
}

// reads looks how the current question would take an answer. Where any text will do, nothing is one.
func (r *run) reads(in Input) (value string, ok bool) {
	if r.s == nil || r.s.Take == nil || r.s.Free {
		return "", false
	}
	if page := r.paged(); page != nil {
		for _, a := range r.readPaged(page, in) {
			value += " " + a.value
		}
		return strings.TrimSpace(value), value != ""
	}
	value, problem := r.s.Take(r.t, in)
	return value, problem == "" && value != ""
}

// hide replaces what looks like a password. Of a message that answers the
// question, what is not part of the answer is looked at all the same.
func hide(text, answer string, taken, strict bool, keys ...string) (string, bool) {
	text, found := hideTold(text, answer, keys)
	if strict && !found {
		if at := announced.FindStringIndex(text); at != nil && isTold(text[at[1]:], "", keys) {
			return text[:at[1]] + Hidden, true
		}
	}
	if strict && len(keys) == 0 && (looksPhrase(text) || looksTyped(text)) {
		return Hidden, true
	}
	if len(text) < shortestSecret {
		return text, found
	}
	for w := range strings.FieldsFuncSeq(text, apart) {
		switch {
		case w == Hidden, taken && (answers(w, answer) || lettersIn(w) < 4), slices.ContainsFunc(keys, func(k string) bool { return answers(w, k) }), !looksSecret(w):
		default:
			text, found = strings.Replace(text, w, Hidden, 1), true
		}
	}
	return text, found
}

func apart(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;()\"«»“”", r) }

// answers tells whether a word is (part of) what the question was answered with.
func answers(word, answer string) bool {
	word = squeezed(word)
	return word != "" && strings.Contains(squeezed(answer), word)
}

func squeezed(s string) string { return strings.ReplaceAll(Plain(s), " ", "") }

func lettersIn(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// told finds "mi clave es …", "contraseña: …", "le puse de clave …".
var told = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:clave|contrase(?:ñ|n|ñ)a|contra|password|passwd|pass)` +
	`(?:\s+(?:nueva|actual|vieja|anterior|temporal|de ahora|que puse|que uso|que tenia|que tenía))?` +
	`(?:\s*[:=]\s*|\s+(?:es|era|seria|sería|sera|será|is|was)\s*:?\s+)`)

// calledBy finds "clave perro19": a word with digits right after the name of the thing.
var calledBy = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:clave|contrase(?:ñ|n|ñ)a|password|pass)\s+`)

// announced finds "es sanlorenzo", "clave sanlorenzo" while a page waits for the password.
var announced = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:es|sera|será|clave|contrase(?:ñ|n|ñ)a|contra|password|pass)\s+`)

// hideTold hides everything after the words that announce a password: it may have spaces.
func hideTold(text, answer string, keys []string) (string, bool) {
	if !mentions(text) {
		return text, false
	}
	if at := told.FindStringIndex(text); at != nil && isTold(text[at[1]:], answer, keys) {
		return text[:at[1]] + Hidden, true
	}
	if at := calledBy.FindStringIndex(text); at != nil {
		word, rest, _ := strings.Cut(text[at[1]:], " ")
		if strings.ContainsFunc(word, unicode.IsDigit) && lettersIn(word) > 2 && !labelled.MatchString(word) && !beginsWithKey(word, keys) && !isKey(strings.Trim(word, ".,;:")) {
			return strings.TrimSpace(text[:at[1]] + Hidden + " " + rest), true
		}
	}
	return text, false
}

// mentions tells whether a text can hold a name of the thing, by how they all begin: most
// messages need not be searched. (The "s" of "pass" may also be U+017F, as regexp folds it.)
func mentions(text string) bool {
	for i := 0; i+2 < len(text); i++ {
		switch text[i] | 0x20 {
		case 'c':
			if next, then := text[i+1]|0x20, text[i+2]|0x20; next == 'l' && then == 'a' || next == 'o' && then == 'n' {
				return true
			}
		case 'p':
			if next, then := text[i+1]|0x20, text[i+2]; next == 'a' && (then|0x20 == 's' || then == 0xc5) {
				return true
			}
		}
	}
	return false
}

// isTold tells whether what was announced is a password: not "incorrecta", and
// not a code that answers the question. People call a code "clave", too.
func isTold(said, answer string, keys []string) bool {
	words := strings.FieldsFunc(said, apart)
	if len(words) == 0 {
		return false
	}
	first := Plain(words[0])
	all := squeezed(said)
	switch {
	case isKey(words[0]), beginsWithKey(said, keys): // people call that «clave», too
		return false
	case looksSecret(words[0]):
		return true
	case first == "", ordinary[first]:
		return false
	case answer != "" && strings.HasPrefix(all, squeezed(answer)) && lettersIn(answer) == 0:
		return false
	}
	return true
}

// ordinary words follow "mi clave es" without being one.
var ordinary = setOf(`incorrecta correcta invalida valida erronea equivocada mala vieja nueva anterior actual vencida caducada expirada bloqueada
	rechazada olvidada perdida robada hackeada cambiada anulada repetida usada igual misma mismo distinta diferente otra otro esa ese esta este eso
	esto la el lo las los una un uno unas unos mi mis tu su sus que quien cual cuando donde como muy mas menos tan demasiado demasiada bastante
	facil dificil larga corta temporal provisoria provisional secreta segura insegura debil fuerte rara fea personal unica necesaria imposible
	obligatoria requerida siempre nunca todavia aun ya no si de del con sin por para en y o a al porque pero aunque segun exactamente justamente
	correcto incorrecto invalido valido gracias ayuda ayudame necesito quiero perdon wrong incorrect right correct not the my a invalid expired`)

// chatty words are said about a page that waits for a password, and hardly in one.
var chatty = setOf(`no me ya que como donde cual cuando por porque puedo pude podes puede hago hacer pagina link enlace pin clave contrasena boton
	abre abrir abrio carga cargo anda sale dice error gracias ok listo ayuda persona quiero necesito espera esperame entendi entendido perfecto
	genial buenisimo excelente momento hola buenas buenos dias tardes noches chau termine terminado termino guarde guardada cambie cambiada
	hice hecho igual correo mail email usuario cuenta recibo recibos codigo saber queria vencio vencida caduco caducada bloqueo bloqueada bloqueado escrito mal mia otra despues ahora luego mas tarde favor estoy voy es the i is it not page please help what how done`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// looksPhrase tells whether a message is a password of several words, as the page recommends them.
func looksPhrase(text string) bool {
	words := strings.Fields(Plain(text))
	return len(strings.Fields(text)) > 2 && len(text) >= 12 && !strings.Contains(text, "?") && !slices.ContainsFunc(words, func(w string) bool { return chatty[w] })
}

// looksTyped tells whether a message is one word that somebody meant for the page.
func looksTyped(text string) bool {
	words := strings.Fields(text)
	return len(words) == 1 && words[0] != Hidden && len([]rune(words[0])) >= 8 && !chatty[Plain(words[0])] && !ordinary[Plain(words[0])] &&
		!harmless.MatchString(words[0]) && lettersIn(words[0]) > 0
}

// labelled is a number with its name in front: "legajo12345", "DNI25582558", "N°4000123456".
var labelled = regexp.MustCompile(`(?i)^(d\.?n\.?i|cuit|cuil|cbu|cvu|ruc|rfc|curp|legajo|leg|cedula|cédula|ci|lc|le|poliza|póliza|recibo|beneficio|benef|usuario|` +
	`n|nro|num|numero|número|cuenta|cta|ca|cc|caja|afiliado|socio|cliente|matricula|matrícula|credencial|expediente|expte|exp|resolucion|resolución|res|` +
	`ley|decreto|art|articulo|artículo|tramite|trámite|caso|ticket|interno|int|oficina|of|tel|telefono|teléfono|cel|celular|whatsapp|wsp|codigo|código|` +
	`comisaria|comisaría|escuela|jardin|jardín|unidad|distrito|seccional|banco|sucursal|suc|pin|paso|windows|android|iphone|samsung|galaxy|redmi|moto|chrome)` +
	`[.:=#°º-]*\d[\d./-]*$`)

// harmless are addresses, names in a chat, times and dates.
var harmless = regexp.MustCompile(`(?i)^(\S+@\S+\.\S+|@\w+|\S+://\S+|www\.\S+|[\w.-]+\.(com|gov|gob|org|net|edu|ar|mx|ec)(\.\w+)?(/\S*)?|\d{1,2}:\d{2}(:\d{2})?\S{0,3}|\d[\d:.-]*(hs|am|pm|kg|km|gb|mb))$`)

// shortestSecret is how many characters a word has at least that looks like a password by itself.
const shortestSecret = 8

// looksSecret tells whether a single word mixes kinds of characters as
// passwords do and words, identifiers, dates, amounts and addresses do not.
func looksSecret(w string) bool {
	w = strings.Trim(w, ".,;:!?¡¿()\"'«»*_")
	if n := utf8.RuneCountInString(w); n < shortestSecret || n > 256 {
		return false
	}
	return mixed(w) && !labelled.MatchString(w) && !harmless.MatchString(w)
}

// mixed tells of such a mixture of characters.
func mixed(w string) bool {
	var upper, lower, digit, symbol, odd int
	for _, r := range w {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		case unicode.IsDigit(r):
			digit++
		case strings.ContainsRune("@#$%^&*_+=<>{}[]|\\~", r):
			symbol++
		case strings.ContainsRune("!?:'", r):
			odd++ // also between words without a space: "Hola!necesito"
		}
	}
	letters := upper + lower
	switch {
	case letters == 0:
		return false
	case digit > 0 && symbol+odd > 0, digit > 0 && upper > 0 && lower > 1, digit > 1 && lower > 3:
		return true
	}
	return letters > 2 && symbol > 0 && upper > 0 && lower > 0
}
