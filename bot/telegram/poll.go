package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

const (
	pollTime = 25 * time.Second // how long the network holds a question open
	pollMore = 15 * time.Second // how much longer an answer may take
	maxPause = 30 * time.Second
	maxStuck = 2 * time.Second // between two tries to make a message safe: others' come meanwhile
)

// Poll asks the network for messages until ctx ends, and then returns nil. It takes
// a webhook away first. A message counts as received only once it is safe: until
// then the network is asked for it again. Only one poller may run for a bot; while
// another does, this one waits and says so in the log.
func (c *Channel) Poll(ctx context.Context) error {
	c.unhook(ctx)
	if err := c.menu(ctx); err != nil && ctx.Err() == nil {
		c.log.Warn("commands not registered", "err", err)
	}
	p := poller{c: c, safe: map[int64]bool{}, refused: map[string]int{}}
	failures := 0
	for ctx.Err() == nil {
		err := p.once(ctx)
		if err == nil {
			failures = 0
			continue
		}
		failures++
		if ctx.Err() == nil {
			c.pollFailed(ctx, err, failures)
		}
	}
	return nil
}

// unhook takes the webhook away, or else the network gives out no updates. It is
// tried a few times only: pollFailed does it again when the network insists.
func (c *Channel) unhook(ctx context.Context) {
	for n := 1; n <= 3 && ctx.Err() == nil; n++ {
		err := c.do(ctx, "deleteWebhook", nil)
		if err == nil {
			return
		}
		c.log.Warn("webhook not removed", "err", err)
		if n < 3 {
			c.pause(ctx, pauseAfter(err, n))
		}
	}
}

func (c *Channel) getUpdates(ctx context.Context, offset int64) (updates []json.RawMessage, err error) {
	allowed, err := json.Marshal(wanted)
	if err != nil {
		return nil, fmt.Errorf("naming the updates wanted: %w", err)
	}
	p := tgbotapi.Params{"timeout": strconv.Itoa(int(pollTime / time.Second)), "allowed_updates": string(allowed)}
	p.AddNonZero64("offset", offset)
	ctx, cancel := context.WithTimeout(ctx, pollTime+pollMore)
	defer cancel()
	raw, err := c.call(ctx, "getUpdates", p)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &updates); err != nil {
		return nil, fmt.Errorf("reading the updates: %w", err)
	}
	return updates, nil
}

func updateID(raw json.RawMessage) (int64, bool) {
	var u struct {
		ID int64 `json:"update_id"`
	}
	err := json.Unmarshal(raw, &u)
	return u.ID, err == nil && u.ID > 0
}

// pollFailed logs, mends what it can, and waits.
func (c *Channel) pollFailed(ctx context.Context, err error, failures int) {
	refusal, ok := errors.AsType[*apiError](err)
	if ok && refusal.code == http.StatusConflict {
		if strings.Contains(strings.ToLower(refusal.text), "webhook") {
			c.log.Warn("a webhook was set while polling: removing it")
			c.unhook(ctx)
		} else {
			c.log.Error("another program polls for the same bot: only one may", "err", err)
			failures = max(failures, 3)
		}
	} else {
		c.log.Warn("polling failed", "err", err, "failures", failures)
	}
	c.pause(ctx, pauseAfter(err, failures))
}

// pauseAfter doubles from a quarter of a second, and is never shorter than the network asked for.
func pauseAfter(err error, failures int) time.Duration {
	longest := maxPause
	if errors.Is(err, errUnsafe) {
		longest = maxStuck
	}
	pause := min(250*time.Millisecond<<min(failures-1, 10), longest)
	if refusal, ok := errors.AsType[*apiError](err); ok {
		pause = max(pause, refusal.after)
	}
	return pause
}

func (c *Channel) pause(ctx context.Context, d time.Duration) {
	_ = c.clock.WaitUntil(ctx, c.clock.Now().Add(d)) // the caller looks at ctx itself
}
