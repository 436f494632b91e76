package portal

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"ventanilla/backend/mailaddr"
	"ventanilla/backend/natid"
)

var (
	profileID = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)
	fieldID   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)
	phone     = regexp.MustCompile(`^[0-9+*#() /-]{3,40}$`)
)

// Locales are the languages that a profile may speak. A regional one says only what
// differs from its base.
var Locales = []string{"es", "es-AR", "es-MX", "es-EC", "en"}

// sentence is how long a text of a profile may be (RULES: talk.size).
const sentence = 500

// check judges what the YAML alone cannot, and completes the profile.
func (d *document) check(p *Profile) {
	d.checkStrings(&d.root)
	if !profileID.MatchString(p.ID) {
		d.add(d.line("id"), "id %q is not like mseg: lower-case letters, digits and hyphens", p.ID)
	}
	if file := strings.TrimSuffix(strings.TrimSuffix(d.file, ".yaml"), ".yml"); p.ID != file {
		d.add(d.line("id"), "id %q is not the name of the file", p.ID)
	}
	d.checkShort("name", p.Name, 120)
	d.checkShort("short", p.Short, 40)
	oneOf(d, p.Locale, Locales, "locale")
	d.checkZone(p)
	d.checkHTTPS(p.URL, "url")
	d.checkSupport(p)
	d.checkIdentity(p.Identity)
	d.checkServices(p)
	d.checkOffers(p)
	d.checkMail(p)
	d.checkTexts(p)
	d.checkWords(p)
	d.checkAnswers(p)
}

// checkWords wants words of services that are offered, long enough to mean something.
func (d *document) checkWords(p *Profile) {
	for _, s := range slices.Sorted(maps.Keys(p.Words)) {
		if !p.Offers(s) {
			d.add(d.line("words", string(s)), "words of %q, which is no service offered here", s)
		}
		for i, w := range p.Words[s] {
			if n := utf8.RuneCountInString(strings.Trim(w, " *")); n < 3 || n > 60 || strings.ContainsRune(w, '\n') {
				d.add(d.line("words", string(s), i), "words have 3 to 60 characters on one line, not %q", w)
			}
		}
	}
}

// checkStrings refuses what no editor shows: control characters and those that turn the direction of writing.
func (d *document) checkStrings(n *yaml.Node) {
	bad := func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
	}
	if n.Kind == yaml.ScalarNode && strings.ContainsFunc(n.Value, bad) {
		d.add(n.Line, "a control character in %q", n.Value)
	}
	for _, c := range n.Content {
		d.checkStrings(c)
	}
}

// checkShort wants something on one line: it may become part of a mail's header.
func (d *document) checkShort(key, value string, longest int) {
	switch {
	case strings.TrimSpace(value) == "":
		d.add(d.line(key), "%s is missing", key)
	case strings.ContainsRune(value, '\n'):
		d.add(d.line(key), "%s has more than one line", key)
	case utf8.RuneCountInString(value) > longest:
		d.add(d.line(key), "%s has more than %d characters", key, longest)
	}
}

func oneOf[T ~string](d *document, value T, known []T, path ...any) {
	if slices.Contains(known, value) {
		return
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	d.add(d.line(path...), "unknown %v %q: one of %s", what(path), value, strings.Join(names, ", "))
}

// what is the key that a path ends in, without the place within a list.
func what(path []any) any {
	for _, step := range slices.Backward(path) {
		if key, ok := step.(string); ok {
			return key
		}
	}
	return "value"
}

func (d *document) checkZone(p *Profile) {
	location, err := time.LoadLocation(p.Zone)
	if err != nil || p.Zone == "" || p.Zone == "Local" {
		d.add(d.line("zone"), "unknown time zone %q: one like America/Argentina/Buenos_Aires", p.Zone)
		return
	}
	p.location = location
}

func (d *document) checkSupport(p *Profile) {
	s := p.Support
	if s.Phone != "" && !phone.MatchString(s.Phone) {
		d.add(d.line("support", "phone"), "phone %q is not a phone number", s.Phone)
	}
	if _, err := mailaddr.Parse(s.Email); s.Email != "" && err != nil {
		d.add(d.line("support", "email"), "email %q is not an address", s.Email)
	}
	if len(s.Hours.Week) == 0 {
		d.add(d.line("support", "hours"), "support hours are missing: nobody would ever answer")
	}
	for name, w := range weekdays {
		spans := s.Hours.Week[Weekday(w)]
		if !slices.IsSortedFunc(spans, func(a, b Span) int { return int(a.From - b.To - 1) }) {
			d.add(d.line("support", "hours", "week", name), "hours of %s overlap, touch or are not in order", name)
		}
	}
}

func (d *document) checkServices(p *Profile) {
	if len(p.Services) == 0 {
		d.add(d.line("services"), "services are missing")
	}
	for i, s := range p.Services {
		oneOf(d, s, services, "services", i)
		if slices.Index(p.Services, s) < i {
			d.add(d.line("services", i), "service %s twice", s)
		}
	}
	for _, s := range services {
		if p.Offers(s) && len(p.Identity) > 0 && len(p.Fields(s)) == 0 {
			d.add(d.line("identity"), "no field is asked for %s", s)
		}
	}
	if p.Offers(Recover) || p.Recovery != "" {
		oneOf(d, p.Recovery, modes, "recovery")
	}
	if p.Offers(Register) || p.Trust != "" {
		oneOf(d, p.Trust, trusts, "trust")
	}
	if p.LinkHours < 0 || p.LinkHours > 24 {
		d.add(d.line("link_hours"), "link_hours is not between 1 and 24 (RULES: link.token)")
	}
	for i, w := range p.Password.Words {
		if n := utf8.RuneCountInString(w); n < 3 || n > 60 {
			d.add(d.line("password", "words", i), "word %q has not 3 to 60 characters", w)
		}
	}
}

func (d *document) checkMail(p *Profile) {
	if from := p.Mail.From; strings.TrimSpace(from) == "" || strings.ContainsAny(from, "\n<>@\"") {
		d.add(d.line("mail", "from"), "mail from %q is not a plain name", from)
	}
	if n := utf8.RuneCountInString(p.Mail.Signature); n > sentence {
		d.add(d.line("mail", "signature"), "mail signature has more than %d characters", sentence)
	}
}

func (d *document) checkTexts(p *Profile) {
	for flow, keys := range p.Texts {
		for key, text := range keys {
			if !fieldID.MatchString(flow) || !fieldID.MatchString(key) {
				d.add(d.line("texts", flow, key), "text %s/%s is not named like a flow and a key", flow, key)
			}
			d.checkSentence(text, "texts", flow, key)
		}
	}
}

func (d *document) checkSentence(text string, path ...any) {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		d.add(d.line(path...), "%v is missing", path[len(path)-1])
	case n > sentence:
		d.add(d.line(path...), "%v has %d characters, more than %d (RULES: talk.size)", path[len(path)-1], n, sentence)
	}
}

func (d *document) checkIdentity(fields []Field) {
	if len(fields) == 0 {
		d.add(d.line("identity"), "identity is missing: nobody could say who they are")
	}
	for i, f := range fields {
		at := []any{"identity", i}
		if !fieldID.MatchString(f.ID) {
			d.add(d.line("identity", i, "id"), "field id %q is not like doc_number", f.ID)
		}
		if reserved[f.ID] {
			d.add(d.line("identity", i, "id"), "field id %s is taken: the conversations keep, ask or say something else under it; call it %s_id, say", f.ID, f.ID)
		}
		if slices.ContainsFunc(fields[:i], func(e Field) bool { return e.ID == f.ID }) {
			d.add(d.line("identity", i, "id"), "field %s twice", f.ID)
		}
		for j, s := range f.Services {
			oneOf(d, s, services, "identity", i, "for", j)
		}
		if f.Skip {
			d.add(d.line("identity", i, "skip"), "skip belongs to a case: %s would never be asked", f.ID)
		}
		d.checkSaves(f, at...)
		d.checkQuestion(f.Question, at...)
		d.checkCases(f, fields[:i], at...)
	}
}

func (d *document) checkCases(f Field, earlier []Field, at ...any) {
	under := func(steps ...any) []any { return slices.Concat(at, steps) }
	i := slices.IndexFunc(earlier, func(e Field) bool { return e.ID == f.Depends })
	switch {
	case f.Depends == "" && len(f.Cases) > 0:
		d.add(d.line(under("cases")...), "%s has cases but depends on nothing", f.ID)
	case f.Depends != "" && i < 0:
		d.add(d.line(under("depends")...), "%s depends on %s, which is not asked before it", f.ID, f.Depends)
	case f.Depends != "" && !covers(earlier[i].Services, f.Services):
		d.add(d.line(under("depends")...), "%s depends on %s, which is not asked for the same services", f.ID, f.Depends)
	case f.Depends != "" && earlier[i].Kind != KindChoice:
		d.add(d.line(under("depends")...), "%s depends on %s, which is not a choice", f.ID, f.Depends)
	case f.Depends != "":
		for _, answer := range slices.Sorted(maps.Keys(f.Cases)) {
			if !slices.ContainsFunc(earlier[i].Options, func(o Option) bool { return o.ID == answer }) {
				d.add(d.line(under("cases", answer)...), "%s is not an option of %s", answer, f.Depends)
			}
			d.checkQuestion(f.For(map[string]string{f.Depends: answer}), under("cases", answer)...)
		}
	}
}

// covers tells whether a field asked for some services is asked for others, too; none means all.
func covers(some, others []Service) bool {
	if len(some) == 0 {
		return true
	}
	return len(others) > 0 && !slices.ContainsFunc(others, func(s Service) bool { return !slices.Contains(some, s) })
}

func (d *document) checkQuestion(q Question, at ...any) {
	under := func(steps ...any) []any { return slices.Concat(at, steps) }
	d.checkSentence(q.Label, under("label")...)
	d.checkSentence(q.Ask, under("ask")...)
	if q.Evidence != "" && (q.Evidence != ByPhone || q.Kind == KindChoice || q.Kind == KindInvitation) {
		d.add(d.line(under("evidence")...), "evidence is %q, for what is neither a choice nor an invitation, not %q", ByPhone, q.Evidence)
	}
	if q.Why != "" {
		d.checkSentence(q.Why, under("why")...)
	}
	d.checkPattern(q, under("pattern")...)
	switch q.Kind {
	case KindChoice:
		d.checkOptions(q.Options, under("options")...)
		return
	case KindEmail:
	default:
		if _, known := natid.Lookup(q.Kind); !known && q.Kind != KindInvitation {
			d.add(d.line(under("kind")...), "unknown kind %q: one of choice, email, invitation, %s", q.Kind, strings.Join(natid.Names(), ", "))
		} else if _, ok := q.kind(); !ok {
			d.add(d.line(under("min")...), "min %d and max %d do not suit %s", q.Min, q.Max, q.Kind)
		}
	}
	d.checkSentence(q.Where, under("where")...)
	if len(q.Options) > 0 {
		d.add(d.line(under("options")...), "options belong to a choice, not to %s", q.Kind)
	}
}

// checkOptions wants two to ten (RULES: wa.limits), no two of which can be meant by the same words.
func (d *document) checkOptions(options []Option, at ...any) {
	if len(options) < 2 || len(options) > 10 {
		d.add(d.line(at...), "a choice has 2 to 10 options, not %d (RULES: wa.limits)", len(options))
	}
	seen := map[string]int{}
	for i, o := range options {
		under := func(steps ...any) []any { return slices.Concat(at, []any{i}, steps) }
		if !fieldID.MatchString(o.ID) {
			d.add(d.line(under("id")...), "option id %q is not like ley_10430", o.ID)
		}
		if n := utf8.RuneCountInString(o.Label); n < 1 || n > 60 {
			d.add(d.line(under("label")...), "label of option %s has not 1 to 60 characters", o.ID)
		}
		for _, p := range o.phrases() {
			if other, ok := seen[p.text]; ok && other != i {
				d.add(d.line(under()...), "%q means both %s and %s", p.text, options[other].ID, o.ID)
			}
			seen[p.text] = i
		}
	}
}
