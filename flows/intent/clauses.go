package intent

import (
	"regexp"
	"slices"
	"strings"
)

// joints are words at which something else may begin to be said.
var joints = set("y e pero ademas tambien encima entonces ahora luego despues aparte bueno asi")

// clauses cuts a sentence where it may begin to say something else. Pieces that
// hardly say anything stay with what follows.
func clauses(words []word) (all [][]word) {
	from := 0
	for i := range words {
		if i > from && (words[i].pause || joints[words[i].text]) && weight(words[from:i]) >= 2 {
			all, from = append(all, words[from:i]), i
		}
	}
	rest := words[from:]
	if weight(rest) < 1 && len(all) > 0 {
		all[len(all)-1] = words[len(words)-len(rest)-len(all[len(all)-1]):]
		return all
	}
	return append(all, rest)
}

// weight is how many words of a clause say something.
func weight(words []word) (n int) {
	for _, w := range words {
		if !light[w.text] && !joints[w.text] && !isNo(w.text) {
			n++
		}
	}
	return n
}

// wish is what one clause asks for.
type wish struct {
	intent  string
	certain float64
	asked   bool // in so many words: "necesito", "mandame"
}

// wishes reads the clauses of a sentence one by one.
func (u *Understanding) wishes(words []word, asks bool) (all []wish) {
	parts := clauses(words)
	if len(parts) < 2 {
		return nil
	}
	for _, part := range parts {
		likely, _ := u.model.guess(part, asks)
		u.veto(part, likely)
		best := 0
		for c := range likely {
			if likely[c] > likely[best] {
				best = c
			}
		}
		asked := begs(part) || len(all) > 0 && all[len(all)-1].asked && goesOn(part)
		all = append(all, wish{u.model.intents[best], likely[best], asked})
	}
	return all
}

// begs tells of a clause that asks for something: "necesito…", "mandame…", "que me avisen…", "hay que…".
func begs(part []word) bool {
	for i, w := range part {
		if w.not {
			continue
		}
		rest := part[i+1:]
		switch {
		case i == opening(part) && infinitive(w):
			return true
		case slices.Contains(w.ideas, "wish"), len(w.typed) >= 6 && order.MatchString(w.typed):
			return true
		case (w.text == "tengo" || w.text == "hay" || w.text == "tendria" || w.text == "habria") && begins(rest, "que"):
			return true
		case len(w.ideas) > 0 && should.MatchString(w.typed):
			return true
		case w.text == "que" && let(rest):
			return true
		}
	}
	return false
}

// opening is where a clause begins to say something: "además de paso bajar el recibo".
func opening(part []word) int {
	return slices.IndexFunc(part, func(w word) bool { return !joints[w.text] && !light[w.text] && w.text != "paso" })
}

// infinitive tells of verbs that name what is to be done: "bajar", "darme", "ponerle".
func infinitive(w word) bool { return naming.MatchString(w.typed) && len(w.typed) >= 5 }

var naming = regexp.MustCompile(`[aei]r(?:me|l[aeo]s?|mel[ao])?$`)

// order is how verbs end that tell somebody to do something for oneself: "pasame", "sáquenlo".
var order = regexp.MustCompile(`(?:[aei]me|[ae]nme|[ae]n?melo|[ae]n?mela|[ae]nl[ao]s?|[ae]l[ao]s?)$`)

// let tells of what stands behind a "que" that wishes: "que me avisen", "que corrija".
func let(rest []word) bool {
	for len(rest) > 0 && clitics[rest[0].text] {
		rest = rest[1:]
	}
	if len(rest) == 0 || len(rest[0].ideas) == 0 && !commands(rest[0].typed) {
		return false
	}
	return commands(rest[0].typed) || should.MatchString(rest[0].typed)
}

// should is how verbs of errands are said that somebody should do.
var should = regexp.MustCompile(`^(?:avis|quit|saqu|corrij|pas|actualic|dig|vincul|sac|borr|mand|envi|baj|imprim|arregl|habilit|reactiv|activ|anot|pong|elimin|suprim|limpi|abr|desbloque|despeg|desenganch|suelt|dej|cort|vaci|conect|pas|agreg|muestr|cambi|prend|apagu|reset|blanque)(?:e|a|en|an|es|as|elo|enlo|enla)$`)

// goesOn tells of a clause that hangs on the wish before it: "quiero cambiar mi correo y ver mi recibo".
func goesOn(part []word) bool {
	i := slices.IndexFunc(part, func(w word) bool { return !joints[w.text] })
	if i < 1 {
		return false
	}
	verb := strings.TrimSuffix(strings.TrimSuffix(part[i].text, "me"), "lo")
	return strings.HasSuffix(verb, "ar") || strings.HasSuffix(verb, "er") || strings.HasSuffix(verb, "ir")
}

// family joins the intents that are one errand in most stories: who forgot the
// password tried until the account was locked.
func family(intent string) string {
	switch intent {
	case Recover, Unlock, Change, Code:
		return "access"
	}
	return intent
}

// How certain a clause must be to count as a request of its own.
const certain, certainOfTrouble = 0.8, 0.6

// several returns the errands of a sentence that asks for more than one, in their order.
func several(all []wish) (list []string) {
	families := []string{}
	for _, w := range all {
		trouble := w.intent == Unlock || w.intent == Recover || w.intent == NotMe
		if w.certain < certain && !(trouble && w.certain > certainOfTrouble) || !Acts(w.intent) || !w.asked && !trouble {
			continue
		}
		if f := family(w.intent); !slices.Contains(families, f) {
			families, list = append(families, f), append(list, w.intent)
		}
	}
	if len(list) < 2 {
		return nil
	}
	if i := slices.Index(list, NotMe); i > 0 { // "avisaron que desbloquearon mi usuario, y yo no fui": what was done is no wish
		return list[i:]
	}
	return list
}

// blend gives a long story the certainty of its clearest clause: most of it tells
// how things came about.
func blend(whole []float64, intents []string, all []wish) {
	for _, w := range all {
		c := slices.Index(intents, w.intent)
		switch {
		case w.certain < 0.5 || w.intent == Elsewhere || !Acts(w.intent) && w.intent != "persona" && w.intent != Code:
		case w.asked:
			whole[c] += 1.5 * w.certain
		default:
			whole[c] += w.certain
		}
	}
	sum := 0.0
	for _, p := range whole {
		sum += p
	}
	lean(whole, intents)
	for c := range whole {
		whole[c] /= sum
	}
}

// lean lets the likeliest of a family have half of what its relatives have: a story
// in which somebody forgot and is locked out is not unclear.
func lean(likely []float64, intents []string) {
	top := 0
	for c := range likely {
		if likely[c] > likely[top] {
			top = c
		}
	}
	for c := range likely {
		if c != top && family(intents[c]) == family(intents[top]) {
			likely[top] += likely[c] / 2
			likely[c] /= 2
		}
	}
}
