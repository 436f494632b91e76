package emulator_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
)

func TestWhoIsFoundByWhat(t *testing.T) {
	w := start(t)
	juan := map[string]string{"personnel_type": "retirado", "doc_type": "dni", "doc_number": "14.567.890", "legajo": "104.233", "bank_account": "5034-51234/5"}
	both := []string{"mseg-1001", "mseg-1002"}
	for _, test := range []struct {
		name   string
		change map[string]string
		want   []string
	}{
		{"all right", nil, both},
		{"the other legajo", map[string]string{"legajo": "778120"}, both},
		{"his beneficio for the legajo", map[string]string{"legajo": "16 5 0123456 0"}, both},
		{"a wrong legajo, the bank right", map[string]string{"legajo": "999"}, both},
		{"a wrong bank, the legajo right", map[string]string{"bank_account": "1"}, both},
		{"his CBU for the account", map[string]string{"bank_account": "0145034700000512345679", "legajo": ""}, both},
		{"another kind of personnel", map[string]string{"personnel_type": "docente"}, both},
		{"full-width digits", map[string]string{"doc_number": "１４５６７８９０"}, both},
		{"leading zeros", map[string]string{"doc_number": "014567890"}, both},
		{"upper case", map[string]string{"doc_type": " DNI "}, both},
		{"only the document", map[string]string{"legajo": "", "bank_account": ""}, nil},
		{"all but the document wrong", map[string]string{"legajo": "1", "bank_account": "2"}, nil},
		{"another document number", map[string]string{"doc_number": "14567891"}, nil},
		{"another document type", map[string]string{"doc_type": "le"}, nil},
		{"the legajo in the document", map[string]string{"doc_number": "104233"}, nil},
		{"a legajo that begins alike", map[string]string{"legajo": "1042", "bank_account": ""}, nil},
		{"somebody else's document", map[string]string{"doc_number": "33.120.945"}, nil},
	} {
		fields := maps.Clone(juan)
		maps.Copy(fields, test.change)
		found, err := w.client.Identify(t.Context(), portal, fields)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, f := range found {
			ids = append(ids, f.ID)
		}
		if !slices.Equal(ids, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, ids, test.want)
		}
	}
}

func TestEverybodyIsFoundByWhatTheDemoTells(t *testing.T) {
	w := start(t)
	people, err := w.People()
	if err != nil || len(people) < 9 {
		t.Fatalf("got %d people, %v", len(people), err)
	}
	for _, p := range people {
		if p.Story == "" || p.Portal == "" || len(p.Accounts) == 0 {
			t.Errorf("%s: %+v", p.ID, p)
		}
		for _, a := range p.Accounts {
			found, err := w.client.Identify(t.Context(), p.Portal, a.Fields)
			has := slices.ContainsFunc(found, func(c backend.Candidate) bool { return c.ID == a.ID && c.Label == a.Label })
			if err != nil || !has || len(found) != len(p.Accounts) {
				t.Errorf("%s by %v: got %v, %v", a.ID, a.Fields, found, err)
			}
			account, err := w.client.Account(t.Context(), p.Portal, a.ID)
			if err != nil || account.FullName != p.Name || account.State != a.State || len(account.Addresses) != len(a.Addresses) {
				t.Errorf("got %+v, %v; want %+v", account, err, a)
			}
		}
	}
}

func TestPeopleTellsTheStateOfThisMoment(t *testing.T) {
	w := start(t)
	if _, err := w.client.Unlock(t.Context(), "op", portal, "mseg-1004", w.proof("mseg-1004", marcosAddr)); err != nil {
		t.Fatal(err)
	}
	people, err := w.People()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(people, func(p emulator.Person) bool { return p.ID == "marcos" })
	if a := people[i].Accounts[0]; a.State.Locked || a.Wrong != 0 {
		t.Errorf("got %+v", a)
	}
}

func TestANameFullOfMarkupArrivesAsItIs(t *testing.T) {
	w := start(t)
	a, err := w.client.Account(t.Context(), portal, "mseg-1010")
	if want := `Renée <b>O'Higgins</b> 🌻 & "hijos"`; err != nil || a.FullName != want {
		t.Errorf("got %q, %v; want %q", a.FullName, err, want)
	}
}

// RULES: data.canary
func TestTheFileHoldsNoPassword(t *testing.T) {
	w := start(t)
	temp := w.temporary(t, "op-t", "mseg-1001")
	for _, op := range []string{"op", "op"} {
		if _, err := w.client.Reset(t.Context(), op, portal, "mseg-1001", reset(w.proof("mseg-1001", juanAddr))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, canary := range []string{fresh.Reveal(), temp.Password.Reveal(), "Boca Juniors del 78", token.Reveal()} {
		if bytes.Contains(text, []byte(canary)) {
			t.Errorf("%q is in the file", canary)
		}
	}
	if !bytes.Contains(text, []byte("jrledesma")) {
		t.Error("the file does not even hold the username: this test proves nothing")
	}
}

func TestOtherPortalsAreSeededFromTheirOwnFiles(t *testing.T) {
	seeds := fstest.MapFS{"seeds/club.yaml": {Data: []byte(`
portal: club
name: El club
match: [{all: [socio], any: [nacimiento]}]
people:
  - id: ana
    given_name: Ana
    full_name: Ana Paz
    documents: [{socio: "17"}]
    also: {nacimiento: [1980-02-03]}
    accounts: [{id: c-1, label: Socia, username: ana, password: un gol de media cancha, emails: [ana@correo.example]}]
`)}}
	w := start(t, func(o *emulator.Options) { o.Seeds = seeds })
	found, err := w.client.Identify(t.Context(), "club", map[string]string{"socio": "0017", "nacimiento": "1980-02-03"})
	if err != nil || len(found) != 1 {
		t.Fatalf("got %v, %v", found, err)
	}
	if got, err := w.SignIn(t.Context(), "club", "ana", "un gol de media cancha"); err != nil || got != emulator.OK {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := w.client.Capabilities(t.Context(), portal); backend.CodeOf(err) != backend.NotFound {
		t.Errorf("a portal that is not seeded: got %v", err)
	}
}

func TestMistakesInASeedFileStopTheStart(t *testing.T) {
	for name, text := range map[string]string{
		"an unknown key": "portal: club\nnmae: x\n",
		"no YAML":        "portal: [",
		"a taken id":     "portal: club\npeople: [{id: a, accounts: [{id: x}, {id: x}]}]\n",
	} {
		_, err := emulator.Open(filepath.Join(t.TempDir(), "core.db"),
			emulator.Options{Token: token, Seeds: fstest.MapFS{"club.yaml": {Data: []byte(text)}}})
		if err == nil || !strings.Contains(err.Error(), "club.yaml") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
