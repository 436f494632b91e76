package email

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"ventanilla/bot"
)

// The first part of a message id: a name of the mail, then a signature over it.
// Both are HMAC-SHA-256 (RFC 2104), cut to 96 and 128 bits.
const (
	idName  = 12 // bytes
	idSigns = 16
)

// messageID names a mail after its delivery, without showing what else that says.
// Only who holds the key can make one, and who got a mail knows that of no other.
func (c *Channel) messageID(d bot.Delivery) string {
	name := c.keyed("mail", d.Chat+"\x00"+d.ID)[:idName]
	return hex.EncodeToString(append(name, c.idSignature(name)...)) + "@" + c.domain
}

func (c *Channel) idSignature(name []byte) []byte { return c.keyed("id", string(name))[:idSigns] }

func (c *Channel) keyed(purpose, text string) []byte {
	h := hmac.New(sha256.New, []byte(c.cfg.IDKey.Reveal()))
	h.Write([]byte(purpose + "\x00" + text))
	return h.Sum(nil)
}

// ownIDs matches what looks like the id of a mail of a domain.
func ownIDs(domain string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b([0-9a-f]{56})@` + regexp.QuoteMeta(domain))
}

// mostIDs bounds how many ids of a text are looked at.
const mostIDs = 32

// Own returns the ids in a text, as [Channel.Send] returns them, that are of mails
// which this channel made, each once. Ids that somebody made up are not among them.
func (c *Channel) Own(text []byte) (ids []string) {
	seen := map[string]bool{}
	for _, m := range c.ids.FindAllSubmatch(text, mostIDs) {
		b, err := hex.DecodeString(string(m[1]))
		if err != nil || !hmac.Equal(b[idName:], c.idSignature(b[:idName])) {
			continue
		}
		id := "<" + hex.EncodeToString(b) + "@" + c.domain + ">"
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}
