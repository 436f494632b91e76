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
	scanner
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
	u := plainUpdate{scanner: scanner{b: raw}}
	if !u.object(u.member) || !u.end() || u.id <= 0 || u.message <= 0 || u.chat <= 0 || !u.private || u.bot || u.text == "" {
		return a, false
	}
	a.key = flows.Key{Portal: c.portal, Channel: Name, Person: strconv.FormatInt(u.chat, 10)}
	a.in.Origin, a.in.Name = strconv.FormatInt(u.message, 10), displayName(u.first, u.last)
	a.in.Input.Text = c.command(cleanText(u.text))
	return c.stamped(a, u.id), true
}

func (u *plainUpdate) member(key []byte) bool {
	switch string(key) {
	case "update_id":
		return u.number(&u.id)
	case "message":
		once := !u.seen
		u.seen = true
		return once && u.object(u.messageMember)
	}
	return false
}

func (u *plainUpdate) messageMember(key []byte) bool {
	switch string(key) {
	case "message_id":
		return u.number(&u.message)
	case "from":
		return u.object(u.fromMember)
	case "chat":
		return u.object(u.chatMember)
	case "text":
		return u.word(&u.text)
	case "date", "entities", "link_preview_options":
		return u.skip()
	}
	return false
}

func (u *plainUpdate) fromMember(key []byte) bool {
	switch string(key) {
	case "is_bot":
		value, ok := u.value()
		u.bot = string(value) != "false"
		return ok
	case "first_name":
		return u.word(&u.first)
	case "last_name":
		return u.word(&u.last)
	case "id", "username", "language_code", "is_premium", "added_to_attachment_menu":
		return u.skip()
	}
	return false
}

func (u *plainUpdate) chatMember(key []byte) bool {
	switch string(key) {
	case "id":
		return u.number(&u.chat)
	case "type":
		value, ok := u.value()
		u.private = string(value) == `"private"`
		return ok
	case "first_name", "last_name", "username":
		return u.skip()
	}
	return false
}

// number reads an integer that was not read before.
func (u *plainUpdate) number(n *int64) bool {
	value, ok := u.value()
	if *n != 0 || !ok {
		return false
	}
	made, err := strconv.ParseInt(string(value), 10, 64)
	*n = made
	return err == nil
}

// word reads a string that was not read before.
func (u *plainUpdate) word(s *string) bool {
	value, ok := u.value()
	switch {
	case !ok, *s != "", value[0] != '"', !utf8.Valid(value):
		return false
	case bytes.IndexByte(value, '\\') >= 0:
		return json.Unmarshal(value, s) == nil
	}
	*s = string(value[1 : len(value)-1])
	return true
}

// bodyOf reads what was posted, into as much room as it says that it needs.
func bodyOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if n := r.ContentLength; n > 0 && n <= maxPlain {
		b := make([]byte, n)
		_, err := io.ReadFull(r.Body, b)
		return b, err
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpdate))
}

// maxPlain is how long a text with all around it is at most, written as Telegram does.
const maxPlain = 1 << 15
