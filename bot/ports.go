package bot

import (
	"context"
	"time"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/store"
)

// Conversations is what the worker needs of the store to answer and to deliver
// in the chat. *store.Store is one.
type Conversations interface {
	Accept(ctx context.Context, k flows.Key, in store.Inbound) error
	// Receive is Accept up to the write: Save makes it safe.
	Receive(ctx context.Context, k flows.Key, in store.Inbound) (c *store.Conversation, changed bool, err error)
	Load(ctx context.Context, k flows.Key) (*store.Conversation, error)
	// Save replaces the record, or returns store.ErrConflict if somebody else wrote first.
	Save(ctx context.Context, c *store.Conversation) error
	// Name is a keyed hash that stands for a person in logs and operation ids.
	Name(k flows.Key) string
}

// Aways is what the worker needs of the store for replies that go elsewhere than the chat.
type Aways interface {
	// Done ends a reply that was delivered, or never will be for the reason in failed. One with
	// Outbound.Sent is remembered until Outbound.Known, in case it comes back.
	Done(ctx context.Context, a store.Away, failed string) error
	// PostponeAway keeps a reply until a later moment and counts the try; DelayAway does
	// so for one that was not tried. Both return store.ErrConflict if it changed meanwhile.
	PostponeAway(ctx context.Context, a store.Away, until time.Time) error
	DelayAway(ctx context.Context, a store.Away, until time.Time) error
	// Returned ends a reply for good that was Done before, by its Outbound.Sent; store.ErrNotFound if there is none.
	Returned(ctx context.Context, receipt, failed, code string) (store.Away, error)
}

// Finder finds a conversation by the name that stands for it. *store.Store is one.
type Finder interface {
	// Find returns store.ErrNotFound if there is none.
	Find(ctx context.Context, name string) (*store.Conversation, error)
}

// Eraser forgets a person. *store.Store is one.
type Eraser interface {
	Erase(ctx context.Context, k flows.Key) error
}

// Queue hands out what is due.
type Queue interface {
	Claim(ctx context.Context, n int, lease time.Duration) ([]store.Job, error)
	Release(j store.Job)
	// Settle writes what was put off while the bot was at work.
	Settle(ctx context.Context) error
}

// Engine decides what is said. *flows.Engine is one.
type Engine interface {
	// Handle answers one input. It saves nothing and sends nothing, and may be
	// called again with the same call. An error with a Later method that returns
	// true is an outage; one that returns false will fail again.
	Handle(ctx context.Context, c flows.Call) (flows.Result, error)
	// Notice is one of the engine's own sentences in the person's language: "later", "broken".
	Notice(k flows.Key, key string, pairs ...string) flows.Reply
}

// Links makes the addresses that leave in messages. *link.Signer is one.
type Links interface {
	// Form is the page of the form that a conversation's dialog stands at.
	Form(name, entered string, until time.Time) string
	// Grant is the page that a link in a mail leads to.
	Grant(g flows.Grant) string
	// File is the document of an outbound reply, for channels whose network fetches it.
	File(name, outbound string, until time.Time) string
}

// Files fetches documents from where they are kept. A *[backend.Error] says whether
// trying again helps.
type Files interface {
	Open(ctx context.Context, portal string, f flows.File) ([]byte, error)
}

// Temporaries makes temporary passwords, the same one for the same op. *backend.Client is one.
type Temporaries interface {
	Temporary(ctx context.Context, op, portal, account string) (backend.Temporary, error)
}
