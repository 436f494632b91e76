package flows

import (
	"context"
	"maps"
	"strings"
	"time"
)

// maxSilence ends any dialog, also one that waits for a human (RULES: talk.idle).
const maxSilence = 24 * time.Hour

// system handles what did not come from a person: silence, the fate of mails,
// pages that were submitted, events of the core. Only events that the step's
// table or some flow's Always names count.
func (r *run) system(ctx context.Context) error {
	in := r.t.Input
	switch in.Event {
	case "tick":
		return r.tick(ctx)
	case "handback":
		return r.handedBack(ctx)
	case "sent", "undelivered":
		r.mailed(in)
		if event, woken := strings.CutPrefix(in.Ref, Later+"/"); woken {
			in.Event, in.Ref = event, ""
		}
	}
	if page := r.paged(); page != nil && in.Event == fieldsPage && r.current(in) {
		return r.filledIn(ctx, page, in.Values)
	}
	if r.s != nil {
		if _, ok := r.s.On[in.Event]; ok && r.current(in) {
			maps.Copy(r.d.Values, in.Values)
			return r.follow(ctx, in.Event)
		}
	}
	_, err := r.always(ctx, in.Event)
	return err
}

// always takes an event that a flow takes wherever the dialog stands; false if none does.
func (r *run) always(ctx context.Context, event string) (taken bool, err error) {
	for name, m := range r.e.flows { // at most one has it: see check
		if aside := m.flow.Asides[event]; aside != nil {
			r.t.voice = name
			return true, aside(ctx, r.t)
		}
		if dst, ok := m.flow.Always[event]; ok {
			maps.Copy(r.d.Values, r.t.Input.Values)
			return true, r.enter(ctx, name, dst)
		}
	}
	return false, nil
}

// current tells whether an event is about this visit to the step, or about no visit in particular.
func (r *run) current(in Input) bool {
	if m := r.d.Mail; m != nil && (in.Ref == m.Ref || strings.HasPrefix(in.Ref, m.Ref+"/")) { // one of several
		return true
	}
	return in.Ref == "" || in.Ref == r.d.Entered
}

// mailed notes what became of the mail that the dialog waits for. A code's life
// starts when the mail server took it (RULES: code.life).
func (r *run) mailed(in Input) {
	r.d.Mail = r.d.Mail.after(in, r.t.At)
	if p := r.d.Parked; p != nil {
		parked := *p
		parked.Mail = p.Mail.after(in, r.t.At)
		r.d.Parked = &parked
	}
}

// after is what is known of a mail after an event that may be about it. Of
// several mails the first one taken counts: one that is slow must not renew the others.
func (m *Mailed) after(in Input, at time.Time) *Mailed {
	if m == nil || m.Ref != in.Ref || in.Event != "sent" || !m.Taken.IsZero() {
		return m
	}
	known := *m
	known.Taken = at
	return &known
}

// tick is silence whose time has come.
func (r *run) tick(ctx context.Context) error {
	switch now := r.t.At; {
	case r.s == nil:
		r.lapse()
		r.ask()
		return nil
	case r.waited(now):
		return r.follow(ctx, "timeout")
	case !r.d.Look.IsZero() && !now.Before(r.d.Look):
		r.watch()
	case !now.Before(r.closing()):
		r.close()
	case !r.s.Rests && !r.d.Nudged && !now.Before(r.quiet().Add(r.e.limits.Remind)):
		r.d.Nudged = true
		r.remark(r.e.own("reminder"), r.offers())
	}
	return nil
}

// close ends the dialog by silence. What it waited for may count longer: that is kept, to go on with.
func (r *run) close() {
	var kept *Parked
	if r.s.Lasts != nil && r.d.Flow != r.e.home {
		if until := r.s.Lasts(r.t); until.After(r.t.At) {
			r.park()
			if kept = r.d.Parked; kept != nil {
				kept.Until = until
			}
		}
	}
	r.owed = r.owed || r.d.Flow == r.e.human
	r.leave("closed")
	r.d.Parked = kept
}

// lapse forgets what was kept of a dialog that silence closed once its time is over.
func (r *run) lapse() {
	if p := r.d.Parked; p != nil && !p.Until.IsZero() && !r.t.At.Before(p.Until) {
		r.d.Parked = nil
	}
}

// quiet is since when nobody says anything: what a time that is over has the bot say counts, too.
func (r *run) quiet() time.Time { return later(r.d.Heard, r.d.Since) }

func (r *run) waited(now time.Time) bool {
	return r.s.Wait > 0 && !now.Before(r.d.Since.Add(r.s.Wait))
}

// closing is when silence ends the dialog.
func (r *run) closing() time.Time {
	if r.s.Rests {
		return r.d.Heard.Add(maxSilence)
	}
	return r.d.Heard.Add(r.e.limits.Close)
}

// overslept tells that the dialog should have closed before this message
// arrived, though nobody was there to close it.
func (r *run) overslept() bool {
	return r.s != nil && !r.t.At.Before(r.closing())
}

// due is when silence needs the next look.
func (r *run) due() time.Time {
	switch {
	case r.d.Memory.Forget: // whoever forgets the person looks again if that failed
		return r.t.Now.Add(time.Minute)
	case r.s == nil && r.d.Parked != nil && !r.d.Parked.Until.IsZero() && (r.d.Memory.Opinion.Ask.IsZero() || r.d.Parked.Until.Before(r.d.Memory.Opinion.Ask)):
		return r.d.Parked.Until
	case r.s == nil:
		return r.d.Memory.Opinion.Ask
	}
	next := r.closing()
	if remind := r.quiet().Add(r.e.limits.Remind); !r.s.Rests && !r.d.Nudged && remind.Before(next) {
		next = remind
	}
	if end := r.d.Since.Add(r.s.Wait); r.s.Wait > 0 && end.Before(next) {
		next = end
	}
	if !r.d.Look.IsZero() && r.d.Look.Before(next) {
		next = r.d.Look
	}
	return next
}
