package emulator

import (
	"context"
	"strings"

	"ventanilla/backend"
	"ventanilla/backend/coreapi"
)

// changeContact writes new contact data; a new e-mail takes evidence of its own (RULES: contact.change).
func (e *Emulator) changeContact(_ context.Context, c call, q coreapi.ContactRequest) (apply, error) {
	r, err := e.owned(c, q.Evidence)
	if err != nil {
		return nil, err
	}
	if q.Email.Email != "" {
		if err := e.provenNew(c, r, q.Email.Email, q.Email.Evidence); err != nil {
			return nil, err
		}
	}
	return func(b *book) (any, error) {
		r, err := b.account(c.portal.ID, c.account)
		if err != nil {
			return nil, err
		}
		if !putContact(r, q) {
			return nil, &backend.Error{Code: backend.NotFound, Message: "there is no such address or phone"}
		}
		return r.account(), b.change(r, ContactChanged)
	}, nil
}

// provenNew checks that the person reads a new address.
func (e *Emulator) provenNew(c call, r *record, email, evidence string) error {
	if !strings.Contains(email, "@") {
		return &backend.Error{Code: backend.Invalid, Message: "the new address is no e-mail address"}
	}
	claims, err := e.claims(c, evidence, r, backend.MethodCode, backend.MethodAgent)
	if err != nil {
		return err
	}
	if claims.Address != backend.AddressHash(email) {
		return &backend.Error{Code: backend.BadEvidence, Message: "it proves another address"}
	}
	return nil
}

func putContact(r *record, q coreapi.ContactRequest) bool {
	ok := true
	if q.Email.Email != "" {
		ok = r.putAddress(q.Email.Email, q.Email.Replaces)
	}
	if q.Phone.Number != "" {
		ok = r.putPhone(q.Phone.Number, q.Phone.Replaces) && ok
	}
	if q.Postal != (backend.Postal{}) {
		r.Postal = q.Postal
	}
	if q.FullName != "" {
		r.rename(q.FullName)
	}
	return ok
}

// rename writes a whole name; people are addressed by its first word.
func (r *record) rename(name string) {
	words := strings.Fields(name)
	r.FullName = strings.Join(words, " ")
	r.GivenName = append(words, "")[0]
}
