package emulator_test

import (
	"bytes"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"ventanilla/backend"
)

func TestPayslipsOfTheLastFourteenMonthsNewestFirst(t *testing.T) {
	w := start(t)
	list, err := w.client.Payslips(t.Context(), portal, "mseg-1002")
	if err != nil || len(list) != 16 {
		t.Fatalf("got %d, %v", len(list), err)
	}
	for i, want := range map[int]backend.Payslip{
		0:  {ID: "2026-10", Period: "2026-10", Kind: backend.Monthly, Title: "Octubre de 2026", PaidOn: "2026-10-30"},
		5:  {ID: "2026-06-sac", Period: "2026-06", Kind: backend.Bonus, Concept: backend.SAC, Title: "Aguinaldo (SAC) de junio de 2026", PaidOn: "2026-06-18"},
		15: {ID: "2025-09", Period: "2025-09", Kind: backend.Monthly, Title: "Septiembre de 2025", PaidOn: "2025-09-30"},
	} {
		if list[i] != want {
			t.Errorf("%d: got %+v, want %+v", i, list[i], want)
		}
	}
	if list, err := w.client.Payslips(t.Context(), portal, lucia); err != nil || len(list) != 0 {
		t.Errorf("who was not paid yet: got %v, %v", list, err)
	}
}

func pages(text []byte, password string) (int, error) {
	api.DisableConfigDir()
	conf := model.NewDefaultConfiguration()
	conf.UserPW = password
	return api.PageCount(bytes.NewReader(text), conf)
}

func TestAPayslipIsAPDFOfOnePageForEverybody(t *testing.T) {
	w := start(t)
	people, err := w.People()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		for _, a := range p.Accounts {
			list, err := w.client.Payslips(t.Context(), p.Portal, a.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list[:min(len(list), 1)] {
				text, err := w.client.Payslip(t.Context(), p.Portal, a.ID, s.ID, "")
				if err != nil {
					t.Fatal(err)
				}
				if n, err := pages(text, ""); err != nil || n != 1 {
					t.Errorf("%s: %d pages, %v", a.ID, n, err)
				}
				if len(text) > 300<<10 {
					t.Errorf("%s: %d bytes, for a cheap phone", a.ID, len(text))
				}
			}
		}
	}
}

func TestAPayslipIsTheSameEachTime(t *testing.T) {
	w := start(t)
	first, err1 := w.client.Payslip(t.Context(), portal, "mseg-1002", "2026-10", "")
	second, err2 := w.client.Payslip(t.Context(), portal, "mseg-1002", "2026-10", "")
	if err1 != nil || err2 != nil || !bytes.Equal(first, second) {
		t.Errorf("they differ, %v, %v", err1, err2)
	}
}

func TestAPayslipWithAPasswordOpensOnlyWithIt(t *testing.T) {
	w := start(t)
	text, err := w.client.Payslip(t.Context(), portal, "mseg-1002", "2026-10", "14567890")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := pages(text, "14567890"); err != nil || n != 1 {
		t.Errorf("with it: %d pages, %v", n, err)
	}
	if _, err := pages(text, "14567891"); err == nil {
		t.Error("another one opens it")
	}
	if !bytes.Contains(text, []byte("/AESV3")) {
		t.Error("it is not AES-256")
	}
}

func TestAPayslipThatDoesNotExist(t *testing.T) {
	w := start(t)
	for _, id := range []string{"2026-11", "2025-08", "2026-10-sac", "2026-10-Q1", "x"} {
		if _, err := w.client.Payslip(t.Context(), portal, "mseg-1002", id, ""); backend.CodeOf(err) != backend.NotFound {
			t.Errorf("%s: got %v", id, err)
		}
	}
}
