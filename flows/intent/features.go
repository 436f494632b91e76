package intent

import (
	"slices"
	"strconv"
)

// beginning is how many letters of a word stand for words of its kind: "mudé", "mudanza", "mudarme".
const beginning = 4

// features shows what a model sees of a sentence, one after the other: its words without endings, pairs
// of neighbours, how words begin, what they mean, pairs of meanings, what is negated, and
// pieces of the words that nobody listed. Blind takes one word for unknown. A name is seen
// in the same few bytes as the one before it: a string for each was a third of what reading took.
func features(words []word, asks bool, blind int, see func(name []byte)) {
	room := make([]byte, 0, 64)
	say := func(parts ...string) {
		room = room[:0]
		for _, p := range parts {
			room = append(room, p...)
		}
		see(room)
	}
	lastIdea := "" // of the word with weight before this one
	unknown, heavy := 0, 0
	for i, w := range words {
		strange := !w.known || i == blind
		if strange {
			unknown++
			pieces5(w.text, say)
		} else {
			say("w:", w.stem)
			if len(w.text) > beginning && !light[w.text] {
				say("x:", w.text[:beginning])
			}
			if i > 0 && !w.pause && words[i-1].known && i-1 != blind {
				say("b:", words[i-1].stem, " ", w.stem)
			}
		}
		if w.not {
			say("n:", w.stem)
		}
		for _, idea := range w.ideas {
			say("i:", idea)
			if w.not {
				say("ni:", idea)
			}
		}
		if light[w.text] || isNo(w.text) {
			continue
		}
		heavy++
		idea := "?"
		if len(w.ideas) > 0 {
			idea = w.ideas[0]
			for _, x := range w.ideas {
				if lastIdea != "" {
					say("p:", lastIdea, " ", x)
				}
			}
		}
		lastIdea = idea
	}
	together(words, say)
	shape(words, asks, unknown, heavy, say)
}

// together are the meanings that stand anywhere in one sentence: "cambiar la clave
// porque me la olvidé" is not "cambiar la clave".
func together(words []word, say func(parts ...string)) {
	var ideas []string
	for _, w := range words {
		for _, idea := range w.ideas {
			if w.not {
				idea = "no " + idea
			}
			if !slices.Contains(ideas, idea) {
				ideas = append(ideas, idea)
			}
		}
	}
	slices.Sort(ideas)
	ideas = ideas[:min(len(ideas), 12)]
	for i, a := range ideas {
		for _, b := range ideas[i+1:] {
			say("t:", a, " ", b)
		}
	}
}

// shape is what a sentence looks like from afar.
func shape(words []word, asks bool, unknown, heavy int, say func(parts ...string)) {
	if asks {
		say("asks")
	}
	n := len(words)
	switch {
	case n > 12:
		n = 13
	case n > 6:
		n = 7
	}
	say("long:", strconv.Itoa(n))
	say("strange:", strconv.Itoa(min(unknown, 3)))
	if heavy > 0 && unknown*2 >= heavy && unknown > 0 {
		say("most strange")
	}
}

// pieces5 are the beginnings, ends and middles of 3 to 5 letters of a word.
func pieces5(s string, say func(parts ...string)) {
	s = "<" + s + ">"
	for n := 3; n <= 5; n++ {
		for i := 0; i+n <= len(s); i++ {
			say("g:", s[i:i+n])
		}
	}
}
