package demo

import (
	"context"
	"errors"

	telegram "ventanilla/bot/telegram/emulator"
)

// onTelegram is the fake Telegram as the API's [Network]: people name a portal, the network a bot.
type onTelegram struct{ net *telegram.Network }

var _ Network = onTelegram{}

// username is the bot of a portal.
func username(portal string) string { return portal + "_demo_bot" }

// Say implements [Network].
func (t onTelegram) Say(portal, person, text string) (int, error) {
	n, err := t.net.Say(username(portal), person, text)
	return n, refused(err)
}

// Tap implements [Network].
func (t onTelegram) Tap(portal, person, option string) error {
	return refused(t.net.Tap(username(portal), person, option))
}

// Send implements [Network].
func (t onTelegram) Send(portal, person, kind string) (int, error) {
	n, err := t.net.Send(username(portal), person, kind)
	return n, refused(err)
}

// Wait implements [Network].
func (t onTelegram) Wait(ctx context.Context, portal, person string, after int) error {
	return t.net.Wait(ctx, username(portal), person, after)
}

// Phone implements [Network].
func (t onTelegram) Phone(portal, person string) Phone {
	seen := t.net.Phone(username(portal), person)
	p := Phone{Rev: seen.Rev, Typing: seen.Typing}
	for _, m := range seen.Messages {
		l := Line{N: m.N, From: m.From, Text: m.Text, Kind: m.Kind, Options: append([]string{}, m.Options...), Keys: m.Keys, Links: []Link{},
			Deleted: m.Deleted, Edited: m.Edited, Protected: m.Protected, At: m.At}
		for _, k := range m.Links {
			l.Links = append(l.Links, Link(k))
		}
		if d := m.Document; d != nil {
			l.Document = &Document{Name: d.Name, Bytes: d.Size, data: d.Data}
		}
		p.Lines = append(p.Lines, l)
	}
	return p
}

// refused says what a person cannot do in the words of the API.
func refused(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, telegram.ErrNoOption), errors.Is(err, telegram.ErrNoMessage):
		return conflict("that cannot be tapped now: %v", err)
	case errors.Is(err, telegram.ErrNoBot):
		return notFound("%v", err)
	}
	return badRequest("%v", err)
}
