package app

import (
	"context"

	"ventanilla/backend"
	"ventanilla/backend/payslip"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/bot/media"
	"ventanilla/flows"
)

// files fetches the documents that replies refer to, locked where the organisation
// wants them locked. It keeps none (RULES: data.retention).
type files struct {
	core     *backend.Client
	profiles map[string]portal.Profile
}

var _ bot.Files = files{}

// kindPayslip is the one [flows.File.Kind] there is.
const kindPayslip = "payslip"

// Open implements [bot.Files]. A document that is to be locked and cannot be is refused.
func (f files) Open(ctx context.Context, portal string, file flows.File) ([]byte, error) {
	if file.Kind != kindPayslip {
		return nil, &backend.Error{Code: backend.Invalid, Op: "document", Message: "there is no such kind of document"}
	}
	if f.profiles[portal].Payslips.Password == "" {
		return f.core.Payslip(ctx, portal, file.Account, file.ID, "")
	}
	password, err := f.password(ctx, portal, file)
	if err != nil {
		return nil, err
	}
	pdf, err := f.core.Payslip(ctx, portal, file.Account, file.ID, password)
	if err != nil {
		return nil, err
	}
	pdf, err = payslip.Lock(pdf, password)
	if err != nil {
		return nil, &backend.Error{Code: backend.Rejected, Reason: backend.ReasonNoPDF, Op: "document", Err: err}
	}
	return pdf, nil
}

// password is what a document opens with: what the person typed, or what the core knows them by.
func (f files) password(ctx context.Context, portal string, file flows.File) (secret.Text, error) {
	if file.Opens != "" {
		return secret.Text(file.Opens), nil
	}
	profile := f.profiles[portal]
	account, err := f.core.Account(ctx, portal, file.Account)
	if err != nil {
		return "", err
	}
	field, _ := profile.Field(profile.Payslips.Password)
	canonical, _ := field.Parse(account.Identifiers[field.ID], account.Identifiers)
	return secret.Text(canonical), nil // "" locks nothing, and is refused
}

// makeDocuments builds what serves documents to networks that fetch them.
func (a *App) makeDocuments(context.Context) error {
	a.files = files{core: a.core, profiles: a.profiles}
	a.documents = media.New(media.Config{Links: a.links.signer, Lines: a.store, Files: a.files, Guard: a.store.Guards(),
		Now: a.opt.Clock.Now, Log: a.opt.Log})
	return nil
}

// reported is a [bot.Reported] that closes the link of a document as soon as its network has it.
func (a *App) reported(ctx context.Context, r bot.Report) error {
	if r.Err == nil {
		a.documents.End(r.Chat, r.Line)
	}
	return a.worker.Report(ctx, r)
}
