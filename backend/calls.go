package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"ventanilla/backend/coreapi"
	"ventanilla/backend/secret"
)

// Identify finds the accounts of a person of a portal by what the person typed,
// under the names of the profile's fields: none, one or several. It changes nothing.
func (c *Client) Identify(ctx context.Context, portal string, fields map[string]string) ([]Candidate, error) {
	r := request{op: "identify", method: http.MethodPost, portal: portal, path: []string{"identify"},
		body: coreapi.IdentifyRequest{Fields: fields}}
	found, err := ask[coreapi.IdentifyResult](ctx, c, r)
	return found.Accounts, err
}

// Account returns what the core knows about an account ([NotFound]).
func (c *Client) Account(ctx context.Context, portal, account string) (Account, error) {
	return ask[Account](ctx, c, get("account", portal, "accounts", account))
}

// Capabilities returns what the core can do for a portal ([NotFound] if it does not serve it).
func (c *Client) Capabilities(ctx context.Context, portal string) (Capabilities, error) {
	return ask[Capabilities](ctx, c, get("capabilities", portal, "capabilities"))
}

// Reset sets a new password and unlocks, answering part by part (RULES: reset.unlocks).
// op is the idempotency key; asking again for a part that failed takes a new one.
// Errors: [WeakPassword], [BadEvidence], [NotFound], [Rejected] with [ReasonUnregistered] or [ReasonDisabled].
func (c *Client) Reset(ctx context.Context, op, portal, account string, r ResetRequest) (ResetResult, error) {
	evidence, err := c.sign(portal, account, r.Evidence)
	if err != nil {
		return ResetResult{}, err
	}
	return ask[ResetResult](ctx, c, change(http.MethodPost, "reset", op, portal, account,
		coreapi.ResetRequest{Password: r.Password.Reveal(), Unlock: r.Unlock, Evidence: evidence}))
}

// Change replaces the password, the current or a temporary one being the proof.
// Errors: [WrongPassword], [WeakPassword], [Locked], [RateLimited], [NotFound],
// [Rejected] with [ReasonUnregistered] or [ReasonDisabled].
func (c *Client) Change(ctx context.Context, op, portal, account string, current, password secret.Text) error {
	_, err := c.do(ctx, change(http.MethodPost, "change", op, portal, account,
		coreapi.ChangeRequest{Current: current.Reveal(), Password: password.Reveal()}))
	return err
}

// Unlock unlocks the account and keeps its password. Errors: [BadEvidence], [NotFound],
// [Rejected] with [ReasonUnregistered] or [ReasonDisabled].
func (c *Client) Unlock(ctx context.Context, op, portal, account string, e Evidence) (Part, error) {
	evidence, err := c.sign(portal, account, e)
	if err != nil {
		return Part{}, err
	}
	return ask[Part](ctx, c, change(http.MethodPost, "unlock", op, portal, account, coreapi.EvidenceRequest{Evidence: evidence}))
}

// Temporary asks for a temporary password; the same op gives the same one again.
// It changes nothing else (RULES: temp.form, temp.keeps). Errors: [NotFound],
// [Rejected] with [ReasonUnregistered], [Unsupported].
func (c *Client) Temporary(ctx context.Context, op, portal, account string) (Temporary, error) {
	t, err := ask[coreapi.TemporaryResult](ctx, c, change(http.MethodPost, "temporary", op, portal, account, coreapi.TemporaryRequest{}))
	return Temporary{Password: secret.Text(t.Password), ExpiresAt: t.ExpiresAt}, err
}

// EndSessions signs the person out everywhere. Errors: [BadEvidence], [NotFound], [Unsupported].
func (c *Client) EndSessions(ctx context.Context, op, portal, account string, e Evidence) error {
	evidence, err := c.sign(portal, account, e)
	if err != nil {
		return err
	}
	r := change(http.MethodPost, "sessions", op, portal, account, coreapi.EvidenceRequest{Evidence: evidence})
	r.path = append(r.path, "end")
	_, err = c.do(ctx, r)
	return err
}

// ChangeContact changes contact data and returns the account as it is then
// (RULES: contact.change). Errors: [BadEvidence], [Invalid], [NotFound] also if there is
// nothing to replace.
func (c *Client) ChangeContact(ctx context.Context, op, portal, account string, k Contact) (Account, error) {
	evidence, err := c.sign(portal, account, k.Evidence)
	if err != nil {
		return Account{}, err
	}
	body := coreapi.ContactRequest{Evidence: evidence, FullName: k.FullName}
	if k.Email != nil {
		proof, err := c.sign(portal, account, k.Email.Evidence)
		if err != nil {
			return Account{}, err
		}
		body.Email = coreapi.NewEmail{Email: k.Email.Email, Replaces: k.Email.Replaces, Evidence: proof}
	}
	if k.Phone != nil {
		body.Phone = *k.Phone
	}
	if k.Postal != nil {
		body.Postal = *k.Postal
	}
	return ask[Account](ctx, c, change(http.MethodPatch, "contact", op, portal, account, body))
}

// Invitation checks the key of an invitation, as it was typed. It changes nothing.
// Errors: [NotFound], [Rejected] with [ReasonUsed] or [ReasonExpired].
func (c *Client) Invitation(ctx context.Context, portal, key string) (Invitation, error) {
	return ask[Invitation](ctx, c, request{op: "invitation", method: http.MethodPost, portal: portal,
		path: []string{"invitations"}, body: coreapi.InvitationRequest{Key: key}})
}

// Register opens the account of a person whom the organisation knows (RULES:
// reg.proof). Errors: [WeakPassword], [BadEvidence], [NotFound], [Rejected] with
// [ReasonRegistered], [ReasonDisabled], [ReasonTaken], [ReasonUsed] or [ReasonExpired].
func (c *Client) Register(ctx context.Context, op, portal string, r Registration) (RegisterResult, error) {
	evidence, err := c.sign(portal, r.Account, r.Evidence)
	if err != nil {
		return RegisterResult{}, err
	}
	body := coreapi.RegisterRequest{Account: r.Account, Username: r.Username, Email: r.Email, Phone: r.Phone, FullName: r.FullName,
		Invitation: r.Invitation, Password: r.Password.Reveal(), Evidence: evidence}
	if r.EmailEvidence != (Evidence{}) {
		if body.EmailEvidence, err = c.sign(portal, r.Account, r.EmailEvidence); err != nil {
			return RegisterResult{}, err
		}
	}
	if r.Postal != nil {
		body.Postal = *r.Postal
	}
	if r.Accepted != nil {
		body.Accepted = *r.Accepted
	}
	return ask[RegisterResult](ctx, c, request{op: "register", method: http.MethodPost, portal: portal,
		path: []string{"register"}, changes: true, key: op, body: body})
}

// Products lists what the person has with the organisation.
func (c *Client) Products(ctx context.Context, portal, account string) ([]Product, error) {
	list, err := ask[coreapi.ProductList](ctx, c, get("products", portal, "accounts", account, "products"))
	return list.Products, err
}

// Payslips lists the payslips of an account, newest first.
func (c *Client) Payslips(ctx context.Context, portal, account string) ([]Payslip, error) {
	list, err := ask[coreapi.PayslipList](ctx, c, get("payslips", portal, "accounts", account, "payslips"))
	return list.Payslips, err
}

// Payslip returns one payslip as PDF. If a password is given the core is asked to lock
// the document with it, which a core need not be able to (see package payslip). The bytes
// are the person's; nobody keeps them. Errors: [NotFound], [Rejected] with [ReasonTooLarge]
// or [ReasonNoPDF].
func (c *Client) Payslip(ctx context.Context, portal, account, slip string, password secret.Text) ([]byte, error) {
	r := get("payslip", portal, "accounts", account, "payslips", slip)
	r.limit, r.document = maxDocument, true
	if password != "" {
		r.header = http.Header{"Document-Password": {password.Reveal()}}
	}
	a, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	switch {
	case a.media == "application/pdf" && bytes.HasPrefix(a.body, []byte("%PDF-")):
		return a.body, nil
	case a.media == "text/html": // a gateway's page, not the core's answer: it passes
		return nil, &Error{Code: Internal, Op: r.op, Message: "a web page and no payslip"}
	}
	return nil, &Error{Code: Rejected, Reason: ReasonNoPDF, Op: r.op, Message: "the payslip is no PDF"}
}

// get is a request that only reads.
func get(op, portal string, path ...string) request {
	return request{op: op, method: http.MethodGet, portal: portal, path: path}
}

// change is a request that changes an account; the last part of its path is its name.
func change(method, name, op, portal, account string, body any) request {
	return request{op: name, method: method, portal: portal, path: []string{"accounts", account, name}, changes: true, key: op, body: body}
}

// sign signs the evidence of a call, refusing one that is for another account.
func (c *Client) sign(portal, account string, e Evidence) (string, error) {
	if e.Account != account || e.Method == "" || e.At.IsZero() {
		return "", &Error{Code: BadEvidence, Op: "evidence", Message: "the evidence is for another account, or incomplete"}
	}
	text, err := e.Sign(c.conf.EvidenceKey, portal)
	if err != nil {
		return "", &Error{Code: Internal, Op: "evidence", Err: err}
	}
	return text, nil
}

// ask sends a request and decodes the answer. Fields that the contract does not
// know are let pass, so that a core may be ahead of us.
func ask[T any](ctx context.Context, c *Client, r request) (T, error) {
	var v T
	a, err := c.do(ctx, r)
	if err != nil {
		return v, err
	}
	if a.media != "application/json" || json.Unmarshal(a.body, &v) != nil {
		var none T
		return none, &Error{Code: Internal, Op: r.op, Message: "the answer is not the contract's"}
	}
	return v, nil
}
