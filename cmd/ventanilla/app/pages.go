package app

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/bot/notices"
	"ventanilla/bot/telegram"
	"ventanilla/bot/webform"
	"ventanilla/bot/whatsapp"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
	"ventanilla/flows/standard"
	"ventanilla/flows/text"
)

// makePages builds the one-time pages, each in the words of its organisation.
func (a *App) makePages(context.Context) (err error) {
	words := map[string]flows.Texts{}
	for id, p := range a.profiles {
		if words[id], err = pageWords(p, a.settings.Public.URL); err != nil {
			return err
		}
	}
	words[""] = words[a.settings.Bots[0].Portal] // for links that lead nowhere
	a.pages, err = webform.New(webform.Config{Links: a.links.signer, Store: a.store, Engine: a.pageEngine, Guard: a.store.Guards(),
		Codes: a.codes(), Limits: a.settings.Limits.Limits, Texts: func(portal string) flows.Texts { return words[portal] }, Face: a.face,
		Key: a.keys.Derive("pages"), Now: a.opt.Clock.Now, Random: random, Log: a.opt.Log})
	if err != nil {
		return fmt.Errorf("making the one-time pages: %w", err)
	}
	return nil
}

// makeNotices builds the door for what the core tells by itself.
func (a *App) makeNotices(context.Context) error {
	c := a.settings.Core
	serves := func(portal string) bool { _, ok := a.profiles[portal]; return ok }
	a.notices = notices.Door{Config: notices.Config{Key: cmp.Or(c.Events, c.Evidence, c.Token), Serves: serves, Linked: a.store, Accept: a.store.Accept,
		Guard: a.store.Guards(), Now: a.opt.Clock.Now, Log: a.opt.Log}}
	return nil
}

// pageWords are the sentences of the pages themselves, which a profile may replace under "page".
func pageWords(p portal.Profile, publicURL string) (flows.Texts, error) {
	own := map[string]map[string]string{}
	if mine, ok := p.Texts["page"]; ok {
		own["page"] = mine
	}
	c, err := text.New(text.Config{Locale: p.Locale, Values: standard.Voice(p, publicURL), Overrides: own}, flows.Flow{Name: "page", Texts: webform.Sentences()})
	if err != nil {
		return nil, fmt.Errorf("sentences of the pages of %s: %w", p.ID, err)
	}
	return c, nil
}

// pageEngine returns nil, and not an interface around nil, for an organisation without a bot.
func (a *App) pageEngine(portal string) webform.Engine {
	if e, ok := a.engines[portal]; ok {
		return e
	}
	return nil
}

// face is an organisation as its pages show it.
func (a *App) face(k flows.Key) webform.Face {
	p, ok := a.profiles[k.Portal]
	if !ok {
		p = a.profiles[a.settings.Bots[0].Portal]
	}
	chat := a.chats.link(k)
	if k.Channel == whatsapp.Name {
		chat = chatLink(a.settings, k.Portal)
	}
	return webform.Face{Organisation: p.Name, Portal: p.Short, Locale: p.Locale, URL: p.URL, Chat: chat}
}

// chats knows how to open each bot's chat, once the network has told.
type chats struct {
	mu        sync.Mutex
	usernames map[string]string // by portal
}

// learn asks the real network what a bot is called there.
func (c *chats) learn(ctx context.Context, b settings.Bot, bot *telegram.Channel) {
	if b.Telegram.API != telegram.DefaultAPI {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	h, err := bot.Check(ctx)
	if err != nil {
		return // the page goes without the link
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.usernames == nil {
		c.usernames = map[string]string{}
	}
	c.usernames[b.Portal] = h.Username
}

func (c *chats) link(k flows.Key) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name := c.usernames[k.Portal]; name != "" && k.Channel == telegram.Name {
		return "https://t.me/" + name
	}
	return ""
}
