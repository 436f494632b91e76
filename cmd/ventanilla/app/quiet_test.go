package app

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// browse returns a page, "" if there was no good answer.
func browse(resp *http.Response, err error) string {
	if err != nil {
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 500 {
		return ""
	}
	return string(b)
}

// quiet waits until nothing is left to do: no message waits, no line, no mail.
func (w *world) quiet() {
	w.t.Helper()
	w.until("nothing is left to do", func() bool {
		a := w.running()
		return a != nil && !w.power.isDead() && a.idle(w.t.Context()) && w.net.Settled()
	})
}

// idle tells whether no entry of the store has work to do now.
func (a *App) idle(ctx context.Context) bool {
	now := a.opt.Clock.Now()
	for after := ""; ; {
		es, err := a.kv.List(ctx, "", after, 256)
		if err != nil {
			return false
		}
		if len(es) == 0 {
			return true
		}
		for _, e := range es {
			if strings.HasPrefix(e.Key, "o.") || !e.Due.IsZero() && !e.Due.After(now) || a.attended(ctx, e.Key, now) {
				return false
			}
			after = e.Key
		}
	}
}

// attended tells whether the entry is a conversation in which there is something to do now, and somebody is
// at it: its entry names a later time.
func (a *App) attended(ctx context.Context, key string, now time.Time) bool {
	name, is := strings.CutPrefix(key, "c.")
	if !is {
		return false
	}
	c, err := a.store.Find(ctx, name)
	return err == nil && !c.Due().IsZero() && !c.Due().After(now)
}
