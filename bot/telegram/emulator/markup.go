package emulator

import "strings"

// plain takes markup out of a text.
func plain(mode, text string) (string, *refusal) {
	switch strings.ToLower(mode) {
	case "":
		return text, nil
	}
	return "", bad("unsupported parse_mode")
}
