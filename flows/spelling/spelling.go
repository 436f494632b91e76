// Package spelling compares words as people misspell them. It knows letters and
// sounds of Spanish, no meanings.
package spelling

import "strings"

var sounds = strings.NewReplacer("qu", "c", "ll", "y", "h", "", "v", "b", "z", "s", "ce", "se", "ci", "si", "k", "c", "x", "s", "w", "b", "mb", "nb", "mp", "np", "ge", "je", "gi", "ji", "gue", "ge", "gui", "gi")

// Sound spells a lower-case word without accents as it is heard: who writes by ear
// mixes up b and v, c s and z, ll and y, g and j, and leaves the h out.
func Sound(word string) string { return sounds.Replace(word) }

// Distance is how many letters must be added, taken away, changed or swapped with
// their neighbour to make b of a (Damerau-Levenshtein, optimal string alignment).
func Distance(a, b string) int {
	var room [3 * 32]int // most words are shorter
	all := room[:]
	if n := 3 * (len(b) + 1); n > len(all) {
		all = make([]int, n)
	}
	n := len(b) + 1
	before, last, row := all[:n], all[n:2*n], all[2*n:3*n]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
