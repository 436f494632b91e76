package intent

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ventanilla/flows/sieve"
)

var (
	dayForm  = regexp.MustCompile(`\b(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})\b`)
	isoForm  = regexp.MustCompile(`\b(\d{4})-(\d{1,2})-(\d{1,2})\b`)
	longForm = sieve.Must(`\b(\d{1,2})(?: de)? (enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre)(?: del?)? (\d{4})\b`)
	numbers  = regexp.MustCompile(`(?i)\b[a-z]{0,4}\d+(?:[.\-/ ]?[a-z0-9]*\d[a-z0-9]*)*(?:-[a-z]{2,12})?\b`)
	nameForm = regexp.MustCompile(`(?i)\b(?:me llamo|mi nombre es|soy)\s+(\pL[\pL'’\-]*(?:\s+\pL[\pL'’\-]*){0,4})`)
	labelEnd = regexp.MustCompile(`(\pL+)\W*$`)
)

// Tell reads what a sentence tells besides its wish. Most are short, and are not searched
// for what they cannot hold.
func Tell(sentence string) (s Slots) {
	plain := bare(sentence)
	if strings.ContainsAny(plain, " \t\n\f\r") {
		s.Name, s.Self = named(sentence, plain), self(plain)
	}
	if strings.Contains(plain, "@") {
		s.Emails, s.New, s.Have = mailForm.FindAllString(sentence, -1), newMail(plain), found(haveMail, plain)
	}
	if !strings.ContainsAny(plain, "0123456789") {
		return s
	}
	if strings.Contains(plain, "nac") {
		s.Born = found(bornForm, plain)
	}
	s.Dates, s.Numbers = counted(sentence)
	return s
}

// Numbers are [Slots.Numbers] alone.
func Numbers(sentence string) []Number {
	if !strings.ContainsFunc(sentence, func(r rune) bool { return '0' <= r && r <= '9' || r >= utf8.RuneSelf }) {
		return nil
	}
	_, all := counted(sentence)
	return all
}

// counted reads the dates of a sentence, and the numbers that are none.
func counted(sentence string) (on []string, all []Number) {
	rest := sentence
	if strings.Contains(rest, "@") {
		rest = mailForm.ReplaceAllString(rest, " ")
	}
	if strings.Contains(rest, "://") || strings.Contains(rest, "www.") {
		rest = siteForm.ReplaceAllString(rest, " ")
	}
	on, rest = dates(rest)
	for _, at := range numbers.FindAllStringIndex(rest, -1) {
		at[0] = lettered(rest, at[0])
		text := rest[at[0]:at[1]]
		digits := compact(text)
		if len(digits) < 4 {
			continue
		}
		all = append(all, Number{Text: text, Digits: digits, Label: label(rest[:at[0]], text)})
	}
	return on, all
}

var (
	bornForm = regexp.MustCompile(`\b(?:naci|nacimiento|nacido|nacida|nac)\b[^\d]{0,20}(\d{1,2}(?:[/.\- ]\d{1,2}[/.\- ]| (?:de )?\pL+ (?:de |del )?)\d{2,4})\b`)
	selfForm = sieve.Must(`\b(?:soy|somos|como|trabajo de|trabaje de|personal|usuario|actualmente|ahora|tambien|recibo de|cuenta de|ley)\s+(?:un |una |el |la |personal |policia )?(\pL+(?:\s\pL+|\s[\d.]+){0,2}|\d[\d.]{4,6})`)
	newForm  = regexp.MustCompile(`(?:\b(?:a|al|por|sea|ahora|ahora es|ahora uso)|\bnuev[oa][\s:,]+(?:\pL+[\s:,]+){0,3})\s*([\w.+\-]+@[\w\-]+\.[\w.\-]+)`)
	haveMail = regexp.MustCompile(`(?:\b(?:es|con|soy|mail|correo|email|usuario|cuenta)|:)\s+([\w.+\-]+@[\w\-]+\.[\w.\-]+)`)
)

// found is the first thing in a sentence that stands as a form says; "" if none does.
func found(form *regexp.Regexp, plain string) string {
	if m := form.FindStringSubmatch(plain); m != nil {
		return m[1]
	}
	return ""
}

// newMail is the address that is to replace another.
func newMail(plain string) string { return strings.TrimRight(found(newForm, plain), ".-") }

// self is what somebody says to be, as far as it may be that.
func self(plain string) (all []string) {
	if said := sieve.Of(plain); !selfForm.In(&said) {
		return nil
	}
	for _, m := range selfForm.FindAllStringSubmatch(plain, 6) {
		var said []string
		for _, w := range strings.Fields(m[1]) {
			if nameEnds[w] && !selves[w] {
				break
			}
			said = append(said, w)
		}
		if len(said) > 0 {
			all = append(all, strings.Join(said, " "))
		}
	}
	return all
}

// selves are words that end a name and say what somebody is.
var selves = set("policia docente retirado retirada jubilado jubilada afiliado afiliada")

// dates returns the dates of a text that exist, and the text without them.
func dates(text string) (found []string, rest string) {
	take := func(form *regexp.Regexp, year, month, day int) {
		text = form.ReplaceAllStringFunc(text, func(s string) string {
			m := form.FindStringSubmatch(s)
			iso := fmt.Sprintf("%s-%02d-%02d", m[year], monthNumber(m[month]), atoi(m[day]))
			if _, err := time.Parse(time.DateOnly, iso); err != nil {
				return s
			}
			found = append(found, iso)
			return " "
		})
	}
	if strings.ContainsAny(text, "/.-") && holdsYear(text) {
		take(dayForm, 3, 2, 1)
		take(isoForm, 1, 2, 3)
	}
	plain := bare(text)
	if said := sieve.Of(plain); longForm.In(&said) {
		text = plain
		take(longForm.Regexp, 3, 2, 1)
	}
	return found, text
}

// holdsYear tells whether four digits stand in a row; "30.000.123" need not be searched for dates.
func holdsYear(text string) bool {
	row := 0
	for i := range len(text) {
		if row++; text[i] < '0' || text[i] > '9' {
			row = 0
		}
		if row == 4 {
			return true
		}
	}
	return false
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

var monthNames = strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")

func monthNumber(s string) int {
	if s == "setiembre" {
		s = "septiembre"
	}
	if i := slices.Index(monthNames, s); i >= 0 {
		return i + 1
	}
	return atoi(s)
}

// compact takes out what separates the parts of a number.
func compact(s string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(s) {
		if unicode.IsDigit(r) || unicode.IsLetter(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// letteredForm is what stands before the digits of a policy or a key: "MP-", "MET-", "VI ". Letters with a space behind them are part
// of a number where they are capitals alone.
var letteredForm = regexp.MustCompile(`\b(?:[A-Za-z]{2,5}-|[A-Z]{2,3} )$`)

// lettered is where a number begins with the letters that belong to it.
func lettered(text string, at int) int {
	if at == 0 || text[at-1] != '-' && text[at-1] != ' ' || at == len(text) || !unicode.IsDigit(rune(text[at])) {
		return at
	}
	m := letteredForm.FindStringIndex(text[:at])
	if m == nil {
		return at
	}
	if w := bare(strings.TrimRight(text[m[0]:at], "- ")); labels[w] || between[w] || nameEnds[w] {
		return at
	}
	return m[0]
}

// labels are the words by which people say what a number is.
var labels = set("dni cuil cuit legajo cedula curp rfc poliza beneficio afiliado matricula documento ruc cbu clabe telefono celular tel cel codigo token cuenta usuario credencial escalafon caso ticket pin id ci lc le civica enrolamiento")

// between are the words that stand between a label and its number.
var between = set("es numero nro num n no de del mi el la son a al por")

// label is the word before a number that says what it is; some people write it without a space.
func label(before, text string) string {
	letters := strings.TrimRightFunc(bare(text), func(r rune) bool { return !unicode.IsLetter(r) })
	if glued := strings.TrimRight(letters, "0123456789"); labels[glued] {
		return glued
	}
	before = bare(before)
	for range 4 {
		m := labelEnd.FindStringSubmatchIndex(before)
		if m == nil {
			return ""
		}
		w := before[m[2]:m[3]]
		if labels[w] {
			return w
		}
		if !between[w] {
			return ""
		}
		before = before[:m[2]]
	}
	return ""
}

// named is the name that somebody gives: after "me llamo" any words, after "soy"
// only words with a capital letter, since most who write "soy" say what they are.
func named(sentence, plain string) string {
	if !strings.Contains(plain, "soy") && !strings.Contains(plain, "llamo") && !strings.Contains(plain, "nombre") {
		return ""
	}
	m := nameForm.FindStringSubmatch(sentence)
	if m == nil {
		return ""
	}
	strict := strings.HasPrefix(strings.ToLower(m[0]), "soy")
	var name []string
	for _, w := range strings.Fields(m[1]) {
		upper := unicode.IsUpper([]rune(w)[0])
		if strict && !upper || nameEnds[bare(w)] && !upper || nameEnds[bare(w)] && len(name) == 0 {
			break
		}
		name = append(name, w)
	}
	for len(name) > 0 && nameEnds[bare(name[len(name)-1])] {
		name = name[:len(name)-1]
	}
	return strings.Join(name, " ")
}

var nameEnds = set("y e mi el la los un una no me te se que con pero tengo quiero necesito legajo dni cedula cuil trabajo vivo estoy olvide perdi del personal policia docente retirado retirada jubilado jubilada afiliado afiliada nuevo nueva yo esposa esposo hijo hija madre padre otra otro usted bien para por desde")
