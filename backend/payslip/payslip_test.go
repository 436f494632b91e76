package payslip_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"ventanilla/backend/payslip"
	"ventanilla/backend/secret"
)

// plain is a PDF of one page that opens for everybody.
func plain(t testing.TB) []byte {
	t.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	p.SetCompression(false)
	p.AddPage()
	p.SetFont("Helvetica", "", 12)
	p.Cell(0, 10, "NETO A COBRAR 812.345,67")
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// open opens a PDF as a reader does that is given a password.
func open(pdf []byte, password string) (pages, keyLength int, err error) {
	conf := model.NewDefaultConfiguration()
	conf.UserPW = password
	ctx, err := api.ReadContext(bytes.NewReader(pdf), conf)
	if err != nil {
		return 0, 0, err
	}
	if err := api.ValidateContext(ctx); err != nil {
		return 0, 0, err
	}
	if ctx.E != nil {
		keyLength = ctx.E.L
	}
	return ctx.PageCount, keyLength, nil
}

func TestALockedPayslipOpensWithItsPasswordAlone(t *testing.T) {
	for _, password := range []secret.Text{"30555777", "20-30555777-1", "VECJ880326HDFRRN09", "vecj880326", secret.Text(strings.Repeat("9", 64))} {
		locked, err := payslip.Lock(plain(t), password)
		if err != nil {
			t.Fatal(err)
		}
		if pages, bits, err := open(locked, password.Reveal()); err != nil || pages != 1 || bits != 256 {
			t.Errorf("with the password: %d pages, %d bits, %v; want 1 page and AES-256", pages, bits, err)
		}
		for _, wrong := range []string{"", "30555778", "3055577"} {
			if _, _, err := open(locked, wrong); !errors.Is(err, pdfcpu.ErrWrongPassword) {
				t.Errorf("with %q: got %v, want it to stay shut", wrong, err)
			}
		}
		if bytes.Contains(locked, []byte("NETO A COBRAR")) || bytes.Contains(locked, []byte(password.Reveal())) {
			t.Error("the document, or its password, stands in it for everybody")
		}
	}
}

func TestWhatTheCoreLockedStaysAsItIs(t *testing.T) {
	once, err := payslip.Lock(plain(t), "30555777")
	if err != nil {
		t.Fatal(err)
	}
	twice, err := payslip.Lock(once, "30555777")
	if err != nil || !bytes.Equal(once, twice) {
		t.Errorf("it was changed, %v", err)
	}
}

func TestWhatCannotBeLockedNeverLeaves(t *testing.T) {
	for _, password := range []secret.Text{"", " ", "30 555 777", "ñandú", "a\x00b", secret.Text(strings.Repeat("9", 65))} {
		if got, err := payslip.Lock(plain(t), password); !errors.Is(err, payslip.ErrPassword) || got != nil {
			t.Errorf("with %q: got %d bytes, %v", password.Reveal(), len(got), err)
		}
	}
	for name, doc := range map[string][]byte{"nothing": nil, "text": []byte("hola"), "only a beginning": []byte("%PDF-1.7"), "cut short": plain(t)[:300]} {
		if got, err := payslip.Lock(doc, "1234"); !errors.Is(err, payslip.ErrUnreadable) || got != nil {
			t.Errorf("%s: got %d bytes, %v", name, len(got), err)
		}
	}
}

// What a core sends is parsed here: nothing of it may end the program.
func FuzzLock(f *testing.F) {
	f.Add(plain(f), "30555777")
	f.Add([]byte("%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R/Encrypt 9 0 R>>"), "x")
	f.Fuzz(func(t *testing.T, doc []byte, password string) {
		got, err := payslip.Lock(doc, secret.Text(password))
		if (err == nil) == (got == nil) {
			t.Errorf("got %d bytes and %v", len(got), err)
		}
	})
}
