package flows

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// The key of an invitation opens an account to whoever reads it, so it stands in no transcript, wherever it was written and
// before it was asked for (RULES: data.canary). People call it «clave», too, and it is no password: it is not hidden.

// invitation is a key as organisations mail it to who is invited to register, which people call «clave», too.
var invitation = regexp.MustCompile(`(?i)\b[A-Z]{2,5}(?:-[A-Z0-9]{4}){2,3}\b`)

// isKey tells whether a word is such a key, by a group that mixes letters and digits: "CASA-2024-ROJA" somebody chose.
func isKey(word string) bool {
	return invitation.FindString(word) == word && slices.ContainsFunc(strings.Split(word, "-"), func(group string) bool {
		return lettersIn(group) > 0 && strings.ContainsFunc(group, unicode.IsDigit)
	})
}

// longestKey is in how many words what a question knows by its form may be written: "MET 4H7Q 9XRA".
const longestKey = 3

// fewestKey and mostWords bound what is looked at.
const (
	fewestKey = 6
	mostWords = 80
)

// keys finds what some question of this organisation, whose answers are masked, knows by its form: as it was typed.
func (r *run) keys(text string) (all []string) {
	if lettersIn(text) == 0 {
		return nil
	}
	words := strings.FieldsFunc(text, apart)
	for i := 0; i < min(len(words), mostWords); i++ {
		for n := min(longestKey, len(words)-i); n > 0; n-- {
			said := strings.Trim(strings.Join(words[i:i+n], " "), ".:¿?¡!'*_")
			if strings.Contains(text, said) && r.isMasked(said) {
				all, i = append(all, said), i+n-1
				break
			}
		}
	}
	return all
}

// isMasked tells whether a text is an answer to such a question, which asks for a key and for no document: nothing but it.
func (r *run) isMasked(said string) bool {
	if len(said) < fewestKey || !strings.ContainsFunc(said, unicode.IsDigit) || lettersIn(said) == 0 {
		return false
	}
	return slices.ContainsFunc(r.e.masked, func(s *Step) bool {
		if s.Early == nil || s.Sensitive { // somebody's document may be their password
			return false
		}
		v, _ := s.Early(r.t, Given{Kind: GivenNumber, Text: said})
		return v != "" && squeezed(v) == squeezed(said)
	})
}

// beginsWithKey tells whether a text begins with one of the keys.
func beginsWithKey(said string, keys []string) bool {
	said = squeezed(said)
	return slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(said, squeezed(k)) })
}

// unkeyed masks keys: those of a form that many organisations give them, and those that were found.
func unkeyed(text string, keys ...string) string {
	for _, k := range keys {
		text = strings.ReplaceAll(text, k, concealed(k))
	}
	if strings.Count(text, "-") < 2 {
		return text
	}
	return invitation.ReplaceAllStringFunc(text, func(word string) string {
		if isKey(word) {
			return concealed(word)
		}
		return word
	})
}
