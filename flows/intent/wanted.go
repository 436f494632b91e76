package intent

import (
	"slices"
	"strings"
)

// unwanted takes out of a sentence what it says is not wanted: "no quiero bloquear
// nada", "no es que me olvidé la clave, es que…". It tells whether there was such a thing.
func unwanted(words []word) (left []word, negated bool) {
	if !slices.ContainsFunc(words, func(w word) bool { return w.text == "no" }) {
		return words, false
	}
	for i := 0; i < len(words); {
		n := refused(words[i:])
		if n == 0 {
			left = append(left, words[i])
			i++
			continue
		}
		negated = true
		i += n
		if i < len(words) {
			words = slices.Clone(words)
			words[i].pause = true
		}
	}
	if negated && corrects(left) {
		return words, false
	}
	if negated && !slices.ContainsFunc(left, func(w word) bool { return len(w.ideas) > 0 && !polite(w) }) {
		return nil, true
	}
	return left, negated
}

// corrects tells of what is left of "no quiero el de octubre, quiero el de septiembre":
// something else of the same kind is wanted.
func corrects(left []word) bool {
	for i, w := range left {
		if wishes[w.text] && i+2 < len(left) && articles[left[i+1].text] && left[i+2].text == "de" {
			return true
		}
	}
	return false
}

func polite(w word) bool {
	return slices.Contains(w.ideas, "hello") || slices.Contains(w.ideas, "thanks") || slices.Contains(w.ideas, "wish")
}

// refused is how many words at the beginning say that something is not wanted.
func refused(words []word) int {
	start := 0
	if words[0].text == "ya" {
		start = 1
	}
	if start >= len(words) || words[start].text != "no" {
		return 0
	}
	i := start + 1
	if i < len(words) && words[i].pause && wishes[words[i].text] {
		return 0 // "no, quiero otra cosa"
	}
	for i < len(words) && clitics[words[i].text] {
		i++
	}
	rest := words[min(i, len(words)):]
	switch {
	case begins(rest, "es que"), begins(rest, "era que"), begins(rest, "es porque"), begins(rest, "era para"), begins(rest, "es para"), begins(rest, "vine a"), begins(rest, "vengo a"):
	case len(rest) > 0 && wishes[rest[0].text], begins(rest, "hace falta"), begins(rest, "hacia falta"), begins(rest, "me hace falta"):
	case begins(rest, "den de baja"), begins(rest, "des de baja"), begins(rest, "de de baja"):
	case len(rest) > 0 && (commands(rest[0].text) || commands(rest[0].typed)):
	default:
		return 0
	}
	end := start + 1
	for end < len(words) && !turns(words, end, start) {
		end++
	}
	if meant(words[start:end]) {
		return 0
	}
	return end
}

var (
	articles = set("el la los las lo")
	clitics  = set("me te se lo la le los las les nos yo")
	wishes   = set("quiero queremos quisiera queria quise necesito necesitamos necesitaba deseo ocupo preciso busco pretendo pienso tengo_que quieras quieran")
	turning  = set("pero sino solo solamente unicamente quiero necesito quisiera mejor prefiero")
)

// turns tells whether something else begins at i: a pause, "sino", "pero", "lo que quiero".
func turns(words []word, i, start int) bool {
	if i <= start+1 {
		return false
	}
	if words[i].pause || i > start+2 && turning[words[i].text] && words[i-1].text != "no" {
		return true
	}
	return begins(words[i:], "es que") && i > start+4 || begins(words[i:], "lo que") && i > start+2
}

// meant tells of refusals that are wishes themselves: no more notices, no robot, no
// giving away of a number.
func meant(words []word) bool {
	ideas := map[string]bool{}
	for _, w := range words {
		for _, idea := range w.ideas {
			ideas[idea] = true
		}
	}
	return ideas["robot"] || ideas["notice"] || ideas["unlink"] || ideas["field"] || strings.Contains(spoken(words), "mensajes")
}

// commands tells of what must not be done: "no me bloqueen", "no borres nada". "No me
// registre" is none: written without accents it is what somebody did not do.
func commands(s string) bool {
	for _, verb := range []string{"bloque", "desbloque", "cambi", "borr", "elimin", "registr", "mand", "envi", "blanque", "resete", "cancel", "desvincul", "modifi", "actuali", "anul", "recuper"} {
		if rest, ok := strings.CutPrefix(s, verb); ok && slices.Contains([]string{"es", "en", "ee", "ees", "een", "ces", "cen", "quen", "ques"}, rest) {
			return true
		}
	}
	return slices.Contains([]string{"hagas", "haga", "hagan", "toques", "toque", "toquen"}, s)
}

func begins(words []word, phrase string) bool {
	for p := range strings.FieldsSeq(phrase) {
		if len(words) == 0 || words[0].text != p {
			return false
		}
		words = words[1:]
	}
	return true
}
