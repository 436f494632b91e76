package telegram

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"ventanilla/bot"
	"ventanilla/flows"
)

// callback_data is at most 64 bytes (RULES: tg.limits): the first characters of the
// visit the option was offered in, a colon, and the option's id.
const (
	maxData  = 64
	maxVisit = 16
	maxLabel = 64 // runes: a phone shows fewer
	short    = 14 // runes of a label that leaves room for another beside it
)

// isID tells whether an option's id can stand on a button: 1 to 32 of a-z 0-9 _ . / -
func isID(s string) bool {
	return s != "" && len(s) <= 32 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.' && r != '/' && r != '-'
	})
}

// isVisit tells whether a visit can: at most 16 of A-Z a-z 0-9 _ -
func isVisit(s string) bool {
	return len(s) <= maxVisit && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	})
}

// Visit is how much of a dialog's nonce a button carries. The Input.Ref of a tap is
// the Visit of the Reply.Entered it was offered with.
func Visit(entered string) string {
	if len(entered) > maxVisit {
		entered = entered[:maxVisit]
	}
	if !isVisit(entered) {
		return ""
	}
	return entered
}

func writeData(entered, id string) (string, error) {
	data := Visit(entered) + ":" + id
	if !isID(id) || len(data) > maxData {
		return "", fmt.Errorf("option id %q cannot be put on a button", id)
	}
	return data, nil
}

// readData reads callback_data. Data without a visit is an id alone.
func readData(data string) (visit, id string, ok bool) {
	visit, id, found := strings.Cut(data, ":")
	if !found {
		visit, id = "", data
	}
	return visit, id, isVisit(visit) && isID(id)
}

// links are what a delivery lets the person open, each with the words on it. The
// address of a document is not among them: its bytes are sent.
func links(d bot.Delivery) []bot.Link {
	if d.URL == "" || d.Reply.File != nil {
		return d.Links
	}
	return append([]bot.Link{{Label: d.Reply.Button, URL: d.URL}}, d.Links...)
}

// keyboard draws links and options: links first, one to a row; two short options share a row.
func keyboard(d bot.Delivery) (*tgbotapi.InlineKeyboardMarkup, error) {
	var rows [][]tgbotapi.InlineKeyboardButton
	for _, l := range links(d) {
		if buttonURL(l.URL) && strings.TrimSpace(l.Label) != "" {
			rows = append(rows, tgbotapi.NewInlineKeyboardRow(tgbotapi.NewInlineKeyboardButtonURL(cut(l.Label, maxLabel), l.URL)))
		}
	}
	alone := true // nothing can be put beside the last button
	for _, o := range d.Reply.Offer {
		b, err := button(d.Reply.Entered, o)
		if err != nil {
			return nil, err
		}
		small := utf8.RuneCountInString(b.Text) <= short
		if small && !alone {
			rows[len(rows)-1] = append(rows[len(rows)-1], b)
			alone = true
			continue
		}
		rows, alone = append(rows, tgbotapi.NewInlineKeyboardRow(b)), !small
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &tgbotapi.InlineKeyboardMarkup{InlineKeyboard: rows}, nil
}

func button(entered string, o flows.Option) (tgbotapi.InlineKeyboardButton, error) {
	label := strings.TrimSpace(o.Label)
	if label == "" {
		return tgbotapi.InlineKeyboardButton{}, errors.New("option " + o.ID + " has no label")
	}
	data, err := writeData(entered, o.ID)
	return tgbotapi.NewInlineKeyboardButtonData(cut(label, maxLabel), data), err
}

// buttonURL tells whether the network takes an address on a button. It refuses
// hosts without a dot, such as localhost; those stay in the text only.
func buttonURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return false
	}
	_, notIP := netip.ParseAddr(u.Hostname())
	return notIP == nil || strings.Contains(u.Hostname(), ".")
}

// messageID reads the network's id of a message from a receipt or an origin.
func messageID(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0
}
