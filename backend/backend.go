// Package backend is the account domain: what an organisation's core system
// knows about people, the errors it answers with, and the client that asks it.
//
// The contract with the core is openapi.yaml, beside this file; what crosses the
// wire without a secret in it is generated from there (package coreapi) and named
// here. The package never decides what is said to a person, never keeps an
// answer, and never shows a password, a token or a body in an error.
package backend

import (
	_ "embed"
	"time"

	"ventanilla/backend/coreapi"
	"ventanilla/backend/secret"
)

//go:generate go tool oapi-codegen --config coreapi/config.yaml openapi.yaml

// Contract is the core's contract, an OpenAPI 3.0 document in YAML.
//
//go:embed openapi.yaml
var Contract []byte

// What the core knows, as the contract describes it.
type (
	// Acceptance says which terms a person accepted, and when.
	Acceptance = coreapi.Acceptance
	// Account is one person's account in one portal.
	Account = coreapi.Account
	// Address is an e-mail address that the core knows; its ID names it within the account.
	Address = coreapi.Address
	// Candidate is an account that may be the person's; nothing of it is shown before a proof.
	Candidate = coreapi.Candidate
	// Capabilities say what a core can do for a portal, and the password rules it imposes.
	Capabilities = coreapi.Capabilities
	// Invitation is a valid invitation to register.
	Invitation = coreapi.Invitation
	// NewPhone is a phone to add, or to put in place of another.
	NewPhone = coreapi.NewPhone
	// Part is what became of one part of an operation.
	Part = coreapi.Part
	// Outcome is how a part ended: [Done], [Failed], [Skipped] or [NotNeeded].
	Outcome = coreapi.PartOutcome
	// PasswordRules are what the core imposes on passwords; lengths count code points after NFC.
	PasswordRules = coreapi.PasswordRules
	// Payslip names one payslip; its bytes stay in the core until somebody opens it.
	Payslip = coreapi.Payslip
	// PayslipKind is [Monthly], [Fortnight], [Bonus] or [Other].
	PayslipKind = coreapi.PayslipKind
	// PayslipConcept is what a [Bonus] or [Other] payslip pays, such as [SAC] or [PTU].
	PayslipConcept = coreapi.PayslipConcept
	// Phone is a phone that the core knows, in E.164.
	Phone = coreapi.Phone
	// Postal is where post reaches the person.
	Postal = coreapi.Postal
	// Product is something the person has with the organisation.
	Product = coreapi.Product
	// RegisterResult is an account that was opened, at once or from a moment on.
	RegisterResult = coreapi.RegisterResult
	// ResetResult says what became of each part of a reset (RULES: reset.unlocks).
	ResetResult = coreapi.ResetResult
	// Rule is a rule that a password can break.
	Rule = coreapi.Rule
	// State is what stands between the person and signing in.
	State = coreapi.State
)

// How a part of an operation ended.
const (
	Done      = coreapi.Done      // it was done
	Failed    = coreapi.Failed    // it was tried and failed: see the reason; ask again for this part alone
	Skipped   = coreapi.Skipped   // it was not asked for, or not tried because something before it failed
	NotNeeded = coreapi.NotNeeded // it was so already
)

// The rules that a password can break.
const (
	MinLength = coreapi.MinLength
	MaxLength = coreapi.MaxLength
	Upper     = coreapi.Upper
	Lower     = coreapi.Lower
	Digit     = coreapi.Digit
	Symbol    = coreapi.Symbol
	Forbidden = coreapi.Forbidden
	Username  = coreapi.Username
	Reused    = coreapi.Reused
	Common    = coreapi.Common
)

// The kinds of payslips.
const (
	Monthly   = coreapi.Monthly
	Fortnight = coreapi.Fortnight // half a month: the period ends in -Q1 or -Q2
	Bonus     = coreapi.Bonus     // an extra salary: aguinaldo, SAC, décimos; see the concept
	Other     = coreapi.Other     // paid apart; see the concept
)

// What a payslip of kind [Bonus] or [Other] pays.
const (
	SAC        = coreapi.Sac        // the aguinaldo (AR, MX)
	D13        = coreapi.D13        // décimo tercer sueldo (EC)
	D14        = coreapi.D14        // décimo cuarto sueldo (EC)
	PTU        = coreapi.Ptu        // a share in profits (MX)
	Utilidades = coreapi.Utilidades // a share in profits (EC)
	Vacaciones = coreapi.Vacaciones
	Finiquito  = coreapi.Finiquito
)

// ResetRequest asks for a new password, for unlocking, or for both at once.
type ResetRequest struct {
	Password secret.Text // the new password; empty when only the unlocking is missing
	Unlock   bool
	Evidence Evidence
}

// Temporary is a temporary password: one sign-in, at most 24 hours (RULES: temp.form).
type Temporary struct {
	Password  secret.Text
	ExpiresAt time.Time
}

// Contact is a change of contact data; what is nil stays as it is.
type Contact struct {
	Email    *NewEmail
	Phone    *NewPhone
	Postal   *Postal
	FullName string   // the whole name; empty: it stays
	Evidence Evidence // for an address that the core knows already
}

// NewEmail is an e-mail address to add, or to put in place of another.
type NewEmail struct {
	Email    string
	Replaces string   // the id of the address it replaces; empty to add one
	Evidence Evidence // that the person reads the new address (RULES: contact.change)
}

// Registration opens the account of a person whom the organisation knows.
type Registration struct {
	Account    string // from [Client.Identify] or [Client.Invitation]
	Username   string // the person's wish; the core chooses when empty
	Email      string // a new address, if there is one
	Phone      string // a new phone in E.164, if there is one
	FullName   string // the whole name, if the portal asks for it
	Postal     *Postal
	Accepted   *Acceptance // of the terms, if there are any
	Invitation string      // the key of the invitation, if there is one
	Password   secret.Text
	Evidence   Evidence // RULES: reg.proof
	// EmailEvidence proves Email (RULES: contact.change), unless Evidence does; the zero value is sent to no core.
	EmailEvidence Evidence
}
