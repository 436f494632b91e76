package account

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ventanilla/backend/natid"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/intent"
)

// FieldStep is the question of a profile's field, in the chat or on a page, whose
// answer is kept under the field's id. Its flow adds Say, Fill (see [FieldWords]) and Skip.
func FieldStep(f portal.Field) flows.Step {
	f = f.Ready()
	s := flows.Step{Name: f.ID, Help: "help_field", Why: "why_field", Keep: true, Masked: f.IsSensitive() || f.Kind == portal.KindInvitation, Ident: identifies(f), Sensitive: f.IsSensitive(), Take: takeField(f), Early: early(f), Field: pageField(f),
		Own:    f.Evidence == portal.ByPhone || strings.HasSuffix(f.Kind, ".phone"),
		Fill:   func(t *flows.Turn) []string { return FieldWords(t, f) },
		Offers: fieldOptions(f),
		Show:   func(t *flows.Turn) string { return Shown(t, f) },
		Mask:   func(t *flows.Turn) string { return Masked(t, f) },
		Label:  func(t *flows.Turn) string { return Title(f.For(t.Values).Label) }}
	if f.Depends != "" {
		s.Needs = []string{f.Depends}
	}
	return s
}

// identifies tells whether an answer to a field names one person, or nearly, in any of its cases.
func identifies(f portal.Field) bool {
	return !slices.Contains([]string{"text", "name", "date", portal.KindChoice, portal.KindInvitation}, f.Kind)
}

// FieldWords fill the sentences about a field: {ask}, {label}, {label_up}, {where}, {why}.
func FieldWords(t *flows.Turn, f portal.Field) []string {
	q := f.For(t.Values)
	why := q.Why
	switch {
	case why != "":
	case f.Saves != "":
		why = t.Text("why_saved", "label", q.Label)
	default:
		why = t.Text("why_default", "label", q.Label)
	}
	words := make([]string, 0, 20) // with room for what a flow adds
	return append(words, "ask", q.Ask, "label", q.Label, "label_up", UpperFirst(q.Label), "where", q.Where, "why", why)
}

// pageField is a question as a page asks it, with where to find the answer.
func pageField(f portal.Field) func(*flows.Turn) flows.Field {
	return func(t *flows.Turn) flows.Field {
		q := f.For(t.Values)
		field := flows.Field{Name: f.ID, Label: Title(q.Label), Hint: q.Where, Kind: "text", Autocomplete: "off", Optional: f.Optional, Digits: slices.Contains(ofDigits, q.Kind)}
		if q.Kind == portal.KindChoice {
			field.Kind, field.Options = "choice", fieldOptions(f)(t)
		}
		return field
	}
}

// ofDigits are the kinds of identifiers that a keyboard of digits can write.
var ofDigits = []string{"digits", "ar.dni", "ar.libreta", "ar.cuit", "ar.cbu", "ar.account", "ec.cedula", "ec.ruc"}

func fieldOptions(f portal.Field) func(*flows.Turn) []flows.Option {
	return func(t *flows.Turn) []flows.Option {
		options := f.For(t.Values).Options
		if len(options) == 0 {
			return nil
		}
		all := make([]flows.Option, 0, len(options)+3) // with room for what stands beside them
		for _, o := range options {
			all = append(all, flows.Option{ID: o.ID, Label: o.Label})
		}
		return all
	}
}

// shortestKey is how many letters a key of letters alone has at least; shorter ones are words.
const shortestKey = 8

// onlyWords tells that somebody speaks instead of copying a number: letters alone could be
// a key, since organisations write theirs as they like.
func onlyWords(q portal.Question, typed string) bool {
	if q.Kind != "code" && q.Kind != portal.KindInvitation || q.Pattern != "" || strings.ContainsFunc(typed, unicode.IsDigit) {
		return false
	}
	return q.Kind == "code" || len(strings.Fields(typed)) > 1 || len([]rune(strings.TrimSpace(typed))) < shortestKey
}

// isDate tells that somebody answers another question: "21 de mayo de 1990" is no number of a policy.
func isDate(kind, typed string) bool {
	if kind != "code" || !strings.ContainsAny(strings.TrimSpace(typed), " /") {
		return false
	}
	_, reason := portal.Question{Kind: "date"}.Parse(typed)
	return reason == ""
}

// numeric are kinds of identifiers that a phone number could be taken for.
var numeric = append([]string{"code", "ar.username", portal.KindInvitation}, ofDigits...)

// aPhone tells that the numbers of a message are announced as those of a phone.
func aPhone(typed string) bool {
	if !strings.ContainsFunc(typed, func(r rune) bool { return unicode.IsLetter(r) || r >= utf8.RuneSelf }) { // nothing announces them
		return false
	}
	numbers := intent.Numbers(typed)
	return len(numbers) > 0 && !slices.ContainsFunc(numbers, func(n intent.Number) bool { return !slices.Contains(phones, n.Label) })
}

// byPhone begins an answer for which the person's own telephone number stands.
const byPhone = "tel:"

// Shown is the answer to a field as its owner knows it.
func Shown(t *flows.Turn, f portal.Field) string {
	if n, ok := strings.CutPrefix(t.Values[f.ID], byPhone); ok {
		return t.Text("own_phone", "number", n)
	}
	return f.Display(t.Values[f.ID], t.Values)
}

// Masked is the answer to a field as only its owner knows it again.
func Masked(t *flows.Turn, f portal.Field) string {
	if n, ok := strings.CutPrefix(t.Values[f.ID], byPhone); ok {
		return t.Text("own_phone", "number", "••••"+n[max(0, len(n)-3):])
	}
	return f.Mask(t.Values[f.ID], t.Values)
}

func takeField(f portal.Field) flows.Take {
	return func(t *flows.Turn, in flows.Input) (string, string) {
		q, typed := f.For(t.Values), in.Text
		switch {
		case in.Phone != "" && f.Evidence == portal.ByPhone:
			return byPhone + in.Phone, ""
		case in.Phone != "":
			typed = in.Phone
		}
		if in.Choice != "" {
			typed = in.Choice
		}
		if q.Kind == "date" {
			typed = wholeYear(t, typed)
		}
		value, reason := f.Parse(partOf(f, typed), t.Values)
		if in.Choice == "" && in.Phone == "" && slices.Contains(numeric, q.Kind) && aPhone(typed) { // never another number, whatever its form
			value, reason = "", natid.Format
		}
		if strings.HasPrefix(value, byPhone) { // whoever types a number has no channel that vouches for it
			value, reason = "", natid.Format
		}
		if reason == "" && value != "" && (onlyWords(q, typed) || q.Pattern == "" && isDate(q.Kind, typed)) {
			value, reason = "", natid.Empty
		}
		if reason != "" && !strings.ContainsFunc(typed, unicode.IsDigit) && Without.Find(typed) != "" {
			return "", map[bool]string{false: "bad_without"}[f.Optional]
		}
		if slices.Contains(written, f.Saves) && (reason != "" || value != "" && !fits(f.Saves, value)) {
			return "", "bad_saved"
		}
		if reason != "" {
			return "", refusal(q, reason, typed)
		}
		return value, ""
	}
}

// invitation is what people say of the mail that invited them.
var invitation = regexp.MustCompile(`\b(invitacion|invitaron|invitado|invitada|clave de registro|codigo de registro)\b`)

// Uninvited answers who speaks of an invitation to an organisation that opens accounts without: nobody needs it.
func Uninvited(p portal.Profile, take flows.Take) flows.Take {
	if slices.ContainsFunc(p.Identity, func(f portal.Field) bool { return f.Kind == portal.KindInvitation }) {
		return take
	}
	return func(t *flows.Turn, in flows.Input) (string, string) {
		value, problem := take(t, in)
		if problem != "" && in.Choice == "" && invitation.MatchString(flows.Plain(in.Text)) {
			problem = "bad_invited"
		}
		return value, problem
	}
}

// refusal is the sentence for a reason. What is not made of digits is not spoken of as a number.
func refusal(q portal.Question, reason natid.Reason, typed string) string {
	kind, digits := q.Kind, len(typed)-len(strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, typed))
	lettered := slices.Contains([]string{"code", "passport", "text", "name", portal.KindInvitation}, kind)
	switch {
	case kind == portal.KindChoice && digits > 4 && !aPhone(typed): // a phone's is not asked later
		return "bad_later"
	case kind == portal.KindEmail && reason == natid.Many:
		return "bad_emails"
	case kind == portal.KindEmail && (reason == natid.Format || reason == natid.Length):
		return "bad_email"
	case q.Telling() && (reason == natid.Format || reason == natid.Length):
		return "bad_form"
	case lettered && reason == natid.Format:
		return "bad_words"
	case lettered && reason == natid.Length:
		return "bad_size"
	}
	return "bad_" + string(reason)
}
