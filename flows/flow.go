// Package flows is the conversation: what a person may say, what the bot
// answers, and the tables that lead from one to the other.
//
// Nothing here opens a connection or a file. A flow is a table of steps, an
// [Engine] walks it, and everything that must happen outside is returned as
// data, or asked of an interface that a flow's folder declares.
package flows

import (
	"context"
	"io/fs"
	"time"

	"ventanilla/backend/secret"
)

// A Flow is one conversation with a purpose, such as recovering a password.
// Its steps are read from top to bottom: a step that names no next step
// continues with the one written below it.
type Flow struct {
	Name   string
	Steps  []Step
	Texts  fs.FS             // sentences: one YAML file per locale at its root, "es.yaml", "es-AR.yaml"
	Grants map[string]*Form  // pages that links in mails lead to, by Grant.Kind
	Always On                // events that lead here from wherever the dialog stands, also from other flows: "password_set": "done"
	Asides map[string]Aside  // events that are told wherever the dialog stands, which stays where it is: "core_account_locked"
	Beside Beside            // hears what is said of this errand while a sub-dialog asks who the person is; nil: nobody does
	Aids   map[string]Aid    // what agents can do for the person, by the names of the acts
	Moved  map[string]string // where steps that older versions knew went: "old": "new" or "flow/new", for dialogs parked before an upgrade
	// Sub makes it a sub-dialog: other flows lead into it, and [Return] leads back to
	// the first step of the one that did, which finds there what was learned.
	Sub bool
}

// A Step says something, takes an answer, and may do something with it. It
// waits for somebody if it has Take, Form or Wait.
type Step struct {
	Name      string
	Say       string                             // text key, said on arrival; "" says nothing
	Again     string                             // said instead when the step leads back to itself
	Left      string                             // text key, said when the dialog is cancelled or closed here, where something is half done
	Help      string                             // text key, said on "ayuda" and, with the offer of a human, after the third wrong answer
	Why       string                             // text key, said to whoever wants to know what it is asked for; "": Help
	Fill      func(*Turn) []string               // pairs of names and values for the placeholders of the step's texts
	Offer     []string                           // ids of the options shown under it; their labels are the texts "offer_"+id
	Yes       string                             // id of the option that a plain "sí" means; "": the one called "yes"
	Accepts   []string                           // ids of options shown elsewhere that count here, too: a button of an old notice
	Offers    func(*Turn) []Option               // options that depend on the turn, shown before Offer
	Form      *Form                              // one-time web form linked under it
	PIN       func(*Turn) string                 // what {pin} in what is said here derives from, where a mailed link asks for it
	Skip      func(*Turn) bool                   // the question does not arise; nil: it always does
	Take      Take                               // nil if the step waits for no answer in the chat
	Early     Early                              // how what was told before it was asked answers it; nil: it never does
	Do        Do                                 // nil if there is nothing to do
	On        On                                 // where each event leads
	Status    func(context.Context, *Turn) error // says how things stand, on "estado"; nil: the engine's own words
	Label     func(*Turn) string                 // what the kept answer is called, for "corregir"
	Show      func(*Turn) string                 // the kept answer as the person should read it back; nil: as it is
	Tries     int                                // after so many wrong answers the event is "spent"; 0: no end, but help and a human at the third
	Wait      time.Duration                      // after so long in this step the event is "timeout"; 0: never
	Needs     []string                           // earlier steps whose change makes this answer worthless: it is asked again
	Field     func(*Turn) Field                  // the question as a page asks it, in sentences; see [Options.Pages]
	Sensitive bool                               // it asks for a whole identity document or bank account (RULES: wa.policy)
	Mask      func(*Turn) string                 // the kept answer as only its owner knows it again, for chats that may not show it
	Keep      bool                               // the answer is remembered in Values under the step's name; "volver" and "corregir" reach it
	Acts      bool                               // Do changes something outside: "volver" never crosses it
	Veiled    bool                               // what is said in answer leaves at a fixed delay after arrival (RULES: enum.same)
	Free      bool                               // any text is an answer
	Ident     bool                               // the kept answer is an identifier, by which agents find the conversation
	Masked    bool                               // the answer is sensitive: shown masked to agents and in transcripts
	Own       bool                               // the person's own telephone number answers it, shared as a contact or known to the channel
	Guarded   bool                               // a password may be typed here by mistake: what may be one is hidden even in doubt
	Watch     func(*Turn) time.Time              // looks after the step while it waits: called on arrival and at the time it returned; it may say something; zero: no more
	Solves    bool                               // arriving here means that what the person came for is done
	Lasts     func(*Turn) time.Time              // until when what it waits for counts, also after silence closed the dialog: till then one can go on with it; nil: no longer
	Past      func(*Turn) bool                   // it is long done: what answers nothing here begins a conversation anew; nil: it never is
	Rests     bool                               // silence is expected here: no reminder, closed only after a day
}

// Take reads an answer. It returns the value to remember, or the key of the
// text that explains what is wrong with it. A value that names an event of the
// step's table is that event. Take is pure: it is also called to look.
type Take func(t *Turn, in Input) (value, problem string)

// Do acts on the answer and names what happened. "" means "next". An error
// means that nothing is known to have happened: the same turn is tried again
// later, with the same [Turn.Op] keys.
type Do func(context.Context, *Turn) (event string, err error)

// Beside notes what a person says of the errand itself while a sub-dialog asks something else, such as "el último" while a code is
// awaited. It returns the key of the errand's text that says so, "" if that says nothing of the errand.
type Beside func(t *Turn, said string) (key string)

// Aside says something about an event without moving the dialog; the options of what it
// says count where a step names them in Accepts.
type Aside func(context.Context, *Turn) error

// On maps events to steps of the same flow, to [End], to [Return], or to "flow/" for
// the start of another flow and "flow/step" for a place in it.
type On map[string]string

// End is the destination that finishes a dialog.
const End = "end"

// Return is the destination that leads out of a sub-dialog, to the first step of the flow that called it.
const Return = "return"

// Form is a one-time page where a person types what must not pass through the chat.
type Form struct {
	Name   string
	Title  string // text key
	Intro  string // text key; "" for none
	Fields []Field
	// Tells says that the page takes nothing and shows what may not stand in the chat: it asks for the PIN, too.
	Tells bool
	// Veiled makes the page answer a submit at a fixed delay after it arrived, so that how long
	// it took tells nobody whether an account exists (RULES: enum.same).
	Veiled bool
	// Over says, when the page of a mailed link is opened that was not used yet, that it counts no more all the
	// same: the zero Outcome if it does. It changes nothing. nil: it always does.
	Over func(ctx context.Context, t *Turn) (Outcome, error)
	// Check judges while the person types, without acting. It may be nil.
	Check func(ctx context.Context, t *Turn, v FormValues) (Judgement, error)
	// Submit judges and acts, with t.Op keys that are the same when the same request is repeated.
	// Problems mean that nothing happened and the page is shown again.
	Submit func(ctx context.Context, t *Turn, v FormValues) (Outcome, error)
}

// FormValues are what a person typed into a page. They go from the page to the core and nowhere else.
type FormValues map[string]secret.Text

// Field is one thing a page asks.
type Field struct {
	Name         string
	Label        string   // text key; a sentence in what [Step.Field] returns
	Hint         string   // likewise; "" for none
	Kind         string   // "text", "choice", "check" (to be ticked: "yes" or ""), "new-password", "current-password"
	Autocomplete string   // HTML autocomplete token
	Options      []Option // of a choice
	Optional     bool     // may be left empty
	Digits       bool     // a keyboard of digits suffices
	Link         string   // where all of what the label says stands; "" for none
}

// Judgement is what a form thinks of values that are being typed.
type Judgement struct {
	Rules    []Rule            // every rule, with whether it holds now
	Strength int               // 0 to 4, of a new password
	Problems map[string]string // field name: sentence
}

// Rule is one requirement, shown before and while typing.
type Rule struct {
	Text string
	OK   bool
	Core bool // demanded by the organisation, not by us
}

// Outcome is what submitting a form brought.
type Outcome struct {
	Problems map[string]string // field name: sentence; set means that nothing happened
	Event    string            // raised in the dialog: "password_set"
	Values   map[string]string // travel with the event; never a secret
	State    string            // "done", "part"
	Title    string            // what the page shows, as sentences
	Text     string
	Link     string // address to go on to, such as the portal's; "" for none
}
