package proof

import (
	"context"
	"slices"

	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
)

// others are the steps of who wants another account than the errand is about, wherever they say so.
func (p proof) others() []flows.Step {
	return []flows.Step{
		{Name: "other_account", Do: p.otherAccount, On: flows.On{"named": flows.Return, "which": "which", "anew": "other_anew", "next": "other_what"}},
		{Name: "other_what", Say: "other_what", Help: "help_other", Offer: []string{"other_data", "other_gone", "other_stay"}, Take: takeOther, Guarded: true,
			On: flows.On{"other_data": "other_anew", "other_gone": "no_mail", "other_stay": flows.Return}},
		{Name: "other_anew", Do: p.anew, On: flows.On{"next": p.first()}},
	}
}

// first is the question with which it begins who somebody is.
func (p proof) first() string {
	if all := p.all(); len(all) > 0 {
		return all[0].ID
	}
	return "confirm"
}

// otherAccount looks whether the mail that proved this account proved others, too: then one of them is meant, and nothing asked but which.
func (p proof) otherAccount(ctx context.Context, t *flows.Turn) (string, error) {
	hits, err := account.Hits(t)
	if err != nil {
		return "", err
	}
	others := slices.ContainsFunc(hits, func(h account.Hit) bool { return h.Account != t.Values["account"] })
	switch {
	case !account.Claimed(t): // nothing was begun yet
		return "anew", nil
	case !others || t.Values["proven_at"] == "" || !account.Proven(t) || !account.AllMine(t, hits):
		return "", nil
	}
	options := account.HitOptions(t)
	id := account.Labelled(t.Input.Text, options)
	if i := slices.IndexFunc(options, func(x flows.Option) bool { return x.ID == id }); i >= 0 {
		t.Say("with_account", "label", hits[i].Label)
		if event, err := p.take(ctx, t, hits[i]); err != nil || event != "" {
			return event, err
		}
		return "named", nil
	}
	return "which", nil
}

// anew forgets what was said of the account before: who it is now is asked from the beginning.
func (p proof) anew(ctx context.Context, t *flows.Turn) (string, error) {
	if err := p.Answered(ctx, t); err != nil {
		return "", err
	}
	for name := range t.Values {
		if !slices.Contains(lasting, name) {
			delete(t.Values, name)
		}
	}
	t.Dialog.Path, t.Dialog.Redo, t.Dialog.Given, t.Dialog.Mail = nil, false, nil, nil
	if account.Needs(t) == account.Address { // it was one of the account before
		account.Ask(t, account.Service(t), account.Code)
	}
	return "", nil
}

// lasting is what the person said that is true of whichever account: the terms that they accepted.
var lasting = []string{"accepted", "accepted_at"}

func takeOther(_ *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	if want := aboutOther.Find(in.Text); want != "" {
		return want, ""
	}
	return "", "tap_option"
}

// aboutOther is what people say of the other account.
var aboutOther = intent.List(map[string][]string{
	"other_data": {"otros datos", "otro usuario", "otro numero", "otro dni", "otro cuit", "otro legajo", "otra cedula", "datos distintos", "no es el mismo", "different details", "si"},
	"other_gone": {"otro correo", "otro mail", "sin correo", "no tiene correo", "no tiene mail", "los mismos datos", "mismos datos", "mismo cuit", "mismo dni", "mismo numero", "same details", "no tengo correo"},
	"other_stay": {"esta", "sigo con esta", "seguir con esta", "con esta", "la de antes", "no", "dejalo asi", "this one", "keep"},
})
