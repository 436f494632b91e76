package flows

import (
	"fmt"
	"time"
)

// Turn is one answer being worked on. Steps read and write it; it ends with the turn.
type Turn struct {
	ID     string    // the same if the turn is run again
	Key    Key       // whose conversation
	At     time.Time // when the message arrived: expiry is judged by it
	Now    time.Time // when the turn runs
	Input  Input
	Answer string             // what Take returned
	Values map[string]string  // the dialog's slots; a Do may write
	Dialog *Dialog            // the dialog as it will be saved
	Grant  *Grant             // the mailed link through which a form was opened; nil in the chat
	Act    *Act               // what an agent does in this turn; nil: nobody does
	About  About              // while an agent acts, or is told what they can do: whose account this is about
	Pages  bool               // the chat is one where whole document and account numbers are neither asked nor shown; see [Options.Pages]
	Took   int                // how many questions were answered just now by what was told before
	Random func(n int) string // n random bytes in hex; the same in a turn that is run again only if the ids are

	text   func(flow, key string, values map[string]string, pairs ...string) string
	voice  string // the flow that speaks, if it is not the dialog's
	says   []Reply
	audit  []Audit
	idents []Ident
}

// Call is one input on its way through the engine.
type Call struct {
	ID     string    // the same if the turn is run again
	At     time.Time // when the input arrived
	Key    Key
	Dialog Dialog
	Input  Input
	Waits  bool // an earlier message of the person waits until what stands in its way is over
}

// Result is the outcome of one turn: the dialog to remember, the replies to send, the trail to write.
type Result struct {
	Dialog  Dialog
	Replies []Reply
	Audit   []Audit
	Idents  []Ident // used in this turn
	Events  []Event // what is worth counting; nothing that says whose it is
	Outcome string  // what became of an agent's act: [AidDone], or why it was not done; "" if nobody acted
}

// Ident is an identifier that a conversation used. The store keeps of it only by what it is found again.
type Ident struct {
	Kind  string // what it is called: "cuil", "username", "email"; [AccountIdent] is the core's id of an account
	Value string // as it was typed or is known, in any spelling
}

// AccountIdent is the [Ident.Kind] of an account that the person proved to own.
const AccountIdent = "account"

// FormPage is a form in the person's language, ready to be drawn.
type FormPage struct {
	Name, Title, Intro string
	Fields             []Field // Label and Hint are sentences
	PIN                bool    // whether the page asks for the PIN shown in the chat
	Act                string  // the words on the button
	Veiled             bool    // whether a submit is answered at a fixed delay; see [Form]
}

// Audit is one line of the trail of what matters: proofs, changes, views, actions of agents.
type Audit struct {
	What    string            `json:"what"`              // "proof", "password_set", "unlocked", "not_me"
	Account string            `json:"account,omitempty"` // the core's account id
	Who     string            `json:"who,omitempty"`     // "" the person; otherwise the agent
	Detail  map[string]string `json:"detail,omitempty"`  // never a secret
}

// Op returns the idempotency key of an operation of this turn: the same when the turn runs again.
func (t *Turn) Op(name string) string { return t.ID + "/" + name }

// Say adds a reply of one text of the flow, filled with the turn's values and then with the pairs given.
func (t *Turn) Say(key string, pairs ...string) { t.Send(Reply{Text: t.Text(key, pairs...)}) }

// Send adds a reply.
func (t *Turn) Send(r Reply) { t.says = append(t.says, r) }

// Note adds a line to the audit trail; it is written with the answer, in one transaction.
func (t *Turn) Note(a Audit) { t.audit = append(t.audit, a) }

// Ident notes an identifier by which agents find the conversation again; an empty one is none.
func (t *Turn) Ident(kind, value string) {
	if value != "" {
		t.idents = append(t.idents, Ident{Kind: kind, Value: value})
	}
}

// Text returns a sentence of the flow, filled with the turn's values and then with the pairs given.
func (t *Turn) Text(key string, pairs ...string) string {
	if t.voice != "" {
		return t.text(t.voice, key, t.Values, pairs...)
	}
	return t.text(t.Dialog.Flow, key, t.Values, pairs...)
}

// ErrandText is Text of the flow whose errand this is: what a sub-dialog says in its caller's words.
func (t *Turn) ErrandText(key string, pairs ...string) string {
	return t.text(t.Errand(), key, t.Values, pairs...)
}

// Prove remembers that the person owns an account, for [ProofLife] and, as the fact of
// having been proven here once, beyond the dialog. It adds the audit line.
func (t *Turn) Prove(p Proof) {
	t.Dialog.Proof = &p
	if t.Dialog.Memory.Proven == nil {
		t.Dialog.Memory.Proven = map[string]time.Time{}
	}
	t.Dialog.Memory.Proven[p.Account] = p.At
	t.Dialog.Memory.forget(p.At)
	t.Ident(AccountIdent, p.Account)
	t.Note(Audit{What: "proof", Account: p.Account, Detail: map[string]string{"method": p.Method}})
}

// Forget asks that all that is kept of this chat be erased once what was said is
// delivered (RULES: data.retention). The dialog should end with this turn.
func (t *Turn) Forget() { t.Dialog.Memory.Forget = true }

// Later begins the [Reply.To] of what is sent to nobody: the dialog hears of it once its time has come; see [Turn.WakeAt].
const Later = "later"

// WakeAt has the dialog hear an event of the system at a moment, also after it ended or the program was
// restarted. A flow's [Flow.Asides] say what then is to be said. Erasing the person calls it off.
func (t *Turn) WakeAt(at time.Time, event string) {
	t.Send(Reply{To: Later + ":" + event, Ref: Later + "/" + event, Not: at, Until: at.Add(24 * time.Hour)})
}

// Known tells whether this chat proved the account within the last 12 months (RULES: link.chat).
func (t *Turn) Known(account string) bool {
	at, ok := t.Dialog.Memory.Proven[account]
	return ok && t.At.Before(at.AddDate(1, 0, 0))
}

// Errand is the flow whose errand this is: the one that called, in a sub-dialog.
func (t *Turn) Errand() string {
	if t.Dialog.Caller != "" {
		return t.Dialog.Caller
	}
	return t.Dialog.Flow
}

// Mark names the turn in errors, without saying who it is about.
func (t *Turn) Mark() string { return fmt.Sprintf("%s %s/%s", t.Key, t.Dialog.Flow, t.Dialog.Step) }
