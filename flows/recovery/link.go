package recovery

import (
	"context"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
)

// link are the steps from the confirmation of who one is to a mailed link, in the mode
// [portal.ByLink]. The link's page asks for the PIN that stands here and sets the password; the dialog
// hears of it wherever it stands. Whoever cannot open the link is led to our own page, by a code to the same mail.
func (r recovery) link() []flows.Step {
	if r.Profile.Recovery != portal.ByLink {
		return nil
	}
	steps := []flows.Step{
		{Name: "link_lookup", Do: r.Lookup(account.ALink), Acts: true, Veiled: true,
			On: flows.On{"next": "link", "too_many": "proof/too_many", "too_soon": "link_soon", "resend_spent": "link_spent"}},
		{Name: "link", Say: "link_sent", Fill: r.linkLeft, Veiled: true, Offer: []string{"missing", "word/persona"}},
		{Name: "link_again", Say: "link_again", Fill: pinWords, Offer: []string{"missing", "link_stuck", "word/persona"}},
		{Name: "link_missing", Say: "link_missing", Fill: account.Delay, Veiled: true, Offer: []string{"resend_link", "no_mail", "not_mine", "have_link"}},
		{Name: "link_stuck", Say: "link_stuck", Fill: pinWords, Offer: []string{"resend_link", "by_code", "no_mail", "word/persona"}, Yes: "resend_link"},
		{Name: "link_resend", Do: r.Post(account.ALink), Acts: true, Veiled: true, On: flows.On{"next": "link_resent", "too_soon": "link_soon", "resend_spent": "link_spent"}},
		{Name: "link_resent", Say: "link_resent", On: flows.On{"next": "link_again"}},
		{Name: "link_soon", Say: "link_soon", Fill: r.Wait, Veiled: true, Offer: []string{"resend_link", "have_link", "word/persona"}},
		{Name: "link_spent", Say: "link_spent", Fill: r.Wait, Veiled: true, Offer: []string{"have_link", "by_code", "word/persona"}},
		{Name: "link_proven", Do: r.linked, On: flows.On{"next": "done"}},
		{Name: "link_halfway", Do: r.linked, On: flows.On{"next": "part_told"}},
		{Name: "by_page", Veiled: true, Do: byPage, On: flows.On{"next": "proof/"}},
	}
	for i := range steps {
		if len(steps[i].Offer) > 0 {
			r.waitForLink(&steps[i])
		}
	}
	return steps
}

// waitForLink makes a step wait for the link to be used, and understand the same in all of them.
func (r recovery) waitForLink(s *flows.Step) {
	s.Help, s.Left, s.Take, s.Status, s.Watch, s.PIN, s.Guarded = "link_help", "link_left", takeLink, r.statusLink, r.WatchMail, account.LinkPIN, true
	s.Lasts = func(t *flows.Turn) time.Time {
		if t.Dialog.Mail == nil {
			return time.Time{}
		}
		return t.Dialog.Mail.Asked.Add(r.LinkLife())
	}
	s.On = flows.On{"missing": "link_missing", "link_stuck": "link_stuck", "have_link": "link_again", "resend_link": "link_resend", "by_code": "by_page",
		"no_mail": "proof/no_mail", "not_mine": "proof/no_mail", "link_set": "link_proven", "link_part": "link_halfway", "link_failed": "failed"}
	if s.Name == "link_stuck" {
		s.On["link_stuck"] = "link_resend" // saying it again is asking for it
	}
}

// linkLeft fills how long the mailed link works, from now on.
func (r recovery) linkLeft(t *flows.Turn) []string {
	if m := t.Dialog.Mail; m != nil {
		if left := m.Asked.Add(r.LinkLife()).Sub(t.At); left < r.LinkLife()-time.Minute {
			return []string{"life", account.About(t, max(left, 0))}
		}
	}
	return r.LinkWords(t)
}

// pinWords fill where the PIN is, if it is not known any more: the errand was begun anew, and an
// earlier message shows it.
func pinWords(t *flows.Turn) []string {
	if account.LinkPIN(t) == "" {
		return []string{"pin", t.Text("link_pin_above")}
	}
	return nil
}

// aboutLink is what people write instead of opening the link.
var aboutLink = intent.List(map[string][]string{
	"resend_link": {"otro enlace", "otro link", "enlace nuevo", "nuevo enlace", "link nuevo", "nuevo link", "manda* enlace", "mandame el link", "another link", "new link"},
	"have_link":   {"ya lo tengo", "lo tengo", "me llego", "ya llego", "aca esta", "cual es el pin", "que pin", "donde esta el pin", "no veo el pin", "no se el pin", "pin", "que hago", "y ahora", "como sigo", "got it"},
	"link_stuck":  {"vencid*", "vencio", "expir*", "caduc*", "no abre", "no me abre", "no se abre", "no anda", "no me anda", "no funciona", "no sirve", "no me deja", "no carga", "pagina en blanco", "ya se uso", "da error", "sale error", "un error", "does not open", "does not work", "expired"},
})

func takeLink(_ *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	switch want := account.AboutMail.Find(in.Text); want {
	case "wait":
		return "", "link_wait"
	case "resend":
		return "resend_link", ""
	case "missing", "no_mail":
		return want, ""
	}
	if want := aboutLink.Find(in.Text); want != "" {
		return want, ""
	}
	return "", "tap_option"
}

// statusLink says when the link was asked for, and when another can be; what became of it is not told before a proof.
func (r recovery) statusLink(ctx context.Context, t *flows.Turn) error {
	again, err := r.Again(ctx, t)
	if err != nil {
		return err
	}
	pairs := append(append(r.LinkWords(t), pinWords(t)...), "again", again)
	switch m := t.Dialog.Mail; {
	case m == nil:
		t.Say("link_status_none", pairs...)
	case t.Values["slow"] != "":
		t.Say("link_status_slow", append(pairs, "asked", r.Hour(m.Asked))...)
	default:
		t.Say("link_status", append(pairs, "asked", r.Hour(m.Asked))...)
	}
	return nil
}

// mailedPage is the page that a mailed link leads to.
func (r recovery) mailedPage() map[string]*flows.Form {
	if r.Profile.Recovery != portal.ByLink {
		return nil
	}
	return map[string]*flows.Form{"reset": {Name: "reset", Title: "page_title", Intro: "page_intro", Fields: account.PasswordFields(), Over: r.linkOver, Check: r.JudgePassword, Submit: r.submitLink}}
}

// linkOver says of a link that counts no more what to do instead; nothing of one that does. Whoever opens it
// holds a mail of the account's owner, and hears no more than that there is a newer one.
func (r recovery) linkOver(ctx context.Context, t *flows.Turn) (flows.Outcome, error) {
	say, err := r.LinkOver(ctx, *t.Grant)
	if err != nil || say == "" {
		return flows.Outcome{}, err
	}
	return flows.Outcome{State: "late", Title: t.Text(say + "_title"), Text: t.Text(say)}, nil
}

// submitLink sets the password of the account that the link was mailed for. The dialog may be long gone.
func (r recovery) submitLink(ctx context.Context, t *flows.Turn, v flows.FormValues) (flows.Outcome, error) {
	g := *t.Grant
	over, err := r.LinkEnded(ctx, g, t.Op("end"))
	if err != nil {
		return flows.Outcome{}, err
	}
	if over {
		return r.linkOver(ctx, t)
	}
	until, err := r.Guard.Frozen(ctx, r.Subject(g.Account))
	if err != nil || until.After(t.At) {
		return flows.Outcome{State: "failed", Title: t.Text("page_failed_title"), Text: t.Text("page_frozen")}, err
	}
	problems, err := r.JudgeWhole(ctx, t, v)
	if err != nil || len(problems) > 0 {
		return flows.Outcome{Problems: problems}, err
	}
	a, err := r.Core.Account(ctx, r.Profile.ID, g.Account)
	if err != nil {
		return flows.Outcome{}, err
	}
	o, err := r.reset(ctx, t, change{password: v["password"], evidence: linkEvidence(t), username: a.Username, events: "link"})
	if err != nil || o.Event == "" || o.Event == "link_failed" {
		return o, err
	}
	o.Values["address"] = g.Address
	return o, r.EndLinks(ctx, g.PIN, g.Account, t.Op("end"))
}

// linkEvidence says that the mailbox was read. Its time is the last half hour's beginning, so that the
// same page sent again asks the core for the same thing.
func linkEvidence(t *flows.Turn) backend.Evidence {
	return backend.Evidence{Account: t.Grant.Account, Method: backend.MethodLink, Address: t.Grant.Address, At: t.At.Truncate(backend.EvidenceLife / 2)}
}

// linked is the dialog that asked for the link hearing that it was used, with the PIN that it
// shows: who chats here owns the account.
func (r recovery) linked(ctx context.Context, t *flows.Turn) (string, error) {
	id, address := t.Values["account"], t.Values["address"]
	hits, err := account.Hits(t)
	if err != nil {
		return "", err
	}
	known := flows.Proof{Account: id, Method: backend.MethodLink, Address: address, At: t.At, Errands: []string{t.Errand()}}
	for _, h := range hits {
		if h.Address == address && h.Account != id {
			known.Also = append(known.Also, h.Account)
		}
	}
	t.Prove(known)
	return "", r.GiveBack(ctx, t, []string{id})
}

// elsewhere are what is said where the dialog that asked for a link is gone. Somebody else may read it.
func (r recovery) elsewhere() map[string]flows.Aside {
	if r.Profile.Recovery != portal.ByLink {
		return nil
	}
	aside := func(say, kind string) flows.Aside {
		return func(ctx context.Context, t *flows.Turn) error {
			t.Say(say)
			if p := t.Dialog.Parked; p != nil && p.Flow == "recovery" { // kept for as long as the link counted
				t.Dialog.Parked = nil
			}
			if kind == "" {
				return nil
			}
			return r.TellOf(ctx, t, t.Input.Values["account"], kind, "password_set")
		}
	}
	return map[string]flows.Aside{"link_set": aside("link_set_aside", "changed"), "link_part": aside("link_part_aside", "part"), "link_failed": aside("link_failed_aside", "")}
}
