package portal

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Answer is a sentence that agents have ready, beside those that every organisation has.
// With the key of one of those it takes its place.
type Answer struct {
	Key string `yaml:"key"` // by which agents find it: "turno"
	// Text may hold {portal}, {name}, {case}, {hours}, {place}, {site} and {agent}; what stands in [brackets] is left
	// out where its variable has no value: "Hola[ {name}]".
	Text string `yaml:"text"`
}

var (
	answerKey  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,23}$`)
	answerVar  = regexp.MustCompile(`\{([^{}]*)\}`)
	answerVars = []string{"portal", "name", "case", "hours", "place", "site", "agent"}
)

// checkAnswers wants keys that differ, sentences that fit in a message, and variables that there are.
func (d *document) checkAnswers(p *Profile) {
	seen := map[string]bool{}
	for i, a := range p.Answers {
		line := d.line("answers", i)
		switch n := utf8.RuneCountInString(a.Text); {
		case !answerKey.MatchString(a.Key):
			d.add(line, "the key of an answer is short and like turno or caso-2, not %q", a.Key)
		case seen[a.Key]:
			d.add(line, "there are two answers %q", a.Key)
		case n == 0 || n > sentence:
			d.add(line, "answer %q has 1 to %d characters", a.Key, sentence)
		}
		seen[a.Key] = true
		for _, v := range answerVar.FindAllStringSubmatch(a.Text, -1) {
			if !slices.Contains(answerVars, v[1]) {
				d.add(line, "answer %q: there is no variable {%s}; there are %s", a.Key, v[1], strings.Join(answerVars, ", "))
			}
		}
	}
}

// hourWords are what [Hours.Words] says them with, by language.
var hourWords = map[string]struct {
	days, single            [7]string
	several, span, and, all string
}{
	"es": {[7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
		[7]string{"los domingos", "los lunes", "los martes", "los miércoles", "los jueves", "los viernes", "los sábados"},
		"de {a} a {b}", "de {from} a {to}", " y ", "todos los días"},
	"en": {[7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		[7]string{"on Sundays", "on Mondays", "on Tuesdays", "on Wednesdays", "on Thursdays", "on Fridays", "on Saturdays"},
		"{a} to {b}", "from {from} to {to}", " and ", "every day"},
}

// Words says when somebody is there: "de lunes a viernes de 8 a 16 y los sábados de 9 a 13". "" if nobody ever is.
func (h Hours) Words(locale string) string {
	lang, _, _ := strings.Cut(locale, "-")
	w, ok := hourWords[lang]
	if !ok {
		w = hourWords["es"]
	}
	var parts []string
	for from := 1; from <= 7; {
		to := from
		spans := h.Week[Weekday(from%7)]
		for to < 7 && slices.Equal(spans, h.Week[Weekday((to+1)%7)]) {
			to++
		}
		if len(spans) > 0 {
			days := strings.NewReplacer("{a}", w.days[from%7], "{b}", w.days[to%7]).Replace(w.several)
			switch {
			case from == to:
				days = w.single[from%7]
			case from == 1 && to == 7:
				days = w.all
			}
			parts = append(parts, days+" "+spansIn(spans, w.span, w.and))
		}
		from = to + 1
	}
	return strings.Join(parts, w.and)
}

// spansIn says the times of a day.
func spansIn(spans []Span, form, and string) string {
	var all []string
	for _, s := range spans {
		all = append(all, strings.NewReplacer("{from}", s.From.clock(), "{to}", s.To.clock()).Replace(form))
	}
	return strings.Join(all, and)
}

// clock is a minute as people say it: "8", "8:30".
func (m Minute) clock() string {
	h, min := int(m)/60, int(m)%60
	if min == 0 {
		return strconv.Itoa(h)
	}
	return time.Date(2000, 1, 1, h, min, 0, 0, time.UTC).Format("15:04")
}
