package portal

import (
	"errors"
	"slices"
	"strings"

	"ventanilla/backend/mailaddr"
	"ventanilla/backend/natid"
)

// Field is one thing that tells who somebody is.
type Field struct {
	ID       string           `yaml:"id"` // as the core calls it
	Question `yaml:",inline"` // what is asked, unless a case says otherwise
	Optional bool             `yaml:"optional"` // the person may go on without it
	// Services are those for which it is asked; none means all.
	Services []Service `yaml:"for"`
	// Depends is an earlier field whose answer chooses among Cases, such as the type of document.
	Depends string `yaml:"depends"`
	// Cases are what differs for an answer of the field that this one depends on; what a case leaves out stays.
	Cases map[string]Question `yaml:"cases"`
	// Saves makes the answer a part of the person's contact data. Such a field never
	// reaches the core's identify, and is asked for register and contact alone.
	Saves Part `yaml:"saves"`
}

// Identifies tells whether the field is one by which a service finds out who somebody is.
func (f Field) Identifies(s Service) bool { return f.Saves == "" && f.serves(s) }

// serves tells whether the field is asked for a service.
func (f Field) serves(s Service) bool { return len(f.Services) == 0 || slices.Contains(f.Services, s) }

// Question is how a field is asked.
type Question struct {
	Kind string `yaml:"kind"` // a kind of natid, or "choice", "email" or "invitation"
	Min  int    `yaml:"min"`  // characters, where the kind lets a profile choose
	Max  int    `yaml:"max"`
	// Pattern is the form of a code or an invitation, as a regular expression for the whole of its canonical form ("[A-Z]{2}[0-9]{6}").
	// What has it is found within a sentence, and known for what it is wherever it is written; what has not is refused.
	Pattern string `yaml:"pattern"`
	Label   string `yaml:"label"` // within a sentence: "tu legajo"
	Ask     string `yaml:"ask"`   // the question
	Where   string `yaml:"where"` // where a person finds it, with an example in words
	Why     string `yaml:"why"`   // what it is asked for, said to whoever wants to know; "": in general words
	// Sensitive is set for what may not be typed in a WhatsApp chat but on the one-time page only
	// (RULES: wa.policy). Identity documents and bank accounts are so without it; see [Question.IsSensitive].
	Sensitive bool `yaml:"sensitive"`
	// Evidence says what counts instead of the answer: [ByPhone], or nothing.
	Evidence string   `yaml:"evidence"`
	Options  []Option `yaml:"options"` // for a choice, in the order shown
	Skip     bool     `yaml:"skip"`    // in a case: then it is not asked at all
}

// Option is one answer of a choice.
type Option struct {
	ID    string   `yaml:"id"`    // as the core calls it
	Label string   `yaml:"label"` // as it is shown; a button holds about 20 characters on WhatsApp
	Words []string `yaml:"words"` // other ways to say it

	ways []phrase // all of these, read; nil: not yet, see [Field.Ready]
}

// ByPhone lets the person's own telephone number stand for an answer, if the channel vouches
// that it is theirs. The core gets it as the field [PhoneField]. A number may have had
// another owner (RULES: link.chat), so it selects an account beside other answers and proves none.
const (
	ByPhone    = "phone"
	PhoneField = "phone"
)

// Kinds that natid does not have.
const (
	KindChoice     = "choice"
	KindEmail      = "email"
	KindInvitation = "invitation" // the key of an invitation to register, which the core checks by itself
)

// For returns the question as it is asked after the earlier answers, by field id in canonical form.
func (f Field) For(earlier map[string]string) Question {
	q := f.Question
	q.Skip = false
	if len(f.Cases) == 0 {
		return q
	}
	c := f.Cases[earlier[f.Depends]]
	replace(&q.Kind, c.Kind)
	replace(&q.Label, c.Label)
	replace(&q.Ask, c.Ask)
	replace(&q.Where, c.Where)
	replace(&q.Why, c.Why)
	if c.Kind != "" || c.Min != 0 || c.Max != 0 {
		q.Min, q.Max, q.Pattern = c.Min, c.Max, ""
	}
	replace(&q.Pattern, c.Pattern)
	q.Sensitive = q.Sensitive || c.Sensitive
	q.Skip = c.Skip
	if len(c.Options) > 0 {
		q.Options = c.Options
	}
	return q
}

func replace(s *string, with string) {
	if with != "" {
		*s = with
	}
}

// Asked tells whether the field is asked at all after the earlier answers.
func (f Field) Asked(earlier map[string]string) bool {
	return len(f.Cases) == 0 || !f.Cases[earlier[f.Depends]].Skip
}

// Parse reads an answer to the field, given the earlier answers by field id, and returns its
// canonical form (an option's id, for a choice) or why it is not one. Both are empty
// when somebody says that they do not have what is optional.
func (f Field) Parse(answer string, earlier map[string]string) (canonical string, reason natid.Reason) {
	canonical, reason = f.For(earlier).Parse(answer)
	if reason != "" && f.Optional && slices.Contains(without, strings.Join(words(answer), " ")) {
		return "", ""
	}
	return canonical, reason
}

// without are the ways to say that one does not have something.
var without = []string{
	"no", "no tengo", "no lo tengo", "no la tengo", "no se", "no lo se", "no la se", "no me acuerdo", "no recuerdo", "no lo recuerdo",
	"ninguno", "ninguna", "nada", "sin", "omitir", "saltar", "saltear", "seguir", "siguiente", "no aplica", "skip", "none",
}

// Display writes a canonical answer as its owner knows it, for "corroborá tus datos".
func (f Field) Display(canonical string, earlier map[string]string) string {
	return f.For(earlier).Display(canonical)
}

// Mask writes a canonical answer so that only its owner knows it again.
func (f Field) Mask(canonical string, earlier map[string]string) string {
	return f.For(earlier).Mask(canonical)
}

// IsSensitive tells whether the field, or any case of it, is sensitive; see [Question.IsSensitive].
func (f Field) IsSensitive() bool {
	for answer := range f.Cases {
		if f.For(map[string]string{f.Depends: answer}).IsSensitive() {
			return true
		}
	}
	return f.Question.IsSensitive()
}

// Parse reads an answer to the question; see [Field.Parse].
func (q Question) Parse(answer string) (canonical string, reason natid.Reason) {
	switch q.Kind {
	case KindChoice:
		return choose(q.Options, answer)
	case KindEmail:
		return parseEmail(answer)
	}
	kind, _ := q.kind()
	if q.Pattern != "" {
		return q.find(kind, answer)
	}
	return kind.Parse(answer)
}

// Display writes a canonical answer to the question; see [Field.Display].
func (q Question) Display(canonical string) string {
	switch q.Kind {
	case KindChoice:
		for _, o := range q.Options {
			if o.ID == canonical {
				return o.Label
			}
		}
		return canonical
	case KindEmail:
		if a, err := mailaddr.Parse(canonical); err == nil {
			return a.Display()
		}
		return canonical
	}
	kind, _ := q.kind()
	return kind.Format(canonical)
}

// Mask hides most of a canonical answer to the question; a choice says nothing about a person that must be hidden.
func (q Question) Mask(canonical string) string {
	switch q.Kind {
	case KindChoice:
		return q.Display(canonical)
	case KindEmail:
		return mailaddr.Mask(canonical)
	}
	kind, _ := q.kind()
	return kind.Mask(canonical)
}

// IsSensitive tells that the answer may never be asked in a WhatsApp chat: the profile
// says so, or its kind is an identity document or a bank account (RULES: wa.policy).
func (q Question) IsSensitive() bool {
	kind, _ := q.kind()
	return q.Sensitive || kind.Sensitive
}

// kind is the scheme with the question's own bounds; ok is false if there is no such one.
func (q Question) kind() (natid.Kind, bool) {
	name := q.Kind
	if name == KindInvitation {
		name = "code"
	}
	k, ok := natid.Lookup(name)
	if !ok {
		return natid.Kind{}, false
	}
	return k.Bounded(q.Min, q.Max)
}

func parseEmail(answer string) (string, natid.Reason) {
	a, err := mailaddr.Find(answer)
	switch {
	case err == nil:
		return a.String(), ""
	case errors.Is(err, mailaddr.ErrNone):
		return "", natid.Empty
	case errors.Is(err, mailaddr.ErrMany):
		return "", natid.Many
	case errors.Is(err, mailaddr.ErrLong):
		return "", natid.Length
	}
	return "", natid.Format
}
