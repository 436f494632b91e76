package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"ventanilla/backend/emulator"
	"ventanilla/backend/secret"
	telegram "ventanilla/bot/telegram/emulator"
	whatsapp "ventanilla/bot/whatsapp/emulator"
)

// network is a chat network as its people use it, in the chat with one organisation.
type network interface {
	Say(portal, person, text string) (n int, err error)
	Screen(portal, person string, after int) []bubble
	Wait(ctx context.Context, portal, person string, after int) error
	Person(person string) string // what the program knows somebody by
	Break(kind, person string, delay time.Duration)
}

type bubble struct {
	n    int
	bot  bool
	text string
}

type onTelegram struct{ *telegram.Network }

func (n onTelegram) Say(portal, person, text string) (int, error) {
	return n.Network.Say(portal+"bot", person, text)
}

func (n onTelegram) Screen(portal, person string, after int) (all []bubble) {
	for _, m := range n.Network.Screen(portal+"bot", person, after) {
		all = append(all, bubble{m.N, m.From == "bot", m.Text})
		for _, l := range m.Links {
			all[len(all)-1].text += "\n" + l.URL
		}
	}
	return all
}

func (n onTelegram) Wait(ctx context.Context, portal, person string, after int) error {
	return n.Network.Wait(ctx, portal+"bot", person, after)
}

func (n onTelegram) Person(person string) string { return fmt.Sprint(n.ChatID(person)) }

func (n onTelegram) Break(kind, person string, delay time.Duration) {
	n.Fail(telegram.Fault{Kind: kind, Person: person, Delay: delay})
}

// numbers are the senders of the organisations.
var numbers = map[string]string{"mseg": "+14155238886", "segurometal": "+14155238887"}

type onWhatsApp struct{ *whatsapp.Network }

func (n onWhatsApp) Say(portal, person, text string) (int, error) {
	return n.Network.Say(numbers[portal], person, text)
}

func (n onWhatsApp) Screen(portal, person string, after int) (all []bubble) {
	for _, m := range n.Network.Screen(numbers[portal], person, after) {
		all = append(all, bubble{m.N, m.From == "bot", m.Text})
	}
	return all
}

func (n onWhatsApp) Wait(ctx context.Context, portal, person string, after int) error {
	return n.Network.Wait(ctx, numbers[portal], person, after)
}

func (n onWhatsApp) Person(person string) string { return n.Address(person) }

func (n onWhatsApp) Break(kind, person string, delay time.Duration) {
	n.Fail(whatsapp.Fault{Kind: kind, Person: person, Delay: delay})
}

// phone is one person's: of four, each writes to another organisation or on another
// network; of eight, one types into the chat what WhatsApp asks for on a page.
type phone struct {
	*outside
	name, channel, portal string
	i                     int
	net                   network
}

func (o *outside) phone(i int) phone {
	p := phone{outside: o, name: fmt.Sprintf("persona %d", i), channel: "telegram", portal: "mseg", i: i}
	if i%2 == 1 {
		p.channel = "whatsapp"
	}
	if i/2%2 == 1 {
		p.portal = "segurometal"
	}
	p.net = o.nets[p.channel]
	return p
}

var (
	pageURL   = regexp.MustCompile(`http://\S+/f/\S+`)
	pinText   = regexp.MustCompile(`PIN: (\d{4})`)
	codeOf    = regexp.MustCompile(`\b\d{4} \d{4}\b`)
	temporary = regexp.MustCompile(`(?m)^\s*[A-HJ-NP-Za-km-z2-9]{12,}\s*$`)
	hidden    = regexp.MustCompile(`name="_request" value="([^"]+)"`)
)

// said is what a person writes and what the answer holds.
type said struct{ say, want string }

// play is one person's whole story.
func (p phone) play(ctx context.Context) error {
	if err := p.identify(ctx); err != nil {
		return err
	}
	if p.portal == "segurometal" {
		return p.byTemporary(ctx)
	}
	if err := p.all(ctx, said{"si", "código de 8 números"}, said{"00000000", "no es"}); err != nil {
		return err
	}
	code, err := p.inMail(ctx, codeOf)
	if err != nil {
		return err
	}
	if err := p.all(ctx, said{code, "¿Te acordás"}, said{"no, quiero una nueva", "PIN"}); err != nil {
		return err
	}
	if err := p.submit(ctx, url.Values{"password": {"siete gatos en la terraza"}, "repeat": {"siete gatos en la terraza"}}); err != nil {
		return err
	}
	return p.wait(ctx, "¡Listo!", 0)
}

func (p phone) byTemporary(ctx context.Context) error {
	if err := p.all(ctx, said{"si", "le mandé una clave temporal"}); err != nil {
		return err
	}
	typed, err := p.inMail(ctx, temporary)
	if err != nil {
		return err
	}
	got, err := p.core.SignIn(ctx, p.portal, fmt.Sprintf("DNI30000%03d", p.i), secret.Text(typed))
	if err != nil || got != emulator.MustChange {
		return fmt.Errorf("%s signs in with the temporary password: %q, %w", p.name, got, err)
	}
	return p.all(ctx, said{"ya pude entrar", "¡Qué bueno!"})
}

// identify goes from the first word to the question whether all is right.
func (p phone) identify(ctx context.Context) error {
	document := fmt.Sprintf("30.000.%03d", p.i)
	fields := url.Values{"legajo": {fmt.Sprintf("70%04d", p.i)}, "doc_type": {"dni"}, "doc_number": {document}, "bank_account": {fmt.Sprintf("9000%04d", p.i)}}
	first := []said{{"no puedo entrar", "¿Qué tipo de personal"}, {"docente", "PIN"}}
	inChat := []said{{fields.Get("legajo"), "Anoté: Número de legajo"}, {"dni", "Anoté: Tipo"}, {document, "Anoté: Número de documento"}, {fields.Get("bank_account"), "Corroborá"}}
	switch {
	case p.portal == "segurometal" && p.channel == "telegram":
		return p.all(ctx, said{"no puedo entrar", "¿Cuál es tu usuario"}, said{"dni " + document, "Corroborá"})
	case p.portal == "segurometal":
		fields = url.Values{"username": {"dni " + document}}
		first, inChat = []said{{"no puedo entrar", "PIN"}}, []said{{"dni " + document, "Corroborá"}}
	case p.channel == "telegram":
		return p.all(ctx, said{"no puedo entrar", "¿Qué tipo de personal"}, said{"docente", "legajo"}, said{fields.Get("legajo"), "Qué documento"},
			said{"dni", "número de tu documento"}, said{document, "cuenta"}, said{fields.Get("bank_account"), "Corroborá"})
	}
	if err := p.all(ctx, first...); err != nil {
		return err
	}
	if p.i/4%2 == 1 {
		return p.all(ctx, inChat...)
	}
	if err := p.submit(ctx, fields); err != nil {
		return err
	}
	return p.wait(ctx, "Corroborá", 0)
}

// all says one thing after the other, each when the one before is answered.
func (p phone) all(ctx context.Context, lines ...said) error {
	for _, s := range lines {
		n, err := p.net.Say(p.portal, p.name, s.say)
		if err != nil {
			return fmt.Errorf("%s says %q: %w", p.name, s.say, err)
		}
		if err := p.wait(ctx, s.want, n); err != nil {
			return err
		}
	}
	return nil
}

func (p phone) wait(ctx context.Context, want string, after int) error {
	for {
		last := after
		for _, m := range p.net.Screen(p.portal, p.name, after) {
			if m.bot && strings.Contains(m.text, want) {
				return nil
			}
			last = m.n
		}
		if err := p.net.Wait(ctx, p.portal, p.name, last); err != nil {
			return fmt.Errorf("%s waits for %q after %d: %w; the screen:\n%s", p.name, want, after, err, p.screen())
		}
	}
}

func (p phone) screen() string {
	var b strings.Builder
	for _, m := range p.net.Screen(p.portal, p.name, 0) {
		fmt.Fprintf(&b, "%v: %s\n", map[bool]string{true: "bot", false: "person"}[m.bot], m.text)
	}
	return b.String()
}

// inMail waits for a mail in which something stands and returns that.
func (p phone) inMail(ctx context.Context, what *regexp.Regexp) (string, error) {
	for n := 0; ; {
		mails, err := p.mail.Wait(ctx, fmt.Sprintf("p%d@correo.example", p.i), n)
		if err != nil {
			return "", fmt.Errorf("%s waits for a mail: %w", p.name, err)
		}
		n = len(mails)
		if found := what.FindString(mails[n-1].Text); found != "" {
			return strings.TrimSpace(found), nil
		}
	}
}

// submit opens the latest page and sends it until it is answered.
func (p phone) submit(ctx context.Context, form url.Values) error {
	var page string
	for _, m := range p.net.Screen(p.portal, p.name, 0) {
		if u := pageURL.FindString(m.text); u != "" {
			page = u
			form.Set("_pin", pinText.FindStringSubmatch(m.text)[1])
		}
	}
	for ctx.Err() == nil && form.Get("_request") == "" {
		if found := hidden.FindStringSubmatch(get(ctx, page)); found != nil {
			form.Set("_request", found[1])
		}
	}
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, page, strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if err == nil && resp.StatusCode < 500 {
				return nil
			}
		}
		time.Sleep(20 * time.Millisecond) // the process is being restarted
	}
	return fmt.Errorf("%s cannot submit the page: %w", p.name, ctx.Err())
}

func get(ctx context.Context, address string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return ""
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		time.Sleep(20 * time.Millisecond)
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return ""
	}
	return string(b)
}
