package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"ventanilla/bot"
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

// checkData tells whether an option's id fits on a button beside its visit.
func checkData(visit, id string) error {
	if !isID(id) || len(visit)+1+len(id) > maxData {
		return fmt.Errorf("option id %q cannot be put on a button", id)
	}
	return nil
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
func links(d *bot.Delivery) []bot.Link {
	if d.URL == "" || d.Reply.File != nil {
		return d.Links
	}
	return append([]bot.Link{{Label: d.Reply.Button, URL: d.URL}}, d.Links...)
}

// keyboard draws links and options as JSON: links first, one to a row; two short options share a row.
// It is nil if there are none.
func keyboard(d *bot.Delivery) ([]byte, error) {
	var k drawing
	for _, l := range links(d) {
		if buttonURL(l.URL) && strings.TrimSpace(l.Label) != "" {
			k.row()
			k.button(cut(l.Label, maxLabel))
			k = append(quoted(append(k, `,"url":`...), l.URL), '}')
		}
	}
	visit := Visit(d.Reply.Entered)
	alone := true // nothing can be put beside the last button
	for _, o := range d.Reply.Offer {
		label := strings.TrimSpace(o.Label)
		if label == "" {
			return nil, errors.New("option " + o.ID + " has no label")
		}
		if err := checkData(visit, o.ID); err != nil {
			return nil, err
		}
		label = cut(label, maxLabel)
		small := utf8.RuneCountInString(label) <= short
		if small && !alone {
			k = append(k, ',')
			alone = true
		} else {
			k.row()
			alone = !small
		}
		k.button(label)
		k = append(append(k, `,"callback_data":"`...), visit...) // of letters that need no quoting, as the id is
		k = append(append(append(k, ':'), o.ID...), `"}`...)
	}
	if len(k) == 0 {
		return nil, nil
	}
	return append(k, "]]}"...), nil
}

// drawing is the JSON of an InlineKeyboardMarkup that is being written. That with encoding/json
// took a sixtieth of the processor time of a turn.
type drawing []byte

// row begins a row.
func (k *drawing) row() {
	if len(*k) == 0 {
		*k = append(make(drawing, 0, 512), `{"inline_keyboard":[[`...)
		return
	}
	*k = append(*k, "],["...)
}

// button begins a button; what it does must follow.
func (k *drawing) button(text string) { *k = quoted(append(*k, `{"text":`...), text) }

// quoted appends a string of JSON.
func quoted(b []byte, s string) []byte {
	plain := utf8.ValidString(s)
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= ' ' && s[i] != '"' && s[i] != '\\'
	}
	if plain {
		return append(append(append(b, '"'), s...), '"')
	}
	raw, err := json.Marshal(s)
	if err != nil { // no string is refused
		return append(b, `""`...)
	}
	return append(b, raw...)
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
