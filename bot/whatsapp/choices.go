package whatsapp

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ventanilla/bot"
	"ventanilla/flows"
)

// What can be chosen in one message (RULES: wa.limits; https://www.twilio.com/docs/content).
const (
	maxOptions    = 10 // numbered in one list, or in a list picker
	maxQuick      = 3  // quick replies
	maxQuickLabel = 20 // runes
	maxListLabel  = 24 // runes
	maxPicked     = 1024
	maxVisit      = 16
)

var (
	idForm    = regexp.MustCompile(`^[a-z0-9_./-]{1,32}$`)
	visitForm = regexp.MustCompile(`^[A-Za-z0-9_-]{0,16}$`)
)

// Visit is how much of a dialog's nonce an option carries. The Input.Ref of a tap is
// the Visit of the Reply.Entered it was offered with.
func Visit(entered string) string {
	if len(entered) > maxVisit {
		entered = entered[:maxVisit]
	}
	if !visitForm.MatchString(entered) {
		return ""
	}
	return entered
}

// readChoice reads what a tap brings: a visit, a colon and an option's id, or an id alone.
func readChoice(payload string) (visit, id string, ok bool) {
	visit, id, found := strings.Cut(payload, ":")
	if !found {
		visit, id = "", payload
	}
	return visit, id, visitForm.MatchString(visit) && idForm.MatchString(id)
}

// numbered are the options as lists of at most ten, with numbers that go on from
// one to the next: people answer by number, ordinal or words.
func numbered(offer []flows.Option) (lists []string) {
	var lines []string
	for i, o := range offer {
		lines = append(lines, strconv.Itoa(i+1)+") "+oneLine(o.Label))
		if len(lines) == maxOptions || i == len(offer)-1 {
			lists, lines = append(lists, strings.Join(lines, "\n")), nil
		}
	}
	return lists
}

// picker is the part that offers the options to be tapped; false if they cannot
// be: no template has that many, a label is too long, or the text has several lines,
// which no variable may hold (https://www.twilio.com/docs/api/errors/21656).
func (c *Channel) picker(d bot.Delivery, text string) (p part, ok bool) {
	sid := c.templates.Choices[len(d.Reply.Offer)]
	if sid == "" || c.clock.Now().Unix() < c.unpick.Load() || text == "" || text != oneLine(text) || utf8.RuneCountInString(text) > maxPicked {
		return p, false
	}
	longest := maxListLabel
	if len(d.Reply.Offer) <= maxQuick {
		longest = maxQuickLabel
	}
	vars := []string{text}
	seen := map[string]bool{}
	for _, o := range d.Reply.Offer {
		label := oneLine(o.Label)
		if label == "" || utf8.RuneCountInString(label) > longest || seen[label] || !idForm.MatchString(o.ID) {
			return p, false
		}
		seen[label] = true
		vars = append(vars, label, Visit(d.Reply.Entered)+":"+o.ID)
	}
	return part{content: sid, vars: variables(vars)}, true
}

// refusedPicker tells that a template of choices does not work as it is, and keeps
// from using any for a while: the next try goes as a numbered list.
func (c *Channel) refusedPicker(p part, err error) bool {
	e, ok := errors.AsType[*apiError](err)
	if !ok || p.content == "" || p.content == c.templates.Notice || p.content == c.templates.Code || !slices.Contains(badContent, e.code) {
		return false
	}
	c.log.Error("a template of choices was refused; options go as numbered lists for now", "content", p.content, "err", err)
	c.unpick.Store(c.clock.Now().Add(unpickFor).Unix())
	return true
}

// badContent are the refusals of a template itself or of its variables.
var badContent = []int{21654, 21655, 21656, 63027, 63028, 63040, 63041, 63042}

const unpickFor = 10 * time.Minute

// notice is the part that says something to who wrote nothing for a day: a code by
// its own template, text by the one for notices. Documents and pages do not pass.
func (c *Channel) notice(d bot.Delivery) (part, error) {
	text := oneLine(strings.Join([]string{d.Reply.Text, linkLines(d.Reply.Text, links(d)), inSentence(d.Reply.Offer)}, " "))
	digits := ""
	if d.Reply.Code != nil {
		digits = flows.ReadCode(text, flows.CodeDigits)
	}
	switch {
	case d.Reply.File != nil || text == "":
	case digits != "" && c.templates.Code != "":
		return part{content: c.templates.Code, vars: variables([]string{digits}), last: true}, nil
	case c.templates.Notice != "" && utf8.RuneCountInString(text) <= maxNotice:
		return part{content: c.templates.Notice, vars: variables([]string{text}), last: true}, nil
	}
	return part{}, errors.New("the person wrote nothing for a day and no template takes this")
}

// inSentence writes options for the one line of a template, which may go on behind them: "1) Verlo ahora, 2) No fui yo."
func inSentence(offer []flows.Option) string {
	if len(offer) == 0 {
		return ""
	}
	return strings.ReplaceAll(strings.Join(numbered(offer), "\n"), "\n", ", ") + "."
}

// maxNotice leaves room for a template's own words: body and variables have 1024 together.
const maxNotice = 900

// variables are the values of {{1}}, {{2}}… as Twilio takes them.
func variables(values []string) string {
	m := make(map[string]string, len(values))
	for i, v := range values {
		m[strconv.Itoa(i+1)] = v
	}
	b, err := json.Marshal(m)
	if err != nil {
		return "{}" // cannot happen: these are strings
	}
	return string(b)
}

// oneLine joins lines and runs of space, as the value of a variable must be.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
