// Package bot is the bot at work: messages come in through channels, wait in
// the store, are answered by the engine, and go out through channels. It never
// decides what is said, and secrets pass through it only on their way out.
package bot

import (
	"context"
	"errors"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// Channel is a way to reach people. A package under bot implements it and knows
// nothing of the others; receiving is its own affair, it only calls an [Accept].
type Channel interface {
	// Send delivers one reply. It is called again with the same Delivery.ID when an
	// earlier call failed or its result was lost. It does not retry by itself.
	// A *SendError says whether and when to try again; other errors are retried.
	// The receipt is the network's id of the message, "" if it has none.
	Send(ctx context.Context, d Delivery) (receipt string, err error)
}

// Delivery is one reply on its way out, with its secrets filled in. It is never stored or logged.
type Delivery struct {
	ID     string // of the outbound: stable across retries
	N      uint64 // of its line in the transcript, 0 if it has none
	Portal string
	To     string                                    // address on the channel: a chat id, a number, an e-mail address
	At     time.Time                                 // when it was decided
	Origin string                                    // the channel's id of the message it answers, "" if none
	Name   string                                    // what the person calls themselves in the chat
	Chat   string                                    // stands for the conversation without saying whose it is; for a [Report]
	Heard  time.Time                                 // arrival of the person's latest message, zero if unknown
	Reply  flows.Reply                               // Text with {code}, {pin} and {link} filled
	URL    string                                    // the link of Reply.Form, or of Reply.File where a channel needs one
	Links  []Link                                    // the pages of Reply.Grants, in their order
	Open   func(ctx context.Context) ([]byte, error) // the bytes of Reply.File
}

// Link is an address to open, and the words on it.
type Link struct{ Label, URL string }

// Accept makes a message safe. A channel acknowledges a message to its network
// only after Accept returned nil; accepting the same id twice is once.
type Accept func(ctx context.Context, k flows.Key, in store.Inbound) error

// SendError is a delivery that failed in a way the channel understands.
type SendError struct {
	Never bool          // this reply cannot be delivered; do not try again
	Gone  bool          // the person cannot be reached on this channel at all: drop what waits for them too
	After time.Duration // otherwise: try again, but not sooner
	Held  bool          // nothing was tried: the channel keeps within a limit of its own, and After is when it may
	Whole bool          // After holds for everything this bot sends, not only for this chat
	Code  string        // what the network answered, for agents to read: "twilio 63018", "telegram 403", "smtp 550 5.1.1", "network"; "" if it said nothing
	Why   string        // of Never: the reason that the dialog hears; "" is "refused"
	Err   error         // for the operator; holds no secret, token or address
}

// Reasons for which a document is never delivered; see [SendError].Why.
const (
	TooLarge = "too_large" // the channel takes no document of that size
	Missing  = "missing"   // it is not there any more, or is no document that may be sent
)

func (e *SendError) Error() string { return "send: " + e.Err.Error() }
func (e *SendError) Unwrap() error { return e.Err }

// AsSendError returns err as a *SendError; any other error is worth another try after a second.
func AsSendError(err error) *SendError {
	if e, ok := errors.AsType[*SendError](err); ok {
		return e
	}
	return &SendError{After: time.Second, Err: err}
}

// Reporter is a [Channel] whose network says only later, in a report, what became
// of a message that it took. A line whose Send returned a receipt stays in the
// record until its [Report], or for [Reporter.Reports].
type Reporter interface {
	Channel
	// Reports is for how long a report is awaited. A line without one then counts as delivered.
	Reports() time.Duration
}

// Report is what a network says about a message that it took.
type Report struct {
	Chat    string     // Delivery.Chat
	Line    string     // Delivery.ID
	N       uint64     // Delivery.N
	Read    bool       // the person even read it
	Receipt string     // the network's id of the message: one of those that Send returned, with a space between
	Err     *SendError // why it did not arrive; nil: it did
}

// Reported takes a report to heart. A channel acknowledges a report to its network
// only after Reported returned nil. The same report twice is once, and one that
// came too late is of no interest.
type Reported func(ctx context.Context, r Report) error
