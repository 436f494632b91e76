package flows

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// AidEvent begins the [Input.Event] of what an agent does for the person: "aid/unlock". Such an
// input is From an [Agent] and has no Text. Its Values are those named Aid….
const AidEvent = "aid/"

// What the Values of an agent's act hold.
const (
	AidAccount = "account" // whom it is about, as it was when the agent chose
	AidReason  = "reason"  // why, in the agent's words
	AidSecond  = "second"  // the agent who allowed it, where that takes two
	AidChecked = "checked" // what was checked in person, in the agent's words
)

// AidDone is the [Result.Outcome] of an act that was done.
const AidDone = "done"

// Who says who may do an act (RULES: agent.never).
type Who int

// Who may do an act.
const (
	// One agent: what it is about needs nobody's proof, or the person proves it next.
	One Who = iota
	// OneIfProven is one agent for the account that this conversation proved a short while ago, two for any other.
	OneIfProven
	// OneIfKnown is one agent for an account that this chat proved at any time, two for any other.
	OneIfKnown
	// OneProven is one agent for the account that this conversation proved a short while ago, and nobody for any other.
	OneProven
	// Two agents always, of whom the one who asks says what they checked in person.
	Two
)

// Aid is something that an agent can do for the person of a dialog: one entry of [Flow.Aids] is all that it takes,
// beside its words ("aid_NAME", "aid_NAME_hint" and "aid_was_REFUSAL" of bot/console/words). It runs in a turn like
// any answer, under the turn's own keys, so that it is done once however often it is asked for.
type Aid struct {
	Who Who
	// Able looks, without changing anything, whether it can be done now. It is given what Who and [Turn.About] say, and
	// returns that with more accounts or why it cannot be done; how many agents that takes is not for it to say. nil: nothing else stands in its way.
	Able func(context.Context, *Turn, Chance) (Chance, error)
	// Do acts, as [Turn.Act] says. A refusal names why nothing was done, and leaves the dialog as it was. nil: there is nothing to do.
	Do func(context.Context, *Turn) (refusal string, err error)
	// Refuses is every refusal of Able and Do, and every event by which the tables say, after Step, that nothing came of it.
	// Those that Who and the engine bring are not repeated here; see [Engine.Acts].
	Refuses []string

	Say  string // text key, said beside the open question; "" says nothing
	Step string // where the dialog goes on, with what the person answered so far; "": it stays where it is

	Quiet bool // it needs no answer of the person, who may be out of reach
	Place int  // where it is shown among all acts: the lower the earlier
}

// Chance is whether an agent can do something for the person of a dialog now.
type Chance struct {
	Act      string
	Accounts []Option // about whom; more than one: the agent says which
	Second   bool     // the conversation proved no account a short while ago, so another agent has to allow it (RULES: agent.never)
	Checked  bool     // the agent has to say what was checked in person
	Why      string   // why it cannot be done: "no_step", "no_account"; "" it can
	Quiet    bool     // as [Aid.Quiet] says
}

// About is whose account a dialog is about, as far as the person said or proved it.
type About struct {
	Proven   bool     // by a fresh proof of the one account
	Accounts []Option // ids and labels; none: nobody, or it was not said yet
}

// Act is what an agent does in a turn.
type Act struct {
	Account string // the core's id; "" if it is about none
	Vouched bool   // two agents stand for who the person is, and no proof does
}

// Chances are all acts that agents know, with whether each can be done now, in the order of their places. It changes nothing.
func (e *Engine) Chances(ctx context.Context, k Key, d Dialog) (all []Chance, err error) {
	r := e.begin(Call{Key: k, At: e.now(), Dialog: d})
	r.stand()
	if err := r.about(ctx); err != nil {
		return nil, err
	}
	for _, a := range e.acts() {
		c, err := r.chance(ctx, a)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// stand goes to the errand that was left for a person, as if that had not been: it is what an agent helps with.
func (r *run) stand() {
	if p := r.d.Parked; p != nil && (r.s == nil || r.d.Flow == r.e.human) {
		if m, s := r.e.find(p.Flow, p.Step); s != nil {
			r.unpark(m, s)
		}
	}
}

func (r *run) about(ctx context.Context) (err error) {
	if r.e.whose != nil {
		r.t.About, err = r.e.whose(ctx, r.t)
	}
	return err
}

// aided does what an agent asked for. Whether it can be done is judged now, by what holds at this
// moment; what was refused changes nothing and says nothing to the person.
func (r *run) aided(ctx context.Context) error {
	in, name, was := r.t.Input, strings.TrimPrefix(r.t.Input.Event, AidEvent), r.snapshot()
	r.stand()
	if err := r.about(ctx); err != nil {
		return err
	}
	a := r.e.act(name)
	c, err := r.chance(ctx, a)
	if err != nil {
		return err
	}
	if r.outcome = refused(c, in.Values); r.outcome != "" {
		r.restore(was)
		return nil
	}
	r.outcome, r.doing = AidDone, a
	r.t.Act = &Act{Account: in.Values[AidAccount], Vouched: c.Second}
	r.d.Heard, r.d.Nudged = later(r.t.At, r.d.Heard), false
	defer func() { r.d.Helped = r.s != nil && r.outcome == AidDone }()
	return a.do(ctx, r, was)
}

// refused names why an act is not done after all, "" if nothing stands in its way.
func refused(c Chance, values map[string]string) string {
	account := values[AidAccount]
	switch {
	case c.Why != "":
		return c.Why
	case !slices.ContainsFunc(c.Accounts, func(o Option) bool { return o.ID == account }) && (account != "" || len(c.Accounts) > 0):
		return "moved"
	case c.Second && values[AidSecond] == "":
		return "unproven"
	}
	return ""
}

// aid does an errand's act, and goes on at its step or stays where the dialog was.
func (r *run) aid(ctx context.Context, m *machine, a Aid, was Dialog) error {
	if a.Do != nil {
		r.t.voice = m.flow.Name
		refusal, err := a.Do(ctx, r.t)
		r.t.voice = ""
		if err != nil {
			return err
		}
		if err := r.doing.lists(refusal); err != nil {
			return err
		}
		if refusal != "" {
			r.outcome = refusal
			r.restore(was)
			return nil
		}
	}
	if a.Step != "" {
		return r.enter(ctx, m.flow.Name, a.Step)
	}
	was.Memory, was.Proof, was.Heard, was.Nudged = r.d.Memory, r.d.Proof, r.d.Heard, r.d.Nudged
	r.restore(was)
	if a.Say != "" {
		r.remark(r.t.text(m.flow.Name, a.Say, r.t.Values), r.offers())
	}
	return nil
}

// snapshot is the dialog as it is, to go back to.
func (r *run) snapshot() Dialog {
	d := r.d
	d.Values, d.Path = maps.Clone(r.d.Values), slices.Clone(r.d.Path)
	d.Memory.Proven, d.Memory.Linked = maps.Clone(r.d.Memory.Proven), maps.Clone(r.d.Memory.Linked)
	return d
}

func (r *run) restore(d Dialog) {
	r.d = d
	r.t.Values = r.d.Values
	r.m, r.s = r.e.find(d.Flow, d.Step)
	r.events = nil
}

// restarted asks the current question as if for the first time. What was spent on a code stays spent,
// and a page stays open no longer than it was to (RULES: code.tries, talk.idle).
func (r *run) restarted(ctx context.Context) error {
	if r.waited(r.t.At) {
		return r.follow(ctx, "timeout")
	}
	since := r.d.Since
	r.place(r.d.Flow, r.s.Name)
	r.d.Since = since
	r.watch()
	r.remark(r.e.own("agent_restart")+"\n\n"+r.question(), r.offers())
	return nil
}

// longestProof is for how long a proof counts that an agent extended, once: well within what a core accepts.
const longestProof = 2 * ProofLife

// extended gives the person more time: silence and the page begin anew, and a fresh proof counts longer. A code
// does not: after its ten minutes there is a new one (RULES: code.life).
func (r *run) extended() error {
	key := "agent_waits"
	if p := r.d.Proof; r.t.About.Proven {
		known := *p
		known.Until = earliest(r.t.At.Add(ProofLife), p.At.Add(longestProof))
		r.d.Proof, r.d.Since, key = &known, r.t.At, "agent_extended"
	}
	r.remark(r.e.own(key), r.offers())
	return nil
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// noteAid keeps what became of an agent's act from an event that it led to.
func (r *run) noteAid(event string) {
	if r.t.Act != nil && r.outcome == AidDone && r.m.flow.Name != r.e.human && slices.Contains(r.doing.refuses, event) {
		r.outcome = event
	}
}

// checkAids reports the mistakes of what agents can do.
func (e *Engine) checkAids(m *machine) (errs []error) {
	for name, a := range m.flow.Aids {
		same := func(a act) bool { return a.name == name }
		switch {
		case slices.ContainsFunc(ownActs(), same), len(slices.DeleteFunc(e.acts(), func(a act) bool { return !same(a) })) > 1:
			errs = append(errs, fmt.Errorf("%s: there are two acts of agents called %q", m.flow.Name, name))
		case a.Do == nil && a.Step == "" && a.Say == "":
			errs = append(errs, fmt.Errorf("%s: nothing comes of what agents do as %q", m.flow.Name, name))
		case a.Step != "" && m.at(a.Step) == nil:
			errs = append(errs, fmt.Errorf("%s: what agents do as %q leads nowhere: %q", m.flow.Name, name, a.Step))
		}
		if a.Say != "" {
			if err := e.checkText(m.flow.Name, a.Say); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errs
}
