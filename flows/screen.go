package flows

import (
	"regexp"
	"strings"
	"unicode"
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
	r := e.begin(Call{Key: k, Dialog: d, Input: in})
	if _, word := e.words[Plain(in.Text)]; word || r.read(in.Text, r.offers()) != "" || r.takes(in) {
		return in
	}
	strict := r.s != nil && r.s.Form != nil && r.s.Form.secret()
	if text, found := hide(in.Text, strict); found {
		in.Text, in.Hidden = text, true
	}
	return in
}

func (r *run) takes(in Input) bool {
	if r.s == nil || r.s.Take == nil || r.s.Free {
		return false
	}
	value, problem := r.s.Take(r.t, in)
	return problem == "" && value != ""
}

// told finds "mi clave es …", "contraseña: …".
var told = regexp.MustCompile(`(?i)\b(clave|contrase(?:ñ|n)a|contra|password|pass|passwd)(?:\s+(?:nueva|actual|vieja|anterior|temporal))?(?:\s*[:=]\s*|\s+(?:es|era|seria|sería|is)\s*:?\s+)(\S+)`)

// hide replaces every word that looks like a password.
func hide(text string, strict bool) (string, bool) {
	found := false
	text = told.ReplaceAllStringFunc(text, func(m string) string {
		i := strings.LastIndexFunc(m, unicode.IsSpace) + 1
		if i == 0 {
			i = strings.LastIndexAny(m, ":=") + 1
		}
		if plainWord(m[i:]) {
			return m
		}
		found = true
		return m[:i] + Hidden
	})
	words := strings.FieldsFunc(text, unicode.IsSpace)
	alone := strict && len(words) == 1
	for _, w := range words {
		if w != Hidden && (looksSecret(w) || alone && len([]rune(w)) >= 8 && !plainWord(w)) {
			text, found = strings.Replace(text, w, Hidden, 1), true
		}
	}
	return text, found
}

// plainWord is what follows "mi clave es" without being one.
func plainWord(w string) bool {
	switch Plain(w) {
	case "incorrecta", "correcta", "vieja", "nueva", "invalida", "valida", "mala", "esa", "otra", "la", "mi", "el", "que", "muy",
		"igual", "correcto", "incorrecto", "facil", "dificil", "larga", "corta", "no", "si", "una", "un", "dificilisima",
		"distinta", "temporal", "provisoria", "secreta", "segura", "insegura", "demasiado", "siempre", "rechazada",
		"contraseña", "contrasena", "clave", "listo", "gracias", "muchas gracias", "despues", "ayudame", "necesito", "perdon", "esperame", "momento":
		return true
	}
	return false
}

// labelled is a number with its name in front: "legajo12345", "DNI25582558".
var labelled = regexp.MustCompile(`(?i)^(dni|cuit|cuil|cbu|ruc|rfc|curp|legajo|cedula|cédula|poliza|póliza|recibo|beneficio|usuario)[:=#°º.-]?\d+$`)

// looksSecret tells whether a single word mixes kinds of characters as
// passwords do and words, identifiers, dates, amounts and addresses do not.
func looksSecret(w string) bool {
	trimmed := strings.Trim(w, ".,;:!?¡¿()\"'«»")
	if labelled.MatchString(trimmed) {
		return false
	}
	if n := len([]rune(trimmed)); n < 8 || n > 256 || strings.Contains(trimmed, "://") || strings.Count(trimmed, "@") == 1 && strings.Contains(trimmed[strings.Index(trimmed, "@"):], ".") {
		return false
	}
	var upper, lower, digit, symbol int
	for _, r := range trimmed {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		case unicode.IsDigit(r):
			digit++
		case !strings.ContainsRune("-./", r) && r < 0x2000:
			symbol++
		}
	}
	letters := upper + lower
	return letters > 0 && (digit > 0 && symbol > 0 || digit > 0 && upper > 0 && lower > 1 || letters > 2 && symbol > 0 && upper > 0 && lower > 0 || digit > 1 && lower > 3)
}
