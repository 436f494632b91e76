package emulator

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

// pdf makes the payslip of an account as PDF, encrypted (AES-256) if there is a
// password ([backend.NotFound]).
func (p *portal) pdf(account, id string, now time.Time, password secret.Text) ([]byte, error) {
	list := p.slips(account, now)
	i := slices.IndexFunc(list, func(s slip) bool { return s.id() == id })
	if i < 0 {
		return nil, &backend.Error{Code: backend.NotFound}
	}
	text, err := draw(list[i])
	if err != nil || password == "" {
		return text, err
	}
	return encrypt(text, password)
}

// encrypt locks a PDF with pdfcpu; fpdf's own protection is RC4, which protects nothing.
func encrypt(text []byte, password secret.Text) ([]byte, error) {
	api.DisableConfigDir() // pdfcpu otherwise writes into the home folder
	var out bytes.Buffer
	conf := model.NewAESConfiguration(password.Reveal(), password.Reveal(), 256)
	if err := api.Encrypt(bytes.NewReader(text), &out, conf); err != nil {
		return nil, fmt.Errorf("encrypting a payslip: %w", err)
	}
	return out.Bytes(), nil
}

// The page, in millimetres.
const (
	left     = 15.0
	width    = 180.0
	rowLine  = 6.0
	typeface = "go"
)

// columns of the table: how wide they are, and where their text stands.
var columns = [6]struct {
	width float64
	align string
}{{16, "L"}, {62, "L"}, {18, "R"}, {28, "R"}, {28, "R"}, {28, "R"}}

func draw(s slip) ([]byte, error) {
	d := fpdf.New("P", "mm", "A4", "")
	d.AddUTF8FontFromBytes(typeface, "", goregular.TTF)
	d.AddUTF8FontFromBytes(typeface, "B", gobold.TTF)
	d.SetCatalogSort(true)
	d.SetCreationDate(s.paid)
	d.SetModificationDate(s.paid)
	d.SetTitle(s.portal.payroll().title+": "+printable(s.name), true)
	d.SetLang(s.portal.payroll().lang)
	d.SetMargins(left, left, left)
	d.AddPage()
	drawHead(d, s)
	drawPerson(d, s)
	drawTable(d, s)
	drawFoot(d, s)
	var out bytes.Buffer
	if err := d.Output(&out); err != nil {
		return nil, fmt.Errorf("drawing a payslip: %w", err)
	}
	return out.Bytes(), nil
}

func drawHead(d *fpdf.Fpdf, s slip) {
	d.SetFont(typeface, "B", 15)
	d.CellFormat(width, 9, printable(s.portal.Employer), "", 1, "L", false, 0, "")
	d.SetFont(typeface, "", 9)
	d.CellFormat(width, 5, printable(s.portal.EmployerAddress+"  ·  "+s.portal.payroll().employerID+" "+s.portal.EmployerID), "", 1, "L", false, 0, "")
	d.Ln(3)
	d.SetFont(typeface, "B", 12)
	d.SetFillColor(230, 236, 244)
	d.CellFormat(width, 8, strings.ToUpper(s.portal.payroll().title+": "+printable(s.name)), "1", 1, "C", true, 0, "")
}

// drawPerson draws who is paid, in two columns of pairs.
func drawPerson(d *fpdf.Fpdf, s slip) {
	for i, p := range s.facts() {
		d.SetFont(typeface, "B", 8)
		d.CellFormat(28, rowLine, p[0], "LTB", 0, "L", false, 0, "")
		d.SetFont(typeface, "", 9)
		d.CellFormat(width/2-28, rowLine, fit(d, printable(p[1]), width/2-30), "TRB", i%2, "L", false, 0, "")
	}
	d.Ln(3)
}

func drawTable(d *fpdf.Fpdf, s slip) {
	w := s.portal.payroll()
	d.SetFont(typeface, "B", 9)
	for i, title := range w.columns {
		d.CellFormat(columns[i].width, 7, title, "1", 0, columns[i].align, true, 0, "")
	}
	d.Ln(-1)
	d.SetFont(typeface, "", 9)
	amount := func(n int64) string { return money(n, w.thousands, w.decimal) }
	lines := w.lines(s)
	for _, l := range lines {
		drawRow(d, "LR", l.code, l.concept, l.units, amount(l.paid), amount(l.free), amount(l.taken))
	}
	t := totals(lines)
	d.SetFont(typeface, "B", 9)
	drawRow(d, "1", "", "Totales", "", amount(t.paid), amount(t.free), amount(t.taken))
	d.Ln(3)
	d.SetFont(typeface, "B", 13)
	d.CellFormat(width, 10, w.net+amount(t.paid+t.free-t.taken), "1", 1, "R", true, 0, "")
}

func drawRow(d *fpdf.Fpdf, border string, cells ...string) {
	for i, text := range cells {
		d.CellFormat(columns[i].width, rowLine, text, border, 0, columns[i].align, false, 0, "")
	}
	d.Ln(-1)
}

func drawFoot(d *fpdf.Fpdf, s slip) {
	d.Ln(4)
	d.SetFont(typeface, "", 8)
	d.MultiCell(width, 4, s.portal.payroll().footer+": "+s.portal.Place+", "+s.paid.Format("02/01/2006")+
		".\nDocumento de demostración sobre una persona inventada: no tiene ningún valor.", "", "L", false)
}

// printable drops what the typeface cannot show, such as emoji and control characters.
func printable(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r > 0xFFFF || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s))
}

// fit shortens a text to a width.
func fit(d *fpdf.Fpdf, s string, w float64) string {
	for runes := []rune(s); d.GetStringWidth(s) > w && len(runes) > 1; {
		runes = runes[:len(runes)-1]
		s = string(runes) + "…"
	}
	return s
}
