package emulator

import (
	"fmt"
	"slices"
	"strings"
)

// keyboard is a reply keyboard: buttons that stand where a person writes, until another
// one comes or it is removed (https://core.telegram.org/bots/api#replykeyboardmarkup).
type keyboard struct {
	Keys []key
	Once bool // hidden after its use
	Used bool
}

// key writes its text for the person, or sends their own contact.
type key struct {
	Text    string
	Contact bool
}

// keyboard reads and judges a call's markup that is no inline keyboard: the reply keyboard
// that it shows, or whether it removes the one that is there.
func (c *call) keyboard() (shows *keyboard, removes bool, no *refusal) {
	markup, _ := c.args["reply_markup"].(map[string]any)
	if remove, ok := markup["remove_keyboard"].(bool); ok {
		if !remove {
			return nil, false, bad("remove_keyboard must be True")
		}
		return nil, true, nil
	}
	rows, ok := markup["keyboard"].([]any)
	if !ok {
		return nil, false, nil
	}
	shows = &keyboard{}
	shows.Once, _ = markup["one_time_keyboard"].(bool)
	for _, row := range rows {
		cells, _ := row.([]any)
		for _, cell := range cells {
			k, no := readKey(cell)
			if no != nil {
				return nil, false, no
			}
			shows.Keys = append(shows.Keys, k)
		}
	}
	if len(shows.Keys) == 0 {
		return nil, false, bad("reply keyboard has no buttons")
	}
	return shows, false, nil
}

func readKey(cell any) (key, *refusal) {
	m, _ := cell.(map[string]any)
	k := key{}
	k.Text, _ = m["text"].(string)
	if strings.TrimSpace(k.Text) == "" {
		return k, bad("can't parse keyboard button: Button text must be non-empty")
	}
	k.Contact, _ = m["request_contact"].(bool)
	for name, v := range m {
		if slices.Contains([]string{"text", "request_contact", "style", "icon_custom_emoji_id"}, name) || v == false {
			continue
		}
		if k.Contact {
			return k, bad("can't parse keyboard button: at most one optional field must be used")
		}
		return k, bad("the emulator knows no keyboard button with %s", name)
	}
	return k, nil
}

// showKeys puts a message's reply keyboard in place of the one that is there, or removes that.
func (ch *chat) showKeys(m *message, removes bool) {
	if removes {
		ch.keyed = nil
	}
	if m.keys != nil {
		ch.keyed = m
	}
}

// pressed lets a person press a key that is on their screen; false if there is none like that.
func (n *Network) pressed(b *account, ch *chat, label string) bool {
	for _, k := range ch.keys() {
		if k.Text != label {
			continue
		}
		ch.keyed.keys.Used = true
		m := &message{Message: Message{Text: k.Text}}
		if k.Contact {
			m.Message = Message{Kind: "contact"}
		}
		n.arrive(b, ch, m)
		return true
	}
	return false
}

// keys are those on the person's screen.
func (ch *chat) keys() []key {
	if ch.keyed == nil || ch.keyed.Deleted || ch.keyed.keys.Once && ch.keyed.keys.Used {
		return nil
	}
	return ch.keyed.keys.Keys
}

// Number tells the network a person's telephone number, of digits with their country first; it is in the contact they share.
func (n *Network) Number(person, digits string) error {
	if len(digits) < 8 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return fmt.Errorf("emulator: %q is no telephone number", digits)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.person(person).number = digits
	return nil
}
