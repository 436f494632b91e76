package settings

import (
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// What can be offered to be tapped in one message (RULES: wa.limits).
const mostChoices = 10

func (r *reader) whatsapp(path string, n *yaml.Node) *WhatsApp {
	w := &WhatsApp{API: "https://api.twilio.com"}
	r.section(path, n, []field{
		{"account", r.text(&w.Account)}, {"token", r.secret(&w.Token)}, {"from", r.text(&w.From)}, {"api", r.text(&w.API)},
		{"templates", r.sub(field{"notice", r.text(&w.Templates.Notice)}, field{"code", r.text(&w.Templates.Code)}, field{"choices", r.choices(&w.Templates)})},
	})
	return w
}

// choices reads templates by their number of options.
func (r *reader) choices(t *Templates) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) {
		t.Choices = map[int]string{}
		var fields []field
		for count := 1; count <= mostChoices; count++ {
			fields = append(fields, field{strconv.Itoa(count), func(path string, n *yaml.Node) {
				var sid string
				r.text(&sid)(path, n)
				t.Choices[count] = sid
			}})
		}
		r.section(path, n, fields)
	}
}

var (
	twilioAccount = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	twilioToken   = regexp.MustCompile(`^[A-Za-z0-9]{1,256}$`)
	twilioContent = regexp.MustCompile(`^HX[0-9a-fA-F]{32}$`)
	phoneNumber   = regexp.MustCompile(`^(whatsapp:)?\+[1-9][0-9]{6,14}$`) // E.164
)

func (r *reader) judgeWhatsApp(path string, w *WhatsApp) {
	if !twilioAccount.MatchString(w.Account) {
		r.problem(path+".account", "must be the account's SID: AC and 32 hexadecimal digits")
	}
	switch {
	case w.Token == unread:
	case w.Token == "":
		r.problem(path+".token", "is empty, so anybody could sign as Twilio")
	case !twilioToken.MatchString(w.Token.Reveal()):
		r.problem(path+".token", "is not an auth token: letters and digits")
	}
	if !phoneNumber.MatchString(w.From) {
		r.problem(path+".from", "must be the sender's number, such as +14155238886")
	}
	r.url(path+".api", &w.API, AllowWhatsAppHTTP)
	named := map[string]string{".templates.notice": w.Templates.Notice, ".templates.code": w.Templates.Code}
	for count, sid := range w.Templates.Choices {
		named[".templates.choices."+strconv.Itoa(count)] = sid
	}
	for at, sid := range named {
		if sid != "" && !twilioContent.MatchString(sid) {
			r.problem(path+at, "must be a template's SID: HX and 32 hexadecimal digits")
		}
	}
}
