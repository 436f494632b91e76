package flows

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrLoop is returned when steps lead to each other without ever waiting.
var ErrLoop = errors.New("flows: steps lead to each other without waiting for anybody")

// maxHops is far more steps than any flow walks without waiting.
const maxHops = 64

// act runs the step's action and follows the event it names.
func (r *run) act(ctx context.Context) error {
	if r.s.Do == nil {
		return r.follow(ctx, "next")
	}
	r.veiled = r.veiled || r.s.Veiled
	event, err := r.s.Do(ctx, r.t)
	if err != nil {
		return fmt.Errorf("%s/%s: %w", r.m.flow.Name, r.s.Name, err)
	}
	if r.s.Acts {
		r.d.Acted, r.d.Path = true, nil
	}
	if event == "" {
		event = "next"
	}
	return r.follow(ctx, event)
}

// follow goes where the table says that event leads.
func (r *run) follow(ctx context.Context, event string) error {
	r.veiled = r.veiled || r.s.Veiled
	if r.hops++; r.hops > maxHops {
		return ErrLoop
	}
	r.noteAid(event)
	next, err := r.m.next(r.s.Name, event)
	if err != nil {
		return err
	}
	flow, step, _ := strings.Cut(next, "/")
	switch {
	case step == End:
		return r.finishErrand(ctx)
	case step == Return:
		caller := r.d.Caller
		if r.e.flows[caller] == nil {
			caller = r.e.home
		}
		return r.enter(ctx, caller, "")
	case flow == r.m.flow.Name && step == r.s.Name:
		return r.stay(ctx, event)
	}
	return r.enter(ctx, flow, step)
}

// enter arrives at a step, says its text, and goes on if it waits for nobody.
func (r *run) enter(ctx context.Context, flow, step string) error {
	if flow == r.e.home && flow != r.d.Flow {
		r.clear()
	}
	r.place(flow, step)
	if r.s.Skip != nil && r.s.Skip(r.t) {
		r.drop(r.s.Name)
		return r.follow(ctx, "next")
	}
	r.fill()
	if _, known := r.d.Values[r.s.Name]; known && r.d.Redo && r.s.Keep {
		r.t.Answer = r.d.Values[r.s.Name]
		return r.act(ctx)
	}
	if r.s.Waits() && !r.s.Keep {
		r.d.Redo = false
	}
	if r.s.Say != "" {
		r.prompt(r.s.Say)
	}
	if r.s.Waits() {
		r.watch()
		return nil
	}
	return r.act(ctx)
}

func (r *run) watch() {
	r.d.Look = time.Time{}
	if r.s.Watch != nil {
		r.d.Look = r.s.Watch(r.t)
	}
}

// place puts the dialog at a step without saying anything.
func (r *run) place(flow, step string) {
	from, errand := r.d.Flow, r.errand()
	r.m = r.e.flows[flow]
	r.s = r.m.at(step)
	if flow != from {
		r.d.Acted = r.d.Acted && (r.m.flow.Sub || r.d.Caller == flow) // the same errand
		r.d.Caller = r.m.calledBy(from, r.d.Caller)
		r.d.Path, r.d.Redo = r.answered(), false
	}
	r.d.Flow, r.d.Step = flow, r.s.Name
	r.d.Since, r.d.Tries, r.d.Asking, r.d.Entered, r.d.Look = r.t.Now, 0, "", "", time.Time{}
	if r.s.Waits() {
		r.d.Entered = r.e.random(8)
	}
	r.arrive(errand)
}

// answered are the questions of this flow whose answers are known already.
func (r *run) answered() (path []string) {
	for _, s := range r.m.flow.Steps {
		if _, known := r.d.Values[s.Name]; known && s.Keep && !r.d.Acted {
			path = append(path, s.Name)
		}
	}
	return path
}

// stay is a step that leads back to itself: an answer that did not do, or a new link.
func (r *run) stay(ctx context.Context, event string) error {
	if event == "new_link" {
		r.d.Entered = r.e.random(8)
		r.prompt(r.s.Say)
		return nil
	}
	r.watch()
	key := r.s.Again
	if key == "" {
		key = r.s.Say
	}
	return r.refuse(ctx, key)
}

// refuse says what is wrong with an answer: two wordings in turn, every third
// time the step's help and the offer of a human (RULES: talk.tries).
func (r *run) refuse(ctx context.Context, problem string) error {
	r.d.Tries++
	r.count(Event{What: Refused, Errand: r.t.Errand(), Flow: r.d.Flow, Step: r.s.Name})
	if r.s.Tries > 0 && r.d.Tries >= r.s.Tries {
		return r.follow(ctx, "spent")
	}
	if r.d.Tries%3 == 0 {
		return r.assist(r.t.Text(problem, r.filled()...) + "\n\n")
	}
	if second := problem + ".2"; r.d.Tries%3 == 2 && r.e.says(r.d.Flow, second) {
		problem = second
	}
	r.prompt(problem)
	return nil
}

// end finishes the dialog. A proof still counts for a while, memory for long.
func (r *run) end() {
	d := Dialog{Memory: r.d.Memory, Echo: r.d.Echo, Heard: r.d.Heard, Shown: r.d.Shown}
	if r.owed {
		d.Waiting = r.d.Waiting
	}
	if r.d.Proof.Valid(r.t.At) {
		d.Proof = r.d.Proof
	}
	r.d, r.m, r.s = d, nil, nil
	r.clear()
}

func (r *run) clear() {
	r.veil()
	r.lapse()
	r.d.Values = map[string]string{}
	r.t.Values = r.d.Values
	r.d.Path, r.d.Acted, r.d.Redo, r.d.Mail, r.d.Want = nil, false, false, nil, ""
}

// prompt says a text of the current step, with its options and its link.
func (r *run) prompt(key string) {
	if key == r.s.Say {
		r.pose(r.notes())
		return
	}
	r.remark(r.t.Text(key, r.filled()...), r.offers())
}

// remark says something beside the question, under which the question's options and link still stand.
func (r *run) remark(text string, offer []Option) {
	reply := Reply{Text: text, Offer: offer}
	switch {
	case r.s != nil && r.s.Form != nil:
		reply.Form, reply.Entered, reply.Button = r.s.Form.Name, r.d.Entered, r.t.Text(r.s.Form.act())
	case r.paged() != nil:
		reply.Form, reply.Entered, reply.Button = fieldsPage, r.d.Entered, r.t.Text("act_fields")
	}
	r.t.Send(reply)
}

func (r *run) filled() []string {
	if r.s.Fill == nil {
		return nil
	}
	return r.s.Fill(r.t)
}

// common says a sentence of the engine's own.
func (r *run) common(key string, pairs ...string) { r.t.Send(Reply{Text: r.e.own(key, pairs...)}) }

func (e *Engine) own(key string, pairs ...string) string {
	text, _ := e.texts.Text("", key, nil, pairs...)
	return text
}

// text looks in the flow first and then among the engine's own sentences.
func (e *Engine) text(flow, key string, values map[string]string, pairs ...string) string {
	if s, ok := e.texts.Text(flow, key, values, pairs...); ok {
		return s
	}
	if s, ok := e.texts.Text("", key, values, pairs...); ok {
		return s
	}
	return "[" + flow + "." + key + "]"
}

// says tells whether there is a text, of the flow or of the engine's own.
func (e *Engine) says(flow, key string) bool {
	_, ok := e.texts.Text(flow, key, nil)
	if !ok {
		_, ok = e.texts.Text("", key, nil)
	}
	return ok
}

// result closes the turn.
func (r *run) result() Result {
	if r.fresh {
		r.count(Event{What: Began})
	}
	if r.s == nil {
		r.d.Flow, r.d.Step = "", ""
	}
	if len(r.d.Values) == 0 {
		r.d.Values = nil
	}
	r.wait()
	r.d.Due = r.due()
	r.unrepeat()
	r.remain()
	r.unshare()
	r.veil()
	for i := range r.t.says {
		r.finish(&r.t.says[i])
	}
	return Result{Dialog: r.d, Replies: r.t.says, Audit: r.t.audit, Idents: r.t.idents, Events: r.events, Outcome: r.outcome}
}

// wait notes since when the person waits for a human: their place in the line. Who is still owed one keeps it.
func (r *run) wait() {
	switch {
	case r.s == nil || r.d.Flow != r.e.human:
		if !r.owed {
			r.d.Waiting = time.Time{}
		}
	case r.d.Waiting.IsZero():
		r.d.Waiting = r.t.Now
	}
}

// finish gives a reply its time and its visit.
func (r *run) finish(reply *Reply) {
	if reply.To != "" {
		return
	}
	if reply.Entered = r.d.Entered; r.s == nil {
		reply.Entered = Over
	}
	if r.s != nil && r.s.PIN != nil && strings.Contains(reply.Text, "{pin}") {
		reply.PIN = r.s.PIN(r.t)
	}
	if r.veiled {
		reply.Not = later(reply.Not, r.t.At.Add(r.e.limits.IdentityHold))
	}
}

// unrepeat keeps the bot from saying the same more than three times in a row
// (RULES: talk.tries). What a turn ends with is compared with what the turns
// before ended with: "that button is old" and the question again are the same, too.
// Who is sent a document gets on, whatever is said under it.
func (r *run) unrepeat() {
	last := ""
	for _, reply := range r.t.says {
		if reply.File != nil {
			r.d.Echo = Echo{}
			return
		}
		if reply.To == "" && reply.Text != "" {
			last = reply.Text
		}
	}
	if last == "" {
		return
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(last))
	if key := strconv.FormatUint(uint64(h.Sum32()), 36); key != r.d.Echo.Key {
		r.d.Echo = Echo{Key: key, N: 1}
		return
	}
	if r.d.Echo.N++; r.d.Echo.N > 3 {
		r.d.Echo = Echo{}
		r.instead()
	}
}

// instead replaces what would be said once too often by a way out.
func (r *run) instead() {
	r.t.says = slices.DeleteFunc(r.t.says, func(reply Reply) bool { return reply.To == "" && reply.Text != "" })
	switch {
	case r.d.Memory.Blocked.After(r.t.At):
		r.common("blocked_again")
	case r.s != nil:
		r.remark(r.e.own("same_again"), r.ways(r.offers()))
	default:
		r.common("same_again")
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
