package emulator

import (
	"bytes"
	"fmt"
	"time"
)

// Returning makes an address one whose server takes mails and finds out later that nobody is
// there: the sender gets a report. A mail to it is kept nowhere.
func (m *Mailbox) Returning(address string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.returning[key(address)] = true
}

// OnReturn has deliver called with each report and the address that it goes to.
func (m *Mailbox) OnReturn(deliver func(to string, report []byte) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deliver = deliver
}

// giveBack reports on the recipients of a mail who are not there, and returns the others.
func (m *Mailbox) giveBack(from string, to []string, raw []byte) (rest []string) {
	m.mu.Lock()
	deliver, gone := m.deliver, []string{}
	for _, address := range to {
		if m.returning[address] {
			gone = append(gone, address)
			m.counts.Returned++
			continue
		}
		rest = append(rest, address)
	}
	m.mu.Unlock()
	for _, address := range gone {
		if deliver == nil || from == "" { // a report is never reported on (RFC 5321, section 6.1)
			continue
		}
		if err := deliver(from, report(from, address, raw, m.now())); err != nil {
			m.log.Warn("a report could not be delivered", "err", err)
		}
	}
	return rest
}

// report is a delivery status notification (RFC 3464), worded as Postfix words it.
func report(from, to string, raw []byte, now time.Time) []byte {
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	const edge = "4XyZ1q2w3e/mailbox.test"
	text := fmt.Sprintf(`Return-Path: <>
Date: %[1]s
From: MAILER-DAEMON@mailbox.test (Mail Delivery System)
To: %[2]s
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="%[4]s"

--%[4]s
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<%[3]s>: host mx.mailbox.test said: 550 5.1.1 user unknown

--%[4]s
Content-Type: message/delivery-status

Reporting-MTA: dns; mailbox.test

Final-Recipient: rfc822; %[3]s
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <%[3]s> user unknown

--%[4]s
Content-Type: text/rfc822-headers

`, now.Format(time.RFC1123Z), from, to, edge)
	head := bytes.ReplaceAll([]byte(text), []byte("\n"), []byte("\r\n"))
	return append(append(head, header...), []byte("\r\n\r\n--"+edge+"--\r\n")...)
}
