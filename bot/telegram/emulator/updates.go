package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// update is one thing that a bot is to hear of.
type update struct {
	id   int64
	kind string // "message", "edited_message", "callback_query", "my_chat_member"
	body any
	at   time.Time
}

// keepTime is how long the network keeps what nobody fetched.
const keepTime = 24 * time.Hour

// MarshalJSON writes the Update object.
func (u update) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"update_id": u.id, u.kind: u.body})
}

// emit queues an update for a bot, unless it does not want this kind, and lets
// faults delay, double or reorder it.
func (n *Network) emit(b *account, p *person, kind string, body any) {
	if len(b.hook.allowed) > 0 && !slices.Contains(b.hook.allowed, kind) {
		return
	}
	n.updates++
	u := update{id: n.updates, kind: kind, body: body, at: n.clock.Now()}
	f := n.takeDelivery(b, p)
	switch {
	case f == nil:
		n.push(b, u)
	case f.Kind == "duplicate":
		n.push(b, u)
		n.push(b, u)
	case f.Kind == "late":
		n.later(f.pause(5*time.Second), func() { n.push(b, u) })
	case f.Kind == "reorder":
		if b.held != nil { // one at a time: another would be forgotten
			n.release(b, b.held.id)
		}
		b.held = &u
		n.later(f.pause(5*time.Second), func() { n.release(b, u.id) })
	}
}

// push puts an update into the bot's queue, and one that was held back behind it.
func (n *Network) push(b *account, u update) {
	// Whoever polls acknowledges by number: a late update needs a new one, or it would be lost.
	if b.hook.url == "" && u.id < b.pushed {
		n.updates++
		u.id = n.updates
	}
	b.pushed = max(b.pushed, u.id)
	b.queue = append(b.queue, u)
	n.touch()
	if b.held != nil && b.held.id != u.id {
		n.release(b, b.held.id)
	}
}

// release queues the update that was held back, if it still is.
func (n *Network) release(b *account, id int64) {
	if b.held == nil || b.held.id != id {
		return
	}
	u := *b.held
	b.held = nil
	n.push(b, u)
}

// later does f under the lock after a pause of the network's clock.
func (n *Network) later(pause time.Duration, f func()) {
	if n.ctx.Err() != nil {
		return
	}
	at := n.clock.Now().Add(pause)
	n.tasks.Go(func() {
		if n.clock.WaitUntil(n.ctx, at) == nil {
			n.mu.Lock()
			defer n.mu.Unlock()
			f()
		}
	})
}

// deliver brings a bot's updates to its webhook, one by one and in order, until the network closes.
func (n *Network) deliver(b *account) {
	failures := 0
	for {
		var u update
		var h hook
		err := n.await(n.ctx, func() bool {
			n.forget(b)
			if len(b.queue) == 0 || b.hook.url == "" {
				return false
			}
			u, h = b.queue[0], b.hook
			return true
		})
		if err != nil {
			return
		}
		if err := n.postUpdate(h, u); err != nil {
			failures++
			n.hookFailed(b, err)
			sleep(n.ctx, min(n.retry<<min(failures-1, 10), 5*time.Second))
			continue
		}
		failures = 0
		n.taken(b, u)
	}
}

// forget drops what is too old.
func (n *Network) forget(b *account) {
	now := n.clock.Now()
	b.queue = slices.DeleteFunc(b.queue, func(u update) bool { return now.Sub(u.at) > keepTime })
}

// taken removes a delivered update, which is the first unless somebody emptied the queue meanwhile.
func (n *Network) taken(b *account, u update) {
	n.mu.Lock()
	defer n.mu.Unlock()
	b.hook.lastError = ""
	if len(b.queue) > 0 && b.queue[0].id == u.id {
		b.queue = b.queue[1:]
	}
	n.touch()
}

func (n *Network) hookFailed(b *account, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	b.hook.lastError, b.hook.failedAt = err.Error(), n.clock.Now()
	n.touch()
}

func (n *Network) postUpdate(h hook, u update) error {
	body, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("writing an update: %w", err)
	}
	req, err := http.NewRequestWithContext(n.ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("asking the webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	resp, err := n.http.Do(req)
	if err != nil {
		return fmt.Errorf("asking the webhook: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("wrong response from the webhook: %s", resp.Status)
	}
	return nil
}

// getUpdates is long polling. It takes the lock itself, because it waits.
func (n *Network) getUpdates(c *call) (any, *refusal) {
	n.mu.Lock()
	if c.bot.hook.url != "" {
		n.mu.Unlock()
		return nil, refuse(http.StatusConflict, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	}
	c.bot.endPoll()
	mine := make(chan struct{})
	c.bot.poll = mine
	if list, ok := c.args["allowed_updates"].([]any); ok {
		c.bot.hook.allowed = names(list)
	}
	n.confirm(c.bot, c.num("offset"))
	n.mu.Unlock()
	out, no := n.poll(c, mine)
	n.mu.Lock()
	defer n.mu.Unlock()
	if c.bot.poll == mine {
		c.bot.poll = nil
	}
	return out, no
}

// endPoll ends the getUpdates that is waiting, if one is.
func (b *account) endPoll() {
	if b.poll != nil {
		close(b.poll)
		b.poll = nil
	}
}

// confirm forgets what the offset acknowledges; a negative one keeps only the last.
func (n *Network) confirm(b *account, offset int64) {
	n.forget(b)
	if offset < 0 {
		b.queue = b.queue[max(0, len(b.queue)+int(offset)):]
		return
	}
	b.queue = slices.DeleteFunc(b.queue, func(u update) bool { return u.id < offset })
}

// poll waits for something to give out. Its time is real: it is a socket's.
func (n *Network) poll(c *call, mine chan struct{}) (any, *refusal) {
	ctx, cancel := context.WithTimeout(c.ctx, time.Duration(min(c.num("timeout"), 50))*time.Second)
	defer cancel()
	go func() {
		select {
		case <-mine:
			cancel()
		case <-ctx.Done():
		}
	}()
	limit := int(c.num("limit"))
	if limit < 1 || limit > 100 {
		limit = 100
	}
	out := []update{}
	_ = n.await(ctx, func() bool { // no updates in time is an answer too
		out = append(out[:0], c.bot.queue[:min(limit, len(c.bot.queue))]...)
		return len(out) > 0
	})
	select {
	case <-mine:
		n.mu.Lock()
		defer n.mu.Unlock()
		if c.bot.hook.url != "" {
			return nil, refuse(http.StatusConflict, "Conflict: terminated by setWebhook request")
		}
		return nil, refuse(http.StatusConflict, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
	default:
		return out, nil
	}
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
