// Package sieve asks a message for an expression only if the pieces stand in it without which the
// expression cannot match. Dozens of expressions are asked of each message, and hardly any of them matches.
//
// It never changes what matches: the pieces are found in the expression itself, as code search does
// (Cox, "Regular Expression Matching with a Trigram Index", 2012). What it finds none in is always asked.
package sieve

import (
	"regexp"
	"regexp/syntax"
	"slices"
)

// Text is a message, and which pieces of three characters stand in it.
type Text struct {
	said   string
	pieces [sorts / 64]uint64
}

// sorts is how many pieces are told apart: of those that fall together one is taken for the other, and the expression asked in vain.
const sorts = 4096

// Of reads a message.
func Of(said string) (t Text) {
	t.said = said
	for i := 0; i+2 < len(said); i++ {
		p := piece(said[i : i+3])
		t.pieces[p/64] |= 1 << (p % 64)
	}
	return t
}

// String is the message.
func (t *Text) String() string { return t.said }

// piece is the sort of three characters; all white space is the same.
func piece(s string) uint16 {
	h := uint32(0)
	for i := range 3 {
		h = h<<7 ^ uint32(blank(s[i]))
	}
	return uint16(h * 0x9e3779b1 >> 20) // Fibonacci hashing (Knuth 6.4): the highest 12 bits
}

func blank(c byte) byte {
	if c == '\t' || c == '\n' || c == '\f' || c == '\r' {
		return ' '
	}
	return c
}

// Form is a regular expression that is asked only where it can match.
type Form struct {
	*regexp.Regexp
	needs [][]uint16 // all pieces of one of these stand in whatever matches; none: it may match anything
	first []uint16   // of each of these, side by side: most messages hold none of them
}

// Must reads an expression, as [regexp.MustCompile] does.
func Must(expr string) Form {
	f := Form{Regexp: regexp.MustCompile(expr)}
	re, _ := syntax.Parse(expr, syntax.Perl) // as MustCompile has just done
	for _, s := range study(re).needed() {
		var all []uint16
		for i := 0; i+2 < len(s); i++ {
			all = append(all, piece(s[i:i+3]))
		}
		f.needs, f.first = append(f.needs, all), append(f.first, all[0])
	}
	return f
}

// In tells whether the expression matches within a message.
func (f Form) In(t *Text) bool {
	for i, p := range f.first {
		if t.pieces[p/64]&(1<<(p%64)) != 0 && t.holds(f.needs[i]) {
			return f.MatchString(t.said)
		}
	}
	return len(f.first) == 0 && f.MatchString(t.said)
}

func (t *Text) holds(pieces []uint16) bool {
	for _, p := range pieces {
		if t.pieces[p/64]&(1<<(p%64)) == 0 {
			return false
		}
	}
	return true
}

// known is what can be said of all that an expression matches.
type known struct {
	exact []string // all that there is; nil: too much
	need  []string // one of these stands in it; nil: none need
}

// most is how many texts are followed at a time.
const most = 256

// needed are texts of which one stands in all that matches; none if that would be said of fewer than three characters.
func (k known) needed() []string {
	if k.exact != nil {
		k.need = k.exact
	}
	if slices.ContainsFunc(k.need, func(s string) bool { return len(s) < 3 }) {
		return nil
	}
	return k.need
}

// study reads an expression. What it does not know may match anything.
func study(re *syntax.Regexp) known {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return known{exact: []string{""}}
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return known{exact: []string{string(re.Rune)}}
		}
	case syntax.OpCharClass:
		return class(re.Rune)
	case syntax.OpCapture:
		return study(re.Sub[0])
	case syntax.OpPlus:
		return known{need: study(re.Sub[0]).needed()}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return known{need: study(re.Sub[0]).needed()}
		}
	case syntax.OpQuest:
		if k := study(re.Sub[0]); k.exact != nil {
			return known{exact: append(slices.Clip(k.exact), "")}
		}
	case syntax.OpConcat:
		return inRow(re.Sub)
	case syntax.OpAlternate:
		return anyOf(re.Sub)
	}
	return known{}
}

// class is one of a few characters; of white space there is one kind.
func class(ranges []rune) (k known) {
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] > 8 {
			return known{}
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			s := string(r)
			if len(s) == 1 {
				s = string(blank(s[0]))
			}
			if !slices.Contains(k.exact, s) {
				k.exact = append(k.exact, s)
			}
		}
	}
	if len(k.exact) > 8 {
		return known{}
	}
	return k
}

// inRow is one expression behind the other.
func inRow(subs []*syntax.Regexp) known {
	row, best, whole := []string{""}, []string(nil), true
	for _, sub := range subs {
		k := study(sub)
		if k.exact != nil && len(row)*len(k.exact) <= most {
			var longer []string
			for _, a := range row {
				for _, b := range k.exact {
					longer = append(longer, a+b)
				}
			}
			row = longer
			continue
		}
		best, whole = better(best, known{exact: row}.needed()), false
		best = better(best, k.needed())
		row = []string{""}
		if k.exact != nil {
			row = k.exact
		}
	}
	if whole {
		return known{exact: row}
	}
	return known{need: better(best, known{exact: row}.needed())}
}

// better are the texts that fewer messages hold: the longer ones, of those the fewer.
func better(a, b []string) []string {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	case shortest(a) > shortest(b), shortest(a) == shortest(b) && len(a) <= len(b):
		return a
	}
	return b
}

func shortest(all []string) int {
	n := len(all[0])
	for _, s := range all {
		n = min(n, len(s))
	}
	return n
}

// anyOf is one of several expressions.
func anyOf(subs []*syntax.Regexp) known {
	all, exact, each := known{exact: []string{}}, true, true
	for _, sub := range subs {
		k := study(sub)
		need := k.needed()
		exact, each = exact && k.exact != nil && len(all.exact)+len(k.exact) <= most, each && need != nil
		all.exact, all.need = append(all.exact, k.exact...), append(all.need, need...)
	}
	switch {
	case exact:
		return known{exact: all.exact}
	case each:
		return known{need: all.need}
	}
	return known{}
}
