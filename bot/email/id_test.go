package email_test

import (
	"slices"
	"strings"
	"testing"

	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/bot/email"
)

func TestMailsComeBackToTheAddressOfTheSettings(t *testing.T) {
	m := mailbox(t)
	m.Returning("ana@example.org")
	back := make(chan string, 1)
	m.OnReturn(func(to string, report []byte) error { back <- to + "\n" + string(report); return nil })
	cfg := config(m.URL())
	cfg.Returns, cfg.IDKey = "rebotes@example.org", "k"
	c := channel(t, cfg)
	receipt, err := c.Send(t.Context(), code("ana@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	got := <-back
	if !strings.HasPrefix(got, "rebotes@example.org\n") {
		t.Errorf("the report goes to %s", strings.SplitN(got, "\n", 2)[0])
	}
	if ids := c.Own([]byte(got)); !slices.Equal(ids, []string{receipt}) {
		t.Errorf("the report is about %q, want %q", ids, receipt)
	}
	cfg.Returns = "Rebotes <rebotes@example.org>"
	if _, err := email.New(cfg); err == nil {
		t.Error("an address with a name was taken")
	}
}

func TestTheIDOfAMailCannotBeMadeUp(t *testing.T) {
	m := mailbox(t)
	id := func(key secret.Text, change func(*bot.Delivery)) (*email.Channel, string) {
		cfg := config(m.URL())
		cfg.IDKey = key
		c := channel(t, cfg)
		d := code("ana@example.org")
		change(&d)
		receipt, err := c.Send(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		return c, receipt
	}
	c, mine := id("k", func(*bot.Delivery) {})
	_, other := id("k", func(d *bot.Delivery) { d.Chat = "another" })
	_, foreign := id("another key", func(*bot.Delivery) {})
	if mine == other {
		t.Error("mails of two conversations have the same id")
	}
	upper := strings.ToUpper(mine)
	text := "x " + mine + " y=" + upper + other + mine
	if got := c.Own([]byte(text)); !slices.Equal(got, []string{mine, other}) {
		t.Errorf("got %q, want each once", got)
	}
	for _, forged := range []string{foreign, mine[:40] + "0000" + mine[44:], "<0" + mine[2:], strings.Replace(mine, "example.org", "example.net", 1), "<a" + mine[1:], mine[:30], "", "<@example.org>"} {
		if forged == mine {
			t.Fatalf("%s is not forged", forged)
		}
		if got := c.Own([]byte(forged)); len(got) != 0 {
			t.Errorf("%s counts as %q", forged, got)
		}
	}
	if got := c.Own([]byte(strings.Repeat(foreign, 1<<15))); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}
