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
	known   index               // words of the lists
	about   []about             // them
	stems   index
	sounds  index
	means   index      // ideas that some word has, joined
	meant   [][]string // them
	near    neighbours // known words by their sound, and by their sound without one letter
}

// about is what is known of a word, in numbers: what has no pointers costs the garbage collection nothing.
type about struct{ stem, sound, ideas int32 }

// word is a known word.
func (l *lexicon) word(i int32) word {
	s, a := l.known.text(int(i)), l.about[i]
	return word{text: s, typed: s, known: true, stem: l.stems.text(int(a.stem)), ideas: l.meant[a.ideas]}
}

// sound is how a known word sounds.
func (l *lexicon) sound(i int32) string { return l.sounds.text(int(l.about[i].sound)) }

// find finds a known word.
func (l *lexicon) find(s string) (word, bool) {
	i, ok := l.known.find([]byte(s))
	if !ok {
		return word{}, false
	}
	return l.word(i), true
}

// newLexicon reads the ideas of words: a * at the end is any ending.
func newLexicon(ideas map[string][]string, short map[string]string) *lexicon {
	l := &lexicon{short: short, ideas: map[string][]string{}, begins: map[string][]string{}}
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
	if _, ok := l.known.find([]byte(s)); ok || s == "" {
		return
	}
	w, sound := l.describe(s), spelling.Sound(s)
	ideas := l.means.add(strings.Join(w.ideas, "\n"))
	if int(ideas) == len(l.meant) {
		l.meant = append(l.meant, w.ideas)
	}
	i := l.known.add(s)
	l.about = append(l.about, about{l.stems.add(w.stem), l.sounds.add(sound), ideas})
	for _, k := range keys(sound) {
		l.near.add(k, i)
	}
}

func (l *lexicon) describe(s string) word {
	w := word{text: s, typed: s, known: true, stem: spanish.Stem(s, true), ideas: l.ideas[s]}
	for n := len(s); n >= 2; n-- {
		for _, idea := range l.begins[s[:n]] {
			w.ideas = add(w.ideas, idea)
		}
	}
	sound := spelling.Sound(s)
	for v := range l.near.of(sound) { // "recivo" is a listed mistake
		if other := l.word(v); len(w.ideas) == 0 && len(other.ideas) > 0 && l.sound(v) == sound {
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
	w, ok := l.find(s)
	if !ok {
		w = l.guess(s)
	}
	w.typed = typed
	return w
}

// guess finds the known word that an unknown one is, or says what its beginning means.
func (l *lexicon) guess(s string) word {
	if d := squeeze(s); d != s {
		if w, ok := l.find(d); ok {
			return w
		}
	}
	if best := l.nearest(s); best >= 0 {
		return l.word(best)
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

// nearest is the known word that s is a misspelling of, -1 if none or several are as near.
func (l *lexicon) nearest(s string) int32 {
	if len(s) < 4 || len(s) > 24 {
		return -1
	}
	heard := spelling.Sound(s)
	best, at, tie := int32(-1), most(len(s))*3+1, false
	for _, k := range keys(heard) {
		for v := range l.near.of(k) {
			spelt := l.known.text(int(v))
			if v == best || len(spelt) < 4 {
				continue
			}
			far := spelling.Distance(heard, l.sound(v))
			if far > most(min(len(s), len(spelt))) {
				continue
			}
			d := far*2 + min(spelling.Distance(s, spelt), 3)
			switch {
			case d < at:
				best, at, tie = v, d, false
			case d == at && (best < 0 || l.about[v].stem != l.about[best].stem):
				tie = true
				if l.tells(v) > l.tells(best) {
					best = v
				}
			}
		}
	}
	if tie && l.tells(best) == 0 {
		return -1
	}
	return best
}

// tells is how many ideas a known word has; none is -1.
func (l *lexicon) tells(i int32) int {
	if i < 0 {
		return 0
	}
	return len(l.meant[l.about[i].ideas])
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
