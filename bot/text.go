package bot

import (
	"strings"
	"unicode/utf16"
)

// Units is a text's length in UTF-16 code units, as Telegram counts it; Twilio may count
// characters, which are never more.
func Units(s string) (n int) {
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// Cut is the index at which a text that is longer than most [Units] is cut: after the last paragraph,
// line, sentence or word in the second half of what fits, or else wherever it is full.
func Cut(text string, most int) int {
	end, n := len(text), 0
	for i, r := range text {
		if n += max(1, utf16.RuneLen(r)); n > most {
			end = i
			break
		}
	}
	for _, gap := range []string{"\n\n", "\n", ". ", " "} {
		if i := strings.LastIndex(text[:end], gap); i > end/2 {
			return i + len(gap)
		}
	}
	return end
}
