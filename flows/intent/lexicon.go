package intent

import (
	"maps"
	"slices"
	"strings"

	"github.com/kljensen/snowball/spanish"

	"ventanilla/flows/spelling"
)

// lexicon is what words are known, and what they mean.
type lexicon struct {
	short   map[string]string   // how people shorten words
	ideas   map[string][]string // by word or expression
	begins  map[string][]string // by beginning of a word
	longest int                 // words of the longest expression
	known   map[string]word     // words of the lists
	near    neighbours          // known words by their sound, and by their sound without one letter
	sounds  map[string]string   // of known words
}

// newLexicon reads the ideas of words: a * at the end is any ending.
func newLexicon(ideas map[string][]string, short map[string]string) *lexicon {
	l := &lexicon{short: short, ideas: map[string][]string{}, begins: map[string][]string{}, known: map[string]word{}, sounds: map[string]string{}}
	for _, idea := range slices.Sorted(maps.Keys(ideas)) {
		for _, s := range ideas[idea] {
			s = bare(s)
			if stem, open := strings.CutSuffix(s, "*"); open {
				l.begins[stem] = add(l.begins[stem], idea)
				continue
			}
			l.ideas[s] = add(l.ideas[s], idea)
			l.longest = max(l.longest, len(strings.Fields(s)))
		}
	}
	for _, s := range slices.Sorted(maps.Keys(l.ideas)) { // in order: what is near to what must not change from start to start
		slices.Sort(l.ideas[s])
		for w := range strings.FieldsSeq(s) { // once all ideas are there
			l.learn(w)
		}
	}
	return l
}

// learn makes a word known.
func (l *lexicon) learn(s string) {
	if _, ok := l.known[s]; ok || s == "" {
		return
	}
	l.known[s] = l.describe(s)
	l.sounds[s] = spelling.Sound(s)
	for _, k := range keys(l.sounds[s]) {
		l.near.add(k, s)
	}
}

func (l *lexicon) describe(s string) word {
	w := word{text: s, typed: s, known: true, stem: spanish.Stem(s, true), ideas: l.ideas[s]}
	for n := len(s); n >= 2; n-- {
		for _, idea := range l.begins[s[:n]] {
			w.ideas = add(w.ideas, idea)
		}
	}
	for v := range l.near.of(spelling.Sound(s)) { // "recivo" is a listed mistake
		if other := l.known[v]; len(w.ideas) == 0 && len(other.ideas) > 0 && l.sounds[v] == spelling.Sound(s) {
			w.ideas, w.stem = other.ideas, other.stem
		}
	}
	if slices.Contains(w.ideas, "to_block") { // who wants a lock is not locked out
		w.ideas = slices.DeleteFunc(slices.Clone(w.ideas), func(idea string) bool { return idea == "block" })
	}
	slices.Sort(w.ideas)
	return w
}

// keys are a sound and that sound without each of its letters.
func keys(sound string) []string {
	all := []string{sound}
	if len(sound) < 4 {
		return all
	}
	for i := range len(sound) {
		all = append(all, sound[:i]+sound[i+1:])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// look finds a word, or the one that it is a misspelling of.
func (l *lexicon) look(s, typed string) word {
	w, ok := l.known[s]
	if !ok {
		w = l.guess(s)
	}
	w.typed = typed
	return w
}

// guess finds the known word that an unknown one is, or says what its beginning means.
func (l *lexicon) guess(s string) word {
	if d := squeeze(s); d != s {
		if w, ok := l.known[d]; ok {
			return w
		}
	}
	if best := l.nearest(s); best != "" {
		return l.known[best]
	}
	w := l.describe(s)
	w.known = len(w.ideas) > 0
	return w
}

// squeeze writes letters that are repeated only once: "holaaa".
func squeeze(s string) string {
	var b strings.Builder
	var last rune
	for _, r := range s {
		if r != last {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// nearest is the known word that s is a misspelling of, "" if none or several are as near.
func (l *lexicon) nearest(s string) string {
	if len(s) < 4 || len(s) > 24 {
		return ""
	}
	heard := spelling.Sound(s)
	best, at, tie := "", most(len(s))*3+1, false
	for _, k := range keys(heard) {
		for v := range l.near.of(k) {
			far := spelling.Distance(heard, l.sounds[v])
			if far > most(min(len(s), len(v))) || len(v) < 4 {
				continue
			}
			d := far*2 + min(spelling.Distance(s, v), 3)
			switch {
			case v == best:
			case d < at:
				best, at, tie = v, d, false
			case d == at && l.known[v].stem != l.known[best].stem:
				tie = true
				if len(l.known[v].ideas) > len(l.known[best].ideas) {
					best = v
				}
			}
		}
	}
	if tie && len(l.known[best].ideas) == 0 {
		return ""
	}
	return best
}

// most is how many letters may be wrong in a word of that length.
func most(letters int) int {
	switch {
	case letters < 4:
		return 0
	case letters < 7:
		return 1
	}
	return 2
}
