// Package notices lets a person who has proven an account hear in this chat what happens
// to it, and tells them: a payslip is there, the account was locked, the password is
// about to expire or was changed elsewhere.
//
// A linked chat hears; it proves nothing (RULES: link.chat).
package notices

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

//go:embed texts/*.yaml
var texts embed.FS

// Links remember which chats hear of an account. The store is one.
type Links interface {
	Link(ctx context.Context, k flows.Key, portal, account string, until time.Time) error
	Unlink(ctx context.Context, k flows.Key, portal, account string) error
}

// New returns the flow of one organisation.
func New(d account.Desk, links Links) flows.Flow {
	n := notices{d, links}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "notices", Texts: dir, Steps: []flows.Step{
		{Name: "start", Do: start, On: flows.On{"unproven": "proof/", "linked": "already", "next": "consent"}},
		{Name: "consent", Say: "consent", Help: "help", Offer: []string{"yes", "no"}, Take: account.TakeOption("tap_option"), Do: n.link, Acts: true, Wait: flows.ProofLife,
			On: flows.On{"no": "declined", "late": "start", "frozen": "proof/frozen", "timeout": "declined", "next": "linked"}},
		{Name: "linked", Solves: true, Say: "linked", On: flows.On{"next": flows.End}},
		{Name: "already", Say: "already", On: flows.On{"next": flows.End}},
		{Name: "declined", Say: "declined", On: flows.On{"next": flows.End}},
	}, Asides: map[string]flows.Aside{
		event(backend.PayslipAvailable): n.tell("payslip_available", "payslip"),
		event(backend.AccountLocked):    n.tell("account_locked", "recover", "not_me"),
		event(backend.PasswordExpiring): n.tell("password_expiring", "change"),
		event(backend.PasswordChanged):  n.tell("password_changed", "not_me"),
		"told":                          told,
		"unlinked":                      unlinked,
	}, Grants: map[string]*flows.Form{
		"unlink": {Name: "unlink", Title: "unlink_title", Intro: "unlink_intro", Submit: n.cut},
	}}
}

type notices struct {
	account.Desk
	links Links
}

func event(t backend.EventType) string { return "core_" + string(t) }

func start(_ context.Context, t *flows.Turn) (string, error) {
	if !account.Proven(t) {
		account.Ask(t, portal.Recover, account.Code)
		return "unproven", nil
	}
	if t.Dialog.Memory.Linked[t.Values["account"]].After(t.At) {
		return "linked", nil
	}
	return "", nil
}

// life is how long a link lasts: 12 months, as the calendar has them (RULES: link.chat).
func life(from time.Time) time.Time { return from.AddDate(1, 0, 0) }

// link remembers that this chat hears of the account, and tells every known address,
// from which it can be cut (RULES: link.chat).
func (n notices) link(ctx context.Context, t *flows.Turn) (string, error) {
	if !account.Proven(t) {
		return "late", nil
	}
	if frozen, err := n.Frozen(ctx, t); err != nil || frozen {
		return "frozen", err
	}
	id, until := t.Values["account"], life(t.At)
	if err := n.links.Link(ctx, t.Key, n.Profile.ID, id, until); err != nil {
		return "", fmt.Errorf("linking: %w", err)
	}
	if t.Dialog.Memory.Linked == nil {
		t.Dialog.Memory.Linked = map[string]time.Time{}
	}
	t.Dialog.Memory.Linked[id] = until
	t.Note(flows.Audit{What: "linked", Account: id})
	hits, err := n.Addresses(ctx, id)
	if err != nil {
		return "", fmt.Errorf("reading whom to tell: %w", err)
	}
	for _, h := range hits {
		t.Send(n.Letter(t, h, "linked", n.Grant(t, h, "unlink", account.NoticeLife), n.Grant(t, h, "not_me", account.NoticeLife)))
	}
	return "", nil
}

// cut ends the link of the chat that a mail told of.
func (n notices) cut(ctx context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	if err := n.links.Unlink(ctx, t.Key, n.Profile.ID, t.Grant.Account); err != nil {
		return flows.Outcome{}, fmt.Errorf("unlinking: %w", err)
	}
	return flows.Outcome{Event: "unlinked", Values: map[string]string{"account": t.Grant.Account}, State: "done", Title: t.Text("unlink_done_title"), Text: t.Text("unlink_done")}, nil
}

// told says what was done to the account in another chat, in the words of that chat (RULES: notify.all).
func told(_ context.Context, t *flows.Turn) error {
	t.Send(flows.Reply{Text: t.Input.Values["text"], Offer: []flows.Option{{ID: "not_me", Label: t.Text("offer_not_me")}}})
	return nil
}

// unlinked notes that the link was cut from a mail.
func unlinked(_ context.Context, t *flows.Turn) error {
	delete(t.Dialog.Memory.Linked, t.Input.Values["account"])
	return nil
}

// tell says what happened, with what can be done about it where the organisation offers that.
func (n notices) tell(key string, offers ...string) flows.Aside {
	return func(ctx context.Context, t *flows.Turn) error {
		label, err := n.label(ctx, t.Input.Values["account"])
		if err != nil {
			return err
		}
		pairs := []string{"label", label, "period", account.Month(t, t.Input.Values["period"]), "on", n.day(t.Input.Values["on"])}
		if at, err := time.Parse(time.RFC3339, t.Input.Values["at"]); err == nil {
			at = at.In(n.Profile.Location())
			pairs = append(pairs, "date", at.Format("2/1/2006"), "time", at.Format("15:04"))
		}
		reply := flows.Reply{Text: t.Text(key, pairs...)}
		for _, id := range offers {
			if id == "not_me" || n.Profile.Offers(portal.Service(id)) {
				reply.Offer = append(reply.Offer, flows.Option{ID: id, Label: t.Text("offer_" + id), Wish: account.Month(t, t.Input.Values["period"])})
			}
		}
		t.Send(reply)
		return nil
	}
}

// day writes a date as the organisation's country does; what is no date stays.
func (n notices) day(iso string) string {
	if at, err := time.Parse(time.DateOnly, iso); err == nil {
		return at.Format("2/1/2006")
	}
	return iso
}

// label is what tells the account from the person's others. One that is gone has none.
func (n notices) label(ctx context.Context, id string) (string, error) {
	a, err := n.Core.Account(ctx, n.Profile.ID, id)
	if backend.CodeOf(err) == backend.NotFound {
		return n.Profile.Short, nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the account of a notice: %w", err)
	}
	return a.Label, nil
}
