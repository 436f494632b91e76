package register

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/mailaddr"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// An organisation that says `trust: data` opens an account to who knows its owner's data
// and reads no address that the core has (RULES: reg.proof). That proves nothing by itself. So the new
// address is proven, every contact that the core knows is told, with a link that calls it off,
// and 72 hours go by; the chat hears when they are over. Who then comes back with the same data and
// reads the same address goes on. Whoever exists hears all the while what whoever does not exist hears.

// ready is the event by which the chat hears that the time is over.
const ready = "data_ready"

// trusting are the steps of that door; none where data alone open nothing.
func (r register) trusting() []flows.Step {
	if r.Profile.Trust != portal.TrustData {
		return nil
	}
	return []flows.Step{
		{Name: "data_mail", Say: "data_mail", Fill: r.dataAsk, Help: "help_data_mail", Offer: []string{"word/persona"}, Take: takeNew, Do: r.dataMail, On: flows.On{"prove": "proof/", "next": "data_repeat"}},
		{Name: "data_repeat", Say: "repeat_mail", Help: "help_repeat_mail", Offer: []string{"new_mail"}, Take: takeRepeated, Do: r.dataRepeated, On: flows.On{"prove": "proof/", "new_mail": "data_mail"}},
		{Name: "data_wait", Do: r.wait, Acts: true, Veiled: true, On: flows.On{"refused": "data_refused", "several": "data_which", "next": "look", "waits": "data_waits"}},
		{Name: "data_which", Say: "data_which", Help: "help_data_which", Offers: account.HitOptions, Take: account.TakeHit, Do: r.own, Wait: flows.ProofLife, On: flows.On{"timeout": "late", "next": "look"}},
		{Name: "data_waits", Solves: true, Say: "data_waits", Offers: toPerson, On: flows.On{"next": flows.End}},
		{Name: "data_refused", Say: "data_refused", On: flows.On{"next": "handoff/"}},
	}
}

// toPerson is offered to who has to wait; the option counts at the menu. Whose account has no address is not opened without a
// person, and is not told so before the others (RULES: enum.same): everybody reads that a person is the shorter way.
func toPerson(t *flows.Turn) []flows.Option {
	return []flows.Option{{ID: "word/persona", Label: t.Text("offer_wait_person")}}
}

// awaited tells that this chat was told to come back, and that it is time.
func (r register) awaited(t *flows.Turn) bool {
	at := t.Dialog.Memory.Awaited
	return r.Profile.Trust == portal.TrustData && !at.IsZero() && !t.At.Before(at) && t.At.Before(at.Add(account.WaitKept))
}

// onData is where the start leads whom data alone may let in.
func (r register) onData(t *flows.Turn) string {
	at, err := time.Parse(time.RFC3339Nano, t.Values["proven_at"])
	if address := t.Values["address"]; err == nil && address != "" && address == t.Values["chosen"] && t.At.Sub(at) < flows.ProofLife {
		t.Values["chosen_at"] = t.Values["proven_at"]
		return "data_wait"
	}
	return "data_mail"
}

// dataAsk fills the question for an address: the one that was awaited, or a new one.
func (r register) dataAsk(t *flows.Turn) []string {
	if r.awaited(t) {
		return []string{"ask", t.Text("data_mail_again")}
	}
	return []string{"ask", t.Text("data_mail_new")}
}

// dataMail takes a new address. One that is awaited already need not be typed twice.
func (r register) dataMail(ctx context.Context, t *flows.Turn) (string, error) {
	t.Values["new_mail"] = t.Answer
	opens, err := r.Awaited(ctx, r.typed(t, t.Answer))
	if err != nil || opens.IsZero() {
		return "", err
	}
	return r.proveNew(t)
}

func (r register) dataRepeated(_ context.Context, t *flows.Turn) (string, error) {
	return r.proveNew(t)
}

// proveNew has a code sent to the new address, in the name of what was typed: nobody is meant yet.
func (r register) proveNew(t *flows.Turn) (string, error) {
	address := t.Values["new_mail"]
	t.Values["chosen"] = address
	delete(t.Values, "address")
	account.Ask(t, portal.Register, account.Address)
	return "prove", account.SetHits(t, []account.Hit{{Account: r.typed(t, ""), Address: address, New: true}})
}

// wait lets the time begin, or says how much of it is left, or goes on once it is over.
func (r register) wait(ctx context.Context, t *flows.Turn) (string, error) {
	typed := r.typed(t, t.Values["chosen"])
	opens, err := r.Awaited(ctx, typed)
	if err != nil {
		return "", err
	}
	accounts, err := r.Accounts(ctx, t)
	if err != nil {
		return "", err
	}
	accounts = slices.DeleteFunc(accounts, func(a backend.Account) bool { return a.State.Registered || a.State.Disabled })
	if mine := t.At.Add(r.Limits.DataWait).Truncate(time.Millisecond); opens.IsZero() || opens.Equal(mine) { // the same: this turn was not saved, and nobody was told
		opens = mine
		err = r.begin(ctx, t, opens, accounts)
	}
	switch {
	case err != nil:
		return "", err
	case opens.After(t.At):
		t.Dialog.Memory.Awaited = opens
		t.Values["opens"] = r.day(opens)
		return "waits", nil
	}
	return r.over(ctx, t, accounts)
}

// begin notes until when each account waits, and tells everybody whom the core knows of it. An account of which the core
// knows no address does not wait: the time protects nobody who hears nothing. Its chat hears the same, and is led to a person
// whenever it wants, or else in the end.
func (r register) begin(ctx context.Context, t *flows.Turn, opens time.Time, accounts []backend.Account) error {
	address := t.Values["chosen"]
	for _, a := range accounts {
		left, err := r.Guard.Spend(ctx, r.Subject(a.ID), r.Limits.DataStarts, address)
		if err != nil {
			return err
		}
		if !left.OK { // who floods its owner with notices gets no further than that
			continue
		}
		told, err := r.tellWaits(ctx, t, a.ID, opens)
		if err != nil {
			return err
		}
		if !told { // nobody could say no: only a person may open it
			continue
		}
		if err := r.Await(ctx, account.Waiting(r.Subject(a.ID), address), opens); err != nil {
			return err
		}
	}
	t.WakeAt(opens, ready)
	return r.Await(ctx, r.typed(t, address), opens)
}

// tellWaits writes to every known address, and to the linked chats, what will happen and how to stop it. The link works as long as it can
// stop something: it lets nobody in. It tells whether there was an address.
func (r register) tellWaits(ctx context.Context, t *flows.Turn, id string, opens time.Time) (told bool, err error) {
	hits, err := r.Addresses(ctx, id)
	if err != nil {
		return false, fmt.Errorf("reading whom to tell: %w", err)
	}
	t.Note(flows.Audit{What: "registration_asked", Account: id, Detail: map[string]string{"method": backend.MethodWaited, "told": strconv.Itoa(len(hits))}})
	t.Values["opens"], t.Values["new"] = r.day(opens), mailaddr.Mask(t.Values["chosen"])
	for _, h := range hits {
		g := r.Grant(t, h, "stop_data", opens.Sub(t.At))
		g.Claimed = r.typed(t, t.Values["chosen"])
		t.Send(r.Letter(t, h, "data_asked", g))
	}
	t.Send(r.Word(t, id, hits, "data_asked"))
	delete(t.Values, "new")
	return len(hits) > 0, nil
}

// over looks whose time is over without anybody having called it off.
func (r register) over(ctx context.Context, t *flows.Turn, accounts []backend.Account) (string, error) {
	accounts, err := r.OpenAfter(ctx, accounts, t.Values["chosen"], t.At)
	if err != nil {
		return "", err
	}
	hits := []account.Hit{}
	for _, a := range accounts {
		hits = append(hits, account.Hit{Account: a.ID, Label: a.Label, Address: t.Values["chosen"]})
	}
	if err := account.SetHits(t, hits); err != nil {
		return "", err
	}
	t.Values["waited_at"] = t.Values["proven_at"]
	switch len(hits) {
	case 0:
		t.Dialog.Memory.Awaited = time.Time{}
		delete(t.Values, "waited_at")
		return "refused", nil
	case 1:
		return "", r.enter(t, hits[0].Account)
	}
	return "several", nil
}

func (r register) enter(t *flows.Turn, id string) error {
	t.Values["account"] = id
	t.Note(flows.Audit{What: "proof", Account: id, Detail: map[string]string{"method": backend.MethodWaited}})
	return account.SetHits(t, nil)
}

// own goes on with one of the accounts that the same data name.
func (r register) own(_ context.Context, t *flows.Turn) (string, error) {
	hit, err := account.ChosenHit(t)
	if err != nil {
		return "", err
	}
	return "", r.enter(t, hit.Account)
}

// hasWaited tells whether the account's time is over and the new address was read a short while ago. It counts for
// this errand alone, so it is no [flows.Proof].
func (r register) hasWaited(t *flows.Turn) (at time.Time, ok bool) {
	at, err := time.Parse(time.RFC3339Nano, t.Values["waited_at"])
	return at, err == nil && t.Values["account"] != "" && t.At.Sub(at) < flows.ProofLife
}

// isReady says in the chat that the time is over, unless it was called off: in the same words whether
// there is such an account or not.
func (r register) isReady(_ context.Context, t *flows.Turn) error {
	if r.awaited(t) {
		t.Send(flows.Reply{Text: t.Text("data_ready"), Offer: []flows.Option{{ID: string(portal.Register), Label: t.Text("offer_data_ready")}}})
	}
	return nil
}

// stopData calls off whatever waits for the account: whoever reads a mail about it did not ask for this.
// Before any proof it does no more, and blocks the chat that did (RULES: notme).
func (r register) stopData(ctx context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	if err := r.CallOff(ctx, t.Grant.Account, t.At); err != nil {
		return flows.Outcome{}, err
	}
	if err := r.Unawait(ctx, t.Grant.Claimed); err != nil {
		return flows.Outcome{}, err
	}
	if err := r.Guard.Clear(ctx, r.Subject(t.Grant.Account), r.Limits.DataStarts.Kind); err != nil { // who reads this may begin, too
		return flows.Outcome{}, fmt.Errorf("giving starts back: %w", err)
	}
	return flows.Outcome{Event: "stop", Values: map[string]string{"account": t.Grant.Account}, State: "done", Title: t.Text("stop_data_done_title"), Text: t.Text("stop_data_done")}, nil
}

// typed names what waits for whoever was typed, exists or not.
func (r register) typed(t *flows.Turn, address string) string {
	return account.Waiting(r.Identity(t), address)
}
