package flows

import (
	"log/slog"
	"maps"
	"time"
)

// Key names one conversation: a person on a channel, at an organisation.
type Key struct {
	Portal  string `json:"portal"`  // id of the organisation's profile: "mseg"
	Channel string `json:"channel"` // "telegram", "whatsapp"
	Person  string `json:"person"`  // the channel's own address of the person
}

// String says portal and channel only: who the person is must not reach a log.
func (k Key) String() string { return k.Portal + "/" + k.Channel }

// LogValue implements [slog.LogValuer] like String.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Dialog is where one conversation stands. It is all the engine remembers.
// The zero Dialog is a person who never wrote, or whose dialog ended.
type Dialog struct {
	Flow   string            `json:"flow,omitempty"`
	Step   string            `json:"step,omitempty"`
	Caller string            `json:"caller,omitempty"` // the flow that called the sub-dialog going on, to which it returns
	Want   string            `json:"want,omitempty"`   // what the errand wants of the sub-dialog, as they agree
	Values map[string]string `json:"values,omitempty"` // slots: answers taken, and what steps noted
	Path   []string          `json:"path,omitempty"`   // questions answered so far, in the order of the steps; "volver" goes back along it
	Redo   bool              `json:"redo,omitempty"`   // an earlier answer is being corrected: known ones are not asked again
	Acted  bool              `json:"acted,omitempty"`  // a step already changed something outside, so there is no way back past it
	Asking string            `json:"asking,omitempty"` // a question of the engine's own that stands over the step's: "fix"

	Entered string    `json:"entered,omitempty"` // nonce drawn on arriving from another step, or with a new link
	Since   time.Time `json:"since,omitzero"`    // arrival at this step
	Heard   time.Time `json:"heard,omitzero"`    // arrival of the person's last message
	Nudged  bool      `json:"nudged,omitempty"`  // the reminder of silence was said

	Look time.Time `json:"look,omitzero"` // when the step's Watch wants to look
	Due  time.Time `json:"due,omitzero"`  // when silence needs a "tick"

	Tries int     `json:"tries,omitempty"` // wrong answers to the current question
	Echo  Echo    `json:"echo,omitzero"`   // the latest text, to never say it more than three times in a row
	Proof *Proof  `json:"proof,omitempty"` // who the person proved to be, and when
	Mail  *Mailed `json:"mail,omitempty"`  // what became of the latest code

	Waiting time.Time `json:"waiting,omitzero"` // since when the person waits for a human

	Began  time.Time `json:"began,omitzero"`   // when the errand began
	Helped bool      `json:"helped,omitempty"` // an agent had a part in it
	Solved bool      `json:"solved,omitempty"` // it came to a step that solves it

	Given  []Given  `json:"given,omitempty"`  // what the person told before it was asked
	Todo   []string `json:"todo,omitempty"`   // flows of the errands that were asked for in the same sentence as this one
	Parked *Parked  `json:"parked,omitempty"` // where to return after a question asked in between
	Shown  []Option `json:"shown,omitempty"`  // what stands on the screen to be chosen from and is none of the question's options; until the person says something
	Shares bool     `json:"shares,omitempty"` // a button that shares the person's own contact stands where they write
	Memory Memory   `json:"memory,omitzero"`  // outlives the dialog
}

// Echo counts how often the same text was said in a row.
type Echo struct {
	Key string `json:"key,omitempty"`
	N   int    `json:"n,omitempty"`
}

// Proof says which account the person proved to own, how, and when. It counts
// for [ProofLife] (RULES: talk.idle) and ends at once with "terminar".
type Proof struct {
	Account string    `json:"account"`
	Method  string    `json:"method"`            // "code", "link"
	Address string    `json:"address,omitempty"` // the address that was proven
	At      time.Time `json:"at"`
	Errands []string  `json:"errands,omitempty"` // flows of the errands that rested on it
	Paused  bool      `json:"paused,omitempty"`  // there was a silence since, so that somebody else may hold the phone
	Also    []string  `json:"also,omitempty"`    // other accounts that the same address was proven for
	Until   time.Time `json:"until,omitzero"`    // until when it counts, if an agent made that longer
}

// ProofLife is how long a proof counts.
const ProofLife = 15 * time.Minute

// Valid tells whether the proof still counts at a moment.
func (p *Proof) Valid(at time.Time) bool { return p != nil && at.Before(p.Ends()) }

// Ends is until when the proof counts.
func (p Proof) Ends() time.Time {
	if p.Until.IsZero() {
		return p.At.Add(ProofLife)
	}
	return p.Until
}

// Mailed is what is known of a mail that the dialog waits for.
type Mailed struct {
	Ref   string    `json:"ref"`            // Reply.Ref of the mail
	Asked time.Time `json:"asked"`          // when the mail was put in the outbox
	Taken time.Time `json:"taken,omitzero"` // when a mail server took it
}

// Parked is an errand left for a moment, with what was known of it.
type Parked struct {
	Flow   string            `json:"flow"`
	Step   string            `json:"step"`
	Caller string            `json:"caller,omitempty"`
	Want   string            `json:"want,omitempty"`
	Values map[string]string `json:"values,omitempty"`
	Path   []string          `json:"path,omitempty"`
	Acted  bool              `json:"acted,omitempty"`
	Since  time.Time         `json:"since,omitzero"` // arrival at the step: its Wait goes on meanwhile
	Until  time.Time         `json:"until,omitzero"` // kept so long of a dialog that silence closed; zero: as long as what goes on
	Mail   *Mailed           `json:"mail,omitempty"`
	Began  time.Time         `json:"began,omitzero"`
	Helped bool              `json:"helped,omitempty"`
}

// Memory is what the bot keeps of a person between dialogs.
type Memory struct {
	Privacy time.Time            `json:"privacy,omitzero"` // when the privacy notice was said
	Proven  map[string]time.Time `json:"proven,omitempty"` // account id: latest proof in this chat
	Blocked time.Time            `json:"blocked,omitzero"` // until when "No fui yo" blocks this chat
	Linked  map[string]time.Time `json:"linked,omitempty"` // account id: until when notices about it come here
	Awaited time.Time            `json:"awaited,omitzero"` // when a registration on trust that was asked for here can go on (reg.proof)
	Opinion Opinion              `json:"opinion,omitzero"` // whether the person was asked if it helped
	Forget  bool                 `json:"forget,omitempty"` // the person wants to be erased, see [Turn.Forget]
}

// maxProven is how many accounts one chat is known for: a family's, not a call centre's.
const maxProven = 8

// forget drops proofs of more than 12 months ago (RULES: link.chat), and the oldest of too many.
func (m *Memory) forget(now time.Time) {
	maps.DeleteFunc(m.Proven, func(_ string, at time.Time) bool { return at.AddDate(1, 0, 0).Before(now) })
	for len(m.Proven) > maxProven {
		oldest := ""
		for account, at := range m.Proven {
			if old := m.Proven[oldest]; oldest == "" || at.Before(old) || at.Equal(old) && account < oldest {
				oldest = account
			}
		}
		delete(m.Proven, oldest)
	}
}

// From says who spoke.
type From string

// Who an input can come from.
const (
	Person From = "person"
	Agent  From = "agent"
	System From = "system"
)

// Input is what somebody did, without anything the channel added.
type Input struct {
	From   From              `json:"from"`
	Text   string            `json:"text,omitempty"`   // typed, at most 4096 characters
	Choice string            `json:"choice,omitempty"` // id of the option tapped; counts only if it was offered at this step
	Kind   Kind              `json:"kind,omitempty"`   // what was sent if not text
	Shown  string            `json:"shown,omitempty"`  // Text as transcripts and agents may see it, if it is sensitive
	Phone  string            `json:"phone,omitempty"`  // of a Contact: the person's own number, as the channel vouches for it; "" if it is somebody else's
	Sender string            `json:"sender,omitempty"` // the name the person shows in the chat
	Hidden bool              `json:"hidden,omitempty"` // something that looked like a password was taken out of Text
	Event  string            `json:"event,omitempty"`  // from the system: "password_set", "tick", "sent", "undelivered"
	Ref    string            `json:"ref,omitempty"`    // what the event is about: Reply.Ref; of a Choice, Reply.Entered of the message tapped
	Values map[string]string `json:"values,omitempty"` // what the event brings; never a secret
}

// Kind says what a message is, if it is not text.
type Kind string

// Kinds of message that people send.
const (
	Text     Kind = ""
	Audio    Kind = "audio"
	Photo    Kind = "photo"
	Sticker  Kind = "sticker"
	Location Kind = "location"
	Contact  Kind = "contact"
	Document Kind = "document"
	Video    Kind = "video"
	Edited   Kind = "edited" // the person edited an earlier message
	Other    Kind = "other"
)

// Reply is what the bot says. Each channel shows as much of it as it can.
//
// Placeholders that are secrets stay in Text and are filled only while sending:
// "{code}" of a mail from Code, "{temporary}" of one from Temporary, "{pin}" beside a form's link or from PIN.
type Reply struct {
	To        string      `json:"to,omitempty"`        // "channel:address" such as "email:ana@example.org"; "" answers where the person is
	Title     string      `json:"title,omitempty"`     // a mail's subject
	Text      string      `json:"text"`                // plain text; never markup
	Shown     string      `json:"shown,omitempty"`     // Text as transcripts and agents may see it, if it quotes what is sensitive
	Offer     []Option    `json:"offer,omitempty"`     // what the person may tap
	File      *File       `json:"file,omitempty"`      // a document to deliver
	Form      string      `json:"form,omitempty"`      // the one-time page to link to, by the name of its step's form
	Entered   string      `json:"entered,omitempty"`   // Dialog.Entered of the visit that the reply, its link and its options belong to
	Button    string      `json:"button,omitempty"`    // the words on the link
	Code      *CodeRef    `json:"code,omitempty"`      // the code that {code} stands for
	Grants    []Grant     `json:"grants,omitempty"`    // pages a mail links to, each under its Label
	Temporary *AccountRef `json:"temporary,omitempty"` // the temporary password that {temporary} stands for
	PIN       string      `json:"pin,omitempty"`       // what {pin} derives from beside no form: the Grant.PIN of a mailed link
	Ref       string      `json:"ref,omitempty"`       // set: the dialog hears "sent" or "undelivered" with this Ref
	Share     string      `json:"share,omitempty"`     // the words on a button, where the person writes, that shares their own contact; never beside Offer or a link
	Unshare   bool        `json:"unshare,omitempty"`   // takes that button away again; never beside Offer or a link
	Delete    bool        `json:"delete,omitempty"`    // take the message being answered off the person's screen, where the channel can
	Private   bool        `json:"private,omitempty"`   // not to be forwarded or saved, where the channel can
	Not       time.Time   `json:"not,omitzero"`        // not before
	Until     time.Time   `json:"until,omitzero"`      // worthless afterwards: dropped and reported as undelivered
}

// Over is the Reply.Entered of what is said when a dialog ends: whatever was offered before no longer counts.
const Over = "-"

// Option is one thing the person may choose.
type Option struct {
	ID    string `json:"id"` // at most 32 bytes of a-z 0-9 _ - . /
	Label string `json:"label"`
	Wish  string `json:"wish,omitempty"`  // what choosing it asks for, in the words of somebody who writes it: "noviembre de 2026"
	Shown string `json:"shown,omitempty"` // Label as transcripts and agents may see it, if it quotes what is sensitive
}

// File refers to a document that stays where it is until it is delivered.
type File struct {
	Kind    string `json:"kind"` // "payslip"
	Account string `json:"account"`
	ID      string `json:"id"`
	Name    string `json:"name"`            // as the person will see it, with its ending
	Opens   string `json:"opens,omitempty"` // what it opens with, if the organisation wants it locked: an answer in canonical form; "" asks the core
}

// CodeRef names a code without containing it; see [Codes].
type CodeRef struct {
	Account string `json:"account"`
	Nonce   string `json:"nonce"`
}

// AccountRef names a temporary password without containing it: the core makes it
// when the mail is sent (RULES: temp.keeps). Two mails with the same reference carry the same one.
type AccountRef struct {
	Account string `json:"account"`
	Op      string `json:"op"` // the idempotency key under which the core is asked
}

// Grant is what a link in a mail allows: one act on one account, once, until a moment.
// It is a record of its own in the store and outlives the dialog (RULES: link.token).
type Grant struct {
	ID      string    `json:"id"`              // ≥ 128 random bits, hex
	Kind    string    `json:"kind"`            // names one of a flow's Grants: "not_me", "go_on"
	Label   string    `json:"label,omitempty"` // the words on the link
	Account string    `json:"account"`
	Address string    `json:"address,omitempty"` // where it was mailed to
	Claimed string    `json:"claimed,omitempty"` // the subject of the budgets of who was claimed to be
	Until   time.Time `json:"until"`
	// PIN is what the PIN in the chat derives from, for a page that takes a secret (RULES: link.forwarded):
	// the Ref of the mail. It lives as long as the grant, also when the dialog is gone.
	PIN string `json:"pin,omitempty"`
}
