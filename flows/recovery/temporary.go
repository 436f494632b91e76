package recovery

import (
	"context"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// temporary are the steps from the confirmation of who one is to a temporary
// password, in the mode [portal.ByTemporary]. Signing in with it at the portal is
// the proof and unlocks there; nothing of that comes back here. Whoever cannot
// make the portal's change work is led to our own page, by a code to the same mail.
func (r recovery) temporary() []flows.Step {
	if r.Profile.Recovery != portal.ByTemporary {
		return nil
	}
	steps := []flows.Step{
		{Name: "temp_lookup", Do: r.Lookup(account.ATemporary), Acts: true, Veiled: true,
			On: flows.On{"next": "temp", "too_many": "proof/too_many", "too_soon": "temp_soon", "resend_spent": "temp_spent"}},
		{Name: "temp", Say: "temp_sent", Veiled: true, Offer: []string{"temp_works", "temp_how", "missing", "stuck"}},
		{Name: "temp_how", Say: "temp_how", Fill: r.own, Offer: []string{"temp_works", "stuck", "word/persona"}},
		{Name: "temp_again", Say: "temp_again", Offer: []string{"temp_works", "temp_how", "missing", "stuck"}},
		{Name: "temp_missing", Say: "temp_missing", Fill: account.Delay, Veiled: true, Offer: []string{"resend_temp", "no_mail", "not_mine", "have_temp"}},
		{Name: "temp_resend", Do: r.Post(account.ATemporary), Acts: true, Veiled: true, On: flows.On{"next": "temp_resent", "too_soon": "temp_soon", "resend_spent": "temp_spent"}},
		{Name: "temp_resent", Say: "temp_resent", On: flows.On{"next": "temp_again"}},
		{Name: "temp_soon", Say: "temp_soon", Fill: r.Wait, Veiled: true, Offer: []string{"resend_temp", "stuck", "word/persona"}},
		{Name: "temp_spent", Say: "temp_spent", Fill: r.Wait, Veiled: true, Offer: []string{"have_temp", "stuck", "word/persona"}},
		{Name: "temp_works", Solves: true, Say: "temp_works", On: flows.On{"next": flows.End}},
		{Name: "stuck", Say: "stuck", Offer: []string{"by_page", "temp_how", "word/persona"}, Yes: "by_page"},
		{Name: "by_page", Veiled: true, Do: byPage, On: flows.On{"next": "proof/"}},
	}
	for i := range steps {
		if len(steps[i].Offer) > 0 && steps[i].Take == nil {
			r.waitFor(&steps[i])
		}
	}
	return steps
}

// waitFor makes a step wait for news of the temporary password, and understand the same in all of them.
func (r recovery) waitFor(s *flows.Step) {
	s.Help, s.Left, s.Take, s.Status, s.Watch, s.Guarded = "temp_help", "temp_left", takeTemporary, r.statusTemporary, r.WatchMail, true
	s.On = flows.On{"temp_works": "temp_works", "temp_how": "temp_how", "have_temp": "temp_how", "missing": "temp_missing", "stuck": "stuck",
		"by_page": "by_page", "resend_temp": "temp_resend", "no_mail": "proof/no_mail", "not_mine": "proof/no_mail"}
	if s.Name == "stuck" {
		s.On["stuck"] = "by_page" // saying it again is asking for it
	}
}

// own fills the user name where it is to be typed at the portal.
func (r recovery) own(t *flows.Turn) []string {
	told := r.Username(t)
	if told[1] != t.Values["username"] { // masked: nobody should type that
		told[1] = t.Text("temp_yours", told...)
	}
	return told
}

// byPage goes on with a code and our own page.
func byPage(_ context.Context, t *flows.Turn) (string, error) {
	account.Ask(t, portal.Recover, account.Code)
	t.Values["fresh"] = "1" // whoever has a temporary password, or a link, wants another
	return "", nil
}

// takeTemporary understands what people say of a temporary password and its mail.
func takeTemporary(_ *flows.Turn, in flows.Input) (string, string) {
	want := in.Choice
	if want == "" {
		want = account.AboutTemporary.Find(in.Text)
	}
	switch want {
	case "":
		return "", "tap_option"
	case "wait":
		return "", "temp_wait"
	case "resend":
		return "resend_temp", ""
	}
	return want, ""
}

// statusTemporary says when the mail was asked for, and when another can be. What
// becomes of a temporary password at the portal is not known here.
func (r recovery) statusTemporary(ctx context.Context, t *flows.Turn) error {
	again, err := r.Again(ctx, t)
	if err != nil {
		return err
	}
	switch m := t.Dialog.Mail; {
	case m == nil:
		t.Say("temp_status_none", "again", again)
	case t.Values["slow"] != "":
		t.Say("temp_status_slow", "asked", r.Hour(m.Asked), "again", again)
	default:
		t.Say("temp_status", "asked", r.Hour(m.Asked), "again", again)
	}
	return nil
}
