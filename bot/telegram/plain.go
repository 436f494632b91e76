package telegram

import (
	"encoding/json"
	"strconv"

	"ventanilla/flows"
)

// plainUpdate is an update with a text and nothing else, which most are. It is read
// in one pass, without making room for everything that a message can hold: that was
// measured at a tenth of what a turn takes off the heap. The parts that are only
// looked for tell that there is more to an update.
type plainUpdate struct {
	ID       int64         `json:"update_id"`
	Message  *plainMessage `json:"message"`
	Edited   *struct{}     `json:"edited_message"`
	Callback *struct{}     `json:"callback_query"`
}

type plainMessage struct {
	ID   int         `json:"message_id"`
	From plainPerson `json:"from"`
	Chat struct {
		ID   int64  `json:"id"`
		Type string `json:"type"`
	} `json:"chat"`
	Text string `json:"text"`

	Animation *struct{}  `json:"animation"`
	Audio     *struct{}  `json:"audio"`
	Contact   *struct{}  `json:"contact"`
	Document  *struct{}  `json:"document"`
	Location  *struct{}  `json:"location"`
	Photo     []struct{} `json:"photo"`
	Sticker   *struct{}  `json:"sticker"`
	Venue     *struct{}  `json:"venue"`
	Video     *struct{}  `json:"video"`
	VideoNote *struct{}  `json:"video_note"`
	Voice     *struct{}  `json:"voice"`
}

type plainPerson struct {
	ID    int64  `json:"id"`
	IsBot bool   `json:"is_bot"`
	First string `json:"first_name"`
	Last  string `json:"last_name"`
}

// plain reads an update that is a text to the bot and nothing else. If it returns
// false, the update is to be read part by part.
func (c *Channel) plain(raw []byte) (a arrival, ok bool) {
	var u plainUpdate
	if json.Unmarshal(raw, &u) != nil || u.ID <= 0 || u.Edited != nil || u.Callback != nil {
		return a, false
	}
	m := u.Message
	if m == nil || !m.only() || m.ID <= 0 || m.From.IsBot || m.Chat.Type != "private" || m.Chat.ID <= 0 {
		return a, false
	}
	a.key = flows.Key{Portal: c.portal, Channel: Name, Person: strconv.FormatInt(m.Chat.ID, 10)}
	a.in.Origin, a.in.Name = strconv.Itoa(m.ID), displayName(m.From.First, m.From.Last)
	a.in.Input.Text = c.command(cleanText(m.Text))
	return c.stamped(a, u.ID), true
}

// only tells that a message holds a text and no attachment.
func (m *plainMessage) only() bool {
	return m.Text != "" && m.Animation == nil && m.Audio == nil && m.Contact == nil && m.Document == nil && m.Location == nil &&
		m.Photo == nil && m.Sticker == nil && m.Venue == nil && m.Video == nil && m.VideoNote == nil && m.Voice == nil
}
