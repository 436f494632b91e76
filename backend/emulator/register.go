package emulator

import (
	"context"
	"strconv"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/coreapi"
	"ventanilla/backend/secret"
)

// inviteLife is how long an invitation counts from when its account was seeded.
const inviteLife = 90 * 24 * time.Hour

// invite is an invitation as the file keeps it.
type invite struct {
	Account   string    `json:"account"`
	Label     string    `json:"label"`
	ExpiresAt time.Time `json:"expires_at"`
	Used      bool      `json:"used"`
}

// valid refuses an invitation that served or is too old.
func (i invite) valid(now time.Time) error {
	switch {
	case i.Used:
		return &backend.Error{Code: backend.Rejected, Reason: backend.ReasonUsed}
	case !now.Before(i.ExpiresAt):
		return &backend.Error{Code: backend.Rejected, Reason: backend.ReasonExpired}
	}
	return nil
}

// invitation checks a key, as it was typed.
func (e *Emulator) invitation(c call, q coreapi.InvitationRequest) (any, error) {
	i, err := e.invited(c, q.Key)
	if err != nil {
		return nil, err
	}
	if err := i.valid(c.now); err != nil {
		return nil, err
	}
	return backend.Invitation{Account: i.Account, Label: i.Label, ExpiresAt: i.ExpiresAt.UTC()}, nil
}

// invited reads an invitation ([backend.NotFound]).
func (e *Emulator) invited(c call, typed string) (i invite, err error) {
	err = e.view(func(b *book) error { return b.get(bucketInvites, key(c.portal.ID, normal(typed)), &i) })
	return i, err
}

// useInvite spends an invitation.
func (b *book) useInvite(portal, typed string) error {
	var i invite
	k := key(portal, normal(typed))
	if err := b.get(bucketInvites, k, &i); err != nil {
		return err
	}
	if err := i.valid(b.now); err != nil {
		return err
	}
	i.Used = true
	return b.put(bucketInvites, k, i)
}

// register opens an account that the organisation holds in its payroll (RULES: reg.proof).
func (e *Emulator) register(ctx context.Context, c call, q coreapi.RegisterRequest) (apply, error) {
	r, err := e.record(c.portal.ID, q.Account)
	if err != nil {
		return nil, err
	}
	if r.Disabled {
		return nil, &backend.Error{Code: backend.Rejected, Reason: backend.ReasonDisabled}
	}
	if r.Registered {
		return nil, &backend.Error{Code: backend.Rejected, Reason: backend.ReasonRegistered}
	}
	method, err := e.mayRegister(c, r, q)
	if err != nil {
		return nil, err
	}
	if q.EmailEvidence != "" {
		if err := e.provenNew(c, r, q.Email, q.EmailEvidence); err != nil {
			return nil, err
		}
	}
	username := strings.TrimSpace(q.Username)
	if username == "" {
		username = suggest(r)
	}
	hash, err := e.judged(ctx, c, secret.Text(q.Password), username)
	if err != nil {
		return nil, err
	}
	return func(b *book) (any, error) { return b.register(c, q, method, username, hash) }, nil
}

// mayRegister checks what the evidence of a registration rests on and returns its method.
func (e *Emulator) mayRegister(c call, r *record, q coreapi.RegisterRequest) (string, error) {
	claims, err := e.claims(c, q.Evidence, r,
		backend.MethodCode, backend.MethodLink, backend.MethodInvitation, backend.MethodAgent, backend.MethodData, backend.MethodWaited)
	if err != nil {
		return "", err
	}
	switch claims.Method {
	case backend.MethodCode, backend.MethodLink:
		if !r.knows(claims.Address) {
			return "", &backend.Error{Code: backend.BadEvidence, Message: "the address is none of the account's"}
		}
	case backend.MethodInvitation:
		if i, err := e.invited(c, q.Invitation); err != nil || i.Account != r.ID {
			return "", &backend.Error{Code: backend.BadEvidence, Message: "there is no such invitation for the account"}
		}
	}
	return claims.Method, nil
}

func (b *book) register(c call, q coreapi.RegisterRequest, method, username, hash string) (any, error) {
	r, err := b.account(c.portal.ID, q.Account)
	if err != nil {
		return nil, err
	}
	if r.Registered {
		return nil, &backend.Error{Code: backend.Rejected, Reason: backend.ReasonRegistered}
	}
	if other, err := b.byUsername(r.Portal, username); err == nil && other.ID != r.ID {
		return nil, &backend.Error{Code: backend.Rejected, Reason: backend.ReasonTaken}
	}
	if method == backend.MethodInvitation {
		if err := b.useInvite(r.Portal, q.Invitation); err != nil {
			return nil, err
		}
	}
	if method == backend.MethodData {
		r.OpensAt = b.now.Add(trustWait).UTC()
	}
	r.Registered, r.Username = true, username
	r.setPassword(hash)
	if q.Email != "" && !r.knows(backend.AddressHash(q.Email)) {
		r.putAddress(q.Email, "")
	}
	r.complete(q)
	return backend.RegisterResult{Account: r.ID, Username: r.Username, OpensAt: r.OpensAt}, b.change(r, Opened)
}

// complete writes what a registration says beside who somebody is.
func (r *record) complete(q coreapi.RegisterRequest) {
	if q.Phone != "" {
		r.putPhone(q.Phone, "")
	}
	if q.Postal != (backend.Postal{}) {
		r.Postal = q.Postal
	}
	if q.FullName != "" {
		r.rename(q.FullName)
	}
	if q.Accepted != (backend.Acceptance{}) {
		r.Accepted = append(r.Accepted, accepted{q.Accepted.Version, q.Accepted.At})
	}
}

// plain takes the marks off a name that is to be typed on any keyboard.
var plain = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n")

// suggest makes a username of the given name and the account's number, unless the portal has a rule of its own.
func suggest(r *record) string {
	if r.Becomes != "" {
		return r.Becomes
	}
	n := r.ID[strings.LastIndex(r.ID, "-")+1:]
	if _, err := strconv.Atoi(n); err != nil {
		n = r.ID
	}
	return plain.Replace(strings.ToLower(strings.Fields(r.GivenName + " usuario")[0])) + n
}
