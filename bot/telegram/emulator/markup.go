package emulator

import (
	"slices"
	"strconv"
	"strings"
)

// plain takes markup out of a text as the real network does, and refuses what it
// refuses. The rules are those of TDLib's MessageEntity.cpp.
func plain(mode, text string) (string, *refusal) {
	var no *refusal
	switch strings.ToLower(mode) {
	case "":
		return text, nil
	case "html":
		text, no = plainHTML(text)
	case "markdownv2":
		text, no = plainMarkdownV2(text)
	case "markdown":
		text, no = plainMarkdown(text)
	default:
		return "", bad("unsupported parse_mode")
	}
	return text, no
}

// unreadable refuses markup in the real network's words.
func unreadable(format string, args ...any) *refusal {
	return bad("can't parse entities: "+format, args...)
}

// htmlTags are the only ones that the network knows.
var htmlTags = []string{
	"a", "b", "strong", "i", "em", "s", "strike", "del", "u", "ins", "tg-spoiler", "tg-emoji", "tg-time", "span", "pre", "code", "blockquote",
}

func plainHTML(text string) (string, *refusal) {
	var out strings.Builder
	var open []string
	for i := 0; i < len(text); {
		switch {
		case text[i] == '&':
			s, n := htmlEntity(text[i:])
			out.WriteString(s)
			i += n
		case text[i] == '<':
			end := strings.IndexByte(text[i:], '>')
			if end < 0 {
				return "", unreadable("Unclosed start tag at byte offset %d", i)
			}
			var no *refusal
			if open, no = htmlTag(open, text[i+1:i+end], i); no != nil {
				return "", no
			}
			i += end + 1
		default:
			out.WriteByte(text[i])
			i++
		}
	}
	if len(open) > 0 {
		return "", unreadable("Can't find end tag corresponding to start tag %q", open[len(open)-1])
	}
	return out.String(), nil
}

// htmlTag opens or closes a tag, given without its brackets.
func htmlTag(open []string, tag string, at int) ([]string, *refusal) {
	name, closing := strings.CutPrefix(tag, "/")
	name, _, _ = strings.Cut(name, " ")
	name = strings.ToLower(strings.TrimSpace(name))
	switch {
	case !closing && !slices.Contains(htmlTags, name):
		return nil, unreadable("Unsupported start tag %q at byte offset %d", name, at)
	case !closing:
		return append(open, name), nil
	case len(open) == 0:
		return nil, unreadable("Unexpected end tag at byte offset %d", at)
	case name != "" && open[len(open)-1] != name:
		return nil, unreadable("Unmatched end tag at byte offset %d, expected %q, found %q", at, "</"+open[len(open)-1]+">", "</"+name+">")
	}
	return open[:len(open)-1], nil
}

// htmlEntity reads an entity at the start of s: what it stands for, and how long it is.
func htmlEntity(s string) (string, int) {
	end := strings.IndexByte(s[:min(len(s), 12)], ';')
	if end < 0 {
		return "&", 1
	}
	switch name := s[1:end]; {
	case name == "lt":
		return "<", end + 1
	case name == "gt":
		return ">", end + 1
	case name == "amp":
		return "&", end + 1
	case name == "quot":
		return `"`, end + 1
	case strings.HasPrefix(name, "#"):
		number := strings.Replace(strings.ToLower(name[1:]), "x", "0x", 1)
		if code, err := strconv.ParseInt(number, 0, 32); err == nil && code > 0 {
			return string(rune(code)), end + 1
		}
	}
	return "&", 1
}
