package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/bot"
	"ventanilla/bot/link"
	"ventanilla/bot/telegram"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
)

// profiles reads the organisations and returns those that have a bot.
func profiles(s *settings.Settings) (map[string]portal.Profile, error) {
	all, err := allProfiles(s.Portals)
	if err != nil {
		return nil, err
	}
	byID := map[string]portal.Profile{}
	for _, p := range all {
		byID[p.ID] = p
	}
	used := map[string]portal.Profile{}
	var missing []error
	for i, b := range s.Bots {
		p, ok := byID[b.Portal]
		if !ok {
			missing = append(missing, fmt.Errorf("%s: there is no profile of portal %q in %s", s.At(fmt.Sprintf("bots[%d].portal", i)), b.Portal, placeOf(s.Portals)))
		}
		used[b.Portal] = p
	}
	return used, errors.Join(missing...)
}

// allProfiles reads a folder, "" for the built-in ones. Its mistakes name files as the operator does.
func allProfiles(folder string) ([]portal.Profile, error) {
	if folder == "" {
		return portal.Builtin()
	}
	all, err := portal.Load(os.DirFS(folder))
	if m, ok := errors.AsType[portal.Mistakes](err); ok {
		for i := range m {
			m[i].File = filepath.Join(folder, m[i].File)
		}
		return nil, m
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, fmt.Errorf("the folder of profiles, %s, cannot be read: %w", folder, err)
	}
	return all, err
}

func placeOf(folder string) string {
	if folder == "" {
		return "the built-in ones"
	}
	return folder
}

// engines finds the engine of an organisation.
type engines map[string]*flows.Engine

var _ bot.Engine = engines{}

// Handle implements [bot.Engine].
func (e engines) Handle(ctx context.Context, c flows.Call) (flows.Result, error) {
	if engine, ok := e[c.Key.Portal]; ok {
		return engine.Handle(ctx, c)
	}
	return flows.Result{}, bot.ErrNoBot
}

// Notice implements [bot.Engine].
func (e engines) Notice(k flows.Key, key string, pairs ...string) flows.Reply {
	if engine, ok := e[k.Portal]; ok {
		return engine.Notice(k, key, pairs...)
	}
	return flows.Reply{}
}

// screen takes out of a message what must not be stored; what nobody can judge is not stored at all.
func (e engines) screen(k flows.Key, d flows.Dialog, in flows.Input) flows.Input {
	if engine, ok := e[k.Portal]; ok {
		return engine.Screen(k, d, in)
	}
	in.Text, in.Hidden = "", true
	return in
}

// opted confirms to a person that nothing more will be said in the chat, or that it will again.
func (e engines) opted(k flows.Key, out bool) flows.Reply {
	if out {
		return e.Notice(k, "opted_out")
	}
	return e.Notice(k, "opted_in")
}

func (e engines) flooded(k flows.Key) flows.Reply { return e.Notice(k, "flood") }

// universal are the words of the menu that Telegram shows beside the text field.
var universal = []string{"menu", "estado", "ayuda", "volver", "corregir", "cancelar", "persona", "terminar"}

// commands is that menu in an organisation's language.
func (a *App) commands(portal string) (menu []telegram.Command) {
	say := func(key string) string { return a.engines.Notice(flows.Key{Portal: portal}, key).Text }
	for _, word := range universal {
		text := say("command_" + word)
		menu = append(menu, telegram.Command{Name: flows.Plain(text), Description: say("command_" + word + "_about"), Text: text})
	}
	return menu
}

// telegrams finds the bot of an organisation.
type telegrams map[string]*telegram.Channel

// Send implements [bot.Channel].
func (t telegrams) Send(ctx context.Context, d bot.Delivery) (string, error) {
	if c, ok := t[d.Portal]; ok {
		return c.Send(ctx, d)
	}
	return "", &bot.SendError{Never: true, Err: bot.ErrNoBot}
}

// links makes the addresses that leave in messages. A name that cannot be signed is a
// mistake of ours, and must not cost the person the rest of the message.
type links struct {
	signer link.Signer
	log    *slog.Logger
}

var _ bot.Links = links{}

// Form implements [bot.Links].
func (l links) Form(name, entered string, until time.Time) string {
	return l.made(l.signer.Form(name, entered, until))
}

// Grant implements [bot.Links].
func (l links) Grant(g flows.Grant) string { return l.made(l.signer.Grant(g.ID, g.Until)) }

// File implements [bot.Links].
func (l links) File(name, outbound string, until time.Time) string {
	return l.made(l.signer.File(name, outbound, until))
}

func (l links) made(address string, err error) string {
	if err != nil {
		l.log.Error("a link could not be made", "err", err)
		return l.signer.Base.String()
	}
	return address
}
