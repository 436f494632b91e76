package intent

import (
	"slices"
	"strconv"
)

// beginning is how many letters of a word stand for words of its kind: "mudé", "mudanza", "mudarme".
const beginning = 4

// features are what a model sees of a sentence: its words without endings, pairs
// of neighbours, how words begin, what they mean, pairs of meanings, what is negated, and
// pieces of the words that nobody listed. Blind takes one word for unknown.
func features(words []word, asks bool, blind int) (all []string) {
	lastIdea := "" // of the word with weight before this one
	unknown, heavy := 0, 0
	for i, w := range words {
		strange := !w.known || i == blind
		if strange {
			unknown++
			all = append(all, pieces5(w.text)...)
		} else {
			all = append(all, "w:"+w.stem)
			if len(w.text) > beginning && !light[w.text] {
				all = append(all, "x:"+w.text[:beginning])
			}
			if i > 0 && !w.pause && words[i-1].known && i-1 != blind {
				all = append(all, "b:"+words[i-1].stem+" "+w.stem)
			}
		}
		if w.not {
			all = append(all, "n:"+w.stem)
		}
		for _, idea := range w.ideas {
			all = append(all, "i:"+idea)
			if w.not {
				all = append(all, "ni:"+idea)
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
					all = append(all, "p:"+lastIdea+" "+x)
				}
			}
		}
		lastIdea = idea
	}
	all = append(all, together(words)...)
	return append(all, shape(words, asks, unknown, heavy)...)
}

// together are the meanings that stand anywhere in one sentence: "cambiar la clave
// porque me la olvidé" is not "cambiar la clave".
func together(words []word) (all []string) {
	var ideas []string
	for _, w := range words {
		for _, idea := range w.ideas {
			if w.not {
				idea = "no " + idea
			}
			ideas = add(ideas, idea)
		}
	}
	slices.Sort(ideas)
	ideas = ideas[:min(len(ideas), 12)]
	for i, a := range ideas {
		for _, b := range ideas[i+1:] {
			all = append(all, "t:"+a+" "+b)
		}
	}
	return all
}

// shape is what a sentence looks like from afar.
func shape(words []word, asks bool, unknown, heavy int) (all []string) {
	if asks {
		all = append(all, "asks")
	}
	n := len(words)
	switch {
	case n > 12:
		n = 13
	case n > 6:
		n = 7
	}
	all = append(all, "long:"+strconv.Itoa(n), "strange:"+strconv.Itoa(min(unknown, 3)))
	if heavy > 0 && unknown*2 >= heavy && unknown > 0 {
		all = append(all, "most strange")
	}
	return all
}

// pieces5 are the beginnings, ends and middles of 3 to 5 letters of a word.
func pieces5(s string) (all []string) {
	s = "<" + s + ">"
	for n := 3; n <= 5; n++ {
		for i := 0; i+n <= len(s); i++ {
			all = append(all, "g:"+s[i:i+n])
		}
	}
	return all
}
