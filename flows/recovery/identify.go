package recovery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"ventanilla/backend"
	"ventanilla/backend/mailaddr"
	"ventanilla/flows"
)

// hit is an account that may be the person's, and one address the core knows for it.
type hit struct {
	Account string `json:"a"`
	Label   string `json:"l,omitempty"`
	Address string `json:"m"`
	Code    bool   `json:"c,omitempty"` // a code was sent there

	Username string `json:"u,omitempty"` // for the mail of a temporary password
	Unopened bool   `json:"n,omitempty"` // no temporary password can be made: it was never registered
}

// summary fills "corroborá tus datos". Where identifiers may not be shown in the
// chat, the page has shown them.
func (r recovery) summary(t *flows.Turn) []string {
	lines := []string{}
	for _, f := range r.asked() {
		v := t.Values[f.ID]
		shown := f.Display(v, t.Values)
		if t.Pages {
			shown = f.Mask(v, t.Values)
		}
		if v != "" {
			lines = append(lines, "• "+title(f.For(t.Values).Label)+": "+shown)
		}
	}
	return []string{"summary", strings.Join(lines, "\n")}
}

// title makes a label stand alone: "tu legajo" is "Legajo".
func title(label string) string { return upperFirst(strings.TrimPrefix(label, "tu ")) }

func upperFirst(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// lookup asks the core whose account it may be and sends a mail to each address.
// Found, not found and several go the same way.
func (r recovery) lookup(what string) flows.Do {
	return func(ctx context.Context, t *flows.Turn) (string, error) {
		if !t.Dialog.Proof.Valid(t.At) {
			left, err := r.Guard.Spend(ctx, chat(t), r.Limits.Starts, r.identity(t))
			if err != nil {
				return "", err
			}
			if !left.OK {
				return "too_many", nil
			}
		}
		hits, err := r.find(ctx, t)
		if err != nil {
			return "", err
		}
		if err := setHits(t, hits); err != nil {
			return "", err
		}
		return r.post(ctx, t, what)
	}
}

func (r recovery) find(ctx context.Context, t *flows.Turn) (hits []hit, err error) {
	fields := map[string]string{}
	for _, f := range r.asked() {
		if v := t.Values[f.ID]; v != "" {
			fields[f.ID] = v
		}
	}
	candidates, err := r.Core.Identify(ctx, r.Profile.ID, fields)
	if err != nil {
		return nil, fmt.Errorf("identifying: %w", err)
	}
	found := make([][]hit, max(len(candidates), 1))
	var group errgroup.Group
	for i := range found {
		group.Go(func() (err error) {
			if len(candidates) == 0 {
				return r.nobody(ctx)
			}
			found[i], err = r.addresses(ctx, candidates[i].ID)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	hits = slices.Concat(found...)
	return hits[:min(len(hits), maxHits)], nil
}

// nobody asks the core as much for who does not exist as for who does: how long
// it takes, and whether it fails, must not tell them apart (RULES: enum.same).
func (r recovery) nobody(ctx context.Context) error {
	_, err := r.Core.Account(ctx, r.Profile.ID, "nobody")
	if backend.CodeOf(err) == backend.NotFound {
		return nil
	}
	return err
}

// maxHits bounds what a dialog remembers, and how many mails one turn sends.
const maxHits = 8

// addresses are where a code for an account can go.
func (r recovery) addresses(ctx context.Context, account string) (hits []hit, err error) {
	a, err := r.Core.Account(ctx, r.Profile.ID, account)
	if err != nil {
		return nil, fmt.Errorf("reading an account: %w", err)
	}
	for _, address := range a.Addresses {
		to, err := mailaddr.Parse(address.Email)
		h := hit{Account: a.ID, Label: shortened(a.Label, 60), Address: to.String()}
		if r.byTemporary() {
			h.Username, h.Unopened = a.Username, !a.State.Registered
		}
		if err == nil && !slices.Contains(hits, h) {
			hits = append(hits, h)
		}
	}
	return hits, nil
}

func shortened(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// identity names what a person claimed to be: the subject of budgets when nobody has it.
func (r recovery) identity(t *flows.Turn) string {
	h := sha256.New()
	for _, f := range r.asked() {
		_, _ = fmt.Fprintf(h, "%d:%s", len(t.Values[f.ID]), t.Values[f.ID])
	}
	return "identity/" + r.Profile.ID + "/" + hex.EncodeToString(h.Sum(nil))
}

func (r recovery) subject(account string) string { return "account/" + r.Profile.ID + "/" + account }

func chat(t *flows.Turn) string {
	return "chat/" + t.Key.Portal + "/" + t.Key.Channel + "/" + t.Key.Person
}

func setHits(t *flows.Turn, hits []hit) error {
	b, err := json.Marshal(hits)
	if err != nil {
		return err
	}
	t.Values["hits"] = string(b)
	return nil
}

func getHits(t *flows.Turn) (hits []hit, err error) {
	if t.Values["hits"] == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(t.Values["hits"]), &hits); err != nil {
		return nil, fmt.Errorf("reading the accounts found: %w", err)
	}
	return hits, nil
}
