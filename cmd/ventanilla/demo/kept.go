package demo

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/cmd/ventanilla/app"
	"ventanilla/flows"
)

// listenAgain listens where this world did the last time, so that agents' pages that stayed open find it again, and
// elsewhere if somebody else is there by now. The address is kept in a file.
func listenAgain(ctx context.Context, file string) (net.Listener, error) {
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading where the demo listened: %w", err)
	}
	l, err := app.Listen(ctx, "127.0.0.1:"+portBefore(string(before)))
	if err != nil {
		l, err = app.Listen(ctx, "127.0.0.1:0")
	}
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, []byte(portOf(l.Addr())+"\n"), 0o600); err != nil {
		_ = l.Close() // nothing came yet
		return nil, fmt.Errorf("writing down where the demo listens: %w", err)
	}
	return l, nil
}

// portBefore is a port that was written down, "0" if that is none.
func portBefore(text string) string {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil {
		return "0"
	}
	return strconv.FormatUint(n, 10)
}

// keptClock is the world's clock with a memory: a world that is opened again must
// not fall behind what its store already knows.
type keptClock struct {
	clock *flows.Clock
	file  string
	mu    sync.Mutex
	ahead time.Duration
}

func keepClock(c *flows.Clock, file string) (*keptClock, error) {
	k := &keptClock{clock: c, file: file}
	text, err := os.ReadFile(file)
	if err == nil {
		k.ahead, err = time.ParseDuration(strings.TrimSpace(string(text)))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading how far the demo's clock is: %w", err)
	}
	c.Advance(k.ahead)
	return k, nil
}

// advance moves the clock once it is written down that it moved.
func (k *keptClock) advance(d time.Duration) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := os.WriteFile(k.file, []byte((k.ahead+d).String()+"\n"), 0o600); err != nil {
		return fmt.Errorf("writing down how far the demo's clock is: %w", err)
	}
	k.ahead += d
	k.clock.Advance(d)
	return nil
}

// secrets derives every secret of this world from one that is kept with its data.
type secrets struct{ seed string }

func loadSecrets(file string) (secrets, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		b = make([]byte, 32)
		_, _ = rand.Read(b) // never fails: it ends the program instead
		b = []byte(hex.EncodeToString(b))
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		return secrets{}, fmt.Errorf("keeping the demo's secrets: %w", err)
	}
	return secrets{string(b)}, nil
}

// named is the secret of one purpose.
func (s secrets) named(purpose string) secret.Text {
	return secret.Text(hex.EncodeToString(hmacSum(s.seed, purpose)))
}

// token is a bot's, in the form that Telegram's have.
func (s secrets) token(portal string) secret.Text {
	return secret.Text("5000000001:" + hex.EncodeToString(hmacSum(s.seed, "token "+portal))[:35])
}

func hmacSum(key, text string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return h.Sum(nil)
}
