package natid

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var generic = []Kind{
	{Name: "digits", Min: 1, Max: 20, parse: parseDigits},
	{Name: "code", Min: 1, Max: 40, parse: parseCode},
	{Name: "passport", Min: 5, Max: 12, parse: parsePassport, Sensitive: true},
	{Name: "text", Min: 1, Max: 120, parse: parseText},
	{Name: "name", Min: 2, Max: 80, parse: parseName},
	{Name: "date", parse: parseDate, format: formatDate, mask: func(s string) string { return "••/••/" + s[:min(4, len(s))] }},
}

// parseDigits reads a number that an organisation hands out, such as a staff number. Leading zeros
// are part of it: whether they count is for the core to say.
func parseDigits(k Kind, s string) (string, Reason) {
	s, reason := number(s, " -./")
	if reason != "" {
		return "", reason
	}
	return k.fits(s)
}

func (k Kind) fits(s string) (string, Reason) {
	if n := utf8.RuneCountInString(s); n < k.Min || n > k.Max {
		return "", Length
	}
	return s, ""
}

var codeShape = regexp.MustCompile(`^[0-9A-Z]+$`)

// parseCode reads letters and digits, such as a policy number or an invitation key: in capitals, without separators.
func parseCode(k Kind, s string) (string, Reason) {
	s = letters(s, "-_ ./")
	switch {
	case s == "":
		return "", Empty
	case !codeShape.MatchString(s):
		return "", Format
	}
	return k.fits(s)
}

// parsePassport reads the number of a passport: letters and digits, at least one digit (ICAO Doc 9303-4, document number).
func parsePassport(k Kind, s string) (string, Reason) {
	s, reason := parseCode(k, s)
	if reason == "" && !strings.ContainsFunc(s, isDigit) {
		return "", Empty
	}
	return s, reason
}

func parseText(k Kind, s string) (string, Reason) {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return "", Format
	}
	return k.fits(strings.Join(strings.Fields(s), " "))
}

func parseName(k Kind, s string) (string, Reason) {
	wrong := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune(" .'’-", r)
	}
	s, reason := parseText(k, s)
	switch {
	case reason != "":
		return "", reason
	case !strings.ContainsFunc(s, unicode.IsLetter):
		return "", Empty
	case strings.ContainsFunc(s, wrong):
		return "", Format
	}
	return s, ""
}

var (
	isoDate    = regexp.MustCompile(`\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b`)
	dayFirst   = regexp.MustCompile(`(?:^|[^\d])(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{1,4})(?:[^\d]|$)`)
	wordMonth  = regexp.MustCompile(`(?:^|[^\d])(\d{1,2})(?:º|°|ro|er)?\s*(?:de |-|/|\.)?\s*(\pL{3,10})\.?\s*(?:de |del |-|/|,)?\s*(\d{1,4})(?:[^\d]|$)`)
	unparted   = regexp.MustCompile(`(?:^|[^\d])(\d{2})(\d{2})(\d{4})(?:[^\d]|$)`)
	firstOfDay = strings.NewReplacer("primero de", "1 de")
)

// months begin in these three letters in Spanish and, where it differs, in English.
var months = map[string]int{
	"ene": 1, "jan": 1, "feb": 2, "mar": 3, "abr": 4, "apr": 4, "may": 5, "jun": 6, "jul": 7, "ago": 8, "aug": 8,
	"sep": 9, "set": 9, "oct": 10, "nov": 11, "dic": 12, "dec": 12,
}

// parseDate reads a day of the calendar as it is written in Spanish, day first ("5/3/1970", "5 de marzo de 1970",
// "05031970") or as ISO 8601, and gives ISO 8601, "1970-03-05". A year of two digits
// is refused with [Year], because guessing the century would need today's date.
func parseDate(_ Kind, s string) (string, Reason) {
	s = firstOfDay.Replace(strings.ToLower(s))
	if m := isoDate.FindStringSubmatch(s); m != nil {
		return day(m[1], m[2], m[3])
	}
	for _, shape := range []*regexp.Regexp{dayFirst, unparted} {
		if m := shape.FindStringSubmatch(s); m != nil {
			return day(m[3], m[2], m[1])
		}
	}
	if m := wordMonth.FindStringSubmatch(s); m != nil {
		if n := months[plain(string([]rune(m[2])[:3]))]; n > 0 {
			return day(m[3], strconv.Itoa(n), m[1])
		}
	}
	if !strings.ContainsFunc(s, isDigit) {
		return "", Empty
	}
	return "", Format
}

func day(year, month, dayOfMonth string) (string, Reason) {
	if y, err := strconv.Atoi(year); err != nil || y < 1900 || y > 2100 {
		return "", Year
	}
	t, err := time.Parse("2006-1-2", year+"-"+strings.TrimPrefix(month, "0")+"-"+strings.TrimPrefix(dayOfMonth, "0"))
	if err != nil {
		return "", Date
	}
	return t.Format(time.DateOnly), ""
}

func formatDate(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return t.Format("02/01/2006")
}
