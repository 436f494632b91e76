// Package account is what the errands about an account share: whose account it may
// be, the mails that carry a code or tell what was done, the budgets that protect
// its owner, and the judging of a new password.
//
// It holds no conversation: the flows do. What it says of an account before a proof
// is the same whether the account exists or not (RULES: enum.same).
package account

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
)

//go:embed texts/*.yaml
var texts embed.FS

// Texts is the folder of the sentences that the errands share.
func Texts() fs.FS {
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return dir
}

// Core is what every errand asks of the account system; see [backend.Client].
type Core interface {
	Identify(ctx context.Context, portal string, fields map[string]string) ([]backend.Candidate, error)
	Account(ctx context.Context, portal, account string) (backend.Account, error)
	Capabilities(ctx context.Context, portal string) (backend.Capabilities, error)
}

// Desk is one organisation's, with what it needs of the world outside.
type Desk struct {
	Profile  portal.Profile
	Core     Core
	Guard    flows.Guard
	Codes    flows.Codes
	Limits   flows.Limits
	MailDown func() bool // whether mails are not going out right now, for anybody
}

// Need is what an errand must know of a person before it can go on.
type Need string

// What an errand may need; the sub-dialog "proof" finds it out.
const (
	Identity Need = "identity" // whose account it is said to be: typed and confirmed, not proven
	Code     Need = "code"     // a code that came to an address of the account
	Address  Need = "address"  // a code that came to the address set by [SetHits], whosever it is
)

// Ask notes what an errand needs, and for which service the person is asked. The
// event that leads to "proof/" follows. Where something else was needed before, what was
// found for that is forgotten: an address being proven must not stand for the account.
func Ask(t *flows.Turn, s portal.Service, n Need) {
	if t.Dialog.Want != "" && Needs(t) != n {
		delete(t.Values, "hits")
		delete(t.Values, "nonce")
	}
	t.Dialog.Want = string(s) + " " + string(n)
}

// Needs is what was noted by [Ask].
func Needs(t *flows.Turn) Need {
	if _, n, _ := strings.Cut(t.Dialog.Want, " "); n != "" {
		return Need(n)
	}
	return Code
}

// Service is the one noted by [Ask].
func Service(t *flows.Turn) portal.Service {
	if s, _, _ := strings.Cut(t.Dialog.Want, " "); s != "" {
		return portal.Service(s)
	}
	return portal.Recover
}

// Thawing is the Value that an agent sets who lets a stopped account go on once its owner has proven it (RULES: notme).
const Thawing = "thaw"

// Proven tells whether the account that the dialog is about was proven a short
// while ago: Values "account", "username" and, of an account never opened,
// "unregistered" are set.
func Proven(t *flows.Turn) bool {
	return t.Values["account"] != "" && t.Dialog.Proof.Valid(t.At) && t.Dialog.Proof.Account == t.Values["account"]
}

// Claimed tells whether the person said who they are, and that it is right.
func Claimed(t *flows.Turn) bool { return t.Values["claimed"] != "" }

// Fields are the identity fields that the errand in hand asks for.
func (d Desk) Fields(t *flows.Turn) []portal.Field { return d.Profile.Fields(Service(t)) }

// Identity names what a person claimed to be: the subject of budgets when nobody has it.
func (d Desk) Identity(t *flows.Turn) string {
	h := sha256.New()
	for _, f := range d.Fields(t) {
		_, _ = fmt.Fprintf(h, "%d:%s", len(t.Values[f.ID]), t.Values[f.ID])
	}
	return "identity/" + d.Profile.ID + "/" + hex.EncodeToString(h.Sum(nil))
}

// Subject names an account in budgets.
func (d Desk) Subject(account string) string { return "account/" + d.Profile.ID + "/" + account }

// Chat names a person's chat in budgets.
func Chat(t *flows.Turn) string {
	return "chat/" + t.Key.Portal + "/" + t.Key.Channel + "/" + t.Key.Person
}

// Evidence is the proof as the core wants it.
func Evidence(t *flows.Turn) backend.Evidence {
	p := t.Dialog.Proof
	return backend.Evidence{Account: p.Account, Method: p.Method, Address: p.Address, At: p.At}
}

// Frozen tells whether the account's owner said "No fui yo" (RULES: notme).
func (d Desk) Frozen(ctx context.Context, t *flows.Turn) (bool, error) {
	until, err := d.Guard.Frozen(ctx, d.Subject(t.Values["account"]))
	return until.After(t.At), err
}

// Username fills the user name: what the person typed, or after the proof what the core says.
// One that is made of an identifier is masked where identifiers may not be shown.
func (d Desk) Username(t *flows.Turn) []string {
	username := t.Values["username"]
	for _, f := range d.Fields(t) {
		if v := t.Values[f.ID]; t.Pages && f.IsSensitive() && v != "" && strings.Contains(username, v) {
			username = f.Mask(v, t.Values)
		}
	}
	return []string{"username", username}
}

// identified notes the identifier that a user name is, for who did not type it in this errand: else nothing would tell that the name
// may not stand in every chat, nor in any transcript (RULES: wa.policy, data.canary).
func (d Desk) identified(t *flows.Turn, username string) {
	for _, f := range d.Fields(t) {
		if t.Values[f.ID] != "" || !f.IsSensitive() || !f.Asked(t.Values) {
			continue
		}
		if v, reason := f.Parse(username, t.Values); reason == "" && v == username {
			t.Values[f.ID] = v
		}
	}
}

// Labelled finds the one option of which a sentence names a longer word: "la de docente". "" if none or several.
func Labelled(sentence string, options []flows.Option) (id string) {
	for _, o := range options {
		label := " " + flows.Plain(undotted(o.Label)) + " "
		if !slices.ContainsFunc(strings.Fields(flows.Plain(undotted(sentence))), func(w string) bool {
			return len(w) > 3 && strings.Contains(label, " "+w+" ")
		}) {
			continue
		}
		if id != "" {
			return ""
		}
		id = o.ID
	}
	return id
}

var thousands = regexp.MustCompile(`(\d)\.(\d{3})\b`)

// undotted writes "10.430" as people type it, too: "10430".
func undotted(s string) string { return thousands.ReplaceAllString(s, "$1$2") }

// Enter notes what the errand needs to know of an account that was proven; see [Proven].
func (d Desk) Enter(ctx context.Context, t *flows.Turn, id string) error {
	a, err := d.Core.Account(ctx, d.Profile.ID, id)
	if err != nil {
		return fmt.Errorf("reading the account: %w", err)
	}
	t.Values["account"], t.Values["username"] = id, a.Username
	t.Ident("username", a.Username)
	d.identified(t, a.Username)
	delete(t.Values, "unregistered")
	delete(t.Values, "closed")
	switch {
	case a.State.Disabled:
		t.Values["closed"] = "1"
	case !a.State.Registered:
		t.Values["unregistered"] = "1"
	}
	return nil
}

// TakeOption takes one of the step's options; anything else is refused with a text.
func TakeOption(otherwise string) flows.Take {
	return func(_ *flows.Turn, in flows.Input) (string, string) {
		if in.Choice == "" {
			return "", otherwise
		}
		return in.Choice, ""
	}
}

// Title makes a label stand alone: "tu legajo" is "Legajo".
func Title(label string) string {
	for _, my := range []string{"tu ", "su "} {
		label = strings.TrimPrefix(label, my)
	}
	return UpperFirst(label)
}

// UpperFirst begins a sentence.
func UpperFirst(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 || first == unicode.ToUpper(first) {
		return s
	}
	return string(unicode.ToUpper(first)) + s[n:]
}

// CanEnd notes among what a page brought whether the core can end other sessions: then that is offered
// with the news of a new password (RULES: reset.nologin). A core that cannot say so now is not asked again.
func (d Desk) CanEnd(ctx context.Context, brought map[string]string) {
	if caps, err := d.Core.Capabilities(ctx, d.Profile.ID); err == nil && caps.EndSessions {
		brought["sessions"] = "1"
	}
}

// Afterwards offers, under the news of a new password, what [Notices] does, and to end other sessions.
func Afterwards(t *flows.Turn) []flows.Option {
	all := Notices(t)
	if ends(t) {
		all = append(all, flows.Option{ID: "end_sessions", Label: t.Text("offer_end_sessions")})
	}
	return all
}

// LeftOpen fills {sessions} with why one may want to end them.
func LeftOpen(t *flows.Turn) []string {
	if ends(t) {
		return []string{"sessions", t.Text("left_open")}
	}
	return []string{"sessions", ""}
}

// ends tells whether other sessions can be ended: also of who did not prove the account by a code, it would take one.
func ends(t *flows.Turn) bool { return t.Values["sessions"] == "1" && Proven(t) }

// Notices offers, under the last words of an errand, to be told in this chat what
// happens to the account, unless that is so already. The option counts at the menu.
func Notices(t *flows.Turn) []flows.Option {
	if t.Dialog.Memory.Linked[t.Values["account"]].After(t.At) {
		return nil
	}
	return []flows.Option{{ID: "link", Label: t.Text("offer_link")}}
}
