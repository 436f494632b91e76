package contact

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"ventanilla/backend/mailaddr"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
)

// People have moved, changed their phone and their e-mail, and say so in one sentence, or one after the other, with
// the values or without. Nothing of it is dropped: one thing is asked after the other.

// thingWords are what people call the things that can be changed.
var thingWords = map[string]*intent.Phrases{
	email:  intent.List(map[string][]string{email: {"correo*", "mail*", "email*", "e mail", "gmail", "hotmail", "casilla"}}),
	phone:  intent.List(map[string][]string{phone: {"telefono*", "celular*", "celu", "cel", "tel", "movil*", "whatsapp", "numero de telefono", "linea"}}),
	name:   intent.List(map[string][]string{name: {"nombre*", "apellido*"}}),
	postal: intent.List(map[string][]string{postal: {"domicilio*", "direccion*", "calle", "me mude", "mudanza", "casa", "codigo postal", "vivo"}}),
}

// byMail is what people call an e-mail address who do not mean where they live.
var byMail = strings.NewReplacer("direccion de correo", "correo", "direccion de mail", "mail", "direccion de email", "mail", "direccion electronica", "correo")

// mentioned are the things that a sentence names, in the order of the organisation's fields.
func (c contact) mentioned(text string) (all []string) {
	text = byMail.Replace(flows.Plain(text))
	for _, s := range c.things() {
		if thingWords[s].Find(text) != "" {
			all = append(all, s)
		}
	}
	return all
}

// takeThing takes a tap, or a word for one of the things: "el celular". Who names several is asked for one after the other.
func (c contact) takeThing(t *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	said := c.mentioned(in.Text)
	if len(said) == 0 {
		return "", "tap_option"
	}
	queue(t, said[1:])
	return said[0], ""
}

// thingTold reads what was to be changed in the sentence with which the errand began: the first of several.
func (c contact) thingTold(_ *flows.Turn, g flows.Given) (string, bool) {
	said := c.mentioned(g.Text)
	if g.Kind != flows.GivenWish || len(said) == 0 {
		return "", false
	}
	return said[0], true
}

// queue notes what is to be changed after what is being changed now.
func queue(t *flows.Turn, things []string) {
	all := strings.Fields(t.Values["todo_next"])
	for _, s := range things {
		if s != t.Values["what"] && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	t.Values["todo_next"] = strings.Join(all, " ")
}

// elsewhere is the event of an answer that is about another thing than the one that is asked.
const elsewhere = "about_another"

// around are words that stand beside the name of a thing which somebody wants to change, and tell nothing else.
var around = strings.Fields("ahora y e el la los las mi mis de del tambien cambiar cambio cambie actualizar quiero quisiera falta faltan despues luego primero mejor por favor nuevo nueva otro otra numero a al con necesito me va sigue queda")

// others are the things that a message names or tells besides the one that is asked, with what it tells of them.
func (c contact) others(t *flows.Turn, text string) (things []string, told []flows.Given) {
	add := func(thing string, g flows.Given) {
		if thing == t.Values["what"] || !slices.Contains(c.things(), thing) {
			return
		}
		if !slices.Contains(things, thing) {
			things = append(things, thing)
		}
		if g.Text != "" {
			told = append(told, g)
		}
	}
	if a, err := mailaddr.Find(text); err == nil {
		add(email, flows.Given{Kind: flows.GivenEmail, Text: a.String(), Label: "nuevo"})
	}
	if n := c.phoneIn(t, text); n != "" {
		add(phone, flows.Given{Kind: flows.GivenNumber, Text: n, Label: "telefono"})
	}
	if c.only(text) {
		for _, thing := range c.mentioned(text) {
			add(thing, flows.Given{})
		}
	}
	return things, told
}

// only tells whether a message does nothing but name things: "ahora el teléfono".
func (c contact) only(text string) bool {
	words := strings.Fields(byMail.Replace(flows.Plain(text)))
	named := false
	for _, w := range words {
		switch {
		case len(c.mentioned(w)) > 0:
			named = true
		case !slices.Contains(around, w):
			return false
		}
	}
	return named
}

// address is an e-mail address, in which digits may stand, too.
var address = regexp.MustCompile(`\S+@\S+`)

// shortestPhone is how many digits a number has at least that is taken for a phone's without being called so.
const shortestPhone = 10

// phoneIn is the phone number in a message, as the organisation's field takes it.
func (c contact) phoneIn(t *flows.Turn, text string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, address.ReplaceAllString(text, " "))
	if len(digits) < shortestPhone || len(digits) > shortestPhone+4 {
		return ""
	}
	for _, f := range c.Profile.Given(portal.Contact) {
		if f.Saves != portal.SavesPhone {
			continue
		}
		if n, reason := f.Parse(address.ReplaceAllString(text, " "), t.Values); reason == "" {
			return n
		}
	}
	return ""
}

// takeField takes an answer to a question, unless it is about another thing.
func (c contact) takeField(f portal.Field, take flows.Take) flows.Take {
	return func(t *flows.Turn, in flows.Input) (string, string) {
		value, problem := take(t, in)
		if in.Choice != "" || in.Phone != "" || problem == "" && f.Saves != portal.SavesStreet && f.Saves != portal.SavesName && f.Saves != portal.SavesCity {
			return value, problem
		}
		if things, told := c.others(t, in.Text); len(things) > 0 && (problem != "" || len(told) == 0) {
			return elsewhere, ""
		}
		return value, problem
	}
}

// beside keeps what an answer tells besides what was asked: "es ana@correo.example, y el celu 221 555 0101".
func (c contact) beside(f portal.Field, take flows.Take) flows.Do {
	return func(ctx context.Context, t *flows.Turn) (string, error) {
		if value, problem := take(t, t.Input); problem != "" || value != t.Answer { // answered before
			return "", nil
		}
		if _, told := c.others(t, t.Input.Text); len(told) > 0 {
			return c.noted(ctx, t)
		}
		if f.Saves == portal.SavesStreet {
			return account.RestOf(ctx, t)
		}
		return "", nil
	}
}

// noted remembers what else is to be changed, and goes back to the question.
func (c contact) noted(_ context.Context, t *flows.Turn) (string, error) {
	things, told := c.others(t, t.Input.Text)
	queue(t, things)
	t.Dialog.Given = append(slices.Clone(t.Dialog.Given), told...)
	t.Dialog.Redo = true
	t.Say("later", "things", c.listed(t, things))
	return "", nil
}

// listed names things within a sentence.
func (c contact) listed(t *flows.Turn, things []string) string {
	named := []string{}
	for _, s := range things {
		named = append(named, t.Text("the_"+s))
	}
	if n := len(named); n > 1 {
		return strings.Join(named[:n-1], ", ") + t.Text("and") + named[n-1]
	}
	return strings.Join(named, "")
}

// words fill a question, and say before the first one of a thing what comes after it.
func (c contact) words(f portal.Field) func(*flows.Turn) []string {
	return func(t *flows.Turn) []string {
		then := ""
		if todo := strings.Fields(t.Values["todo_next"]); len(todo) > 0 && c.first(t, f) && t.Dialog.Tries == 0 && !c.justNoted(t) {
			then = t.Text("then", "first", c.listed(t, []string{t.Values["what"]}), "things", c.listed(t, todo)) + "\n\n"
		}
		return append(account.FieldWords(t, f), "then", then)
	}
}

// justNoted tells that what comes later was said a moment ago.
func (c contact) justNoted(t *flows.Turn) bool {
	said := c.mentioned(t.Input.Text)
	return len(said) > 0 && !slices.Contains(said, t.Values["what"])
}

// unless takes an answer where nothing is asked but whether it is right, unless it is about another thing.
func (c contact) unless(take flows.Take) flows.Take {
	return func(t *flows.Turn, in flows.Input) (string, string) {
		value, problem := take(t, in)
		if things, _ := c.others(t, in.Text); problem != "" && len(things) > 0 {
			return elsewhere, ""
		}
		return value, problem
	}
}

// first tells whether a field is the first one of the thing that is being changed.
func (c contact) first(t *flows.Turn, f portal.Field) bool {
	for _, x := range c.Profile.Given(portal.Contact) {
		if thing(x.Saves) == t.Values["what"] {
			return x.ID == f.ID
		}
	}
	return false
}

// next goes on with what else was to be changed, once a thing is saved.
func (c contact) next(_ context.Context, t *flows.Turn) (string, error) {
	thing, rest, _ := strings.Cut(t.Values["todo_next"], " ")
	c.anew(t)
	if thing != "" {
		t.Values["what"], t.Values["todo_next"], t.Dialog.Path, t.Dialog.Redo = thing, rest, []string{"what"}, true
	}
	return "", nil
}

// anew forgets what was answered about the thing that was changed.
func (c contact) anew(t *flows.Turn) {
	for _, f := range c.Profile.Given(portal.Contact) {
		delete(t.Values, f.ID)
	}
	for _, old := range []string{"what", "which", "address", "proven_at", "todo_next"} {
		delete(t.Values, old)
	}
	t.Dialog.Path, t.Dialog.Redo = nil, false
}

// after is offered once all is saved.
func (c contact) after(t *flows.Turn) []flows.Option {
	all := account.Notices(t)
	if len(c.things()) > 1 {
		all = append(all, flows.Option{ID: string(portal.Contact), Label: t.Text("offer_other")})
	}
	return all
}

// aboutDone are ways to say that nothing else is to be changed.
var aboutDone = intent.List(map[string][]string{"done": {"gracias", "grasias", "grax", "listo", "nada mas", "eso es todo", "eso nomas", "ya esta", "chau", "adios", "perfecto", "genial", "thanks", "that is all"}})

// enough are whole answers that mean the same.
var enough = strings.Fields("no nop nope ok oka dale ninguno ninguna nada bien bueno ya")

// takeMore reads what is said once a thing is saved: another thing, its new value, or thanks.
func (c contact) takeMore(t *flows.Turn, in flows.Input) (string, string) {
	switch {
	case in.Choice != "":
		return in.Choice, ""
	case slices.Contains(enough, flows.Plain(in.Text)):
		return "done", ""
	case len(c.mentioned(in.Text)) > 0 || len(c.told(t, in.Text)) > 0:
		return "other", ""
	case aboutDone.Find(in.Text) != "":
		return "done", ""
	}
	return "", "saved_again"
}

// told are the new values that a message tells, of whatever thing.
func (c contact) told(t *flows.Turn, text string) []flows.Given {
	what := t.Values["what"]
	defer func() { t.Values["what"] = what }()
	t.Values["what"] = ""
	_, told := c.others(t, text)
	return told
}

// another begins with the next thing, as far as it was said which.
func (c contact) another(ctx context.Context, t *flows.Turn) (string, error) {
	told := c.told(t, t.Input.Text)
	c.anew(t)
	if t.Answer != "other" {
		return "", nil
	}
	things := c.mentioned(t.Input.Text)
	for _, g := range told {
		if s := map[flows.GivenKind]string{flows.GivenEmail: email, flows.GivenNumber: phone}[g.Kind]; !slices.Contains(things, s) {
			things = append(things, s)
		}
	}
	t.Values["todo_next"] = strings.Join(things, " ")
	t.Dialog.Given = append(slices.Clone(t.Dialog.Given), told...)
	return c.next(ctx, t)
}
