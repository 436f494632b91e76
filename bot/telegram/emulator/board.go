package emulator

import (
	"net"
	"net/url"
	"strings"
)

// button is one inline button: it opens an address, or sends its data.
type button struct {
	Text, URL, Data string
}

// board reads and judges the inline keyboard of a call; nil is none.
func (c *call) board() ([][]button, *refusal) {
	markup, _ := c.args["reply_markup"].(map[string]any)
	rows, inline := markup["inline_keyboard"].([]any)
	if markup != nil && !inline {
		return nil, nil // another kind of keyboard: see [call.keyboard]
	}
	var out [][]button
	total := 0
	for _, r := range rows {
		cells, _ := r.([]any)
		var row []button
		for _, cell := range cells {
			b, no := readButton(cell)
			if no != nil {
				return nil, no
			}
			row = append(row, b)
		}
		if total += len(row); len(row) > 0 {
			out = append(out, row)
		}
	}
	if total > 100 {
		return nil, bad("reply markup is too long")
	}
	return out, nil
}

func readButton(cell any) (button, *refusal) {
	m, _ := cell.(map[string]any)
	b := button{}
	b.Text, _ = m["text"].(string)
	if strings.TrimSpace(b.Text) == "" {
		return b, bad("can't parse inline keyboard button: Button text must be non-empty")
	}
	data, hasData := m["callback_data"].(string)
	address, hasURL := m["url"].(string)
	switch {
	case hasData == hasURL:
		return b, bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	case hasData && (len(data) < 1 || len(data) > 64):
		return b, bad("BUTTON_DATA_INVALID")
	case hasURL && !openable(address):
		return b, bad("inline keyboard button URL %q is invalid: Wrong HTTP URL", address)
	}
	b.Data, b.URL = data, address
	return b, nil
}

// openable tells whether the network takes an address on a button: not localhost, for one.
func openable(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "tg":
		return true
	case "http", "https":
		return net.ParseIP(u.Hostname()) != nil || strings.Contains(strings.Trim(u.Hostname(), "."), ".")
	}
	return false
}

// wireBoard is the keyboard as an InlineKeyboardMarkup object.
func wireBoard(board [][]button) map[string]any {
	rows := make([][]map[string]any, len(board))
	for i, row := range board {
		for _, b := range row {
			cell := map[string]any{"text": b.Text}
			if b.URL != "" {
				cell["url"] = b.URL
			} else {
				cell["callback_data"] = b.Data
			}
			rows[i] = append(rows[i], cell)
		}
	}
	return map[string]any{"inline_keyboard": rows}
}
