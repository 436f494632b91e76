package emulator_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
)

func ids(found []backend.Candidate) (list []string) {
	for _, c := range found {
		list = append(list, c.ID)
	}
	return list
}

func TestEachPortalFindsItsPeopleByWhatItsErrandsAsk(t *testing.T) {
	w := start(t)
	for _, test := range []struct {
		name, portal string
		fields       map[string]string
		want         []string
	}{
		{"the e-mail that is the user name", "metlife", map[string]string{"username": "Ale.Muniz@Correo.example"}, []string{"met-3005"}},
		{"a policy and the day of birth", "metlife", map[string]string{"policy": "vi 204771", "birth_date": "1971-11-02"}, []string{"met-3002"}},
		{"another policy and the RFC", "metlife", map[string]string{"policy": "VI118204", "rfc": "HERG840314", "birth_date": "1990-01-01"}, []string{"met-3001"}},
		{"a policy alone", "metlife", map[string]string{"policy": "VI-204771"}, nil},
		{"somebody else's day of birth", "metlife", map[string]string{"policy": "VI-204771", "birth_date": "1984-03-14"}, nil},
		{"who registers again is found, too", "metlife", map[string]string{"policy": "AU-771034", "birth_date": "1988-09-19"}, []string{"met-3004"}},
		{"two accounts by the e-mail of one", "metlife", map[string]string{"username": "grupo@esquivel.example"}, []string{"met-3008", "met-3009"}},
		{"a cédula with its hyphen", "iess", map[string]string{"cedula": "171302944-3"}, []string{"iess-4001"}},
		{"two identities by one cédula", "iess", map[string]string{"cedula": "1720661030"}, []string{"iess-4005", "iess-4006"}},
		{"no cédula", "iess", map[string]string{"cedula": ""}, nil},
		{"e-mail and policy", "miportal", map[string]string{"email": "ximena.robles@correo.example", "policy": "MP204518", "birth_date": "1999-01-01"}, []string{"mip-5001"}},
		{"a forgotten e-mail, the rest right", "miportal", map[string]string{"email": "otro@correo.example", "policy": "MP-204518", "birth_date": "1990-05-21"}, []string{"mip-5001"}},
		{"the e-mail of the other account", "miportal", map[string]string{"email": "plozano@agentes.example", "birth_date": "1979-02-17"}, []string{"mip-5003", "mip-5004"}},
		{"an e-mail alone", "miportal", map[string]string{"email": "ximena.robles@correo.example"}, nil},
		{"an e-mail and a stranger's policy", "miportal", map[string]string{"email": "ximena.robles@correo.example", "policy": "MP-110077"}, nil},
	} {
		found, err := w.client.Identify(t.Context(), test.portal, test.fields)
		if err != nil || !slices.Equal(ids(found), test.want) {
			t.Errorf("%s: got %v, %v; want %v", test.name, ids(found), err, test.want)
		}
	}
}

func TestAClosedAccountIsOpenedByNothing(t *testing.T) {
	w := start(t)
	ctx, e := t.Context(), backend.Evidence{Account: "iess-4009", Method: backend.MethodCode, Address: "lenin.aguirre@correo.example", At: w.clock()}
	if a, err := w.client.Account(ctx, "iess", "iess-4009"); err != nil || !a.State.Disabled || !a.State.Registered {
		t.Fatalf("got %+v, %v", a.State, err)
	}
	_, reset := w.client.Reset(ctx, "r", "iess", "iess-4009", backend.ResetRequest{Password: "otra clave nueva 7", Unlock: true, Evidence: e})
	_, unlock := w.client.Unlock(ctx, "u", "iess", "iess-4009", e)
	_, temporary := w.client.Temporary(ctx, "t", "iess", "iess-4009")
	change := w.client.Change(ctx, "c", "iess", "iess-4009", "teleferico de quito 9", "otra clave nueva 7")
	for _, err := range []error{reset, unlock, temporary, change} {
		wantRejected(t, err, backend.ReasonDisabled)
	}
	if got, err := w.SignIn(ctx, "iess", "1714882055", "teleferico de quito 9"); got == "ok" || err != nil {
		t.Errorf("signing in: %s, %v", got, err)
	}
}

func TestPeopleArePaidAsInTheirCountry(t *testing.T) {
	w := start(t)
	for _, test := range []struct {
		portal, account string
		has             []backend.Payslip
		first           string
	}{
		{"miportal", "mip-5002", []backend.Payslip{
			{ID: "2026-10-Q1", Period: "2026-10-Q1", Kind: backend.Fortnight, Title: "1.ª quincena de octubre de 2026", PaidOn: "2026-10-15"},
			{ID: "2026-05-ptu", Period: "2026-05", Kind: backend.Other, Concept: backend.PTU, Title: "PTU de 2025", PaidOn: "2026-05-29"},
			{ID: "2025-12-sac", Period: "2025-12", Kind: backend.Bonus, Concept: backend.SAC, Title: "Aguinaldo de 2025", PaidOn: "2025-12-18"},
		}, "2026-11-Q1"},
		{"iess", "iess-4001", []backend.Payslip{
			{ID: "2026-10", Period: "2026-10", Kind: backend.Monthly, Title: "Octubre de 2026", PaidOn: "2026-10-30"},
			{ID: "2026-08-d14", Period: "2026-08", Kind: backend.Bonus, Concept: backend.D14, Title: "Décimo cuarto sueldo de 2026, Sierra", PaidOn: "2026-08-13"},
			{ID: "2025-12-d13", Period: "2025-12", Kind: backend.Bonus, Concept: backend.D13, Title: "Décimo tercer sueldo de 2025", PaidOn: "2025-12-22"},
		}, "2026-10"},
		{"iess", "iess-4004", []backend.Payslip{
			{ID: "2026-03-d14", Period: "2026-03", Kind: backend.Bonus, Concept: backend.D14, Title: "Décimo cuarto sueldo de 2026, Costa", PaidOn: "2026-03-13"},
		}, "2026-10"},
	} {
		list, err := w.client.Payslips(t.Context(), test.portal, test.account)
		if err != nil || len(list) < 14 || list[0].ID != test.first {
			t.Fatalf("%s: %d, %v", test.account, len(list), err)
		}
		for _, want := range test.has {
			if !slices.Contains(list, want) {
				t.Errorf("%s: there is no %+v among %+v", test.account, want, list)
			}
		}
		if !slices.IsSortedFunc(list, func(a, b backend.Payslip) int { return strings.Compare(b.PaidOn, a.PaidOn) }) {
			t.Errorf("%s: not the one paid last first", test.account)
		}
	}
}

func TestARegistrationKeepsWhatWasGivenAndAccepted(t *testing.T) {
	w := start(t)
	ctx, at := t.Context(), w.clock().UTC().Truncate(time.Second)
	code := func(address string) backend.Evidence {
		return backend.Evidence{Account: "mip-5005", Method: backend.MethodCode, Address: address, At: w.clock()}
	}
	r := backend.Registration{Account: "mip-5005", Username: "hugo97", Email: "hugo@nuevo.example", Phone: "+523355550555", FullName: "Hugo  Sandoval Peralta Ruiz",
		Postal: &backend.Postal{Street: "Av. Vallarta 1", City: "Guadalajara"}, Accepted: &backend.Acceptance{Version: "2026-05", At: at},
		Password: "Clave-nueva 2027 mia", Evidence: code("hugo.sandoval@correo.example"), EmailEvidence: code("otro@nuevo.example")}
	if _, err := w.client.Register(ctx, "r1", "miportal", r); backend.CodeOf(err) != backend.BadEvidence {
		t.Errorf("a proof for another address: got %v", err)
	}
	r.EmailEvidence = code("hugo@nuevo.example")
	done, err := w.client.Register(ctx, "r2", "miportal", r)
	if err != nil || done.Username != "hugo97" {
		t.Fatalf("got %+v, %v", done, err)
	}
	a, err := w.client.Account(ctx, "miportal", "mip-5005")
	if err != nil || a.FullName != "Hugo Sandoval Peralta Ruiz" || a.GivenName != "Hugo" || a.Postal.City != "Guadalajara" || len(a.Addresses) != 2 || len(a.Phones) != 2 {
		t.Errorf("got %+v, %v", a, err)
	}
	people, err := w.People()
	i := slices.IndexFunc(people, func(p emulator.Person) bool { return p.ID == "hugo" })
	if err != nil || !slices.Equal(people[i].Accounts[0].Accepted, []string{"2026-05"}) {
		t.Errorf("accepted were %v, %v", people[i].Accounts[0].Accepted, err)
	}
}

func TestAUserNameFollowsThePortalsRule(t *testing.T) {
	w := start(t)
	e := backend.Evidence{Account: "seg-2005", Method: backend.MethodCode, Address: "gustavo.leiva@correo.example", At: w.clock()}
	done, err := w.client.Register(t.Context(), "r", "segurometal", backend.Registration{Account: "seg-2005", Password: "Mi primera Clave 1", Evidence: e})
	if err != nil || done.Username != "DNI36440218" {
		t.Errorf("got %+v, %v", done, err)
	}
}

func TestAnInvitationOfLongAgoIsRefused(t *testing.T) {
	w := start(t)
	_, err := w.client.Invitation(t.Context(), "metlife", "met 2b8k 5tlw")
	wantRejected(t, err, backend.ReasonExpired)
}

func TestANameIsChanged(t *testing.T) {
	w := start(t)
	e := backend.Evidence{Account: "mip-5006", Method: backend.MethodCode, Address: "lola.cantu@correo.example", At: w.clock()}
	a, err := w.client.ChangeContact(t.Context(), "c", "miportal", "mip-5006", backend.Contact{FullName: "María Dolores Cantú Treviño", Evidence: e})
	if err != nil || a.FullName != "María Dolores Cantú Treviño" || a.GivenName != "María" || a.Postal.City != "Monterrey" || len(a.Phones) != 1 {
		t.Errorf("got %+v, %v", a, err)
	}
}
