package telegram

import (
	"strings"

	"ventanilla/bot"
)

// split cuts a text into messages and puts the links at the end of the last one.
// A text of nothing but space is no message.
func split(text string, links []bot.Link) []string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	tail := linkLines(text, links)
	var out []string
	for len(text) > maxText && bot.Units(text) > maxText { // bytes are never fewer
		at := bot.Cut(text, maxText)
		out = append(out, strings.TrimSpace(text[:at]))
		text = strings.TrimSpace(text[at:])
	}
	switch {
	case tail == "":
	case text == "":
		text = tail
	case bot.Units(text)+2+bot.Units(tail) <= maxText:
		text += "\n\n" + tail
	default:
		out, text = append(out, text), tail
	}
	if text != "" {
		out = append(out, text)
	}
	return out
}

// linkLines are the addresses that the text does not show yet, the last on the last line.
func linkLines(text string, links []bot.Link) string {
	var lines []string
	for _, l := range links {
		if l.URL == "" || strings.Contains(text, l.URL) {
			continue
		}
		if len(links) > 1 && l.Label != "" {
			lines = append(lines, l.Label+":")
		}
		lines = append(lines, l.URL)
	}
	return strings.Join(lines, "\n")
}
