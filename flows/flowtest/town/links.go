package town

import (
	"context"
	"slices"
	"time"

	"ventanilla/flows"
)

// Links keep in memory which chats hear of an account.
type Links struct{ chats map[string][]flows.Key }

// Link begins to tell a chat of an account.
func (l *Links) Link(ctx context.Context, k flows.Key, portal, account string, _ time.Time) error {
	if err := l.Unlink(ctx, k, portal, account); err != nil {
		return err
	}
	if l.chats == nil {
		l.chats = map[string][]flows.Key{}
	}
	l.chats[portal+"/"+account] = append(l.chats[portal+"/"+account], k)
	return nil
}

// Unlink ends it.
func (l *Links) Unlink(_ context.Context, k flows.Key, portal, account string) error {
	if l.chats == nil {
		return nil
	}
	l.chats[portal+"/"+account] = slices.DeleteFunc(l.chats[portal+"/"+account], func(x flows.Key) bool { return x == k })
	return nil
}

// Linked are the chats that hear of an account.
func (l *Links) Linked(_ context.Context, portal, account string) ([]flows.Key, error) {
	return slices.Clone(l.chats[portal+"/"+account]), nil
}

// Line has nobody in it, or as many as First says.
type Line struct{ First int }

// Place is how many come first.
func (l *Line) Place(context.Context, flows.Key, time.Time) (int, error) { return l.First, nil }
