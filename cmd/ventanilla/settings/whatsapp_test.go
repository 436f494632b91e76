package settings_test

import (
	"fmt"
	"strings"
	"testing"
)

const onWhatsApp = `    whatsapp:
      account: AC00000000000000000000000000000001
      token: env:WA_TOKEN
      from: +14155238886
      templates: {notice: HX00000000000000000000000000000001, choices: {2: HX00000000000000000000000000000002, "10": HX00000000000000000000000000000003}}
`

func TestAWhatsAppSenderIsRead(t *testing.T) {
	env["WA_TOKEN"] = "canary0123456789"
	s, err := parse(whole + onWhatsApp)
	if err != nil {
		t.Fatal(err)
	}
	w := s.Bots[0].WhatsApp
	if w.Account != "AC00000000000000000000000000000001" || w.Token.Reveal() != "canary0123456789" || w.From != "+14155238886" || w.API != "https://api.twilio.com" ||
		!strings.HasSuffix(w.Templates.Notice, "1") || w.Templates.Code != "" || len(w.Templates.Choices) != 2 || !strings.HasSuffix(w.Templates.Choices[10], "3") {
		t.Errorf("got %+v", w)
	}
	if shown := fmt.Sprintf("%+v %#v", *s, *w); strings.Contains(shown, "canary") {
		t.Errorf("a secret is shown in %s", shown)
	}
	alone := strings.Replace(whole, "    telegram: {token: env:TG_TOKEN, secret: \"file:tg.secret\", mode: webhook, api: https://api.telegram.org}\n", "", 1)
	if s, err := parse(alone + onWhatsApp); err != nil || s.Bots[0].Telegram != nil {
		t.Errorf("a bot on WhatsApp alone: %v", err)
	}
}

func TestMistakesAboutWhatsAppAreTold(t *testing.T) {
	env["WA_TOKEN"] = "canary0123456789"
	for name, c := range map[string]struct{ old, new, want string }{
		"a short account":          {"AC00000000000000000000000000000001", "AC1", "13: bots[0].whatsapp.account must be the account's SID"},
		"an empty token":           {"env:WA_TOKEN", "env:EMPTY", "14: bots[0].whatsapp.token is empty, so anybody could sign as Twilio"},
		"an odd token":             {"env:WA_TOKEN", "a-b", "14: bots[0].whatsapp.token is not an auth token"},
		"a number without a plus":  {"+14155238886", "14155238886", "15: bots[0].whatsapp.from must be the sender's number"},
		"a template that is none":  {"HX00000000000000000000000000000001", "HX1", "16: bots[0].whatsapp.templates.notice must be a template's SID"},
		"choices that are none":    {"HX00000000000000000000000000000002", "x", "16: bots[0].whatsapp.templates.choices.2 must be a template's SID"},
		"too many choices":         {`"10"`, `"11"`, `16: unknown key "bots[0].whatsapp.templates.choices.11"`},
		"an unknown key":           {"from:", "number:", `15: unknown key "bots[0].whatsapp.number"`},
		"plain HTTP to elsewhere":  {"      from:", "      api: http://api.example.org\n      from:", "15: bots[0].whatsapp.api is plain HTTP beyond"},
		"an environment not there": {"env:WA_TOKEN", "env:NOPE", "14: bots[0].whatsapp.token wants the environment variable NOPE"},
	} {
		text := strings.Replace(onWhatsApp, c.old, c.new, 1)
		if text == onWhatsApp {
			t.Fatalf("%s: %q is not there", name, c.old)
		}
		_, err := parse(whole + text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
