package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	_ "github.com/emersion/go-message/charset" // mails in other charsets than UTF-8
	"github.com/emersion/go-message/mail"
	"golang.org/x/net/html"
)

// read decodes a mail as RFC 5322 and MIME have it.
func read(raw []byte) (Mail, error) {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, fmt.Errorf("reading a mail's header: %w", err)
	}
	m := Mail{Raw: raw}
	if m.Subject, err = r.Header.Subject(); err != nil {
		return Mail{}, fmt.Errorf("reading the subject: %w", err)
	}
	if m.From, err = from(r.Header); err != nil {
		return Mail{}, fmt.Errorf("reading the sender: %w", err)
	}
	if m.MessageID, err = r.Header.MessageID(); err != nil {
		return Mail{}, fmt.Errorf("reading the message id: %w", err)
	}
	if err := m.parts(r); err != nil {
		return Mail{}, err
	}
	m.Links = links(m)
	return m, nil
}

func from(h mail.Header) (string, error) {
	list, err := h.AddressList("From")
	if err != nil || len(list) == 0 {
		return "", errors.Join(errors.New("no sender"), err)
	}
	if list[0].Name == "" {
		return list[0].Address, nil
	}
	return list[0].Name + " <" + list[0].Address + ">", nil
}

func (m *Mail) parts(r *mail.Reader) error {
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a part: %w", err)
		}
		h, inline := p.Header.(*mail.InlineHeader)
		if !inline {
			continue
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			return fmt.Errorf("reading a part: %w", err)
		}
		switch kind, _, _ := h.ContentType(); kind {
		case "text/html":
			m.HTML = string(body)
		case "text/plain":
			m.Text = strings.ReplaceAll(string(body), "\r\n", "\n")
		}
	}
}

var plainLink = regexp.MustCompile(`https?://[^\s<>"]+`)

func links(m Mail) []string {
	found := []string{}
	add := func(address string) {
		u, err := url.Parse(address)
		if err == nil && (u.Scheme == "http" || u.Scheme == "https") && !slices.Contains(found, address) {
			found = append(found, address)
		}
	}
	if m.HTML == "" {
		for _, address := range plainLink.FindAllString(m.Text, -1) {
			add(address)
		}
		return found
	}
	for t := html.NewTokenizer(strings.NewReader(m.HTML)); t.Next() != html.ErrorToken; {
		token := t.Token()
		for _, a := range token.Attr {
			if token.Data == "a" && a.Key == "href" {
				add(a.Val)
			}
		}
	}
	return found
}
