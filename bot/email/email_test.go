package email_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/bot/email"
	"ventanilla/bot/email/emulator"
	"ventanilla/flows"
)

var noon = time.Date(2026, 11, 21, 15, 4, 5, 0, time.UTC)

func now() time.Time { return noon }

func mailbox(t *testing.T) *emulator.Mailbox {
	t.Helper()
	m, err := emulator.Listen("127.0.0.1:0", now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func config(url string) email.Config {
	return email.Config{
		URL: secret.Text(url), From: "Mesa de Ayuda <no-reply@example.org>", Now: now, Log: slog.New(slog.DiscardHandler),
		Voice: func(portal string) email.Voice {
			return email.Voice{Name: "Portal " + portal, Organisation: "Ministerio de Seguridad", Signature: "Mesa de Ayuda\nLunes a viernes de 8 a 18", Colour: "#1a5fb4", Locale: "es-AR"}
		},
	}
}

func channel(t *testing.T, cfg email.Config) *email.Channel {
	t.Helper()
	c, err := email.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func code(to string) bot.Delivery {
	return bot.Delivery{
		ID: "out-17", Portal: "mseg", To: to, At: noon,
		Reply: flows.Reply{
			Title: "Tu código para recuperar la cuenta — ñandú",
			Text:  "Alguien pidió recuperar tu cuenta por Telegram (Ana), a las 12:04.\n\nTu código es 1234 5678.\n\nVale 10 minutos. Nadie te lo va a pedir.\nNo lo compartas.",
			Code:  &flows.CodeRef{Account: "17", Nonce: "n"},
		},
		Links: []bot.Link{{Label: "No fui yo", URL: "https://bot.example.org/g/AQ-_"}},
	}
}

// only returns the single mail of an address.
func only(t *testing.T, m *emulator.Mailbox, address string) emulator.Mail {
	t.Helper()
	mails := m.Mails(address)
	if len(mails) != 1 {
		t.Fatalf("got %d mails for %s, want 1", len(mails), address)
	}
	return mails[0]
}

// RULES: code.context, code.form
func TestACodeArrivesInTheOrganisationsNameAndIsNotInTheSubject(t *testing.T) {
	m := mailbox(t)
	receipt, err := channel(t, config(m.URL())).Send(t.Context(), code("ana@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	got := only(t, m, "ANA@example.org")
	if want := "Tu código para recuperar la cuenta — ñandú"; got.Subject != want {
		t.Errorf("got subject %q, want %q", got.Subject, want)
	}
	if want := "Portal mseg <no-reply@example.org>"; got.From != want {
		t.Errorf("got sender %q, want %q", got.From, want)
	}
	if receipt != "<"+got.MessageID+">" {
		t.Errorf("got receipt %q for the mail %q", receipt, got.MessageID)
	}
	for _, body := range []string{got.Text, got.HTML} {
		for _, want := range []string{"1234 5678", "Nadie te lo va a pedir", "Telegram (Ana)", "No fui yo", "https://bot.example.org/g/AQ-_", "Mesa de Ayuda"} {
			if !strings.Contains(body, want) {
				t.Errorf("%q is missing in\n%s", want, body)
			}
		}
	}
	if want := `letter-spacing:2px;color:#14171a;">1234 5678</p>`; !strings.Contains(got.HTML, want) {
		t.Errorf("the code is not shown large: %s", got.HTML)
	}
	if len(got.Links) != 1 || got.Links[0] != "https://bot.example.org/g/AQ-_" {
		t.Errorf("got links %v", got.Links)
	}
}

func TestAMailSaysThatAMachineWroteItAndWhen(t *testing.T) {
	m := mailbox(t)
	if _, err := channel(t, config(m.URL())).Send(t.Context(), code("ana@example.org")); err != nil {
		t.Fatal(err)
	}
	msg, err := netmail.ReadMessage(bytes.NewReader(only(t, m, "ana@example.org").Raw))
	if err != nil {
		t.Fatal(err)
	}
	if at, err := msg.Header.Date(); err != nil || !at.Equal(noon) {
		t.Errorf("got date %v %v, want %v", at, err, noon)
	}
	for name, want := range map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": "es-AR", "To": "<ana@example.org>", "User-Agent": ""} {
		if got := msg.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestAMailLoadsNothingFromElsewhere(t *testing.T) {
	m := mailbox(t)
	if _, err := channel(t, config(m.URL())).Send(t.Context(), code("ana@example.org")); err != nil {
		t.Fatal(err)
	}
	html := only(t, m, "ana@example.org").HTML
	for _, bad := range []string{"<img", "src=", "url(", "@import", "<link", "<script"} {
		if strings.Contains(html, bad) {
			t.Errorf("the mail contains %s", bad)
		}
	}
}

func TestTheCodeIsShownLargeWhateverTheChatThatAskedIsCalled(t *testing.T) {
	for name, text := range map[string]string{
		"alone":              "Lo pidió «Ana 1111 2222».\n\n1234 5678\n\nDura 10 minutos. Caso 3333 4444.",
		"a forged paragraph": "Lo pidió «Ana\n\n1111 2222\n\n».\n\n1234 5678\n\nDura 10 minutos.",
		"in a sentence":      "Lo pidió «11112222».\n\nTu código es 1234 5678. Dura 10 minutos.\n\nTeléfono 01145678901.",
		"one paragraph":      "Para «1111 2222», tu código: 1234 5678",
	} {
		m := mailbox(t)
		d := code("ana@example.org")
		d.Reply.Text = text
		if _, err := channel(t, config(m.URL())).Send(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		got := only(t, m, "ana@example.org").HTML
		if n := strings.Count(got, `class="code"`); n != 1 || !strings.Contains(got, `color:#14171a;">1234 5678</p>`) {
			t.Errorf("%s: got %d large codes in\n%s", name, n, got)
		}
	}
}

func TestATemporaryPasswordIsShownLargeAndExactly(t *testing.T) {
	m := mailbox(t)
	d := code("ana@example.org")
	d.Reply.Code, d.Reply.Temporary = nil, &flows.AccountRef{Account: "a1", Op: "op"}
	d.Reply.Text = "Lo pidió «Ana 1111 2222».\n\nTu clave temporal es:\n\nhTq7mKzW4xPb<2\n\nSirve una sola vez."
	if _, err := channel(t, config(m.URL())).Send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	got := only(t, m, "ana@example.org")
	if !strings.Contains(got.HTML, `color:#14171a;">hTq7mKzW4xPb&lt;2</p>`) || strings.Count(got.HTML, `class="code`) != 1 {
		t.Errorf("it is not shown large once in\n%s", got.HTML)
	}
	if !strings.Contains(got.Text, "\n    hTq7mKzW4xPb<2\n") {
		t.Errorf("it does not stand alone in\n%s", got.Text)
	}
}

func TestTheSameDeliverySentTwiceIsRecognisablyTheSameMail(t *testing.T) {
	m := mailbox(t)
	c := channel(t, config(m.URL()))
	other := code("ana@example.org")
	other.ID = "out-18"
	for _, d := range []bot.Delivery{code("ana@example.org"), code("ana@example.org"), other} {
		if _, err := c.Send(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	got := m.Mails("ana@example.org")
	if got[0].MessageID != got[1].MessageID || got[0].MessageID == got[2].MessageID {
		t.Errorf("got ids %s, %s, %s", got[0].MessageID, got[1].MessageID, got[2].MessageID)
	}
	if strings.Contains(got[0].MessageID, "out-17") {
		t.Errorf("the id %s shows what the program calls the delivery", got[0].MessageID)
	}
}

func TestTextThatLooksLikeHeadersOrMarkupComesOutAsText(t *testing.T) {
	raw, err := os.ReadFile("testdata/smtp.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct{ Field, Value, Note string }
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(v.Field+" "+v.Note, func(t *testing.T) {
			if v.Field == "email" {
				checkRecipient(t, v.Value)
				return
			}
			checkText(t, v.Value)
		})
	}
}

// checkRecipient sends to a hostile address: nobody but that very address may receive anything.
func checkRecipient(t *testing.T, address string) {
	m := mailbox(t)
	_, err := channel(t, config(m.URL())).Send(t.Context(), code(address))
	for _, a := range m.Addresses() {
		if !strings.EqualFold(a, strings.TrimSpace(address)) {
			t.Errorf("%q: %q received a mail", address, a)
		}
	}
	if err != nil && !bot.AsSendError(err).Never {
		t.Errorf("got %v, want that it is never tried again", err)
	}
	if strings.ContainsAny(address, "\r\n\x00,;") && err == nil {
		t.Errorf("%q was taken as an address", address)
	}
}

// checkText puts a hostile text everywhere a text can go.
func checkText(t *testing.T, text string) {
	m := mailbox(t)
	cfg := config(m.URL())
	cfg.Voice = func(string) email.Voice {
		return email.Voice{Name: text, Organisation: text, Signature: text, Colour: text, Locale: text}
	}
	d := code("ana@example.org")
	d.Reply.Title, d.Reply.Text, d.Reply.Code = text, text+"\n\n1234 5678 "+text, nil
	d.Links = []bot.Link{{Label: text, URL: "https://bot.example.org/g/x"}}
	if _, err := channel(t, cfg).Send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if all := m.Addresses(); len(all) != 1 {
		t.Fatalf("got mails for %q, want ana only", all)
	}
	got := only(t, m, "ana@example.org")
	msg, err := netmail.ReadMessage(bytes.NewReader(got.Raw))
	if err != nil {
		t.Fatal(err)
	}
	known := "Auto-Submitted Content-Language Content-Type Date From Message-Id Mime-Version Subject To X-Auto-Response-Suppress"
	for name, values := range msg.Header {
		if !strings.Contains(known, name) || len(values) != 1 {
			t.Errorf("the header %s: %q was slipped in", name, values)
		}
	}
	if strings.ContainsAny(got.Subject, "\r\n\x00") || strings.ContainsAny(got.From, "\r\n\x00") {
		t.Errorf("got subject %q and sender %q", got.Subject, got.From)
	}
	if !strings.Contains(got.Text, "1234 5678") || !strings.Contains(got.HTML, "1234 5678") || strings.Contains(got.HTML, "<b>x") {
		t.Errorf("the body is broken:\n%s\n%s", got.Text, got.HTML)
	}
}

func TestWhatToDoAboutAFailureDependsOnWhoRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault func(*emulator.Mailbox)
		never bool
		whole bool
	}{
		{"the recipient does not exist", func(m *emulator.Mailbox) { m.Dead("ana@example.org") }, true, false},
		{"5xx", func(m *emulator.Mailbox) { _ = m.Fail(emulator.Fault{Kind: emulator.Never, Times: 1}) }, true, false},
		{"4xx", func(m *emulator.Mailbox) { _ = m.Fail(emulator.Fault{Kind: emulator.Later, Times: 1}) }, false, false},
		{"4xx to us", func(m *emulator.Mailbox) { _ = m.Fail(emulator.Fault{Kind: emulator.Sender, Times: 1}) }, false, true},
		{"nobody listens", func(m *emulator.Mailbox) { m.Down() }, false, true},
		{"the connection is cut before the answer", func(m *emulator.Mailbox) { _ = m.Fail(emulator.Fault{Kind: emulator.Drop, Times: 1}) }, false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := mailbox(t)
			tc.fault(m)
			_, err := channel(t, config(m.URL())).Send(t.Context(), code("ana@example.org"))
			got, ok := errors.AsType[*bot.SendError](err)
			if !ok {
				t.Fatalf("got %v, want a *bot.SendError", err)
			}
			if got.Never != tc.never || !got.Never && got.After <= 0 {
				t.Errorf("got Never %v After %v, want Never %v", got.Never, got.After, tc.never)
			}
			if got.Whole != tc.whole {
				t.Errorf("got Whole %v, want %v: does it concern everybody?", got.Whole, tc.whole)
			}
			if said := fmt.Sprint(err); strings.Contains(said, "ana@") || strings.Contains(said, "1234") {
				t.Errorf("the error names the person: %s", said)
			}
		})
	}
}

func TestAServerThatSaysNothingHoldsAMailUpForABoundedTime(t *testing.T) {
	m := mailbox(t)
	if err := m.Fail(emulator.Fault{Kind: emulator.Silence}); err != nil {
		t.Fatal(err)
	}
	cfg := config(m.URL())
	cfg.Timeout = 200 * time.Millisecond
	began := time.Now()
	_, err := channel(t, cfg).Send(t.Context(), code("ana@example.org"))
	if err == nil || bot.AsSendError(err).Never {
		t.Errorf("got %v, want an error worth another try", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v with a limit of %v", took, cfg.Timeout)
	}
}

func TestACancelledSendEndsAtOnceEvenInTheMiddleOfAMail(t *testing.T) {
	m := mailbox(t)
	if err := m.Fail(emulator.Fault{Kind: emulator.Slow, Delay: time.Minute}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := channel(t, config(m.URL())).Send(ctx, code("ana@example.org")); err == nil {
		t.Error("got nil, want an error")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestAMailThatHoldsItsCodeInTheSubjectIsNotSent(t *testing.T) {
	m := mailbox(t)
	d := code("ana@example.org")
	d.Reply.Title = "Tu código: 1234 5678"
	_, err := channel(t, config(m.URL())).Send(t.Context(), d)
	if err == nil || !bot.AsSendError(err).Never || m.Counts().Taken != 0 {
		t.Errorf("got %v and %d mails", err, m.Counts().Taken)
	}
}

func TestSettingsThatCannotWorkAreRefusedWithoutShowingThePassword(t *testing.T) {
	for _, url := range []string{
		"", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://h:port", "smtp://h/path",
		"smtp://ana:hunter2@mail.example.org", "smtps://ana:hunter2@%zz",
	} {
		cfg := config(url)
		_, err := email.New(cfg)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want an error without the password", url, err)
		}
	}
	cfg := config("smtp://127.0.0.1:25")
	cfg.From = "nobody"
	if _, err := email.New(cfg); err == nil {
		t.Error("a sender that is no address was taken")
	}
}

func TestAPasswordOnlyTravelsEncrypted(t *testing.T) {
	for _, scheme := range []string{"smtps", "smtp+starttls"} {
		t.Run(scheme, func(t *testing.T) {
			s := newSecureServer(t, scheme == "smtps")
			cfg := config(scheme + "://ana:hunter2@" + s.addr)
			cfg.TLS = &tls.Config{RootCAs: s.roots, ServerName: "example.com"}
			if _, err := channel(t, cfg).Send(t.Context(), code("ana@example.org")); err != nil {
				t.Fatal(err)
			}
			if s.user != "ana" || s.password != "hunter2" || !s.encrypted {
				t.Errorf("got %s %s, encrypted %v", s.user, s.password, s.encrypted)
			}
			cfg.TLS = nil
			if _, err := channel(t, cfg).Send(t.Context(), code("ana@example.org")); err == nil {
				t.Error("a certificate that nobody vouches for was accepted")
			}
		})
	}
}
