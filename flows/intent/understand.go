package intent

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"ventanilla/flows"
)

// Understanding reads sentences. It is safe for concurrent use.
type Understanding struct {
	lexicon *lexicon
	model   *model
	whole   meanings            // what whole messages mean
	either  map[string][]string // what whole messages mean that could be two things
	common  map[string]bool     // words of the phrases that ask for errands: they name nobody
	polite  map[string]bool     // words that stand around a wish
	needs   map[string][]string // ideas that an errand needs
	extra   *Phrases            // an organisation's own words
	brief   bool                // readings do not say why
}

var builtin = sync.OnceValues(func() (*Understanding, error) {
	dir, err := fs.Sub(files, "data")
	if err != nil {
		return nil, fmt.Errorf("what people write: %w", err)
	}
	return from(dir)
})

// Builtin returns the understanding that ships with the bot. It is learnt once.
func Builtin() (*Understanding, error) { return builtin() }

// New returns the understanding that ships with the bot, with an organisation's
// own words. It returns an error for words of an intent that there is not.
func New(extra ...Extra) (*Understanding, error) {
	u, err := Builtin()
	if err != nil || len(extra) == 0 {
		return u, err
	}
	lists := map[string][]string{}
	for _, x := range extra {
		if !Known(x.Intent) {
			return nil, fmt.Errorf("what people write: there is no intent %q", x.Intent)
		}
		lists[x.Intent] = append(lists[x.Intent], x.Phrases...)
	}
	own := *u
	own.extra = List(lists)
	return &own, nil
}

// Brief returns an understanding that reads alike and does not say what speaks for its guesses: for
// who acts on them and shows them to nobody.
func (u *Understanding) Brief() *Understanding {
	own := *u
	own.brief = true
	return &own
}

// from learns from a folder like data.
func from(dir fs.FS) (*Understanding, error) {
	d, err := load(dir)
	if err != nil {
		return nil, fmt.Errorf("what people write: %w", err)
	}
	m, err := kept(dir)
	if err != nil {
		return nil, fmt.Errorf("what people write: %w", err)
	}
	return d.understanding(dir, m)
}

// understanding learns, or takes a model that was learnt of the same lists.
func (d data) understanding(dir fs.FS, m *model) (*Understanding, error) {
	u := &Understanding{model: m, lexicon: newLexicon(d.meanings(), d.short), either: map[string][]string{}, polite: map[string]bool{}, common: map[string]bool{}, needs: map[string][]string{}}
	if err := read(dir, "needs.yaml", &u.needs); err != nil {
		return nil, fmt.Errorf("what people write: %w", err)
	}
	return u, u.learn(d)
}

// both stands before a phrase that is listed under two intents: it is asked which is meant.
const both = "{ambos}"

// met is in how many phrases a word stands that is common: somebody's name stands in a few.
const met = 5

// meet finds the common words of the errands' phrases.
func (u *Understanding) meet(d data) {
	times := map[string]int{}
	for _, intent := range acting {
		for _, phrase := range d.of(intent) {
			words := pieces.FindAllString(bare(slotForm.ReplaceAllString(phrase, " ")), -1)
			slices.Sort(words)
			for _, p := range slices.Compact(words) {
				if times[p]++; times[p] == met {
					u.common[p] = true
				}
			}
		}
	}
}

// learn fills the vocabulary, the whole messages and the model, unless it is known. The draw of
// examples is the same at each start: what was understood yesterday is understood today.
func (u *Understanding) learn(d data) error {
	draw := rand.New(rand.NewPCG(1, 2))
	for _, s := range d.texts() {
		for _, p := range pieces.FindAllString(bare(slotForm.ReplaceAllString(s, " ")), -1) {
			if d.short[p] == "" {
				u.lexicon.learn(p)
			}
		}
	}
	u.meet(d)
	for _, w := range d.around["polite"] {
		u.polite[bare(w)] = true
	}
	for _, intent := range slices.Sorted(maps.Keys(d.phrases)) {
		for _, phrase := range d.of(intent) {
			if one, ok := strings.CutPrefix(phrase, both); ok {
				words, _ := u.lexicon.read(one)
				u.either[spoken(words)] = append(u.either[spoken(words)], intent)
				continue
			}
			if strings.Contains(phrase, "{") {
				continue
			}
			words, asks := u.lexicon.read(phrase)
			key := spoken(words)
			if asks {
				key += "?"
			}
			if old := u.whole.of(key); old != "" && old != intent && key != "" {
				return fmt.Errorf("what people write: %q stands under %s and %s", phrase, old, intent)
			}
			u.whole.set(key, intent)
		}
	}
	if err := u.universal(); err != nil {
		return err
	}
	if u.model != nil {
		return nil
	}
	u.model = learn(u.lexicon, d.examples(draw), draw)
	return nil
}

// universal adds the spellings of the words that work everywhere (flows/texts/words.yaml).
func (u *Understanding) universal() error {
	all, err := flows.Words()
	if err != nil {
		return fmt.Errorf("words that work everywhere: %w", err)
	}
	for _, exact := range []bool{true, false} { // a word that is taken for another's misspelling gives way to that one
		for _, s := range slices.Sorted(maps.Keys(all)) { // in order: what was understood yesterday is understood today
			words, _ := u.lexicon.read(s)
			if key := spoken(words); u.whole.of(key) == "" && Known(all[s]) && exact == (key == s) {
				u.whole.set(key, all[s])
			}
		}
	}
	return nil
}

// spoken is a message reduced to its words.
func spoken(words []word) string {
	if len(words) == 1 {
		return words[0].text
	}
	said := make([]byte, 0, 128)
	for i, w := range words {
		if i > 0 {
			said = append(said, ' ')
		}
		said = append(said, w.text...)
	}
	return string(said)
}

// Read tells what a sentence seems to ask for.
func (u *Understanding) Read(sentence string) Reading {
	words, asks := u.lexicon.read(sentence)
	var r Reading
	if !slices.ContainsFunc(words, says) {
		return r
	}
	said := spoken(words)
	if intent := u.fixed(sentence, said, words, asks); intent != "" {
		r.Best = []Guess{{intent, 0.98, []string{"the whole message is listed"}}}
		return r
	}
	if two := u.either[said]; len(two) == 2 {
		why := []string{"the whole message is listed under both"}
		r.Best = []Guess{{two[0], 0.49, why}, {two[1], 0.49, why}}
		return r
	}
	wanted, negated := unwanted(words)
	r.Negated = negated
	if len(wanted) == 0 {
		r.Best = []Guess{{"cancelar", 0.6, []string{"what is said is not wanted"}}}
		return r
	}
	all := u.wishes(wanted, asks)
	r.Best = u.best(wanted, asks, all)
	r.Several = several(all)
	if len(r.Several) > 0 {
		r.Best = first(r.Best, r.Several[0])
	}
	doubt(r.Best, wanted)
	return r
}

// says tells whether a word is more than a number, an address or a sign.
func says(w word) bool {
	return !strings.HasPrefix(w.text, "@") && (len(w.ideas) > 0 || w.text[0] < utf8.RuneSelf)
}

// doubt takes certainty from what is concluded of words that nobody knows, unless they
// stand beside what names an errand.
func doubt(best []Guess, words []word) {
	strange := 0
	for _, w := range words {
		if !w.known {
			strange++
		}
	}
	if len(best) > 0 && names(words) { // "dni": an answer that came too late
		best[0].Confidence *= 0.4
		return
	}
	if len(best) == 0 || strange == 0 || strange*2 < weight(words) {
		return
	}
	switch {
	case best[0].Intent == Elsewhere:
		best[0].Confidence *= 0.4
	case !Acts(best[0].Intent):
		best[0].Confidence *= 0.55
	}
}

// names tells of words that name an identifier, and say nothing of it.
func names(words []word) bool {
	for _, w := range words {
		if !light[w.text] && !slices.Equal(w.ideas, []string{"field"}) {
			return false
		}
	}
	return true
}

// Masked is a sentence without what could tell who wrote it or hold a secret: of its
// words only those that the phrases of errands are made of, and how many there are of
// the others. It tells whether any are left.
func (u *Understanding) Masked(sentence string) (masked string, says bool) {
	words, _ := u.lexicon.read(sentence)
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = "…"
		if plain := w.typed == w.text && u.common[w.text] && w.text[0] > '9'; plain && !strings.HasPrefix(w.text, "@") {
			list[i] = w.text
			says = says || !light[w.text]
		}
	}
	return strings.Join(list, " "), says
}

// fixed reads messages that are listed as a whole, alone or in polite company, and
// an organisation's own words.
func (u *Understanding) fixed(sentence, said string, words []word, asks bool) string {
	if u.extra != nil {
		if want := u.extra.Find(sentence); want != "" {
			if _, negated := unwanted(words); !negated {
				return want
			}
		}
	}
	core, polite := said, func(w word) bool { return u.polite[w.text] }
	if slices.ContainsFunc(words, polite) {
		core = spoken(slices.DeleteFunc(slices.Clone(words), polite))
	}
	for i, key := range []string{said, core} {
		if key == "" || i > 0 && core == said {
			continue
		}
		if want := u.whole.of(key + "?"); want != "" && (asks || u.whole.of(key) == "") {
			return want
		}
		if want := u.whole.of(key); want != "" && !(asks && want == Thanks) {
			return thanked(want, key, words)
		}
	}
	return ""
}

// thanked tells "ok, muchas gracias" from "sí, gracias".
func thanked(want, core string, words []word) string {
	said := slices.ContainsFunc(words, func(w word) bool { return w.text == "gracias" })
	if want == Yes && said && !strings.HasPrefix(core, "si") {
		return Thanks
	}
	return want
}

// story is how many words a message has that is read clause by clause.
const story = 11

// best returns the likeliest intents of a sentence.
func (u *Understanding) best(words []word, asks bool, wishes []wish) (all []Guess) {
	likely, known := u.model.guess(words, asks)
	u.veto(words, likely)
	if len(words) > story {
		blend(likely, u.model.intents, wishes)
	}
	for c, p := range likely {
		if p >= 0.03 {
			g := Guess{Intent: u.model.intents[c], Confidence: p}
			if !u.brief {
				g.Why = u.model.why(c, known)
			}
			all = append(all, g)
		}
	}
	slices.SortStableFunc(all, func(a, b Guess) int { return int((b.Confidence - a.Confidence) * 1e6) })
	return all[:min(len(all), 3)]
}

// unspoken is how much is left of an errand that a sentence does not speak of: enough to ask, too little to act.
const unspoken = 0.55

// veto takes what the sentence does not speak of out of the errands.
func (u *Understanding) veto(words []word, likely []float64) {
	spoken := func(idea string) bool {
		return slices.ContainsFunc(words, func(w word) bool { return slices.Contains(w.ideas, idea) })
	}
	for c, intent := range u.model.intents {
		needs := u.needs[intent]
		if len(needs) > 0 && !slices.ContainsFunc(needs, spoken) {
			likely[c] *= unspoken
		}
	}
}

func first(all []Guess, intent string) []Guess {
	i := slices.IndexFunc(all, func(g Guess) bool { return g.Intent == intent })
	g := Guess{intent, 0.8, []string{"asked for first"}}
	if i >= 0 {
		g = all[i]
		g.Confidence = max(g.Confidence, 0.8)
		all = slices.Delete(slices.Clone(all), i, i+1)
	}
	return append([]Guess{g}, all...)
}
