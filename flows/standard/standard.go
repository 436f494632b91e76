// Package standard lists the flows that ship with the bot, and makes the engine
// of one organisation from them. A new flow is one line here.
package standard

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/change"
	"ventanilla/flows/contact"
	"ventanilla/flows/handoff"
	"ventanilla/flows/links"
	"ventanilla/flows/menu"
	"ventanilla/flows/mydata"
	"ventanilla/flows/notices"
	"ventanilla/flows/notme"
	"ventanilla/flows/payslip"
	"ventanilla/flows/proof"
	"ventanilla/flows/recovery"
	"ventanilla/flows/register"
	"ventanilla/flows/sessions"
	"ventanilla/flows/text"
	"ventanilla/flows/unlock"
	"ventanilla/flows/username"
)

// Core is what the flows ask of the account system. *backend.Client is one.
type Core interface {
	account.Core
	contact.Core
	payslip.Core
	Entering
}

// Entering is what the flows change there so that people get in, and others out.
type Entering interface {
	change.Core
	recovery.Core
	register.Core
	sessions.Core
	unlock.Core
}

// Links remember which chats hear of an account. *store.Store is one.
type Links interface {
	notices.Links
	mydata.Links
}

// Deps are what the flows need of the world outside.
type Deps struct {
	Core      Core
	Guard     flows.Guard
	Links     Links
	Line      handoff.Line // who waits for a human
	Codes     flows.Codes
	Limits    flows.Limits
	MailDown  func() bool // whether mails are not going out right now
	PublicURL string      // of this bot's pages, for people who ask whether it is official
	Now       func() time.Time
	Random    func(n int) string                      // n random bytes in hex
	Banner    string                                  // said first to whoever starts a conversation
	Missed    func(portal, flow, step, masked string) // hears what was not understood, without what could say who wrote it; nil: nobody
	PageTexts fs.FS                                   // sentences of the one-time pages: an organisation replaces them under "page"
}

// Flows lists the flows of one organisation. The first is the menu.
func Flows(p portal.Profile, d Deps) ([]flows.Flow, error) {
	phrases, err := Understanding(p)
	if err != nil {
		return nil, err
	}
	office := func(at time.Time) (bool, time.Time) {
		open, next := p.Open(at)
		return open, next.In(p.Location())
	}
	desk := account.Desk{Profile: p, Core: d.Core, Guard: d.Guard, Codes: d.Codes, Limits: d.Limits, MailDown: d.MailDown}
	entries, errands := []menu.Entry{}, []flows.Flow{}
	for _, s := range services(desk, d) {
		if p.Offers(s.service) {
			// Where the proof is a code, recovery itself asks who is locked out whether they know the password.
			hidden := s.service == portal.Unlock && p.Recovery == portal.ByCode
			entries = append(entries, menu.Entry{ID: string(s.service), Flow: s.flow.Name, Hidden: hidden})
			errands = append(errands, s.flow)
		}
	}
	if len(p.Links) > 0 {
		entries, errands = append(entries, menu.Entry{ID: linksID, Flow: "links"}), append(errands, links.New(p))
	}
	errands = append(errands, notices.New(desk, d.Links), mydata.New(desk, d.Links), notme.New(desk, "handoff"), sessions.New(desk, d.Core), username.New(desk), contact.Case(desk, d.Core))
	for id, flow := range asked {
		entries = append(entries, menu.Entry{ID: id, Flow: flow, Hidden: true})
	}
	all := []flows.Flow{menu.New(newFinder(p, phrases.Brief()), "handoff", entries...), proof.New(desk)}
	return append(append(all, errands...), handoff.New("menu", office, d.Line)), nil
}

// asked are the flows that are in no menu and begin when somebody asks for that.
var asked = map[string]string{"link": "notices", "unlink": "mydata", "my_data": "mydata", "erase": "mydata", "not_me": "notme", sessionsID: "sessions", usernameID: "username"}

// errand is a service that an organisation may offer, and the flow that does it.
type errand struct {
	service portal.Service
	flow    flows.Flow
}

// services are all of them, in the order of the menu. A new one is one line here.
func services(desk account.Desk, d Deps) []errand {
	return []errand{
		{portal.Recover, recovery.New(desk, d.Core)},
		{portal.Unlock, unlock.New(desk, d.Core)},
		{portal.Register, register.New(desk, d.Core)},
		{portal.Change, change.New(desk, d.Core)},
		{portal.Payslip, payslip.New(desk, d.Core)},
		{portal.Contact, contact.New(desk, d.Core)},
	}
}

// New makes the engine of one organisation. It returns every mistake of tables,
// sentences and profile at once.
func New(p portal.Profile, d Deps) (*flows.Engine, error) {
	all, err := Flows(p, d)
	if err != nil {
		return nil, err
	}
	return Engine(p, d, all)
}

// Engine is [New] with flows of one's own, such as those of another version.
func Engine(p portal.Profile, d Deps, all []flows.Flow) (*flows.Engine, error) {
	words, err := flows.Words()
	if err != nil {
		return nil, err
	}
	texts, err := Texts(p, d, all)
	if err != nil {
		return nil, err
	}
	u, err := Understanding(p)
	if err != nil {
		return nil, err
	}
	e, err := flows.New(flows.Options{Flows: all, Home: "menu", Human: "handoff", Texts: texts, Words: words,
		Limits: d.Limits, Now: d.Now, Random: d.Random, Pages: pages, Banner: d.Banner, Listen: where(p, listen(newFinder(p, u.Brief()))), Tells: Tells, Missed: missed(u, d.Missed), Whose: account.Desk{Profile: p, Core: d.Core}.Whose})
	if err != nil {
		return nil, fmt.Errorf("flows of %s: %w", p.ID, err)
	}
	return e, nil
}

// Texts are all that the flows say in the voice of one organisation.
func Texts(p portal.Profile, d Deps, all []flows.Flow) (*text.Catalogue, error) {
	spoken := append(slices.Clone(all), flows.Flow{Texts: account.Texts()})
	if d.PageTexts != nil {
		spoken = append(spoken, flows.Flow{Name: "page", Texts: d.PageTexts})
	}
	texts, err := text.New(text.Config{Locale: p.Locale, Values: Voice(p, d.PublicURL), Overrides: p.Texts}, spoken...)
	if err != nil {
		return nil, fmt.Errorf("sentences of %s: %w", p.ID, err)
	}
	return texts, nil
}

// pages tells on which channels identity documents and bank accounts are asked on
// a page: WhatsApp's policy forbids asking for them in the chat (RULES: wa.policy).
func pages(channel string) bool { return channel == "whatsapp" }

// officeHours says when somebody is at the organisation's office, as the end of a sentence.
func officeHours(p portal.Profile) string {
	if hours := p.Support.Hours.Words(p.Locale); hours != "" {
		return ", " + hours
	}
	return ""
}

// Voice is what every sentence may say of an organisation.
func Voice(p portal.Profile, publicURL string) map[string]string {
	host := publicURL
	if u, err := url.Parse(publicURL); err == nil && u.Host != "" {
		host = u.Host
	}
	office := p.Support.Place
	if p.Support.Phone != "" {
		office += " (" + p.Support.Phone + ")"
	}
	return map[string]string{"org": p.Name, "portal": p.Short, "portal_url": p.URL, "host": host, "office": office, "agreement": p.Agreement.Text,
		"slip": cmp.Or(p.Payslips.One, "recibo"), "slips": cmp.Or(p.Payslips.Many, "recibos"), "slip_label": account.UpperFirst(cmp.Or(p.Payslips.One, "recibo")), "links": linksLabel(p),
		"office_hours": officeHours(p), "privacy_url": publicURL + "/privacidad", "minutes": fmt.Sprint(int(flows.ProofLife / time.Minute))}
}
