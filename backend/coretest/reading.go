package coretest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

// nobody is an account that no core has.
const nobody = "ventanilla-core-test-nobody"

// reading are the checks that need no account and change nothing.
func reading() []check {
	return []check{
		{"it says what it can do, and its password rules can be met", saysRules},
		{"it refuses a call without the token", func(ctx context.Context, r *run) error { return refusesToken(ctx, r, "") }},
		{"it refuses a call with another token", func(ctx context.Context, r *run) error {
			return refusesToken(ctx, r, "Bearer "+r.Token.Reveal()+"x")
		}},
		{"it says not_found for a portal it does not serve", func(ctx context.Context, r *run) error {
			_, err := r.client.Capabilities(ctx, "no-such-portal")
			return wantCode(err, backend.NotFound)
		}},
		{"it says not_found for an account that does not exist", func(ctx context.Context, r *run) error {
			_, err := r.client.Account(ctx, r.Portal, nobody)
			return wantCode(err, backend.NotFound)
		}},
		{"it answers an empty list for a person it does not know", findsNobody},
		{"it answers an empty list when nothing was typed", findsNobodyByNothing},
		{"it refuses a body that is no JSON", func(ctx context.Context, r *run) error {
			return r.wantStatus(ctx, http.MethodPost, "/identify", "", "{not JSON", http.StatusBadRequest)
		}},
		{"it refuses a change without an Idempotency-Key", func(ctx context.Context, r *run) error {
			return r.wantStatus(ctx, http.MethodPost, "/accounts/"+nobody+"/unlock", "", `{"evidence":"x"}`, http.StatusBadRequest)
		}},
		{"it says not_found for an invitation that does not exist", func(ctx context.Context, r *run) error {
			if !r.able.Invitations {
				return errSkipped
			}
			_, err := r.client.Invitation(ctx, r.Portal, nobody)
			return wantCode(err, backend.NotFound)
		}},
		{"it refuses to change an account that does not exist", func(ctx context.Context, r *run) error {
			_, err := r.client.Unlock(ctx, r.op("nobody"), r.Portal, nobody, r.evidence(nobody, "nobody@example.org"))
			return wantCode(err, backend.NotFound, backend.BadEvidence)
		}},
	}
}

// owning are the checks that read the account of [Target].Fields and change nothing.
func owning() []check {
	return []check{
		{"it finds the person by the fields", finds},
		{"it finds the person however the numbers are written", findsAnyway},
		{"it lists payslips, and each opens as a PDF", opensPayslips},
		{"it lists products", listsProducts},
		{"it refuses evidence that somebody else signed", refusesForged},
		{"it refuses evidence for an address that is not the account's", refusesAddress},
		{"it refuses evidence that is too old", refusesOld},
		{"it refuses a reset on personal data alone", refusesData},
		{"none of that changed the account", unchanged},
	}
}

func saysRules(ctx context.Context, r *run) (err error) {
	r.able, err = r.client.Capabilities(ctx, r.Portal)
	if err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	p := r.able.Password
	if p.MinLength > p.MaxLength {
		return fmt.Errorf("a password cannot have at least %d and at most %d characters", p.MinLength, p.MaxLength)
	}
	_, err = password(p, "1")
	return err
}

func refusesToken(ctx context.Context, r *run, header string) error {
	resp, err := r.raw(ctx, http.MethodGet, "/capabilities", map[string]string{"Authorization": header}, "")
	if err != nil {
		return err
	}
	return wantProblem(resp, http.StatusUnauthorized)
}

func findsNobody(ctx context.Context, r *run) error {
	fields := map[string]string{"doc_type": "dni", "doc_number": "1", "username": nobody}
	for name := range r.Fields {
		fields[name] = "0" // the shape of the profile's own fields, and nobody's value
	}
	return findsNone(ctx, r, fields)
}

func findsNobodyByNothing(ctx context.Context, r *run) error {
	return findsNone(ctx, r, map[string]string{})
}

func findsNone(ctx context.Context, r *run, fields map[string]string) error {
	found, err := r.client.Identify(ctx, r.Portal, fields)
	if err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	if len(found) > 0 {
		return fmt.Errorf("it found %d accounts", len(found))
	}
	return nil
}

func finds(ctx context.Context, r *run) error {
	found, err := r.client.Identify(ctx, r.Portal, r.Fields)
	if err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	if len(found) == 0 {
		return errors.New("it found nobody")
	}
	if r.account, err = r.client.Account(ctx, r.Portal, found[0].ID); err != nil {
		return fmt.Errorf("reading the account: %w", err)
	}
	if r.account.ID != found[0].ID {
		return errors.New("the account has another id than it was asked by")
	}
	return nil
}

// findsAnyway types the same as somebody in a hurry would.
func findsAnyway(ctx context.Context, r *run) error {
	fields := map[string]string{}
	for name, v := range r.Fields {
		fields[name] = " " + strings.ToLower(strings.NewReplacer(".", "", "-", "").Replace(v)) + " "
	}
	found, err := r.client.Identify(ctx, r.Portal, fields)
	if err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	if len(found) == 0 {
		return errors.New("without dots and hyphens, in lower case and between spaces it finds nobody")
	}
	return nil
}

func opensPayslips(ctx context.Context, r *run) error {
	if !r.able.Payslips {
		return errSkipped
	}
	list, err := r.client.Payslips(ctx, r.Portal, r.account.ID)
	if err != nil {
		return fmt.Errorf("listing: %w", err)
	}
	for i, s := range list {
		if i > 0 && s.Period[:7] > list[i-1].Period[:7] {
			return errors.New("they are not newest first")
		}
	}
	for _, s := range list[:min(2, len(list))] {
		if _, err := r.client.Payslip(ctx, r.Portal, r.account.ID, s.ID, ""); err != nil {
			return fmt.Errorf("opening %s: %w", s.ID, err)
		}
	}
	_, err = r.client.Payslip(ctx, r.Portal, r.account.ID, nobody, "")
	return wantCode(err, backend.NotFound)
}

func listsProducts(ctx context.Context, r *run) error {
	if !r.able.Products {
		return errSkipped
	}
	_, err := r.client.Products(ctx, r.Portal, r.account.ID)
	return err
}

// evidence is that of somebody who read a code at an address just now.
func (r *run) evidence(account, address string) backend.Evidence {
	return backend.Evidence{Account: account, Method: backend.MethodCode, Address: address, At: r.at}
}

// raw sends a call that the client would not make, past the judging of requests; a
// header that is empty is not sent.
func (r *run) raw(ctx context.Context, method, path string, headers map[string]string, body string) (*http.Response, error) {
	target := strings.TrimRight(r.URL, "/") + "/v1/portals/" + r.Portal + path
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	for k, v := range headers {
		if v != "" {
			req.Header.Set(k, v)
		}
	}
	resp, err := r.HTTP.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("asking: %w", err)
	}
	return resp, nil
}

// wantStatus sends a call that must be refused with a problem of this status.
func (r *run) wantStatus(ctx context.Context, method, path, key, body string, status int) error {
	headers := map[string]string{"Authorization": "Bearer " + r.Token.Reveal(), "Idempotency-Key": key}
	resp, err := r.raw(ctx, method, path, headers, body)
	if err != nil {
		return err
	}
	return wantProblem(resp, status)
}

// wantProblem judges a refusal (RFC 9457).
func wantProblem(resp *http.Response, status int) error {
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode != status {
		return fmt.Errorf("got HTTP %d, want %d", resp.StatusCode, status)
	}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media != "application/problem+json" {
		return fmt.Errorf("the refusal is %q, not application/problem+json", media)
	}
	return nil
}

// password makes a password that meets the rules; different digits give different ones.
func password(p backend.PasswordRules, digit string) (secret.Text, error) {
	var text string
	for _, class := range []string{digit + "0123456789", "VABCDEFGH", "abcdefgh", "-_.!*+#"} {
		i := strings.IndexFunc(class, func(c rune) bool { return !strings.ContainsRune(p.Forbidden, c) })
		if i < 0 {
			return "", errors.New("the forbidden characters leave too little")
		}
		text += class[i : i+1]
	}
	n := min(max(20, p.MinLength), p.MaxLength)
	if len(text) > n {
		return "", fmt.Errorf("no sound password has at most %d characters", n)
	}
	lower := text[2:3]
	return secret.Text(text + strings.Repeat(lower, n-len(text))), nil
}
