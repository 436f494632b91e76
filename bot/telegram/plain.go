package telegram

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"unicode/utf8"

	"ventanilla/flows"
)

// plainUpdate is an update with a text and nothing else, which most are. It is taken apart
// where it lies, without making room for everything that a message can hold: reading them all
// with encoding/json was measured at a twenty-fifth of the processor time of a turn.
type plainUpdate struct {
	id          int64
	message     int64
	chat        int64
	private     bool
	bot         bool
	first, last string
	text        string
	seen        bool // the message
}

// plain reads an update that is a text to the bot and nothing else. If it returns
// false, the update is to be read part by part.
func (c *Channel) plain(raw []byte) (a arrival, ok bool) {
	if !json.Valid(raw) {
		return a, false
	}
	var u plainUpdate
	if !members(raw, u.member) || u.id <= 0 || u.message <= 0 || u.chat <= 0 || !u.private || u.bot || u.text == "" {
		return a, false
	}
	a.key = flows.Key{Portal: c.portal, Channel: Name, Person: strconv.FormatInt(u.chat, 10)}
	a.in.Origin, a.in.Name = strconv.FormatInt(u.message, 10), displayName(u.first, u.last)
	a.in.Input.Text = c.command(cleanText(u.text))
	return c.stamped(a, u.id), true
}

func (u *plainUpdate) member(key, value []byte) bool {
	switch string(key) {
	case "update_id":
		return number(value, &u.id)
	case "message":
		once := !u.seen
		u.seen = true
		return once && members(value, u.messageMember)
	}
	return false
}

func (u *plainUpdate) messageMember(key, value []byte) bool {
	switch string(key) {
	case "message_id":
		return number(value, &u.message)
	case "from":
		return members(value, u.fromMember)
	case "chat":
		return members(value, u.chatMember)
	case "text":
		return word(value, &u.text)
	case "date", "entities", "link_preview_options":
		return true
	}
	return false
}

func (u *plainUpdate) fromMember(key, value []byte) bool {
	switch string(key) {
	case "is_bot":
		u.bot = string(value) != "false"
		return true
	case "first_name":
		return word(value, &u.first)
	case "last_name":
		return word(value, &u.last)
	case "id", "username", "language_code", "is_premium", "added_to_attachment_menu":
		return true
	}
	return false
}

func (u *plainUpdate) chatMember(key, value []byte) bool {
	switch string(key) {
	case "id":
		return number(value, &u.chat)
	case "type":
		u.private = string(value) == `"private"`
		return true
	case "first_name", "last_name", "username":
		return true
	}
	return false
}

// number reads an integer that was not read before.
func number(value []byte, n *int64) bool {
	made, err := strconv.ParseInt(string(value), 10, 64)
	if *n != 0 || err != nil {
		return false
	}
	*n = made
	return true
}

// word reads a string that was not read before.
func word(value []byte, s *string) bool {
	switch {
	case *s != "", value[0] != '"', !utf8.Valid(value):
		return false
	case bytes.IndexByte(value, '\\') >= 0:
		return json.Unmarshal(value, s) == nil
	}
	*s = string(value[1 : len(value)-1])
	return true
}

// members gives each member of an object to visit, as long as that returns true. What it reads
// is JSON; it returns false if that is no object or visit was not content.
func members(raw []byte, visit func(key, value []byte) bool) bool {
	rest := bytes.TrimLeft(raw, space)
	if rest[0] != '{' {
		return false
	}
	for rest = bytes.TrimLeft(rest[1:], space); rest[0] != '}'; {
		n := extent(rest)
		key := rest[1 : n-1]
		rest = bytes.TrimLeft(rest[n:], space+":")
		n = extent(rest)
		if !visit(key, rest[:n]) {
			return false
		}
		rest = bytes.TrimLeft(rest[n:], space+",")
	}
	return true
}

const space = " \t\r\n"

// extent is how long the value is that JSON begins with.
func extent(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		default:
			if depth > 0 || i+1 < len(b) && !bytes.ContainsRune([]byte(space+":,}]"), rune(b[i+1])) {
				continue
			}
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(b)
}

// bodyOf reads what was posted, into as much room as it says that it needs.
func bodyOf(r *http.Request, body io.Reader) ([]byte, error) {
	if n := r.ContentLength; n > 0 && n <= maxPlain {
		b := make([]byte, n)
		_, err := io.ReadFull(body, b)
		return b, err
	}
	return io.ReadAll(body)
}

// maxPlain is how long a text with all around it is at most, written as Telegram does.
const maxPlain = 1 << 15
