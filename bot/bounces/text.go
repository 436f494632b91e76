package bounces

import (
	"regexp"
	"strings"

	"github.com/emersion/go-message"
)

// byMailSystem tells whether the header says that a mail server wrote the message: nobody can
// answer it (RFC 5321, section 4.5.5), or it is of one of the names that servers use.
func byMailSystem(h message.Header) bool {
	from := strings.ToLower(h.Get("From"))
	return strings.TrimSpace(h.Get("Return-Path")) == "<>" || h.Has("X-Failed-Recipients") ||
		strings.Contains(from, "mailer-daemon") || strings.Contains(from, "postmaster") || strings.Contains(from, "mail delivery sub")
}

var (
	// returnedPart is where the copy of the mail begins, which is not about what became of it.
	returnedPart = regexp.MustCompile(`(?mi)^>?\s*(received|return-path|message-id|mime-version|dkim-signature):`)
	// lastWord is in what qmail, sendmail and Exim write when they give up.
	lastWord = regexp.MustCompile(`(?i)permanent (fatal )?error|i've given up|giving up|not going to try again|error permanente|errores permanentes`)
	// notYet is in what they write while they go on trying.
	notYet = regexp.MustCompile(`(?i)will be retried|will keep trying|will continue|still (being )?(trying|attempted)|not (yet )?been delivered|not required to (do|take)|no action is required|` +
		`do not need to resend|se (seguir|volver)á|no es necesario`)
	// refusedReply is a refusal for good of a server that an older program quotes.
	refusedReply = regexp.MustCompile(`(?m)(?:^|[\s:>(<"'])(5[0-5][0-9])[ -]+(?:#?(5\.[0-9]{1,3}\.[0-9]{1,3})\b)?`)
	refusedCode  = regexp.MustCompile(`(?:^|[\s#(<:])(5\.[0-9]{1,3}\.[0-9]{1,3})(?:[\s,;:)>-]|\.?$)`)
)

// judgeText reads a report that is written for people only.
func judgeText(h message.Header, text string) (failed bool, code string) {
	if at := returnedPart.FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	if m := refusedReply.FindStringSubmatch(text); m != nil {
		code = codeOf(m[1], m[2])
	} else if m := refusedCode.FindStringSubmatch(text); m != nil {
		code = codeOf("", m[1])
	}
	switch {
	case h.Has("X-Failed-Recipients"), lastWord.MatchString(text): // the first is Exim's
		return true, code
	case notYet.MatchString(text):
		return false, ""
	}
	return code != "", code
}
