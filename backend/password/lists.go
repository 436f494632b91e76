package password

import (
	"embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	zxcvbn "github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/matching"
)

// The lists of weak passwords: common_10k.txt, es_firstnames.txt and es_sequences.json come from zxcvbn-ts
// (MIT, data/LICENSE.zxcvbn-ts); es_words.txt was written for this package.
//
//go:embed data/common_10k.txt data/es_firstnames.txt data/es_words.txt data/es_sequences.json
var lists embed.FS

// longestWord bounds the search for known words, in characters.
const longestWord = 40

// vocabularies are what is tried first, folded. Words of three letters are left out: nearly everything would be made of them.
type vocabularies struct {
	common  map[string]bool // passwords, words and names
	spanish []string        // the words and names alone, for zxcvbn, which knows only English ones
}

// weak reads the lists when the first password is judged.
var weak = sync.OnceValue(func() vocabularies {
	v := vocabularies{common: map[string]bool{}}
	for _, w := range lines("data/common_10k.txt") {
		v.add(fold(w))
	}
	for _, w := range slices.Concat(lines("data/es_words.txt"), lines("data/es_firstnames.txt"), sequences()) {
		v.spanish = append(v.spanish, fold(w))
		v.add(fold(w))
	}
	return v
})

func (v vocabularies) add(word string) {
	if len(word) >= 4 {
		v.common[word] = true
	}
}

// lines are those of an embedded list; a list that is missing would not compile.
func lines(file string) []string {
	b, _ := lists.ReadFile(file)
	return strings.Fields(string(b))
}

func sequences() []string {
	var named map[string][]string
	b, _ := lists.ReadFile("data/es_sequences.json")
	_ = json.Unmarshal(b, &named) // a test counts the words
	var all []string
	for _, words := range named {
		all = append(all, words...)
	}
	slices.Sort(all)
	return all
}

// mostJudged is how many bytes of a candidate are measured: zxcvbn's time grows with the square of the
// length, and what comes after can only make it stronger.
const mostJudged = 64

// strength is zxcvbn's score (Wheeler, USENIX Security 2016), 0 to 4, told the Spanish words and those of the person
// and the portal. Its own search for disguises is left out, because a password made of nothing
// else holds it for a second; the lowest score of our spellings stands for it.
func (p Policy) strength(s string, personal []string) int {
	words := slices.Clone(weak().spanish)
	for _, more := range []map[string]bool{owned(personal), vocabulary(p.Words)} {
		words = slices.AppendSeq(words, maps.Keys(more))
	}
	score := 4
	for _, spelling := range spellings(s) {
		if len(spelling) > mostJudged {
			spelling = strings.ToValidUTF8(spelling[:mostJudged], "")
		}
		score = min(score, zxcvbn.PasswordStrength(spelling, words, matching.FilterL33tMatcher).Score)
	}
	return score
}
