package telegram

import (
	"context"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// boards remembers each chat's latest message with options, to take them away when
// others are offered. It is a courtesy: after a restart an old keyboard stays, and
// the engine judges taps on it.
type boards struct {
	mu   sync.Mutex
	last map[string]board
}

type board struct {
	message string
	visit   string
}

const maxBoards = 20000

// put notes the chat's new board, and returns the one it replaces.
func (b *boards) put(chat string, now board) (old board) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == nil || len(b.last) >= maxBoards {
		b.last = map[string]board{}
	}
	old = b.last[chat]
	b.last[chat] = now
	return old
}

// drop forgets the chat's board and returns it, if keep does not want it.
func (b *boards) drop(chat string, keep func(board) bool) (old board) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, ok := b.last[chat]
	if !ok || keep(old) {
		return board{}
	}
	delete(b.last, chat)
	return old
}

// removeBoard takes the buttons off a message.
func (c *Channel) removeBoard(ctx context.Context, chat, message string) error {
	return c.do(ctx, "editMessageReplyMarkup", tgbotapi.Params{"chat_id": chat, "message_id": message})
}

const (
	// rest is for how long nothing new is offered in a chat before its old keyboards go:
	// edits count against what the network allows a chat in a second (RULES: tg.rate), and
	// whoever answers at once is not to wait for them.
	rest = time.Second
	// mostWorn is how many keyboards of one chat go then. Of somebody who answered more
	// often within moments the oldest stay, out of sight.
	mostWorn = 4
)

// worn are keyboards that others took the place of, by chat. The zero value is ready.
type worn struct {
	mu    sync.Mutex
	chats map[string]*outworn
}

type outworn struct {
	messages []string
	timer    *time.Timer
}

// wearOut takes the buttons off a message once the chat rests.
func (c *Channel) wearOut(chat, message string) {
	c.worn.mu.Lock()
	defer c.worn.mu.Unlock()
	o := c.worn.chats[chat]
	if o == nil {
		if c.worn.chats == nil {
			c.worn.chats = map[string]*outworn{}
		}
		if len(c.worn.chats) >= maxBoards {
			return
		}
		o = &outworn{timer: time.AfterFunc(rest, func() { c.removeWorn(chat) })}
		c.worn.chats[chat] = o
	} else {
		o.timer.Reset(rest)
	}
	if len(o.messages) == mostWorn {
		o.messages = append(o.messages[:0], o.messages[1:]...)
	}
	o.messages = append(o.messages, message)
}

// removeWorn takes the buttons off a chat's old messages now.
func (c *Channel) removeWorn(chat string) {
	c.worn.mu.Lock()
	o := c.worn.chats[chat]
	delete(c.worn.chats, chat)
	c.worn.mu.Unlock()
	if o == nil {
		return
	}
	o.timer.Stop()
	for _, message := range o.messages {
		c.later(0, func(ctx context.Context) {
			if err := c.removeBoard(ctx, chat, message); err != nil {
				c.log.Debug("keyboard not removed", "err", err)
			}
		})
	}
}

// removeAllWorn does so in every chat, before the end.
func (c *Channel) removeAllWorn() {
	c.worn.mu.Lock()
	var chats []string
	for chat := range c.worn.chats {
		chats = append(chats, chat)
	}
	c.worn.mu.Unlock()
	for _, chat := range chats {
		c.removeWorn(chat)
	}
}
