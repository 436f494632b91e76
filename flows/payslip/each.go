package payslip

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/period"
)

// Somebody with several accounts asks for the payslips of all of them at once: «los recibos de mis dos cuentas». Those
// that one proof covers are sent together; for one with a mailbox of its own a code goes there, and what was asked for is kept.

var (
	// ofEach is what people call all of their accounts.
	ofEach = regexp.MustCompile(`\b(de |en |para )?(mis |las |los |sus |the )?(dos|2|tres|3|ambas|ambos|todas|todos|cada|both|each|all)( de)?( una de)?( mis| las| los| sus| my| of my)* (cuenta|cargo|trabajo|legajo|empleo|puesto|perfil|perfiles|account)e?s?\b|\bde cada una?o?$|\b(uno|el ultimo) de cada\b`)
	// mineAll is what may mean one of each account, or so many of one.
	mineAll = regexp.MustCompile(`\b(mis|los|my) (dos|2|two) (rec[iy][bv]os?|boletas?|comprobantes?|talon(es)?|roles|nominas?|liquidaciones|payslips?)\b`)
	// newest is what says which of one account are meant.
	newest = regexp.MustCompile(`\b(ultim|prime|anterior|mas reciente|last|latest)`)
	// ofOther is what people call an account of theirs that is not the one they were just busy with.
	ofOther = regexp.MustCompile(`\b(de|para|en|con|of) (la |el |mi |the |my )?(otr[oa]|other)( (mia?o?|tambien|por favor|porfa|cuenta|usuario|cargo|trabajo|empleo|legajo|perfil|puesto|account))*$|\b(mi|la|my|the) (otra cuenta|other account)\b|\b(mi|el) otro (usuario|cargo|trabajo|empleo|legajo|perfil|puesto)\b`)
	// counted is how people count payslips back from the newest one.
	counted = regexp.MustCompile(`\b(antepen|ante pen|pen|ante) ?ultim[oa]\b`)
)

// behind is how many payslips are newer than the one that a sentence counts back to; 0 if it does not. "El penúltimo mes" is a month.
func behind(plain string, r period.Reading) int {
	said := counted.FindStringSubmatch(plain)
	switch {
	case said == nil || r.Kind != period.Month || monthly.MatchString(plain):
		return 0
	case strings.HasSuffix(said[1], "pen") && said[1] != "pen":
		return 2
	}
	return 1
}

// monthly is what tells that months are counted, and not payslips.
var monthly = regexp.MustCompile(`\b(mes|meses|mensualidad)\b`)

// asked is what a sentence wants: of one account, of each, or perhaps of each.
func (p payslips) asked(t *flows.Turn, text string) wish {
	plain := flows.Plain(text)
	if at := ofEach.FindStringIndex(plain); at != nil {
		w := wish{Each: true, Reading: p.read(t, plain[:at[0]]+" "+plain[at[1]:])}
		if w.Reading.Kind == period.None || w.Reading.Kind == period.LatestN && !newest.MatchString(plain) {
			w.Reading = period.Reading{Kind: period.Latest}
		}
		return w
	}
	w := wish{Reading: p.read(t, text), Of: text}
	w.Back = behind(plain, w.Reading)
	w.Perhaps = w.Reading.Kind == period.LatestN && mineAll.MatchString(plain) && !newest.MatchString(plain)
	return w
}

// several tells whether the person has more accounts than the one that the dialog is about: proven ones, and those that the
// core finds by what they typed.
func (p payslips) several(ctx context.Context, t *flows.Turn) (mine []owned, more bool, err error) {
	if mine, err = p.proven(ctx, t); err != nil {
		return nil, false, err
	}
	put(t, "owned", mine)
	if !account.Claimed(t) {
		return mine, false, nil
	}
	hits, err := p.Find(ctx, t)
	if err != nil {
		return nil, false, err
	}
	more = slices.ContainsFunc(hits, func(h account.Hit) bool {
		return !slices.ContainsFunc(mine, func(o owned) bool { return o.Account == h.Account })
	})
	return mine, more, nil
}

// perhapsEach asks what is meant by somebody who has several accounts.
func (p payslips) perhapsEach(ctx context.Context, t *flows.Turn) (asks bool, err error) {
	mine, more, err := p.several(ctx, t)
	return more || len(mine) > 1, err
}

// ofAll sends the payslips that a period means of each account that was proven, the one that the dialog is about first. It leads
// beyond if there are others, with the wish kept for them.
func (p payslips) ofAll(ctx context.Context, t *flows.Turn, w wish) (string, error) {
	mine, more, err := p.several(ctx, t)
	if err != nil {
		return "", err
	}
	here := t.Values["account"]
	slices.SortStableFunc(mine, func(a, b owned) int { return rank(a, here) - rank(b, here) })
	last, gave, lacking := "empty", false, map[string]string{}
	for _, o := range mine {
		if slices.Contains(w.Done, o.Account) {
			continue
		}
		w.Done = append(w.Done, o.Account)
		event, err := p.ofOne(ctx, t, o, w.Reading)
		if err != nil {
			return "", err
		}
		if event == "" {
			gave = true
			continue
		}
		last, lacking[o.Account] = event, event
	}
	for _, o := range mine {
		switch event := lacking[o.Account]; {
		case event == "" || !gave && !more:
		case event == "frozen" || event == "unregistered":
			t.Say("shut_"+event, "label", o.Label)
		default:
			t.Say("none_of", "label", o.Label)
		}
	}
	switch {
	case more:
		p.wish(t, w)
		return "beyond", nil
	case gave:
		return "", nil
	}
	return last, nil
}

func rank(o owned, here string) int {
	if o.Account == here {
		return 0
	}
	return 1
}

// ofOne sends the payslips of one account, unless it is frozen, was never opened or has none of that period.
func (p payslips) ofOne(ctx context.Context, t *flows.Turn, o owned, r period.Reading) (string, error) {
	if o.Account != t.Values["account"] {
		proof := o.Proof
		t.Dialog.Proof = &proof
		if err := p.Enter(ctx, t, o.Account); err != nil {
			return "", err
		}
	}
	if event, err := p.shut(ctx, t); err != nil || event != "" {
		return event, err
	}
	list, event, err := p.list(ctx, t)
	if err != nil || event != "" {
		return event, err
	}
	meant := pick(list, r)
	if len(meant) == 0 {
		return p.instead(t, list, r), nil
	}
	return p.send(ctx, t, meant)
}

// shut is why nothing of the account can be sent.
func (p payslips) shut(ctx context.Context, t *flows.Turn) (event string, err error) {
	switch frozen, err := p.Frozen(ctx, t); {
	case err != nil:
		return "", err
	case frozen:
		return "frozen", nil
	case t.Values["unregistered"] != "":
		return "unregistered", nil
	}
	return "", nil
}

// here fills which account the dialog is about.
func (p payslips) here(t *flows.Turn) []string {
	var mine []owned
	get(t, "owned", &mine)
	for _, o := range mine {
		if o.Account == t.Values["account"] {
			return []string{"label", o.Label}
		}
	}
	return []string{"label", p.Profile.Short}
}

// back goes to the account of payslips that are to be sent once more, if it was proven.
func (p payslips) back(ctx context.Context, t *flows.Turn, account string) error {
	var mine []owned
	get(t, "owned", &mine)
	i := slices.IndexFunc(mine, func(o owned) bool { return o.Account == account && o.Proof.Valid(t.At) })
	if account == "" || account == t.Values["account"] || i < 0 {
		return nil
	}
	proof := mine[i].Proof
	t.Dialog.Proof = &proof
	return p.Enter(ctx, t, account)
}

// sendAgain sends payslips once more, each from the account that it is of, as far as that is still proven and nobody froze it
// meanwhile (RULES: notme).
func (p payslips) sendAgain(ctx context.Context, t *flows.Turn, some []named) (string, error) {
	last, shut := "ask", ""
	for len(some) > 0 {
		of := some[0].Account
		these := slices.DeleteFunc(slices.Clone(some), func(n named) bool { return n.Account != of })
		some = slices.DeleteFunc(slices.Clone(some), func(n named) bool { return n.Account == of })
		if err := p.back(ctx, t, of); err != nil {
			return "", err
		}
		if of != "" && of != t.Values["account"] {
			continue
		}
		event, err := p.shut(ctx, t)
		if err != nil {
			return "", err
		}
		if event != "" {
			shut = event
			continue
		}
		list, event, err := p.list(ctx, t)
		if err != nil || event != "" {
			return event, err
		}
		if last, err = p.byID(ctx, t, list, ids(these)); err != nil || last != "" {
			return last, err
		}
	}
	return cmp.Or(shut, last), nil
}
