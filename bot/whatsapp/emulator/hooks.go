package emulator

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's scheme is HMAC-SHA-1
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"time"
)

// Sign returns the X-Twilio-Signature of a form brought to an address
// (https://www.twilio.com/docs/usage/security): HMAC-SHA-1 over the address and every
// parameter with its value, in the order of their names.
func Sign(token, address string, form url.Values) string {
	h := hmac.New(sha1.New, []byte(token))
	h.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, v := range form[name] {
			h.Write([]byte(name + v))
		}
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// emit brings a person's message to the sender's webhook, in order, and lets faults
// delay, double or reorder it.
func (n *Network) emit(c *chat, m *message, form url.Values) {
	token := n.sid("")
	c.waiting = append(c.waiting, waiting{token, form})
	bring := func() { n.bring(c, form, token) }
	f := n.takeDelivery(c)
	switch {
	case f == nil:
		n.follow(&c.in, bring)
		n.release(c)
	case f.Kind == "duplicate":
		n.follow(&c.in, bring)
		n.follow(&c.in, bring)
		n.release(c)
	case f.Kind == "late":
		n.later(f.pause(5*time.Second), bring)
	case f.Kind == "reorder":
		c.held = append(c.held, bring)
		n.later(f.pause(5*time.Second), func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.release(c)
		})
	}
	m.Rev = n.touch()
}

// release lets what was kept back follow.
func (n *Network) release(c *chat) {
	for _, bring := range c.held {
		n.follow(&c.in, bring)
	}
	c.held = nil
}

// later does f after a pause of the network's clock.
func (n *Network) later(pause time.Duration, f func()) {
	if n.ctx.Err() != nil {
		return
	}
	at := n.clock.Now().Add(pause)
	n.tasks.Go(func() {
		if n.clock.WaitUntil(n.ctx, at) == nil {
			f()
		}
	})
}

// bring posts a message to the webhook until it is taken, or too often refused.
// Every attempt carries the same token.
func (n *Network) bring(c *chat, form url.Values, token string) {
	for try := range n.attempts {
		n.mu.Lock()
		address, secret := c.sender.Webhook, c.sender.Token
		n.mu.Unlock()
		if address == "" {
			return
		}
		err := n.post(n.ctx, secret, address, form, token)
		if n.ctx.Err() != nil {
			return
		}
		if err == nil {
			n.taken(c, token)
			return
		}
		n.log.Info("message not taken", "try", try+1, "err", err)
		sleep(n.ctx, min(n.retry<<min(try, 10), 5*time.Second))
	}
	n.taken(c, token)
	n.log.Error("message given up", "message", form.Get("MessageSid"))
}

// taken forgets a message that need not be brought any more.
func (n *Network) taken(c *chat, token string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c.waiting = slices.DeleteFunc(c.waiting, func(w waiting) bool { return w.Token == token })
	n.touch()
}

// sleep waits in real time.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
