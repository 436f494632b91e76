package telegram

import (
	"context"
	"fmt"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"ventanilla/bot"
)

// A tap is answered to the network tapStep after it arrived, in real time, however
// soon its turn was over: the keyboard goes in front of the person's eyes, and how
// long a turn takes tells whether an account exists (RULES: enum.same). It is well
// above what a turn may take before its message is accepted without it; whoever
// waited for an earlier turn as well, or for a slow disk, has the next full step.
const tapStep = 500 * time.Millisecond

const (
	mostLater = 2048             // that wait or are under way; what is beyond is not done at all
	laterTime = 10 * time.Second // for one
)

// answer answers a tap when its moment has come.
func (c *Channel) answer(arrived time.Time, a arrival) {
	c.later(tapStep-time.Since(arrived)%tapStep, func(ctx context.Context) { c.tidy(ctx, a) })
}

// later does after a while what is a courtesy, a few at a time. It never makes its caller wait.
func (c *Channel) later(wait time.Duration, f func(ctx context.Context)) {
	select {
	case c.courtesies <- struct{}{}:
	default:
		c.log.Warn("too much to tidy up: a tap stays unanswered or a keyboard in place", "waiting", mostLater)
		return
	}
	time.AfterFunc(wait, func() {
		defer func() { <-c.courtesies }()
		ctx, cancel := context.WithTimeout(context.Background(), laterTime)
		defer cancel()
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
			f(ctx)
		case <-ctx.Done():
			c.log.Warn("the network is too slow to tidy up: a tap stays unanswered or a keyboard in place")
		}
	})
}

// Close waits for the taps that are not answered to the network yet and for old
// keyboards to go, at most until ctx ends.
func (c *Channel) Close(ctx context.Context) error {
	c.removeAllWorn()
	taken := 0
	defer func() {
		for range taken {
			<-c.courtesies
		}
	}()
	for taken < mostLater {
		select {
		case c.courtesies <- struct{}{}:
			taken++
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d taps to be answered: %w", len(c.courtesies)-taken, ctx.Err())
		}
	}
	return nil
}

// tidy answers a tap to the network, takes the keyboard away and shows what was
// chosen. Nothing of it matters enough to be tried again.
func (c *Channel) tidy(ctx context.Context, a arrival) {
	if err := c.do(ctx, "answerCallbackQuery", tgbotapi.Params{"callback_query_id": a.tap.ID}); err != nil {
		c.log.Debug("tap not answered", "err", err)
	}
	if a.in.ID == "" || a.in.Origin == "" {
		return
	}
	if err := c.showChoice(ctx, a); err != nil {
		c.log.Debug("keyboard not removed", "err", err)
	}
}

func (c *Channel) showChoice(ctx context.Context, a arrival) error {
	m := a.tap.Message
	label := labelOf(m.ReplyMarkup, a.tap.Data)
	text := m.Text + "\n\n☑ " + label
	if m.Text == "" || label == "" || bot.Units(text) > maxText {
		return c.removeBoard(ctx, a.key.Person, a.in.Origin)
	}
	return c.do(ctx, "editMessageText", tgbotapi.Params{
		"chat_id": a.key.Person, "message_id": a.in.Origin, "text": text, "link_preview_options": noPreview,
	})
}

func labelOf(m *tgbotapi.InlineKeyboardMarkup, data string) string {
	if m == nil || data == "" {
		return ""
	}
	for _, row := range m.InlineKeyboard {
		for _, b := range row {
			if b.CallbackData != nil && *b.CallbackData == data {
				return b.Text
			}
		}
	}
	return ""
}
