package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"ventanilla/store"
)

// patient is somebody who needs an agent when the world begins: they write as anybody would, and then
// it is made to be some time ago.
type patient struct {
	channel, portal, name string
	lines                 []string
	ago                   time.Duration
}

// patients are people of whom one waits, one has tried twice in vain, and one can soon not be written to any more.
var patients = []patient{
	{"telegram", "mseg", "Elvira", []string{"hola", "quiero hablar con una persona", "es por el recibo de octubre, figura dos veces"}, 12 * time.Minute},
	{"telegram", "miportal", "Anselmo", []string{"no puedo entrar", "no me sale", "el de siempre", "¿qué número?"}, 3 * time.Minute},
	{"whatsapp", "iess", "Washington", []string{"buenas", "necesito hablar con una persona"}, 23*time.Hour + 10*time.Minute},
	{"whatsapp", "segurometal", "Hortensia", []string{"hola", "persona"}, 4 * time.Minute},
}

// crowd lets them write, once the program takes messages. That they are there is nice to have: what
// goes wrong is no reason to end the world.
func (w *World) crowd(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if !w.takes(ctx) {
		return nil
	}
	var all sync.WaitGroup
	for _, p := range patients {
		if !w.has(p.channel, p.portal) {
			continue
		}
		all.Go(func() {
			for _, line := range p.lines {
				if _, err := w.networks[p.channel].Say(p.portal, p.name, line); err != nil {
					break
				}
				w.heard(ctx, p)
			}
			if err := w.earlier(ctx, p); err != nil && ctx.Err() == nil {
				w.log.Warn("somebody of the demo is not as they should be", "err", err)
			}
		})
	}
	all.Wait()
	return nil
}

// quiet is how long a bot says nothing that has said all.
const quiet = 2 * time.Second

// heard waits until the bot has answered and says nothing more.
func (w *World) heard(ctx context.Context, p patient) {
	for net, limit := w.networks[p.channel], 5*quiet; ; limit = quiet {
		lines := net.Phone(p.portal, p.name).Lines
		soon, cancel := context.WithTimeout(ctx, limit)
		err := net.Wait(soon, p.portal, p.name, lines[len(lines)-1].N)
		cancel()
		if err != nil {
			return
		}
	}
}

// takes waits until the program takes messages.
func (w *World) takes(ctx context.Context) bool {
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL()+"/readyz", nil)
		if err != nil {
			return false
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return true
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return false
}

// errNobody is returned if somebody who wrote is not in the store.
var errNobody = errors.New("nobody of that name wrote")

// earlier makes what somebody wrote be some time ago, and marks it as invented.
func (w *World) earlier(ctx context.Context, p patient) error {
	s, _, err := w.program.Past(ctx, 0)
	if err != nil {
		return err
	}
	for after := ""; ; {
		some, err := s.Summaries(ctx, after, 256)
		if err != nil || len(some) == 0 {
			return errors.Join(err, errNobody)
		}
		for _, x := range some {
			if x.Person != p.name || x.Portal != p.portal || x.Flow == "" {
				continue
			}
			c, err := s.Find(ctx, x.Name)
			if err != nil {
				return err
			}
			return s.Update(ctx, c.Key, func(c *store.Conversation) error { return p.age(c, w.clock.Now()) })
		}
		after = some[len(some)-1].Name
	}
}

// age sets the times of a conversation back.
func (p patient) age(c *store.Conversation, now time.Time) error {
	then := now.Add(-p.ago)
	c.Heard, c.Dialog.Since, c.Dialog.Began = then.Truncate(time.Second), then, then
	if !c.Dialog.Waiting.IsZero() {
		c.Dialog.Waiting, c.Dialog.Heard = then, then
		c.Dialog.Due = then.Add(24 * time.Hour)
	}
	if err := c.Label("demo", invented, now); err != nil && !errors.Is(err, store.ErrUnchanged) {
		return fmt.Errorf("marking it: %w", err)
	}
	return nil
}
