package whatsapp

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// clean deletes the document that the network keeps of a message (RULES:
// wa.limits), soon and once; several reports on a message ask for it.
func (c *Channel) clean(sid string) {
	if !c.cleaned.first(sid) {
		return
	}
	c.later(func(ctx context.Context) {
		err := c.deleteMedia(ctx, sid)
		for try := 1; err != nil && try < 3 && ctx.Err() == nil; try++ {
			rest(ctx, time.Duration(try)*time.Second)
			err = c.deleteMedia(ctx, sid)
		}
		if err != nil {
			c.log.Error("a document was not deleted at the network: delete it there by hand", "message", sid, "err", err)
		}
	})
}

// cleanUnreported deletes the document of a message on which nothing was reported
// for as long as reports are awaited. One that a restart forgets was reported on, or
// stays at the network for as long as the account is set to keep media.
func (c *Channel) cleanUnreported(sid string) {
	at := c.clock.Now().Add(ReportTime)
	c.tidying.Go(func() {
		if c.clock.WaitUntil(c.life, at) == nil {
			c.clean(sid)
		}
	})
}

func (c *Channel) deleteMedia(ctx context.Context, sid string) error {
	list, err := ask(ctx, c, "PageMedia", func(api *service) (*mediaList, error) { return api.PageMedia(sid, nil, "", "") })
	if err != nil {
		return missing(err)
	}
	for _, m := range list.MediaList {
		_, err := ask(ctx, c, "DeleteMedia", func(api *service) (struct{}, error) {
			return struct{}{}, api.DeleteMedia(sid, value(m.Sid), nil)
		})
		if missing(err) != nil {
			return err
		}
	}
	return nil
}

// missing is the error unless it says that what was to be deleted is not there.
func missing(err error) error {
	if e, ok := errors.AsType[*apiError](err); ok && e.http == http.StatusNotFound {
		return nil
	}
	return err
}

// later runs f soon, bounded in number and time. When too many run already, it runs f now.
func (c *Channel) later(f func(ctx context.Context)) {
	run := func() {
		ctx, cancel := context.WithTimeout(context.Background(), callTime)
		defer cancel()
		f(ctx)
	}
	select {
	case c.slots <- struct{}{}:
		c.tidying.Go(func() { defer func() { <-c.slots }(); run() })
	default:
		run()
	}
}

func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// cleaned remembers the latest messages whose document was deleted.
type cleaned struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (s *cleaned) first(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids[id] {
		return false
	}
	if s.ids == nil || len(s.ids) >= maxForms {
		s.ids = map[string]bool{}
	}
	s.ids[id] = true
	return true
}
