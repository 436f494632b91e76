package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	whatsapp "ventanilla/bot/whatsapp/emulator"
	"ventanilla/cmd/ventanilla/settings"
)

// onWhatsApp is the fake WhatsApp as the API's [Network]: people name a portal, the network a number.
type onWhatsApp struct {
	net     *whatsapp.Network
	numbers map[string]string // by portal
}

var _ Network = onWhatsApp{}

// mostChoices is how many options can be tapped in one message; there is a template for each number of them.
const mostChoices = 10

// makeWhatsApp starts the fake with a sender and templates for every organisation,
// and returns what the settings say of them, by portal.
func (w *World) makeWhatsApp(ctx context.Context, o Options, base string, s secrets) (map[string]*settings.WhatsApp, error) {
	w.whatsapp = whatsapp.New(whatsapp.Options{Clock: w.clock, Log: o.Log, NoLimits: o.Limits.TelegramChat.Max == 0})
	w.close = append(w.close, func() error { w.whatsapp.Close(); return nil })
	api, err := w.serve(ctx, w.whatsapp.Handler())
	if err != nil {
		return nil, err
	}
	account := "AC" + s.named("whatsapp account").Reveal()[:32]
	net, senders := onWhatsApp{w.whatsapp, map[string]string{}}, map[string]*settings.WhatsApp{}
	templates := w.templates(account)
	for i, p := range w.profiles {
		sender := &settings.WhatsApp{Account: account, Token: s.named("whatsapp token"), From: fmt.Sprintf("+1415555%04d", 100+i), API: api, Templates: templates}
		w.whatsapp.AddSender(whatsapp.Sender{Account: account, Token: sender.Token.Reveal(), From: sender.From, Webhook: base + "/whatsapp/" + p.ID})
		w.bots = append(w.bots, botEntry{Channel: "whatsapp", Portal: p.ID, Name: p.Short, Country: country(p)})
		senders[p.ID], net.numbers[p.ID] = sender, sender.From
	}
	w.networks["whatsapp"] = net
	return senders, nil
}

// templates are what the organisations made in the Content Template Builder.
func (w *World) templates(account string) settings.Templates {
	sid := func(n int) string { return fmt.Sprintf("HX%032x", n) }
	t := settings.Templates{Notice: sid(100), Choices: map[int]string{}}
	w.whatsapp.AddContent(whatsapp.Content{Account: account, SID: t.Notice, Body: "Novedades de tu trámite: {{1}} Escribinos por este chat para seguir.", Approved: true})
	for n := 1; n <= mostChoices; n++ {
		t.Choices[n] = sid(n)
		w.whatsapp.AddContent(whatsapp.Content{Account: account, SID: sid(n), Body: "{{1}}", Options: n})
	}
	return t
}

// Say implements [Network].
func (t onWhatsApp) Say(portal, person, text string) (int, error) {
	n, err := t.net.Say(t.numbers[portal], person, text)
	return n, refusedThere(err)
}

// Tap implements [Network].
func (t onWhatsApp) Tap(portal, person, option string) error {
	return refusedThere(t.net.Tap(t.numbers[portal], person, option))
}

// Send implements [Network].
func (t onWhatsApp) Send(portal, person, kind string) (int, error) {
	n, err := t.net.Send(t.numbers[portal], person, kind)
	return n, refusedThere(err)
}

// Wait implements [Network].
func (t onWhatsApp) Wait(ctx context.Context, portal, person string, after int) error {
	return t.net.Wait(ctx, t.numbers[portal], person, after)
}

// Phone implements [Network].
func (t onWhatsApp) Phone(portal, person string) Phone {
	seen := t.net.Phone(t.numbers[portal], person)
	p := Phone{Rev: seen.Rev}
	for _, m := range seen.Messages {
		l := Line{N: m.N, From: m.From, Text: m.Text, Kind: m.Kind, Options: append([]string{}, m.Options...), Links: linksIn(m), At: m.Shown}
		if d := m.Document; d != nil {
			l.Document = &Document{Name: d.Name, Bytes: d.Size, data: d.Data}
		}
		p.Lines = append(p.Lines, l)
	}
	return p
}

var (
	addresses = regexp.MustCompile(`https?://[^\s<>"]+`)
	ownLine   = regexp.MustCompile(`(?m)^(.+):\n(https?://\S+)$`)
)

// linksIn are the addresses in a bot's text, which a phone lets a person open; a line
// of its own may have a label above it.
func linksIn(m whatsapp.Message) []Link {
	links, labels := []Link{}, map[string]string{}
	if m.From != "bot" {
		return links
	}
	for _, found := range ownLine.FindAllStringSubmatch(m.Text, -1) {
		labels[found[2]] = found[1]
	}
	for _, found := range addresses.FindAllString(m.Text, -1) {
		address := strings.TrimRight(found, ".,;:!?)»")
		links = append(links, Link{Label: cmp.Or(labels[address], address), URL: address})
	}
	return links
}

// refusedThere says what a person cannot do in the words of the API.
func refusedThere(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, whatsapp.ErrNoOption), errors.Is(err, whatsapp.ErrNoMessage):
		return conflict("that cannot be tapped now: %v", err)
	case errors.Is(err, whatsapp.ErrNoSender):
		return notFound("%v", err)
	}
	return badRequest("%v", err)
}
