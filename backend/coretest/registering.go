package coretest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ventanilla/backend"
)

// registering are the checks that open the account of [Target].Unopened.
func registering() []check {
	return []check{
		{"it finds an account that was not opened yet, and says that it was not", findsUnopened},
		{"it makes no temporary password for an account that was not opened", noTemporaryUnopened},
		{"it knows the invitation, and which account it opens", knowsInvitation},
		{"it opens no account on personal data and a newly typed address", opensNotOnData},
		{"it opens the account once", opensOnce},
		{"an invitation serves once", invitationServedOnce},
	}
}

func findsUnopened(ctx context.Context, r *run) error {
	if !r.able.Register {
		return errSkipped
	}
	found, err := r.client.Identify(ctx, r.Portal, r.Unopened)
	if err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	if len(found) == 0 {
		return errors.New("it found nobody")
	}
	if r.fresh, err = r.client.Account(ctx, r.Portal, found[0].ID); err != nil {
		return fmt.Errorf("reading the account: %w", err)
	}
	if r.fresh.State.Registered {
		return errors.New("it says that the account is registered")
	}
	return nil
}

func noTemporaryUnopened(ctx context.Context, r *run) error {
	if !r.able.Register || !r.able.Temporary {
		return errSkipped
	}
	_, err := r.client.Temporary(ctx, r.op("unopened-temporary"), r.Portal, r.fresh.ID)
	return wantReason(err, backend.ReasonUnregistered)
}

func knowsInvitation(ctx context.Context, r *run) error {
	if r.Invitation == "" || !r.able.Invitations {
		return errSkipped
	}
	for _, typed := range []string{r.Invitation, " " + strings.ToLower(strings.ReplaceAll(r.Invitation, "-", " ")) + " "} {
		i, err := r.client.Invitation(ctx, r.Portal, typed)
		switch {
		case err != nil:
			return fmt.Errorf("asking: %w", err)
		case i.Account != r.fresh.ID:
			return errors.New("it is for another account")
		case !i.ExpiresAt.After(r.Now()):
			return errors.New("it ended already, and was not refused")
		}
	}
	return nil
}

// registration opens the account on the target's kind of proof.
func (r *run) registration() (backend.Registration, error) {
	p, err := password(r.able.Password, "5")
	if err != nil {
		return backend.Registration{}, err
	}
	reg := backend.Registration{Account: r.fresh.ID, Password: p, Invitation: r.Invitation, FullName: r.fresh.FullName,
		Accepted: &backend.Acceptance{Version: "core-test", At: r.at.UTC().Truncate(time.Second)}}
	switch {
	case r.Invitation != "":
		reg.Evidence = backend.Evidence{Account: r.fresh.ID, Method: backend.MethodInvitation, At: r.at}
	case len(r.fresh.Addresses) == 0:
		return reg, errors.New("the account has no address, so that nothing can be proven")
	default:
		reg.Evidence = r.evidence(r.fresh.ID, r.fresh.Addresses[0].Email)
	}
	return reg, nil
}

// opensNotOnData types an address that the core never knew (RULES: reg.proof).
func opensNotOnData(ctx context.Context, r *run) error {
	if !r.able.Register {
		return errSkipped
	}
	reg, err := r.registration()
	if err != nil {
		return err
	}
	reg.Invitation, reg.Email, reg.Evidence = "", nobody+"@example.org", r.evidence(r.fresh.ID, nobody+"@example.org")
	_, err = r.client.Register(ctx, r.op("register-typed"), r.Portal, reg)
	return wantCode(err, backend.BadEvidence)
}

func opensOnce(ctx context.Context, r *run) error {
	if !r.able.Register {
		return errSkipped
	}
	reg, err := r.registration()
	if err != nil {
		return err
	}
	var names []string
	for range 2 { // with the same key: the same answer
		done, err := r.client.Register(ctx, r.op("register"), r.Portal, reg)
		if err != nil {
			return fmt.Errorf("opening: %w", err)
		}
		names = append(names, done.Username)
	}
	now, err := r.client.Account(ctx, r.Portal, r.fresh.ID)
	if err != nil {
		return fmt.Errorf("reading the account: %w", err)
	}
	if !now.State.Registered || now.Username != names[0] || names[0] != names[1] || names[0] == "" {
		return fmt.Errorf("registered: %v, under %q after the answers %q", now.State.Registered, now.Username, names)
	}
	_, err = r.client.Register(ctx, r.op("register-again"), r.Portal, reg)
	return wantReason(err, backend.ReasonRegistered)
}

func invitationServedOnce(ctx context.Context, r *run) error {
	if r.Invitation == "" || !r.able.Invitations {
		return errSkipped
	}
	_, err := r.client.Invitation(ctx, r.Portal, r.Invitation)
	return wantReason(err, backend.ReasonUsed)
}

// wantReason says what a rejection should have been.
func wantReason(err error, want string) error {
	if e, ok := errors.AsType[*backend.Error](err); ok && e.Code == backend.Rejected && e.Reason == want {
		return nil
	}
	return fmt.Errorf("got %v; it should be rejected because %s", err, want)
}

// phone is one that the checks may write.
const phone = "+5492215550199"

// changesContact writes other contact data and reads it back.
func changesContact(ctx context.Context, r *run) error {
	if !r.able.Contact {
		return errSkipped
	}
	e, err := r.proof()
	if err != nil {
		return err
	}
	change := backend.Contact{FullName: r.account.FullName + " Prueba", Phone: &backend.NewPhone{Number: phone},
		Postal: &backend.Postal{Street: "Calle de Prueba 1", City: "Prueba"}, Evidence: e}
	now, err := r.client.ChangeContact(ctx, r.op("contact"), r.Portal, r.account.ID, change)
	if err != nil {
		return fmt.Errorf("changing: %w", err)
	}
	has := false
	for _, p := range now.Phones {
		has = has || p.Number == phone
	}
	switch {
	case now.FullName != change.FullName || !has || now.Postal != *change.Postal:
		return errors.New("the answer does not hold what was written")
	case len(now.Addresses) != len(r.account.Addresses):
		return errors.New("the addresses changed, too")
	}
	return open(ctx, r)
}

// refusesUnprovenEmail proves an address, and writes another (RULES: contact.change).
func refusesUnprovenEmail(ctx context.Context, r *run) error {
	if !r.able.Contact {
		return errSkipped
	}
	e, err := r.proof()
	if err != nil {
		return err
	}
	_, err = r.client.ChangeContact(ctx, r.op("contact-unproven"), r.Portal, r.account.ID,
		backend.Contact{Email: &backend.NewEmail{Email: nobody + "@example.org", Evidence: e}, Evidence: e})
	return errors.Join(wantCode(err, backend.BadEvidence), unchanged(ctx, r))
}
