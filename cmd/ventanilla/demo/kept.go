package demo

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/flows"
)

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
