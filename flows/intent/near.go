package intent

import "iter"

// index finds known words that sound like a word, or like it but for a letter: each is kept under the
// hashes of its sound and of that sound without each of its letters. A hash that two
// sounds share only costs a comparison.
type index struct {
	words []heard
	first map[uint32]int32 // place in links, from 1 on
	links []link
}

// heard is a word and how it sounds.
type heard struct{ text, sound string }

type link struct{ word, next int32 }

func (x *index) add(text, sound string) {
	if x.first == nil {
		x.first = map[uint32]int32{}
	}
	x.words = append(x.words, heard{text, sound})
	for _, k := range keys(sound) {
		h := hash32(k)
		x.links = append(x.links, link{int32(len(x.words) - 1), x.first[h]})
		x.first[h] = int32(len(x.links))
	}
}

// like are the words that may be kept under a key, those that were added last first.
func (x *index) like(key string) iter.Seq[heard] {
	return func(yield func(heard) bool) {
		for i := x.first[hash32(key)]; i > 0; i = x.links[i-1].next {
			if !yield(x.words[x.links[i-1].word]) {
				return
			}
		}
	}
}

// hash32 is FNV-1a, as hash/fnv computes it, without its allocations.
func hash32(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
