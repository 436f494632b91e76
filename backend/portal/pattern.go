package portal

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"ventanilla/backend/natid"
)

// patterned are the kinds that a profile may give a pattern.
var patterned = []string{"code", "digits", KindInvitation}

// Telling tells that an answer shows by its form alone what it answers.
func (q Question) Telling() bool { return q.Pattern != "" && q.Kind != "digits" }

// longestCode is how many words what has a pattern may be written in: "MET 4H7Q 9XRA".
const longestCode = 3

// apart are words that stand before numbers, and are no letters of them: "cp 97000", "es 155620".
var apart = strings.Fields("cp c.p es no nro num n de el la mi su tu al en y a son con del id ci tel cel av km int ext col lote mz mza piso apto casa")

func isApart(word string) bool { return slices.Contains(apart, strings.Join(words(word), " ")) }

// find reads what has the pattern, alone or within a sentence.
func (q Question) find(kind natid.Kind, answer string) (canonical string, reason natid.Reason) {
	form := compiled(q.Pattern)
	canonical, reason = kind.Parse(answer)
	said := strings.FieldsFunc(answer, func(r rune) bool { return strings.ContainsRune(" \t\n,;:()", r) })
	if reason == "" && form.MatchString(canonical) && !(len(said) > 1 && isApart(said[0])) {
		return canonical, ""
	}
	found := ""
	for i := 0; i < len(said) && len(said) < 100; i++ {
		for n := 1; n <= longestCode && i+n <= len(said); n++ {
			c, wrong := kind.Parse(strings.Join(said[i:i+n], " "))
			switch {
			case n > 1 && isApart(said[i]):
				continue
			case wrong != "" || !form.MatchString(c) || c == found:
				continue
			case found != "":
				return "", natid.Many
			}
			found = c
		}
	}
	switch {
	case found != "":
		return found, ""
	case reason == "":
		return "", natid.Format
	}
	return "", reason
}

var patterns sync.Map // string to *regexp.Regexp

// compiled is a pattern for the whole of a text; one that is none, which a profile cannot have, fits nothing.
func compiled(pattern string) *regexp.Regexp {
	if form, ok := patterns.Load(pattern); ok {
		return form.(*regexp.Regexp)
	}
	form, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		form = regexp.MustCompile(`^\b\B$`)
	}
	patterns.Store(pattern, form)
	return form
}

// checkPattern judges a pattern, which only what an organisation hands out has.
func (d *document) checkPattern(q Question, at ...any) {
	if q.Pattern == "" {
		return
	}
	if _, err := regexp.Compile(q.Pattern); err != nil {
		d.add(d.line(at...), "pattern is no regular expression: %v", err)
	}
	oneOf(d, q.Kind, patterned, at...)
}
