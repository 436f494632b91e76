package account_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/flowtest/town"
)

var noon = time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC)

// core is an account system that counts what it is asked.
type core struct {
	mu       sync.Mutex
	accounts []backend.Account // of whoever asks
	fails    error
	asked    []string // "identify", or the account
	fields   map[string]string
}

func (c *core) Identify(_ context.Context, _ string, fields map[string]string) (found []backend.Candidate, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked, c.fields = append(c.asked, "identify"), maps.Clone(fields)
	for _, a := range c.accounts {
		found = append(found, backend.Candidate{ID: a.ID})
	}
	return found, nil
}

func (c *core) Account(_ context.Context, _, id string) (backend.Account, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, "account")
	for _, a := range c.accounts {
		if a.ID == id {
			return a, c.fails
		}
	}
	return backend.Account{}, &backend.Error{Code: backend.NotFound}
}

func (c *core) Capabilities(context.Context, string) (backend.Capabilities, error) {
	return backend.Capabilities{}, nil
}

// desk is that of an organisation, with a core and a clock of its own.
func desk(t *testing.T, id string) (account.Desk, *core, *flows.Clock) {
	t.Helper()
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p portal.Profile) bool { return p.ID == id })
	c, clock := &core{}, &flows.Clock{}
	return account.Desk{Profile: all[i], Core: c, Guard: town.NewGuard(clock), Limits: flows.DefaultLimits()}, c, clock
}

func turn(id string, values map[string]string) *flows.Turn {
	return &flows.Turn{ID: "in/1", Key: flows.Key{Portal: id, Channel: "telegram", Person: "1"}, At: noon, Now: noon, Values: values, Dialog: &flows.Dialog{}}
}

func numbered(n int, emails ...string) (a backend.Account) {
	a = backend.Account{ID: fmt.Sprintf("a-%d", n), Label: fmt.Sprintf("Cuenta %d", n), State: backend.State{Registered: true}}
	for _, e := range emails {
		a.Addresses = append(a.Addresses, backend.Address{Email: e})
	}
	return a
}

// The core is asked the same number of times for nobody as for somebody with one account, so that time does not tell. RULES: enum.same
func TestNobodyCostsTheCoreAsMuchAsSomebody(t *testing.T) {
	asked := map[string][]string{}
	for name, accounts := range map[string][]backend.Account{"nobody": nil, "somebody": {numbered(1, "ana@example.org")}, "without an address": {numbered(1)}} {
		d, c, _ := desk(t, "mseg")
		c.accounts = accounts
		hits, err := d.Find(t.Context(), turn("mseg", map[string]string{"doc_number": "20111222"}))
		if err != nil || (len(hits) > 0) != (name == "somebody") {
			t.Errorf("%s: got %+v, %v", name, hits, err)
		}
		asked[name] = c.asked
	}
	for name, got := range asked {
		if !slices.Equal(got, []string{"identify", "account"}) {
			t.Errorf("%s: the core was asked %q", name, got)
		}
	}
}

func TestWhatIsFoundIsBoundedAndEachAddressIsThereOnce(t *testing.T) {
	d, c, _ := desk(t, "mseg")
	c.accounts = []backend.Account{numbered(0, "ana@example.org", "ANA@example.org", "no address", "ana@other.example")}
	hits, err := d.Find(t.Context(), turn("mseg", nil))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range hits {
		got = append(got, h.Address)
	}
	if !slices.Contains(got, "ana@other.example") || slices.Contains(got, "no address") || slices.Contains(got, "") || len(got) > 3 {
		t.Errorf("got %q", got)
	}
	c.accounts = nil
	for i := range 50 {
		c.accounts = append(c.accounts, numbered(i, fmt.Sprintf("%d@example.org", i), fmt.Sprintf("%d@other.example", i)))
	}
	c.asked = nil
	if hits, err = d.Find(t.Context(), turn("mseg", nil)); err != nil || len(hits) != 8 || len(c.asked) > 9 {
		t.Errorf("got %d addresses with %d questions, %v; want 8 with at most 9", len(hits), len(c.asked), err)
	}
}

// A core that does not answer is an outage, never «there is nobody».
func TestAnOutageIsNotTakenForNobody(t *testing.T) {
	d, c, _ := desk(t, "mseg")
	c.accounts, c.fails = []backend.Account{numbered(1, "ana@example.org")}, &backend.Error{Code: backend.Unavailable}
	if _, err := d.Find(t.Context(), turn("mseg", nil)); backend.CodeOf(err) != backend.Unavailable {
		t.Errorf("got %v, want the outage", err)
	}
}

func TestTheCoreIsAskedForTheFieldsOfTheServiceAlone(t *testing.T) {
	d, c, _ := desk(t, "mseg")
	v := map[string]string{"doc_type": "dni", "doc_number": "20111222", "bank": "tel:+5492235550101", "account": "mseg-1", "nonce": "secret", "hits": "[]"}
	var phone string
	for _, f := range d.Profile.Identity {
		if f.Evidence == portal.ByPhone {
			phone = f.ID
		}
	}
	delete(v, "bank")
	v[phone] = "tel:+5492235550101"
	if _, err := d.Accounts(t.Context(), turn("mseg", v)); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"doc_type": "dni", "doc_number": "20111222", portal.PhoneField: "+5492235550101"}
	if !maps.Equal(c.fields, want) {
		t.Errorf("the core was asked for %v, want %v", c.fields, want)
	}
}

func TestAnIdentityIsNamedByAllThatWasTypedAndByNothingElse(t *testing.T) {
	d, _, _ := desk(t, "mseg")
	of := func(values map[string]string) string { return d.Identity(turn("mseg", values)) }
	one := of(map[string]string{"doc_type": "dni", "doc_number": "20111222"})
	for name, c := range map[string]struct {
		values map[string]string
		same   bool
	}{
		"the same":                     {map[string]string{"doc_number": "20111222", "doc_type": "dni"}, true},
		"what the errand notes beside": {map[string]string{"doc_number": "20111222", "doc_type": "dni", "nonce": "x", "account": "a-1"}, true},
		"another number":               {map[string]string{"doc_number": "20111223", "doc_type": "dni"}, false},
		"the same letters elsewhere":   {map[string]string{"doc_number": "", "doc_type": "dni20111222"}, false},
		"nothing":                      {nil, false},
	} {
		if got := of(c.values); (got == one) != c.same {
			t.Errorf("%s: got %s beside %s", name, got, one)
		}
	}
	other, _, _ := desk(t, "iess")
	if other.Identity(turn("iess", nil)) == d.Identity(turn("mseg", nil)) {
		t.Error("two organisations share a subject")
	}
}

// An address that is to be proven must not stand for an account, nor the other way round.
func TestAnotherNeedForgetsWhatWasFoundForTheOneBefore(t *testing.T) {
	with := func(now, then account.Need) map[string]string {
		tn := turn("mseg", map[string]string{"claimed": "1"})
		account.Ask(tn, portal.Contact, now)
		if err := account.SetHits(tn, []account.Hit{{Account: "a", Address: "x@example.org"}}); err != nil {
			t.Fatal(err)
		}
		tn.Values["nonce"] = "n"
		account.Ask(tn, portal.Contact, then)
		return tn.Values
	}
	if v := with(account.Code, account.Address); v["hits"] != "" || v["nonce"] != "" || v["claimed"] == "" {
		t.Errorf("another need keeps %v", v)
	}
	if v := with(account.Code, account.Code); v["hits"] == "" || v["nonce"] == "" {
		t.Errorf("the same need keeps %v", v)
	}
	for _, bad := range []string{"acc-1", "acc--1", "acc-x", "1x", ""} {
		tn := turn("mseg", nil)
		tn.Values = map[string]string{}
		if err := account.SetHits(tn, []account.Hit{{Account: "a"}}); err != nil {
			t.Fatal(err)
		}
		tn.Answer = bad
		if _, err := account.ChosenHit(tn); err == nil {
			t.Errorf("%q chooses one of one", bad)
		}
	}
}

// RULES: reg.proof: only who waited for an account and an address to the end opens it, and nobody whom the owner called off meanwhile.
func TestWhatWaitsOpensWhenItsTimeIsOverAndNotIfItWasCalledOff(t *testing.T) {
	const address = "nueva@example.org"
	wait := flows.DefaultLimits().DataWait
	a := numbered(1)
	for name, c := range map[string]struct {
		do   func(d account.Desk, begin time.Time) error
		at   time.Duration
		want bool
	}{
		"nothing waits":                     {func(account.Desk, time.Time) error { return nil }, wait, false},
		"too early":                         {begin(a, address), wait - time.Second, false},
		"in time":                           {begin(a, address), wait, true},
		"weeks later":                       {begin(a, address), wait + account.WaitKept - time.Hour, true},
		"months later":                      {begin(a, address), wait + account.WaitKept + time.Hour, false},
		"for another address":               {begin(a, "otra@example.org"), wait, false},
		"for another account":               {begin(numbered(2), address), wait, false},
		"called off meanwhile":              {then(begin(a, address), off(a, time.Hour)), wait, false},
		"called off before it began":        {then(off(a, -time.Hour), begin(a, address)), wait, true},
		"called off, and begun once more":   {then(begin(a, address), off(a, time.Hour), again(a, address, 2*time.Hour)), wait + 2*time.Hour, true},
		"another account was called off":    {then(begin(a, address), off(numbered(2), time.Hour)), wait, true},
		"forgotten by who asked":            {then(begin(a, address), forget(a, address)), wait, false},
		"called off, and that is forgotten": {then(begin(a, address), off(a, time.Hour)), wait + 20*24*time.Hour, false},
	} {
		d, _, clock := desk(t, "segurometal")
		now := clock.Now()
		if err := c.do(d, now); err != nil {
			t.Fatal(err)
		}
		clock.Advance(c.at)
		open, err := d.OpenAfter(t.Context(), []backend.Account{a}, address, now.Add(c.at))
		if err != nil || (len(open) == 1) != c.want {
			t.Errorf("%s: got %v, %v", name, open, err)
		}
	}
}

type act = func(d account.Desk, now time.Time) error

func again(a backend.Account, address string, after time.Duration) act {
	return func(d account.Desk, now time.Time) error {
		return d.Await(context.Background(), account.Waiting(d.Subject(a.ID), address), now.Add(after+d.Limits.DataWait))
	}
}

func begin(a backend.Account, address string) act { return again(a, address, 0) }

func off(a backend.Account, after time.Duration) act {
	return func(d account.Desk, now time.Time) error {
		return d.CallOff(context.Background(), a.ID, now.Add(after))
	}
}

func forget(a backend.Account, address string) act {
	return func(d account.Desk, _ time.Time) error {
		return d.Unawait(context.Background(), account.Waiting(d.Subject(a.ID), address))
	}
}

func then(acts ...act) act {
	return func(d account.Desk, now time.Time) (err error) {
		for _, do := range acts {
			err = errors.Join(err, do(d, now))
		}
		return err
	}
}

// What waits is named by subject and address; no two of them share a name.
func TestNamesOfWhatWaitsCannotBeMistakenForOneAnother(t *testing.T) {
	if account.Waiting("account/mseg/1", "2@example.org") == account.Waiting("account/mseg/12", "@example.org") {
		t.Error("two waits have one name")
	}
}

// RULES: reg.proof. An account that was only found is nobody's.
func TestOnlyWhatAProofCoversIsThePersons(t *testing.T) {
	proof := &flows.Proof{Account: "1", Also: []string{"2"}}
	for _, c := range []struct {
		what  string
		proof *flows.Proof
		hits  []string
		want  bool
	}{
		{"all proven", proof, []string{"1", "2"}, true},
		{"one only found", proof, []string{"1", "3"}, false},
		{"nothing proven", nil, []string{"1"}, false},
	} {
		var hits []account.Hit
		for _, id := range c.hits {
			hits = append(hits, account.Hit{Account: id})
		}
		if got := account.AllMine(&flows.Turn{Dialog: &flows.Dialog{Proof: c.proof}}, hits); got != c.want {
			t.Errorf("%s: got %v, want %v", c.what, got, c.want)
		}
	}
}
