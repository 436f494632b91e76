package store

import (
	"time"

	"ventanilla/flows"
)

// Conversation is everything kept about one conversation, in one record.
type Conversation struct {
	Schema  int          `json:"v"`
	Key     flows.Key    `json:"key"`
	Name    string       `json:"name,omitempty"` // what the person calls themselves in the chat
	Dialog  flows.Dialog `json:"dialog,omitzero"`
	Turns   uint64       `json:"turns,omitempty"` // answers so far: the dialog's revision
	Lines   uint64       `json:"lines,omitempty"` // transcript lines so far
	Page    string       `json:"page,omitempty"`  // when the latest of them were written; see page
	Inbox   []Inbound    `json:"inbox,omitempty"`
	Outbox  []Outbound   `json:"outbox,omitempty"` // the chat's own lane, in order
	Holder  *Holder      `json:"holder,omitempty"` // the agent who speaks instead of the bot
	Pleas   []Plea       `json:"pleas,omitempty"`  // what agents ask for that takes a second one
	Stuck   *Stuck       `json:"stuck,omitempty"`  // why the oldest message is not answered yet
	Claim   *FormClaim   `json:"claim,omitempty"`  // the web request that may submit the step's form
	Flood   Flood        `json:"flood,omitzero"`
	Heard   time.Time    `json:"heard,omitzero"`    // arrival of the person's latest message, to the second
	Fates   Fates        `json:"fates,omitzero"`    // of the lines that left the outbox
	Care    *Care        `json:"care,omitempty"`    // what agents arrange among themselves
	Idents  []string     `json:"idents,omitempty"`  // by which identifiers it is found: keyed hashes, each with the day of the latest use
	Muted   time.Time    `json:"muted,omitzero"`    // since when the person wants to hear nothing here; see [OptOut]
	Chain   Chain        `json:"chain,omitzero"`    // head of the audit trail
	Marks   Marks        `json:"marks,omitzero"`    // which messages were accepted lately
	Erased  time.Time    `json:"erased,omitzero"`   // when the person's data was erased; the record is a tombstone since
	Erasing bool         `json:"erasing,omitempty"` // what lies beside the tombstone is not all removed yet
	name    string       // Store.Name of the key
	rev     uint64
	queue   queue  // what the next Save writes beside the record
	shown   []byte // the console's summary as it is stored

	cared   []byte // what agents arranged, as it is stored beside the record
	acting  bool   // what is said is the answer to what the agent does who holds it
	arrived string // where an answer led, until a line says so

	waiting string // the key of its entry among those who wait, as it is stored

	blocks   []byte    // marks that left the record
	blocksAt time.Time // when they were read; zero: not yet

	attended time.Time // see [Conversation.Attend]
	hand     *hand     // where it goes when it is left
	due      time.Time // of the entry, as it was loaded or saved
	gone     []string  // lines that left, which the record does not know yet
}

// Inbound is a message that was accepted and not yet answered.
type Inbound struct {
	ID     string      `json:"id"`               // given by the channel, the same if the network sends it again
	At     time.Time   `json:"at"`               // when it arrived here
	Name   string      `json:"name,omitempty"`   // display name of the sender
	Origin string      `json:"origin,omitempty"` // the channel's own id of the message, to delete it or to edit its keyboard
	Opt    string      `json:"opt,omitempty"`    // [OptOut] or [OptIn]
	Order  uint64      `json:"-"`                // grows with each message that the network sends in a conversation; 0: it does not say
	Input  flows.Input `json:"input"`

	Failures int `json:"failures,omitempty"` // turns that failed, but for an outage
}

// Outbound is a reply that was decided and not yet delivered.
type Outbound struct {
	ID     string      `json:"id"`
	At     time.Time   `json:"at"`               // when it was decided
	Origin string      `json:"origin,omitempty"` // Inbound.Origin of the message it answers
	Reply  flows.Reply `json:"reply"`
	Tries  int         `json:"tries,omitempty"`
	Not    time.Time   `json:"not,omitzero"`   // not before
	Until  time.Time   `json:"until,omitzero"` // worthless afterwards
	Sent   string      `json:"sent,omitempty"` // the network's ids, while its fate is not known yet
	Known  time.Time   `json:"known,omitzero"` // from then on a line that is Sent counts as delivered
	N      uint64      `json:"n,omitempty"`    // of its line in the transcript
	Why    string      `json:"why,omitempty"`  // the network's code of the latest failure, such as "twilio 63018"
}

// FormClaim is a web request's right to submit the form of one visit to a step.
// Only the request that holds it may repeat, so that a double tap acts once
// (RULES: link.twice).
type FormClaim struct {
	Entered string    `json:"entered"` // Dialog.Entered of the visit
	Request string    `json:"request"`
	Until   time.Time `json:"until"`
}

// Away is a reply for somewhere else than the conversation's own chat, such as a
// mail. It is an entry of its own, so that a mail server that is down delays no chat line.
type Away struct {
	Key flows.Key `json:"key"` // the conversation that decided it
	Out Outbound  `json:"out"`
	rev uint64
}

// Holder is the agent who holds a conversation; while one does, the engine is out.
type Holder struct {
	Agent string    `json:"agent"`
	Since time.Time `json:"since"`
}

// Stuck is the oldest message's history of failures.
type Stuck struct {
	ID      string    `json:"id"`
	Since   time.Time `json:"since"`
	Tries   int       `json:"tries"`
	Next    time.Time `json:"next"`              // when to try again
	Noticed bool      `json:"noticed,omitempty"` // the person was told
	Why     string    `json:"why,omitempty"`     // what the latest failure was, such as "core unavailable"
	Waiting int       `json:"waiting,omitempty"` // messages in the inbox when it was last tried: one more is looked at without waiting for Next
}

// Flood counts a person's messages of the current minute (RULES: flood.chat).
// The minute before counts for the part of it that a sliding minute still covers.
type Flood struct {
	From time.Time `json:"from,omitzero"`
	N    int       `json:"n,omitempty"`
	Prev int       `json:"prev,omitempty"` // messages of the minute before
	Told bool      `json:"told,omitempty"` // the notice was given in this minute
}

// Chain is the head of a record's audit trail: how many lines, and the hash of the last.
type Chain struct {
	N    uint64 `json:"n,omitempty"`
	Head []byte `json:"head,omitempty"`
}
