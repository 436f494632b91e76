package password

import (
	"embed"
	"encoding/json"
	"slices"
	"strings"

	zxcvbn "github.com/ccojocar/zxcvbn-go"
)

// The lists of weak passwords: common_10k.txt, es_firstnames.txt and es_sequences.json come from zxcvbn-ts
// (MIT, data/LICENSE.zxcvbn-ts); es_words.txt was written for this package.
//
//go:embed data/common_10k.txt data/es_firstnames.txt data/es_words.txt data/es_sequences.json
var lists embed.FS

// longestWord bounds the search for known words, in characters.
const longestWord = 40

// common are the passwords, words and names that are tried first, folded.
// Those of three letters are left out but for names: nearly everything would be made of them.
var common, spanish = read()

func read() (common map[string]bool, spanish []string) {
	common = map[string]bool{}
	for _, w := range lines("data/common_10k.txt") {
		if f := fold(w); len(f) >= 4 {
			common[f] = true
		}
	}
	spanish = slices.Concat(lines("data/es_words.txt"), lines("data/es_firstnames.txt"), sequences())
	for i, w := range spanish {
		spanish[i] = fold(w)
		if len(spanish[i]) >= 4 {
			common[spanish[i]] = true
		}
	}
	return common, spanish
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

// strength is zxcvbn's score (Wheeler, USENIX Security 2016), 0 to 4, told the Spanish words and those of the person and the portal.
func (p Policy) strength(s string, personal []string) int {
	words := slices.Clone(spanish)
	for _, more := range []map[string]bool{owned(personal), vocabulary(p.Words)} {
		for w := range more {
			words = append(words, w)
		}
	}
	s = fold(s)
	if len(s) > mostJudged {
		s = strings.ToValidUTF8(s[:mostJudged], "")
	}
	return zxcvbn.PasswordStrength(s, words).Score
}
