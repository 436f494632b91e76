package emulator

import (
	"net/http"

	"ventanilla/backend"
	"ventanilla/backend/coreapi"
	"ventanilla/backend/secret"
)

func (e *Emulator) capabilities(c call) (any, error) {
	k := backend.Capabilities{
		Password: c.portal.rules(), SecondFactor: c.portal.SecondFactor,
		Unlock: true, Change: true, Temporary: true, Register: true, Invitations: true, Contact: true,
		EndSessions: true, Products: true, Payslips: true,
	}
	if e.opt.PublicURL != "" {
		k.SignInURL = e.opt.PublicURL + "/signin/" + c.portal.ID
	}
	return k, nil
}

func (e *Emulator) identify(c call, q coreapi.IdentifyRequest) (any, error) {
	return coreapi.IdentifyResult{Accounts: c.portal.identify(q.Fields)}, nil
}

func (e *Emulator) account(c call) (any, error) {
	r, err := e.record(c.portal.ID, c.account)
	if err != nil {
		return nil, err
	}
	a := r.account()
	if person, seeded := c.portal.find(c.account); person != nil {
		a.Identifiers = person.identifiers(seeded)
	}
	return a, nil
}

// record reads an account ([backend.NotFound]).
func (e *Emulator) record(portal, id string) (r *record, err error) {
	err = e.view(func(b *book) (err error) {
		r, err = b.account(portal, id)
		return err
	})
	return r, err
}

func (e *Emulator) products(c call) (any, error) {
	r, err := e.record(c.portal.ID, c.account)
	if err != nil {
		return nil, err
	}
	return coreapi.ProductList{Products: append([]backend.Product{}, r.Products...)}, nil
}

func (e *Emulator) payslips(c call) (any, error) {
	if _, err := e.record(c.portal.ID, c.account); err != nil {
		return nil, err
	}
	list := coreapi.PayslipList{Payslips: []backend.Payslip{}}
	for _, s := range c.portal.slips(c.account, c.now) {
		list.Payslips = append(list.Payslips, s.payslip())
	}
	return list, nil
}

// payslip serves a PDF, made when it is asked for.
func (e *Emulator) payslip(w http.ResponseWriter, r *http.Request) {
	c, err := e.open(r, "payslip")
	if err != nil {
		e.refuse(w, err)
		return
	}
	text, err := c.portal.pdf(c.account, r.PathValue("slip"), c.now, secret.Text(r.Header.Get("Document-Password")))
	if err != nil {
		e.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // the caller is gone if this fails
}
