package bounces

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // reports in other charsets than UTF-8
)

// What of a message is read at all. Reports begin with what matters; what they return of
// the mail itself comes last and may be cut off.
const (
	MaxSize  = 256 << 10 // bytes
	maxParts = 32
	maxDepth = 6
	maxHuman = 64 << 10 // bytes of text that is written for people
	maxField = 1 << 10  // bytes of a field, its first line apart
)

// Report is what a message says about one of our mails.
type Report struct {
	Failed bool     // it will never arrive; false for a delay and for everything that is no report
	Code   string   // as agents know them: "smtp 550 5.1.1", "smtp 5.1.1"; "" if the report has none
	IDs    []string // of our mails that it is about
}

// Parse reads a message, of which the first [MaxSize] bytes count. own returns the ids of
// our own mails in a text. A delivery status notification (RFC 3464) says by its fields what
// became of the mail; of what older programs write, the words and codes decide, if a mail system
// wrote it. It returns an error for what is not a mail at all.
func Parse(r io.Reader, own func([]byte) []string) (rep Report, err error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxSize))
	if err != nil {
		return rep, fmt.Errorf("reading a message: %w", err)
	}
	e, err := message.Read(bytes.NewReader(raw))
	if e == nil {
		return rep, fmt.Errorf("reading a message: %w", err)
	}
	x := reading{own: own}
	x.walk(e, 0)
	if kind, _, _ := e.Header.ContentType(); kind == "multipart/report" && !x.notified {
		x.status(raw) // its parts are broken
	}
	if len(x.ids) == 0 {
		x.ids = own(raw) // so are they, or cut off
	}
	rep.IDs = x.ids
	switch {
	case len(x.ids) == 0:
	case x.notified:
		rep.Failed, rep.Code = x.failed, x.code
	case byMailSystem(e.Header):
		rep.Failed, rep.Code = judgeText(e.Header, x.human.String())
	}
	return rep, nil
}

// reading is a message while it is read.
type reading struct {
	own      func([]byte) []string
	parts    int
	ids      []string
	human    strings.Builder
	notified bool // it has the fields of RFC 3464
	failed   bool
	code     string
}

// walk reads an entity and what is in it. What cannot be read is left out.
func (x *reading) walk(e *message.Entity, depth int) {
	if x.parts++; x.parts > maxParts || depth > maxDepth {
		return
	}
	if mr := e.MultipartReader(); mr != nil {
		for x.parts <= maxParts {
			part, err := mr.NextPart()
			if part == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
				return
			}
			x.walk(part, depth+1)
		}
		return
	}
	body, err := io.ReadAll(e.Body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && len(body) == 0 {
		return
	}
	kind, _, _ := e.Header.ContentType() // "" is judged as text, as RFC 2045 has it
	switch {
	case kind == "message/delivery-status" || kind == "message/global-delivery-status":
		x.status(body)
	case depth > 0 && !strings.HasPrefix(kind, "text/plain") && !strings.HasPrefix(kind, "text/html"):
		x.about(body) // the mail that came back, or its header
	default:
		x.about(body)
		if x.human.Len() < maxHuman {
			x.human.Write(body[:min(len(body), maxHuman)])
			x.human.WriteByte('\n')
		}
	}
}

// about takes down which of our mails a text names. The mail that came back, or what is left of
// it, says it best, and stands last.
func (x *reading) about(body []byte) {
	if ids := x.own(body); len(ids) > 0 {
		x.ids = ids
	}
}

// status reads the fields of a notification: one group about the message, then one for each
// recipient (RFC 3464, section 2). One recipient for whom it failed is enough, as our mails have one.
func (x *reading) status(body []byte) {
	x.notified = true
	var group fields
	lines := bufio.NewScanner(bytes.NewReader(body))
	lines.Buffer(nil, MaxSize)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		if strings.TrimSpace(line) == "" {
			x.recipient(group)
			group = fields{}
			continue
		}
		group.add(line)
	}
	x.recipient(group)
}

// recipient judges one group of fields. "failed" is the last word of whoever wrote it, also about a
// mail that was only refused for the time being, but for too long (RFC 3464, section 2.3.3).
func (x *reading) recipient(f fields) {
	class := enhanced.FindString(f.status)
	failed := f.action == "failed" || f.action == "" && strings.HasPrefix(class, "5.")
	if !failed || x.failed {
		return
	}
	x.failed = true
	x.code = codeOf(replyCode.FindString(strings.TrimPrefix(f.diagnostic, "smtp;")), class)
}

// fields are those of a group that matter. The zero value is ready.
type fields struct{ action, status, diagnostic, last string }

func (f *fields) add(line string) {
	name, value, ok := strings.Cut(line, ":")
	if line[0] == ' ' || line[0] == '\t' {
		name, value, ok = f.last, " "+strings.TrimSpace(line), f.last != ""
	}
	if !ok || len(f.action)+len(f.status)+len(f.diagnostic) > maxField { // made to be long: what is joined line by line is copied each time
		return
	}
	switch f.last = strings.ToLower(strings.TrimSpace(name)); f.last {
	case "action":
		f.action += strings.ToLower(strings.TrimSpace(value))
		f.action, _, _ = strings.Cut(f.action, " ")
	case "status":
		f.status += value
	case "diagnostic-code":
		f.diagnostic += strings.ToLower(strings.TrimSpace(value))
	}
}

var (
	enhanced  = regexp.MustCompile(`\b[245]\.[0-9]{1,3}\.[0-9]{1,3}\b`) // RFC 3463
	replyCode = regexp.MustCompile(`^\s*[245][0-9]{2}\b`)               // RFC 5321
)

// codeOf puts a reply of SMTP and an enhanced status code together as channels show them.
func codeOf(reply, status string) string {
	if reply = strings.TrimSpace(reply); reply+status == "" {
		return ""
	}
	return strings.Join(strings.Fields("smtp "+reply+" "+status), " ")
}
