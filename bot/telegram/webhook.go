package telegram

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"time"
)

// secretHeader carries what setWebhook was given (RULES: tg.secret).
const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

// maxUpdate bounds the body of one update; real ones stay below 100 KB.
const maxUpdate = 1 << 20

// ServeHTTP is the webhook. It answers 401 and does nothing when the secret is
// absent or wrong, 503 when the message could not be made safe, so that Telegram
// brings it again, and 200 only once it is safe or has no effect.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "POST only", http.StatusMethodNotAllowed)
		return
	}
	if !c.trusted(r.Header.Values(secretHeader)) {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	if c.crowd.enter(r.Context()) {
		defer c.crowd.leave()
	}
	body, err := bodyOf(w, r)
	if err != nil {
		status := http.StatusBadRequest
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, http.StatusText(status), status)
		return
	}
	a, err := c.read(body)
	if err != nil {
		http.Error(w, "not an update", http.StatusBadRequest)
		return
	}
	if err := c.receive(r.Context(), a); err != nil {
		c.log.Error("message not accepted", "id", a.in.ID, "err", err)
		w.Header().Set("Retry-After", "1")
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// trusted compares in constant time. Without a secret of our own nothing is trusted.
func (c *Channel) trusted(shown []string) bool {
	if c.keys.hook == "" || len(shown) != 1 {
		return false
	}
	got := sha256.Sum256([]byte(shown[0]))
	return subtle.ConstantTimeCompare(got[:], c.keys.hookSum[:]) == 1
}

// crowd bounds how many updates are read and answered at a time. Who waits outside holds
// a connection and little else: a thousand who all waited within took 10 MB more.
type crowd chan struct{}

const (
	maxCrowd = 128
	// crowdTime is how long an update waits outside; then it is read all the same.
	crowdTime = time.Second
)

// enter waits for a place; true means that leave must follow.
func (c crowd) enter(ctx context.Context) bool {
	select {
	case c <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(crowdTime)
	defer timer.Stop()
	select {
	case c <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (c crowd) leave() { <-c }

// receive makes an arrival safe; afterwards, and only then, a tap is answered to the network.
func (c *Channel) receive(ctx context.Context, a arrival) error {
	arrived := time.Now()
	if a.tap != nil {
		// Forgotten before the answer can be sent, or the answer would take the same buttons away again.
		c.boards.drop(a.key.Person, func(b board) bool { return b.message != a.in.Origin })
	}
	if a.in.ID != "" {
		if err := c.accept(ctx, a.key, a.in); err != nil {
			return err
		}
	}
	if a.tap != nil {
		c.answer(arrived, a)
	}
	return nil
}
