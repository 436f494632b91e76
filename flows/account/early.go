package account

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/flows"
)

// early reads what a person told before a profile's field was asked. What they called by
// name must be the field's; what has no name counts where the identifier itself tells what it is.
func early(f portal.Field) flows.Early {
	plain := plains(f)
	return func(t *flows.Turn, g flows.Given) (string, bool) {
		q := f.For(t.Values)
		switch {
		case q.Kind == portal.KindChoice:
			return chosen(q, g, plain)
		case q.Kind == portal.KindEmail:
			return accepted(t, f, g.Text, g.Kind == flows.GivenEmail && meantFor(t, f, g))
		case q.Kind == "date":
			return accepted(t, f, wholeYear(t, g.Text), g.Kind == flows.GivenDate && (g.Label != "" || longAgo(t, g.Text)))
		case g.Kind == flows.GivenPlace:
			return accepted(t, f, g.Text, f.Saves == portal.SavesCity)
		case f.Saves == portal.SavesPostcode:
			return accepted(t, f, g.Text, g.Kind == flows.GivenNumber && g.Label == "cp")
		case f.Saves == portal.SavesName:
			return accepted(t, f, g.Text, g.Kind == flows.GivenName && strings.Contains(g.Text, " "))
		case g.Kind != flows.GivenNumber || slices.Contains(freely, q.Kind):
			return "", false
		case g.Label == "" || q.Telling():
			return accepted(t, f, g.Text, slices.Contains(telling, q.Kind) || q.Telling())
		case !called(q, g.Label):
			return "", false
		case q.Kind == "ar.username": // the letters belong to it
			if v, reason := f.Parse(strings.ToUpper(g.Label)+g.Text, t.Values); reason == "" {
				return v, true
			}
		}
		return accepted(t, f, g.Text, true)
	}
}

// freely are kinds that anything is an answer to.
var freely = []string{"text", "name"}

// telling are kinds that tell by themselves what they are: by a check digit or their shape.
var telling = []string{"ar.cuit", "ar.cbu", "ar.username", "ec.cedula", "ec.ruc", "mx.curp", "mx.rfc"}

func accepted(t *flows.Turn, f portal.Field, typed string, fits bool) (string, bool) {
	if !fits {
		return "", false
	}
	value, reason := f.Parse(typed, t.Values)
	if reason != "" {
		return "", false
	}
	return value, true
}

// chosen reads what a person says to be, or how they call their document: "dni 20.111.222".
func chosen(q portal.Question, g flows.Given, plain map[string]string) (string, bool) {
	switch {
	case g.Kind == flows.GivenSelf:
		value, reason := q.Parse(g.Text)
		return value, reason == ""
	case g.Kind == flows.GivenWish:
		return named(q, g.Text, plain), false
	case g.Kind == flows.GivenNumber && g.Label != "":
		for _, o := range q.Options {
			if o.ID == g.Label || slices.Contains(o.Words, g.Label) {
				return o.ID, false // the number answers the next question
			}
		}
	}
	return "", false
}

// shortest is how many letters a word has at least that chooses an option within a sentence about something else.
const shortest = 5

// denial begins what is said of not having something, of which there is more than one thing in a sentence.
var denial = regexp.MustCompile(`^(no|si|sin|nada|ningun[oa]|aun)( |$)`)

// negated is a phrase of which a sentence says that it is not so: "no tengo clave", "nunca me llegó la invitación".
var negated = regexp.MustCompile(`\b(no|sin|nunca|ni|tampoco)( me| la| lo| una| ninguna?| un| el| mi| tengo| llego| mandaron| recibi| encuentro)*$`)

// named finds the one option that a sentence names which asks for something: "soy de la 10.430 y olvidé la clave". What denies
// one option and names another, "no tengo clave", means the other.
func named(q portal.Question, wish string, plain map[string]string) (id string) {
	said := " " + flows.Plain(wish) + " "
	var all []portal.Option
	for _, o := range q.Options {
		means := func(w string) bool { return says(said, plain[w], func() bool { return denies(q, o, w) }) }
		if means(o.ID) || means(o.Label) || slices.ContainsFunc(o.Words, means) {
			all = append(all, o)
		}
	}
	if len(all) != 1 || strings.Contains(said, " no soy ") {
		return ""
	}
	return all[0].ID
}

// plains are all ways to say the options of a field, as [flows.Plain] leaves them.
func plains(f portal.Field) map[string]string {
	plain := map[string]string{}
	add := func(q portal.Question) {
		for _, o := range q.Options {
			for _, w := range append([]string{o.ID, o.Label}, o.Words...) {
				plain[w] = flows.Plain(w)
			}
		}
	}
	add(f.Question)
	for _, q := range f.Cases {
		add(q)
	}
	return plain
}

// says tells whether a sentence holds a phrase that is long enough to mean something there, and does not take it back.
func says(said, phrase string, denies func() bool) bool {
	if len(phrase) < shortest || !strings.Contains(said, phrase) {
		return false
	}
	before, _, ok := strings.Cut(said, " "+phrase+" ")
	switch {
	case !ok || slices.Contains(flows.Universal, phrase):
		return false
	case denial.MatchString(phrase):
		return denies()
	}
	return !negated.MatchString(before)
}

// denies tells of a phrase for an option that denies another one by its name: "no tengo clave" beside "tengo clave".
func denies(q portal.Question, of portal.Option, phrase string) bool {
	_, rest, _ := strings.Cut(flows.Plain(phrase), " ")
	return slices.ContainsFunc(q.Options, func(o portal.Option) bool {
		return o.ID != of.ID && len(rest) >= shortest && slices.ContainsFunc(o.Words, func(w string) bool { return flows.Plain(w) == rest })
	})
}

// other names of what a number is.
var other = map[string][]string{
	"ar.dni": {"dni", "documento", "doc"}, "ar.libreta": {"documento", "doc", "le", "lc", "ci", "cedula", "libreta", "civica", "enrolamiento"}, "passport": {"pasaporte", "documento"}, "ar.cuit": {"cuit", "cuil"},
	"ar.cbu": {"cbu", "cuenta"}, "ar.account": {"cbu", "cuenta", "caja"}, "ar.username": {"dni", "cuit", "cuil", "usuario"}, "ec.cedula": {"cedula", "ci", "identificacion"}, "ec.ruc": {"ruc"},
	"mx.curp": {"curp"}, "mx.rfc": {"rfc"}, "ar.phone": phones, "mx.phone": phones, "ec.phone": phones,
}

var phones = []string{"telefono", "celular", "tel", "cel", "whatsapp", "movil"}

// called tells whether a person's word is one for what is asked.
func called(q portal.Question, label string) bool {
	return slices.Contains(other[q.Kind], label) || slices.Contains(strings.Fields(flows.Plain(q.Label)), label)
}

// newly is how a person says that an address is to replace another.
const newly = "nuevo"

// meantFor tells an address that somebody has from the one they want to have.
func meantFor(t *flows.Turn, f portal.Field, g flows.Given) bool {
	switch saves := f.Saves == portal.SavesEmail; {
	case saves:
		return g.Label == newly
	case Service(t) == portal.Contact:
		return g.Label != newly && g.Label != ""
	}
	return g.Label != newly
}

// adults are those who have accounts: a younger date is not one of birth.
const adults = 14

// shortYear is a date whose year has two digits: "3/5/80", "3 de mayo del 80".
var shortYear = regexp.MustCompile(`^(\D*\d{1,2}\D.*[/.\- \pL]\s?)(\d{2})\s*$`)

// wholeYear writes a year of two digits whole: the latest in which an adult was born. It
// is read back before anything is done with it.
func wholeYear(t *flows.Turn, date string) string {
	m := shortYear.FindStringSubmatch(date)
	if m == nil {
		return date
	}
	n, _ := strconv.Atoi(m[2]) // two digits
	year := t.At.Year() - t.At.Year()%100 + n
	if year > t.At.Year()-adults {
		year -= 100
	}
	return m[1] + strconv.Itoa(year)
}

func longAgo(t *flows.Turn, date string) bool {
	day, err := time.Parse(time.DateOnly, date)
	return err == nil && day.AddDate(adults, 0, 0).Before(t.At)
}
