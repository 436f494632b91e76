package app

import (
	"errors"
	"fmt"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/bot/email"
	"ventanilla/bot/webform"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
	"ventanilla/flows/standard"
)

// Check judges what the settings lead to, with every mistake in one error: that
// each bot has a profile, and that profiles, flows and sentences fit together. It opens and asks nothing.
func Check(s *settings.Settings) error {
	mistakes := []error{senders(s)}
	used, err := profiles(s)
	mistakes = append(mistakes, err)
	for i, b := range s.Bots {
		if p, ok := used[b.Portal]; ok && p.ID != "" {
			if err := compiles(p, s.Limits.Limits); err != nil {
				mistakes = append(mistakes, fmt.Errorf("%s: %w", s.At(fmt.Sprintf("bots[%d].portal", i)), err))
			}
		}
	}
	return errors.Join(mistakes...)
}

// senders judges what only those who use the settings know.
func senders(s *settings.Settings) error {
	_, core := backend.New(backend.Config{URL: s.Core.URL, Token: s.Core.Token})
	if core != nil {
		core = fmt.Errorf("%s: %w", s.At("core"), core)
	}
	_, mail := email.New(mailing(s.Mail))
	if mail != nil {
		mail = fmt.Errorf("%s: %w", s.At("mail"), mail)
	}
	return errors.Join(core, mail)
}

// compiles tells whether an organisation's tables and sentences make an engine.
func compiles(p portal.Profile, limits flows.Limits) error {
	_, err := standard.New(p, standard.Deps{Limits: limits, PublicURL: "https://bot.example.org", Now: time.Now, Random: random,
		MailDown: func() bool { return false }, PageTexts: webform.Sentences()})
	return err
}

// Graph draws one of the flows of the first built-in organisation as a Mermaid
// diagram; without a name, all of them. It returns an error that lists the names for one that is not there.
func Graph(name string) (string, error) {
	all, err := portal.Builtin()
	if err != nil {
		return "", fmt.Errorf("reading the profiles: %w", err)
	}
	list, err := standard.Flows(all[0], standard.Deps{Limits: flows.DefaultLimits(), MailDown: func() bool { return false }})
	if err != nil {
		return "", fmt.Errorf("making the flows: %w", err)
	}
	drawn, names := "", []string{}
	for _, f := range list {
		names = append(names, f.Name)
		if name == "" {
			drawn += "%% " + f.Name + "\n"
		}
		if name == "" || name == f.Name {
			drawn += f.Graph()
		}
	}
	if drawn == "" {
		return "", fmt.Errorf("there is no flow %q; there are %q", name, names)
	}
	return drawn, nil
}
