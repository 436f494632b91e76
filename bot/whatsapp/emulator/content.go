package emulator

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Content is a template of the Content Template Builder.
type Content struct {
	Account  string
	SID      string // HX and 32 hexadecimal digits
	Body     string // with {{1}}, {{2}}…
	Options  int    // to be tapped: up to 3 are quick replies, up to 10 a list; {{2}} and {{3}} are label and id of the first
	Approved bool   // by WhatsApp: may be sent when the person wrote nothing for a day
}

// AddContent makes a template known.
func (n *Network) AddContent(c Content) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.contents[c.Account+c.SID] = &c
}

// option is something that can be tapped.
type option struct{ label, id string }

var (
	placeholder = regexp.MustCompile(`\{\{([0-9]+)\}\}`)
	badValue    = regexp.MustCompile(`[\n\r\t]| {5,}`)
)

const badVariables = "The ContentVariables Parameter is invalid"

// render fills a template as Twilio does, and refuses what Twilio refuses.
func (n *Network) render(c *call) (text string, options []option, approved bool, no *refusal) {
	content := n.contents[c.account+c.form.Get("ContentSid")]
	if content == nil {
		return "", nil, false, refuse(http.StatusBadRequest, 21655, "The ContentSid Parameter is invalid")
	}
	invalid := refuse(http.StatusBadRequest, 21656, badVariables)
	vars := map[string]string{}
	if v := c.form.Get("ContentVariables"); v != "" && json.Unmarshal([]byte(v), &vars) != nil {
		return "", nil, false, invalid
	}
	for _, v := range vars {
		if strings.TrimSpace(v) == "" || badValue.MatchString(v) {
			return "", nil, false, invalid
		}
	}
	missing := false
	text = placeholder.ReplaceAllStringFunc(content.Body, func(p string) string {
		v, ok := vars[strings.Trim(p, "{}")]
		missing = missing || !ok
		return v
	})
	for i := range content.Options {
		o := option{vars[strconv.Itoa(2*i+2)], vars[strconv.Itoa(2*i+3)]}
		limit := 24
		if content.Options <= 3 {
			limit = 20
		}
		missing = missing || o.label == "" || o.id == "" || utf8.RuneCountInString(o.label) > limit || len(o.id) > 200
		options = append(options, o)
	}
	if missing || utf8.RuneCountInString(text) > 1024 {
		return "", nil, false, invalid
	}
	return text, options, content.Approved, nil
}
