package email

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"net/mail"
	"regexp"
	"strings"
	texttemplate "text/template"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"ventanilla/bot"
	"ventanilla/flows"
)

//go:embed mail.html mail.txt
var files embed.FS

var (
	htmlMail = htmltemplate.Must(htmltemplate.ParseFS(files, "mail.html"))
	textMail = texttemplate.Must(texttemplate.ParseFS(files, "mail.txt"))
)

// page is a mail as the templates draw it.
type page struct {
	Voice
	Subject string
	Blocks  []block
	Links   []bot.Link
}

// block is a paragraph, line by line, or a code or temporary password to be read from a screen.
type block struct {
	Lines []string
	Code  string
}

// compose writes the mail. The code is in its body only (RULES: code.context).
func (c *Channel) compose(d bot.Delivery) (*gomail.Msg, error) {
	to, err := recipient(d.To)
	if err != nil {
		return nil, err
	}
	p := page{Voice: c.cfg.Voice(d.Portal), Subject: oneLine(d.Reply.Title), Links: d.Links,
		Blocks: blocks(d.Reply.Text, d.Reply.Code != nil)}
	if d.Reply.Temporary != nil {
		p.Blocks = enlarged(p.Blocks)
	}
	if d.Reply.Code != nil && flows.ReadCode(p.Subject, flows.CodeDigits) != "" {
		return nil, errors.New("composing a mail: its subject holds the code")
	}
	if !colour.MatchString(p.Colour) {
		p.Colour = "#3d4852"
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(c.sender(p.Voice))
	msg.ToMailAddress(to)
	if c.cfg.Returns != "" {
		msg.EnvelopeFromMailAddress(&mail.Address{Address: c.cfg.Returns})
	}
	c.head(msg, p, d)
	return msg, bodies(msg, p)
}

func (c *Channel) head(msg *gomail.Msg, p page, d bot.Delivery) {
	msg.Subject(p.Subject)
	msg.SetMessageIDWithValue(c.messageID(d))
	msg.SetDateWithValue(c.cfg.Now())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: vacation notices stay silent
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	if p.Locale != "" {
		msg.SetGenHeader(gomail.HeaderContentLang, oneLine(p.Locale))
	}
}

func bodies(msg *gomail.Msg, p page) error {
	var text, html strings.Builder
	if err := textMail.Execute(&text, p); err != nil {
		return fmt.Errorf("drawing a mail as text: %w", err)
	}
	if err := htmlMail.Execute(&html, p); err != nil {
		return fmt.Errorf("drawing a mail as HTML: %w", err)
	}
	msg.SetBodyString(gomail.TypeTextPlain, strings.TrimSpace(text.String())+"\n")
	msg.AddAlternativeString(gomail.TypeTextHTML, html.String())
	return nil
}

func (c *Channel) sender(v Voice) *mail.Address {
	from := c.from
	if name := oneLine(v.Name); name != "" {
		from.Name = name
	}
	return &from
}

// recipient takes one bare address: a name, a list or a line break never gets in.
func recipient(to string) (*mail.Address, error) {
	a, err := mail.ParseAddress(to)
	if err != nil || a.Address != strings.TrimSpace(to) || strings.ContainsFunc(to, unicode.IsControl) {
		return nil, errors.New("composing a mail: the recipient is not an address")
	}
	return a, nil
}

const longest = 150 // characters of a header's text; longer ones are cut by most readers anyway

// oneLine makes a text fit for a header: no line break and no other control or
// invisible formatting character survives.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest-1]) + "…"
	}
	return s
}

var (
	colour    = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	shownCode = regexp.MustCompile(`\b[0-9]{4}[ \x{a0}-]?[0-9]{4}\b`)
)

// blocks cuts a text at its empty lines, and takes the code out of its paragraph to show it large.
func blocks(text string, hasCode bool) (all []block) {
	paragraphs := strings.Split(plain(text), "\n\n")
	which := -1
	if hasCode {
		which = codeIn(paragraphs)
	}
	for i, p := range paragraphs {
		if i != which {
			all = append(all, paragraph(p)...)
			continue
		}
		found := shownCode.FindAllStringIndex(p, -1)
		at := found[len(found)-1]
		all = append(all, paragraph(p[:at[0]])...)
		all = append(all, block{Code: p[at[0]:at[1]]})
		all = append(all, paragraph(strings.TrimLeft(p[at[1]:], ".,;"))...)
	}
	return all
}

// enlarged shows a temporary password as large as a code: the first paragraph
// that is one word. What a stranger chose stands within sentences.
func enlarged(all []block) []block {
	for i, b := range all {
		if len(b.Lines) == 1 && len(strings.Fields(b.Lines[0])) == 1 {
			all[i] = block{Code: strings.TrimSpace(b.Lines[0])}
			break
		}
	}
	return all
}

// codeIn finds the paragraph of the code, -1 if there is none: the last that is
// nothing else, or the last that holds one. Not the first, because a mail also
// names the chat that asked, and whoever asks chooses that name.
func codeIn(paragraphs []string) int {
	which, alone := -1, false
	for i, p := range paragraphs {
		at := shownCode.FindString(p)
		if only := at != "" && at == strings.TrimSpace(p); only || at != "" && !alone {
			which, alone = i, only
		}
	}
	return which
}

// plain leaves line breaks as the only control characters: others end a mail
// early for some servers (RFC 5321, section 2.3.8) and show nothing anywhere.
func plain(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, text)
}

func paragraph(p string) []block {
	if p = strings.TrimSpace(p); p == "" {
		return nil
	}
	return []block{{Lines: strings.Split(p, "\n")}}
}
