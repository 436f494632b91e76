package bounces

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// mine is the id of the mail that the reports of testdata are about; they are written as the
// programs they are named after write them.
const mine = "<00112233445566778899aabbc0ffee00c0ffee00c0ffee00c0ffee00@ventanilla.example>"

var ids = regexp.MustCompile(`[0-9a-f]{24}(c0ffee00){4}@ventanilla\.example`)

// own knows ids by their signature, which is the same for all of them here.
func own(text []byte) (found []string) {
	for _, id := range ids.FindAll(text, -1) {
		if id := "<" + string(id) + ">"; !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	return found
}

var reports = map[string]Report{
	"postfix":         {Failed: true, Code: "smtp 550 5.1.1"},
	"postfix-expired": {Failed: true, Code: "smtp 4.4.1"},
	"exchange":        {Failed: true, Code: "smtp 550 5.1.1"},
	"gmail":           {Failed: true, Code: "smtp 552 5.2.1"},
	"exim":            {Failed: true, Code: "smtp 550"},
	"qmail":           {Failed: true, Code: "smtp 550 5.1.1"},
	"sendmail":        {Failed: true, Code: "smtp 550 5.1.2"},
	"text-spanish":    {Failed: true, Code: "smtp 5.1.1"},
	"broken":          {Failed: true, Code: "smtp 5.1.1"},
	"postfix-delayed": {},
	"exim-warning":    {},
	"relayed":         {},
	"text-copy":       {}, // what the mail itself says is no report on it
	"vacation":        {},
	"read-receipt":    {},
	"nobodys":         {},
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatMailServersWriteIsUnderstood(t *testing.T) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) != len(reports) {
		t.Fatalf("got %d files, want one for each of %d: %v", len(files), len(reports), err)
	}
	for name, want := range reports {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(bytes.NewReader(sample(t, name)), own)
			if err != nil {
				t.Fatal(err)
			}
			if name != "nobodys" {
				want.IDs = []string{mine}
			} else {
				want.Failed, want.Code = false, ""
			}
			if got.Failed != want.Failed || got.Code != want.Code || !slices.Equal(got.IDs, want.IDs) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestAHugeReportIsReadAsFarAsItMatters(t *testing.T) {
	report := sample(t, "exchange")
	cut := bytes.LastIndex(report, []byte("hola"))
	huge := slices.Concat(report[:cut], bytes.Repeat([]byte("x"), 3*MaxSize), report[cut:])
	r := bytes.NewReader(huge)
	got, err := Parse(r, own)
	if err != nil || !got.Failed || !slices.Equal(got.IDs, []string{mine}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if read := len(huge) - r.Len(); read > MaxSize {
		t.Errorf("%d bytes were read, want at most %d", read, MaxSize)
	}
}

func TestAReportWithinOthersOrCutOffAnywhereHurtsNobody(t *testing.T) {
	report := sample(t, "gmail")
	for n := 0; n < len(report); n += 7 {
		if got, err := Parse(bytes.NewReader(report[:n]), own); err == nil && got.Failed && len(got.IDs) == 0 {
			t.Fatalf("cut at %d: got %+v: it failed, but nobody knows what", n, got)
		}
	}
	var nested strings.Builder
	for range 10_000 {
		nested.WriteString("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n")
	}
	if got, err := Parse(strings.NewReader(nested.String()), own); err != nil || got.Failed {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := Parse(strings.NewReader("no mail at all"), own); err == nil {
		t.Error("what is no mail was read as one")
	}
}

// Whoever got one of our mails knows where it would come back to. A field that goes on for ever costs no more than a short one.
func TestAFieldOfManyLinesIsNotJoinedForEver(t *testing.T) {
	for _, field := range []string{"Action: failed", "Status: 5.1.1", "Diagnostic-Code: smtp; 550"} {
		long := "Content-Type: message/delivery-status\n\n" + field + "\n" + strings.Repeat("\tx\n", MaxSize/3-50)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Parse(strings.NewReader(long), own); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if copied := after.TotalAlloc - before.TotalAlloc; copied > 64*MaxSize {
			t.Errorf("%s: %d bytes were copied for a report of %d", field, copied, len(long))
		}
	}
}

func FuzzParse(f *testing.F) {
	for name := range reports {
		f.Add(sample(f, name))
	}
	f.Add([]byte("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nAction:failed\n status\n\nStatus:5.1.1\n--b--"))
	f.Add([]byte("Content-Type: text/plain; charset=nope\nReturn-Path: <>\n\n550 " + mine))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Parse(bytes.NewReader(raw), own)
		switch {
		case err != nil && (got.Failed || len(got.IDs) > 0):
			t.Errorf("got %+v with %v", got, err)
		case got.Failed && len(got.IDs) == 0:
			t.Errorf("something failed and nobody knows what: %+v", got)
		case !utf8.ValidString(got.Code) || len(got.Code) > len("smtp 550 5.123.123") || strings.TrimLeft(got.Code, "smtp 0123456789.") != "":
			t.Errorf("the code is %q", got.Code)
		}
	})
}
