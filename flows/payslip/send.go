package payslip

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// refs begins the [flows.Reply.Ref] of every payslip.
const refs = "payslip/"

// send hands payslips over for delivery, the rest of many on request. Who was given
// what goes into the audit (RULES: data.audit).
func (p payslips) send(ctx context.Context, t *flows.Turn, list []backend.Payslip) (string, error) {
	a, err := p.Core.Account(ctx, p.Profile.ID, t.Values["account"])
	if err != nil {
		return "", fmt.Errorf("reading whose payslips they are: %w", err)
	}
	opens, key := p.opens(t, a)
	if key == "" && p.Profile.Payslips.Password != "" {
		return "refused", nil // nothing to lock it with, and it never leaves open
	}
	now, later := list[:min(len(list), batch)], []named{}
	for _, s := range list[len(now):] {
		later = append(later, p.naming(t, s))
	}
	put(t, "rest", later)
	for _, key := range []string{"lost", "why", "what", "from", "shown"} {
		delete(t.Values, key)
	}
	ref, sent, until := refs+t.ID, []named{}, late(t)
	if m := t.Dialog.Mail; m != nil && m.Ref == ref { // those of another account were sent by the same answer
		get(t, "batch", &sent)
	}
	t.Dialog.Mail = &flows.Mailed{Ref: ref, Asked: t.Now}
	for i, s := range now {
		t.Send(flows.Reply{Text: p.caption(t, s, a.Label, key, i), Private: true, Until: until, Ref: ref + "/" + strconv.Itoa(len(sent)),
			File: &flows.File{Kind: "payslip", Account: t.Values["account"], ID: s.ID, Name: p.fileName(s), Opens: opens}})
		sent = append(sent, p.naming(t, s))
		t.Note(flows.Audit{What: "payslip_sent", Account: t.Values["account"], Detail: map[string]string{"slip": s.ID}})
	}
	put(t, "batch", sent)
	return "", nil
}

// onItsWay is how long a document that was asked for in time may still travel.
const onItsWay = 5 * time.Minute

// late is when a document is worthless: soon after the proof that it rests on.
func late(t *flows.Turn) time.Time {
	proof, now := t.Dialog.Proof.At.Add(flows.ProofLife), t.Now.Add(onItsWay)
	if now.After(proof) {
		return now
	}
	return proof
}

// caption says which payslip a document is, and what it opens with.
func (p payslips) caption(t *flows.Turn, s backend.Payslip, label, opens string, i int) string {
	title := naming(s).Title
	switch {
	case i > 0:
		return t.Text("caption_next", "title", title)
	case t.Values["batch"] != "": // that was said already
		opens = ""
	case opens != "":
		opens = " " + t.Text(opens, "field", p.password(t))
	}
	return t.Text("caption", "title", title, "label", account.Shortened(label, 60), "opens", opens)
}

// opens is what the documents open with, "" if the core is to say it, and the
// sentence that tells the person without saying it; none if there is nothing. What
// the core knows comes before what was typed, which it may have forgiven.
func (p payslips) opens(t *flows.Turn, a backend.Account) (typed, sentence string) {
	field := p.Profile.Payslips.Password
	value := a.Identifiers[field]
	if value == "" {
		typed = t.Values[field]
		value = typed
	}
	switch {
	case field == "" || value == "":
		return "", ""
	case strings.ContainsFunc(value, unicode.IsLetter):
		return typed, "opens_letters"
	}
	return typed, "opens"
}

// password is what the documents open with, in words; "" if with nothing.
func (p payslips) password(t *flows.Turn) string {
	f, _ := p.Profile.Field(p.Profile.Payslips.Password) // whoever wants none, has none
	return f.For(t.Values).Label
}

// fileName names a document as the person will see it.
func (p payslips) fileName(s backend.Payslip) string {
	parts := strings.Fields(flows.Plain(p.Profile.Payslips.One))
	parts = append(parts, strings.ToLower(s.Period))
	if s.Concept != "" {
		parts = append(parts, string(s.Concept))
	}
	return strings.Join(parts, "-") + ".pdf"
}

// rest offers the payslips that did not fit into one answer.
func (p payslips) rest(t *flows.Turn) []flows.Option {
	var some []named
	if get(t, "rest", &some); len(some) == 0 {
		return nil
	}
	return []flows.Option{{ID: "rest", Label: t.Text("offer_rest", "n", strconv.Itoa(len(some)))}}
}

// handed fills how many were sent.
func handed(t *flows.Turn) []string {
	var sent []named
	get(t, "batch", &sent)
	return []string{"n", strconv.Itoa(len(sent))}
}

// losing notes which payslip did not arrive.
func (p payslips) losing(_ context.Context, t *flows.Turn) (string, error) {
	var sent, lost []named
	get(t, "batch", &sent)
	get(t, "lost", &lost)
	i, err := strconv.Atoi(t.Input.Ref[strings.LastIndex(t.Input.Ref, "/")+1:])
	if err != nil || i < 0 || i >= len(sent) {
		return "", nil
	}
	lost = append(slices.DeleteFunc(lost, func(n named) bool { return n == sent[i] }), sent[i])
	put(t, "lost", lost)
	t.Note(flows.Audit{What: "payslip_undelivered", Account: cmp.Or(sent[i].Account, t.Values["account"]), Detail: map[string]string{"slip": sent[i].ID, "reason": t.Values["reason"]}})
	return "", nil
}

// lostElsewhere tells that a payslip did not arrive when the dialog is somewhere else already.
func lostElsewhere(_ context.Context, t *flows.Turn) error {
	if strings.HasPrefix(t.Input.Ref, refs) {
		t.Note(flows.Audit{What: "payslip_undelivered", Detail: map[string]string{"reason": t.Input.Values["reason"]}})
		t.Say("lost_elsewhere")
	}
	return nil
}

// tooLarge is the reason of a document that will never pass (see package bot).
const tooLarge = "too_large"

// loss fills what did not arrive last, and why.
func (p payslips) loss(t *flows.Turn) []string {
	var lost []named
	if get(t, "lost", &lost); len(lost) == 0 {
		lost = []named{{}}
	}
	key := cmp.Or(map[string]string{tooLarge: "lost_large", "missing": "lost_missing"}[t.Values["reason"]], "lost_other")
	return []string{"loss", t.Text(key, "title", lost[len(lost)-1].Title)}
}

// retry offers to send once more what could pass.
func retry(t *flows.Turn) []flows.Option {
	if t.Values["reason"] == tooLarge {
		return nil
	}
	return []flows.Option{{ID: "retry", Label: t.Text("offer_retry")}}
}

// again are the payslips to be sent once more: those that did not arrive, otherwise the latest.
func (p payslips) again(t *flows.Turn) []named {
	var sent, lost, rest []named
	get(t, "batch", &sent)
	get(t, "rest", &rest)
	if get(t, "lost", &lost); len(lost) > 0 {
		return lost
	}
	return append(sent, rest...)
}

func statusSent(_ context.Context, t *flows.Turn) error {
	var sent []named
	get(t, "batch", &sent)
	titles := []string{}
	for _, n := range sent {
		titles = append(titles, n.Title)
	}
	t.Say("status_sent", "titles", strings.Join(titles, ", "))
	return nil
}
