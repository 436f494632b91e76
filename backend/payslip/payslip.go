// Package payslip locks the document of a payslip, so that it opens only with
// something that its owner knows. It fetches nothing, keeps nothing, and writes
// nothing to a disk.
package payslip

import (
	"bytes"
	"errors"
	"regexp"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"ventanilla/backend/secret"
)

var (
	// ErrUnreadable is returned for a document that is no sound PDF.
	ErrUnreadable = errors.New("locking a payslip: the document is no PDF that can be read")
	// ErrPassword is returned for a password that is not of 1 to 64 printable ASCII characters
	// without spaces, as numbers of documents are: readers differ in how they take others. A
	// document that is to be locked never leaves open.
	ErrPassword = errors.New("locking a payslip: the password is empty, or not one that every reader takes alike")
)

// Lock returns a PDF that opens only with the password, encrypted with AES-256
// (ISO 32000-2, 7.6). One that asks for a password already, because the core locked
// it, is returned as it is. Who opens it may print and copy: it is their payslip.
func Lock(pdf []byte, password secret.Text) ([]byte, error) {
	if !plain.MatchString(password.Reveal()) {
		return nil, ErrPassword
	}
	quiet()
	switch _, err := api.ReadContext(bytes.NewReader(pdf), model.NewDefaultConfiguration()); {
	case errors.Is(err, pdfcpu.ErrWrongPassword):
		return pdf, nil
	case err != nil:
		return nil, ErrUnreadable // the library's own error may quote the document
	}
	conf := model.NewAESConfiguration(password.Reveal(), password.Reveal(), 256)
	conf.Permissions = model.PermissionsAll
	var out bytes.Buffer
	if err := api.Encrypt(bytes.NewReader(pdf), &out, conf); err != nil {
		return nil, ErrUnreadable
	}
	return out.Bytes(), nil
}

var plain = regexp.MustCompile(`^[!-~]{1,64}$`)

// quiet keeps the library from writing into the home folder.
var quiet = sync.OnceFunc(api.DisableConfigDir)
