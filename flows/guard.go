package flows

import (
	"context"
	"time"
)

// Budget is how often something may happen to one subject in a sliding window.
type Budget struct {
	Kind string        // names the counter
	Max  int           // at most so many; 0 means there is no limit
	Per  time.Duration // within this time
}

// Left is what remains of a budget.
type Left struct {
	OK   bool      // the one asked for was granted
	N    int       // how many remain
	Next time.Time // when the next one comes free, if none remains
}

// Guard keeps the budgets that protect accounts, chats and addresses. Subjects
// are free text such as "account/mseg/17" or "chat/…"; the guard stores only their
// keyed hash. An implementation survives restarts and is exact under races.
type Guard interface {
	// Spend takes one from the budget. The same op within the budget's window
	// counts once, so that a turn that runs again does not spend again.
	Spend(ctx context.Context, subject string, b Budget, op string) (Left, error)
	// Peek tells what remains without taking.
	Peek(ctx context.Context, subject string, b Budget) (Left, error)
	// Clear gives a budget back whole, as a proof does with the tries of a code.
	Clear(ctx context.Context, subject string, kinds ...string) error
	// Freeze stops self-service for a subject until a moment; the zero time thaws it.
	Freeze(ctx context.Context, subject string, until time.Time) error
	// Frozen returns until when the subject is frozen, zero if it is not.
	Frozen(ctx context.Context, subject string) (time.Time, error)
}

// Limits are the numbers of RULES.md that protect people and accounts.
type Limits struct {
	CodeTries    Budget        // per account: strangers' chats together (code.tries)
	CodeTriesOwn Budget        // per account: chats that proved it before (code.tries)
	CodeFails    Budget        // per account: consecutive failures before only a human helps (code.tries)
	CodeMails    Budget        // per account a day, strangers' chats together (code.resend, flood.account)
	CodeMailsOwn Budget        // per account a day, chats that proved it before
	Resend       Budget        // per conversation in 15 minutes (code.resend)
	ResendGap    time.Duration // between two codes (code.resend)
	CodeLife     time.Duration // from when the mail server took it (code.life)
	Starts       Budget        // distinct identities per unproven chat a day (flood.starts)
	PortalMails  Budget        // mails a minute per portal (flood.starts)
	InviteTries  Budget        // keys of invitations per chat a day (reg.proof)
	InviteFails  Budget        // wrong keys per portal an hour, over all chats (reg.proof)
	PINTries     Budget        // per link (link.forwarded)
	Chat         Budget        // messages a minute per person (flood.chat)
	Inbox        int           // messages waiting per person (flood.chat)
	IdentityHold time.Duration // replies to identity answers leave so long after arrival (enum.same)
	Remind       time.Duration // silence before the reminder (talk.idle)
	Close        time.Duration // silence before the dialog closes (talk.idle)
	NewAddresses Budget        // per account and per chat a day: addresses that nobody proved yet and that get a code (flood.account)
	Unlocks      Budget        // per account a day: unlocked by its owner, the password kept (unlock.day)
	DataWait     time.Duration // from personal data and a new address to a registration, for a profile that trusts data (reg.proof)
	DataStarts   Budget        // per account a day: new addresses for which that time begins (reg.proof)
	GrantLife    time.Duration // of a link that travels by mail (link.token)
	FreezeLife   time.Duration // after "No fui yo" (notme)
}

// DefaultLimits are the ones RULES.md asks for.
func DefaultLimits() Limits {
	day := 24 * time.Hour
	return Limits{
		CodeTries:    Budget{"code.tries", 10, day},
		CodeTriesOwn: Budget{"code.tries.own", 10, day},
		CodeFails:    Budget{"code.fails", 100, 10 * 365 * day},
		CodeMails:    Budget{"code.mails", 5, day},
		CodeMailsOwn: Budget{"code.mails.own", 5, day},
		Resend:       Budget{"code.resend", 3, 15 * time.Minute},
		ResendGap:    time.Minute,
		CodeLife:     10 * time.Minute,
		Starts:       Budget{"flood.starts", 3, day},
		PortalMails:  Budget{"flood.mails", 600, time.Minute},
		InviteTries:  Budget{"invite.tries", 5, day},
		InviteFails:  Budget{"invite.fails", 100, time.Hour},
		PINTries:     Budget{"link.pin", 5, day},
		Chat:         Budget{"flood.chat", 30, time.Minute},
		Inbox:        32,
		IdentityHold: 1500 * time.Millisecond,
		Remind:       5 * time.Minute,
		Close:        30 * time.Minute,
		NewAddresses: Budget{"address.new", 5, day},
		Unlocks:      Budget{"unlock.day", 3, day},
		DataWait:     3 * day,
		DataStarts:   Budget{"trust.starts", 3, day},
		GrantLife:    15 * time.Minute,
		FreezeLife:   7 * day,
	}
}

// NoLimits is for load tests: nothing is counted and nothing waits. Times that
// end things (a code's life, silence) stay as they are.
func NoLimits() Limits {
	l := DefaultLimits()
	for _, b := range []*Budget{&l.CodeTries, &l.CodeTriesOwn, &l.CodeFails, &l.CodeMails, &l.CodeMailsOwn,
		&l.Resend, &l.Starts, &l.PortalMails, &l.InviteTries, &l.InviteFails, &l.PINTries, &l.Unlocks, &l.NewAddresses, &l.DataStarts, &l.Chat} {
		b.Max = 0
	}
	l.ResendGap, l.IdentityHold, l.Inbox = 0, 0, 1<<20
	return l
}
