package register

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// invited is the door of those who were sent a key. The key is the proof, so wrong
// ones are counted apart from any account: by chat, and by portal.
func (r register) invited() []flows.Step {
	if r.key.ID == "" {
		return nil
	}
	wrong := flows.Step{Name: "wrong_key", Say: "wrong_key", Again: "wrong_key", Help: "help_key", Fill: r.keyWords, Masked: true, Offer: []string{"word/persona"}, Take: r.takeKey, Do: r.retype, Acts: true,
		On: flows.On{"wrong": "wrong_key", "enough": "keys_spent", "next": "look"}}
	spent := flows.Step{Name: "keys_spent", Say: "no_key", On: flows.On{"next": "handoff/"}}
	steps := []flows.Step{{Name: "invite", Do: r.invite, Acts: true, On: flows.On{"wrong": "wrong_key", "enough": "keys_spent", "next": "look"}}}
	if r.onlyInvited() {
		return append(steps, wrong, spent)
	}
	wrong.Offer, wrong.On["without_key"] = []string{"without_key", "word/persona"}, "without_key"
	spent = flows.Step{Name: "keys_spent", Say: "keys_spent", Help: "help_spent", Offer: wrong.Offer, Take: account.TakeOption("tap_option"), On: flows.On{"next": "without_key"}}
	return append(steps, wrong, spent, flows.Step{Name: "without_key", Do: r.withoutKey, On: flows.On{"next": "proof/" + r.firstWithout()}})
}

// invite checks the key (RULES: reg.proof). All that is wrong with it is told in the
// same words: whether it never was one, has served, or belongs to somebody else.
func (r register) invite(ctx context.Context, t *flows.Turn) (string, error) {
	mine, all := r.Limits.InviteTries, r.Limits.InviteFails
	left, err := r.Guard.Spend(ctx, account.Chat(t), mine, t.Op("invite"))
	if err != nil {
		return "", err
	}
	everybody, err := r.Guard.Peek(ctx, "invitations/"+r.Profile.ID, all)
	if err != nil {
		return "", err
	}
	first := left.N == mine.Max-1 // guesses of others must not shut the door to who was invited
	if !left.OK || !first && all.Max > 0 && everybody.N == 0 {
		return "enough", nil
	}
	i, err := r.core.Invitation(ctx, r.Profile.ID, t.Values[r.key.ID])
	e, refused := errors.AsType[*backend.Error](err)
	switch {
	case refused && !e.Later():
		return r.wrongKey(ctx, t)
	case err != nil:
		return "", fmt.Errorf("checking an invitation: %w", err)
	}
	if agrees, err := r.agrees(ctx, t, i.Account); err != nil || !agrees {
		if err != nil {
			return "", err
		}
		return r.wrongKey(ctx, t)
	}
	t.Values["account"], t.Values["invited_at"] = i.Account, t.At.UTC().Format(time.RFC3339)
	t.Note(flows.Audit{What: "proof", Account: i.Account, Detail: map[string]string{"method": backend.MethodInvitation}})
	return "", nil
}

// wrongKey counts one for the whole portal: who guesses from many chats is stopped, too.
func (r register) wrongKey(ctx context.Context, t *flows.Turn) (string, error) {
	_, err := r.Guard.Spend(ctx, "invitations/"+r.Profile.ID, r.Limits.InviteFails, t.Op("wrong_key"))
	return "wrong", err
}

// agrees tells whether what was typed beside the key belongs to the account that it
// opens, as far as the core can tell: a person it finds by that, or the number of a
// product. A key that somebody else picked up is not enough then.
func (r register) agrees(ctx context.Context, t *flows.Turn, id string) (bool, error) {
	typed := map[string]string{}
	for _, f := range r.Fields(t) {
		if v := t.Values[f.ID]; v != "" && f.Kind != portal.KindInvitation && f.Kind != portal.KindChoice {
			typed[f.ID] = v
		}
	}
	if len(typed) == 0 {
		return true, nil
	}
	found, err := r.Core.Identify(ctx, r.Profile.ID, typed)
	if err != nil {
		return false, fmt.Errorf("identifying: %w", err)
	}
	if slices.ContainsFunc(found, func(c backend.Candidate) bool { return c.ID == id }) {
		return true, nil
	}
	products, err := r.products(ctx, id)
	if err != nil {
		return false, err
	}
	comparable := len(found) > 0
	for _, p := range products {
		for _, v := range typed {
			if p.Number != "" && letters(p.Number) == letters(v) {
				return true, nil
			}
		}
		comparable = comparable || p.Number != ""
	}
	return !comparable, nil
}

// letters are the letters and digits of a number on paper.
func letters(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToUpper(c)
		}
		return -1
	}, s)
}

// products are none where the core has no such thing.
func (r register) products(ctx context.Context, id string) ([]backend.Product, error) {
	products, err := r.core.Products(ctx, r.Profile.ID, id)
	if backend.CodeOf(err) == backend.Unsupported {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the products: %w", err)
	}
	return products, nil
}

// holdsKey tells whether a key was accepted a short while ago, and when. It counts for
// this errand alone, so it is no [flows.Proof].
func (r register) holdsKey(t *flows.Turn) (at time.Time, ok bool) {
	at, err := time.Parse(time.RFC3339, t.Values["invited_at"])
	return at, err == nil && t.Values["account"] != "" && t.At.Sub(at) < flows.ProofLife
}

func (r register) keyWords(t *flows.Turn) []string { return account.FieldWords(t, r.key) }

// takeKey takes another key, or an option; who has none goes on without.
func (r register) takeKey(t *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	value, problem := account.FieldStep(r.key).Take(t, in)
	if problem == "bad_without" && !r.onlyInvited() {
		return "without_key", ""
	}
	return value, problem
}

func (r register) retype(ctx context.Context, t *flows.Turn) (string, error) {
	t.Values[r.key.ID] = t.Answer
	return r.invite(ctx, t)
}

// withoutKey goes on by the long form, with what was typed already.
func (r register) withoutKey(_ context.Context, t *flows.Turn) (string, error) {
	if _, option := r.longForm(); option != "" {
		t.Values[r.key.Depends] = option
	}
	delete(t.Values, r.key.ID)
	delete(t.Values, "claimed")
	return "", nil
}

// longForm is the option that spares the key, and the answer that asks for it.
func (r register) longForm() (withKey, without string) {
	door, _ := r.Profile.Field(r.key.Depends)
	for _, o := range door.Options {
		if r.key.Asked(map[string]string{door.ID: o.ID}) {
			withKey = o.ID
		} else {
			without = o.ID
		}
	}
	return withKey, without
}

// firstWithout is the first question that only the long form asks; "" is the first of all.
func (r register) firstWithout() string {
	withKey, without := r.longForm()
	for _, f := range r.Profile.Fields(portal.Register) {
		if f.Depends == r.key.Depends && !f.Asked(map[string]string{f.Depends: withKey}) && f.Asked(map[string]string{f.Depends: without}) {
			return f.ID
		}
	}
	return ""
}
