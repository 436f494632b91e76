package app

import (
	"context"

	"ventanilla/backend/portal"
	"ventanilla/bot/console"
	"ventanilla/flows"
	"ventanilla/flows/intent"
	"ventanilla/flows/standard"
)

// makeConsole builds the agents' pages.
func (a *App) makeConsole(context.Context) (err error) {
	read, err := a.understanding()
	if err != nil {
		return err
	}
	c := console.Config{Store: a.store, Desk: a.worker, Aids: a.engines, Guard: a.store.Guards(), URL: a.settings.Console.Base(), Answer: a.settings.Console.Answer, Now: a.opt.Clock.Now, Random: random, Log: a.opt.Log,
		Flows: a.engines.flows, Understand: read, Figures: a.figures, Load: a.worker.Meters.Read, MailDown: a.mail.down}
	for _, b := range a.settings.Bots {
		o := organisation(a.profiles[b.Portal])
		o.Template = b.WhatsApp != nil && b.WhatsApp.Templates.Notice != ""
		c.Organisations = append(c.Organisations, o)
	}
	a.console, err = console.New(c)
	return err
}

// organisation is a profile as the agents' pages show it.
func organisation(p portal.Profile) console.Organisation {
	o := console.Organisation{ID: p.ID, Name: p.Name, Short: p.Short, Locale: p.Locale, Zone: p.Zone,
		Fields: map[string]string{}, Hours: p.Support.Hours.Words(p.Locale), Place: p.Support.Place, Site: p.URL}
	for _, f := range p.Identity {
		o.Fields[f.ID] = f.Label
	}
	for _, x := range p.Answers {
		o.Canned = append(o.Canned, console.Canned{Key: x.Key, Text: x.Text})
	}
	return o
}

// flows are the tables that an organisation's conversations follow, by name.
func (e engines) flows(id string) map[string]flows.Flow {
	if engine := e[id]; engine != nil {
		return engine.Flows()
	}
	return nil
}

// understanding reads sentences as the engines do, for agents to see.
func (a *App) understanding() (func(id, text string) console.Reading, error) {
	all := map[string]*intent.Understanding{}
	for id, p := range a.profiles {
		u, err := standard.Understanding(p)
		if err != nil {
			return nil, err
		}
		all[id] = u
	}
	return func(id, text string) console.Reading {
		u := all[id]
		if u == nil {
			return console.Reading{}
		}
		r := u.Read(text)
		v := console.Reading{Sure: r.Sure(), Negated: r.Negated}
		for _, g := range r.Best {
			v.Guesses = append(v.Guesses, console.Guess{Wish: g.Intent, Confidence: g.Confidence, Why: g.Why})
		}
		return v
	}, nil
}
