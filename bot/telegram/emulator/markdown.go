package emulator

import (
	"strings"
)

// mark is an entity of MarkdownV2 that was opened.
type mark struct {
	name string // as the network calls it in errors
	end  string // what closes it
	at   int
}

// markdownV2 reads a text with marks from left to right.
type markdownV2 struct {
	text  string
	i     int
	out   strings.Builder
	open  []mark
	start bool // at the start of a line, where a quotation may begin
}

func plainMarkdownV2(text string) (string, *refusal) {
	m := &markdownV2{text: text, start: true}
	for m.i < len(text) {
		if no := m.step(); no != nil {
			return "", no
		}
	}
	if n := len(m.open); n > 0 {
		return "", unreadable("Can't find end of %s entity at byte offset %d", m.open[n-1].name, m.open[n-1].at)
	}
	return m.out.String(), nil
}

func (m *markdownV2) step() *refusal {
	rest := m.text[m.i:]
	if rest[0] == '\\' && len(rest) > 1 && rest[1] <= 126 {
		m.take(rest[1:2], 2)
		return nil
	}
	reserved := "_*[]()~`>#+-=|{}.!\n"
	if m.inCode() {
		reserved = "`"
	}
	if !strings.Contains(reserved, rest[:1]) {
		m.take(rest[:1], 1)
		return nil
	}
	if done, no := m.closes(rest); done || no != nil {
		return no
	}
	if m.inCode() {
		m.take(rest[:1], 1)
		return nil
	}
	return m.opens(rest)
}

// take writes s for the next n bytes.
func (m *markdownV2) take(s string, n int) {
	m.out.WriteString(s)
	m.i += n
	m.start = s == "\n"
}

func (m *markdownV2) inCode() bool {
	return len(m.open) > 0 && m.open[len(m.open)-1].end[0] == '`'
}

// closes ends the latest entity if it ends here.
func (m *markdownV2) closes(rest string) (bool, *refusal) {
	if len(m.open) == 0 {
		return false, nil
	}
	top := m.open[len(m.open)-1]
	if !strings.HasPrefix(rest, top.end) || top.end == "_" && strings.HasPrefix(rest, "__") {
		return false, nil
	}
	m.open = m.open[:len(m.open)-1]
	m.i += len(top.end)
	m.start = false
	if top.end != "]" {
		return true, nil
	}
	if !strings.HasPrefix(m.text[m.i:], "(") {
		if top.name == "CustomEmoji" {
			return true, unreadable("Custom emoji entity must contain a tg://emoji URL")
		}
		return true, nil
	}
	for j := m.i + 1; j < len(m.text); j++ {
		if m.text[j] == '\\' {
			j++
		} else if m.text[j] == ')' {
			m.i = j + 1
			return true, nil
		}
	}
	return true, unreadable("Can't find end of a URL at byte offset %d", m.i+1)
}

// starts are the entities by what opens them, longest first.
var starts = []struct{ open, name, end string }{
	{"```", "Pre", "```"}, {"__", "Underline", "__"}, {"||", "Spoiler", "||"}, {"![", "CustomEmoji", "]"},
	{"_", "Italic", "_"}, {"*", "Bold", "*"}, {"~", "Strikethrough", "~"}, {"[", "TextUrl", "]"}, {"`", "Code", "`"},
}

// opens starts the entity that begins here; a reserved character that begins none must be escaped.
func (m *markdownV2) opens(rest string) *refusal {
	switch {
	case rest[0] == '\n':
		m.take("\n", 1)
		return nil
	case rest[0] == '>' && m.start:
		m.i, m.start = m.i+1, false
		return nil
	}
	for _, s := range starts {
		if strings.HasPrefix(rest, s.open) {
			m.open = append(m.open, mark{name: s.name, end: s.end, at: m.i})
			m.i += len(s.open)
			if s.name == "Pre" {
				m.i += language(m.text[m.i:])
			}
			m.start = false
			return nil
		}
	}
	return unreadable("Character '%c' is reserved and must be escaped with the preceding '\\'", rest[0])
}

// language is the length of the name of a language, and of the line's end, after ```.
func language(s string) int {
	n := strings.IndexAny(s, " \t\r\n`")
	if n < 0 || s[n] == '`' {
		n = 0
	}
	return n + len(s[n:]) - len(strings.TrimLeft(s[n:], "\r\n"))
}

// plainMarkdown is the old Markdown, in which nothing nests.
func plainMarkdown(text string) (string, *refusal) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text) && strings.IndexByte("_*`[", text[i+1]) >= 0:
			i++
			out.WriteByte(text[i])
		case strings.IndexByte("_*`[", c) < 0:
			out.WriteByte(c)
		default:
			inner, n := oldEntity(text[i:])
			if n < 0 {
				return "", unreadable("Can't find end of the entity starting at byte offset %d", i)
			}
			out.WriteString(inner)
			i += n - 1
		}
	}
	return out.String(), nil
}

// oldEntity reads the entity that s begins with: its text and its length, or -1 if it has no end.
func oldEntity(s string) (inner string, n int) {
	open, end := 1, s[:1]
	switch {
	case strings.HasPrefix(s, "```"):
		open, end = 3+language(s[3:]), "```"
	case s[0] == '[':
		end = "]"
	}
	at := strings.Index(s[open:], end)
	if at < 0 {
		return "", -1
	}
	inner, n = s[open:open+at], open+at+len(end)
	if s[0] == '[' && strings.HasPrefix(s[n:], "(") {
		if stop := strings.IndexByte(s[n:], ')'); stop >= 0 {
			return inner, n + stop + 1
		}
		return inner, len(s)
	}
	return inner, n
}
