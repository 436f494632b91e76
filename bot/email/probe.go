package email

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/textproto"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// ProbeTime is how long a [Channel.Probe] may take.
const ProbeTime = 4 * time.Second

// Probe asks the mail server everything that [Channel.Send] asks before it names a
// recipient: it connects, greets, turns on TLS and signs in as the settings say,
// names the sender, takes that back and leaves. What it returns is therefore the
// same whoever is written to, and whether anybody is (RULES: enum.same). The error
// repeats no password and nothing that the server said.
func (c *Channel) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ProbeTime)
	defer cancel()
	asked := false
	err := c.connected(ctx, func(_ *gomail.Client, conn *smtp.Client) error {
		asked = true
		if err := conn.Mail((&mail.Address{Address: cmp.Or(c.cfg.Returns, c.from.Address)}).String()); err != nil {
			return err
		}
		return conn.Reset()
	})
	answer, refused := errors.AsType[*textproto.Error](err)
	switch {
	case err == nil:
		return nil
	case asked && refused:
		return fmt.Errorf("naming the sender: the mail server answered %d", answer.Code)
	}
	return connecting(err).Err
}
