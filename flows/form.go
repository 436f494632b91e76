package flows

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrNoForm is returned for a page whose step is no longer there.
var ErrNoForm = errors.New("flows: the dialog does not stand at a form")

// Form describes the page of the step where the dialog stands, if it has one.
func (e *Engine) Form(k Key, d Dialog) (FormPage, bool) {
	r := e.begin(Call{Key: k, Dialog: d})
	switch fields := r.paged(); {
	case fields != nil:
		return r.fieldsForm(fields), true
	case r.s == nil || r.s.Form == nil:
		return FormPage{}, false
	}
	return r.page(r.s.Form), true
}

// GrantForm describes the page that a mailed link of this kind leads to, if there is one.
func (e *Engine) GrantForm(k Key, kind string) (FormPage, bool) {
	r := e.begin(Call{Key: k})
	f := r.granted(kind)
	if f == nil {
		return FormPage{}, false
	}
	return r.page(f), true
}

// Check judges values while they are being typed. It changes nothing. Without
// values it names the rules. It returns ErrNoForm when the dialog moved on.
func (e *Engine) Check(ctx context.Context, c Call, v FormValues) (Judgement, error) {
	r := e.begin(c)
	switch fields := r.paged(); {
	case fields != nil:
		_, problems := r.judgeFields(fields, v, false)
		return Judgement{Problems: problems}, nil
	case r.s == nil || r.s.Form == nil:
		return Judgement{}, ErrNoForm
	case r.s.Form.Check == nil:
		return Judgement{}, nil
	}
	return r.s.Form.Check(ctx, r.t, v)
}

// Submit judges and acts on what was typed into the page of the step where the
// dialog stands. A page of fields only judges: its answers travel with the event. The same Call.ID may be submitted again and acts once. It
// returns ErrNoForm when the dialog moved on; other errors leave the result unknown.
func (e *Engine) Submit(ctx context.Context, c Call, v FormValues) (Outcome, error) {
	r := e.begin(c)
	switch fields := r.paged(); {
	case fields != nil:
		return r.submitFields(fields, v), nil
	case r.s == nil || r.s.Form == nil:
		return Outcome{}, ErrNoForm
	}
	o, err := r.s.Form.Submit(ctx, r.t, v)
	if err != nil {
		return o, fmt.Errorf("form at %s: %w", r.t.Mark(), err)
	}
	return o, nil
}

// GrantOver is what the page of a mailed link shows that counts no more although nobody used it;
// the zero Outcome for one that does. It changes nothing.
func (e *Engine) GrantOver(ctx context.Context, c Call, g Grant) (Outcome, error) {
	r := e.begin(c)
	f := r.granted(g.Kind)
	if f == nil || f.Over == nil {
		return Outcome{}, nil
	}
	r.t.Grant = &g
	return f.Over(ctx, r.t)
}

// CheckGrant judges values while they are being typed into the page of a mailed link, as
// [Engine.Check] does for a step's.
func (e *Engine) CheckGrant(ctx context.Context, c Call, g Grant, v FormValues) (Judgement, error) {
	r := e.begin(c)
	f := r.granted(g.Kind)
	switch {
	case f == nil:
		return Judgement{}, ErrNoForm
	case f.Check == nil:
		return Judgement{}, nil
	}
	r.t.Grant = &g
	return f.Check(ctx, r.t, v)
}

// SubmitGrant does what a mailed link allows.
func (e *Engine) SubmitGrant(ctx context.Context, c Call, g Grant, v FormValues) (Outcome, error) {
	r := e.begin(c)
	f := r.granted(g.Kind)
	if f == nil {
		return Outcome{}, ErrNoForm
	}
	r.t.Grant = &g
	o, err := f.Submit(ctx, r.t, v)
	if err != nil {
		return o, fmt.Errorf("link %q: %w", g.Kind, err)
	}
	return o, nil
}

// granted finds the form of a kind of mailed link, and makes its flow the one whose texts are used.
func (r *run) granted(kind string) *Form {
	for _, name := range slices.Sorted(maps.Keys(r.e.flows)) {
		if f := r.e.flows[name].flow.Grants[kind]; f != nil {
			r.d.Flow = name
			return f
		}
	}
	return nil
}

// page puts a form into the person's language.
func (r *run) page(f *Form) FormPage {
	p := FormPage{Name: f.Name, Title: r.t.Text(f.Title), Act: r.t.Text(f.act()), PIN: f.secret() || f.Tells, Veiled: f.Veiled}
	if f.Intro != "" {
		p.Intro = r.t.Text(f.Intro)
	}
	for _, field := range f.Fields {
		field.Label = r.t.Text(field.Label)
		if field.Hint != "" {
			field.Hint = r.t.Text(field.Hint)
		}
		p.Fields = append(p.Fields, field)
	}
	return p
}

// secret tells whether the page takes a password, and therefore asks for the PIN (RULES: link.forwarded).
func (f *Form) secret() bool {
	return slices.ContainsFunc(f.Fields, func(x Field) bool {
		return x.Kind == "new-password" || x.Kind == "current-password"
	})
}
