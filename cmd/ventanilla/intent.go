package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/intent"
	"ventanilla/flows/period"
	"ventanilla/flows/standard"
)

type intentCommand struct {
	JSON     bool     `help:"One JSON object for each sentence."`
	Portal   string   `placeholder:"ID" help:"As that organisation's bot understands it, with its own words: a built-in profile, or the file of one."`
	Country  string   `default:"AR" enum:"AR,MX,EC" help:"Whose words for pay periods, without --portal: AR, MX or EC."`
	Sentence []string `arg:"" optional:"" help:"What somebody writes; without it, each line of the standard input."`

	profile *portal.Profile
}

// Help is shown below the flags.
func (intentCommand) Help() string {
	return `It shows what the bot understands of a sentence, how sure it is and why. The lists that it learns
from are in flows/intent/data and flows/period/words.yaml.

Example:
  ventanilla intent "hola me bloquearon la cuenta y necesito el recibo de setiembre"
  ventanilla intent --portal mseg "soy policia, legajo 12345, quiero el bono de octubre"`
}

// Run prints what is understood.
func (c *intentCommand) Run(s streams) error {
	u, err := c.understanding()
	if err != nil {
		return err
	}
	if len(c.Sentence) > 0 {
		return c.show(s.out, u, strings.Join(c.Sentence, " "))
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := c.show(s.out, u, lines.Text()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading sentences: %w", err)
	}
	return nil
}

// reader reads sentences, as everybody's or as one organisation's.
type reader interface {
	Read(sentence string) intent.Reading
}

// understanding is everybody's, or that of the organisation asked for.
func (c *intentCommand) understanding() (reader, error) {
	if c.Portal == "" {
		return intent.Builtin()
	}
	p, err := profile(c.Portal)
	if err != nil {
		return nil, err
	}
	c.profile, c.Country = &p, p.Locale[len(p.Locale)-2:]
	return standard.AtMenu(p)
}

// profile is a built-in one, by its id, or that of a file.
func profile(name string) (portal.Profile, error) {
	if strings.HasSuffix(name, ".yaml") {
		text, err := os.ReadFile(name)
		if err != nil {
			return portal.Profile{}, fmt.Errorf("reading a profile: %w", err)
		}
		p, mistakes := portal.Parse(name, text)
		if len(mistakes) > 0 {
			return p, mistakes
		}
		return p, nil
	}
	all, err := portal.Builtin()
	if err != nil {
		return portal.Profile{}, err
	}
	ids := []string{}
	for _, p := range all {
		if p.ID == name {
			return p, nil
		}
		ids = append(ids, p.ID)
	}
	return portal.Profile{}, fmt.Errorf("there is no profile %q: one of %s, or a file ending in .yaml", name, strings.Join(ids, ", "))
}

// understood is what one sentence is taken for, as JSON.
type understood struct {
	Sentence string         `json:"sentence"`
	Intent   string         `json:"intent"` // "" if none is certain
	Label    string         `json:"label"`  // of intent.Labels
	Acts     bool           `json:"acts"`   // it begins an errand
	Ask      []string       `json:"ask,omitempty"`
	Several  []string       `json:"several,omitempty"`
	Negated  bool           `json:"negated,omitempty"`
	Guesses  []intent.Guess `json:"guesses"`
	Slots    intent.Slots   `json:"slots"`
	Told     []flows.Given  `json:"told,omitempty"`    // what would be kept of it, not to be asked again
	Begins   []string       `json:"begins,omitempty"`  // with --portal: the flows that begin, one after the other
	Answers  string         `json:"answers,omitempty"` // with --portal: what the menu does otherwise
	Period   period.Reading `json:"period,omitzero"`
}

func (c *intentCommand) show(out io.Writer, u reader, sentence string) error {
	r := u.Read(sentence)
	x := understood{Sentence: sentence, Intent: r.Sure(), Label: intent.Labels[r.Sure()], Acts: intent.Acts(r.Sure()), Ask: r.Ask(), Several: r.Several,
		Negated: r.Negated, Guesses: r.Best, Slots: intent.Tell(sentence), Period: period.Read(sentence, time.Now(), c.Country)}
	x.Told = standard.Tells(sentence)
	if c.profile != nil {
		var err error
		if x.Begins, x.Answers, err = standard.Would(*c.profile, sentence); err != nil {
			return err
		}
	}
	if x.Label == "" {
		x.Label = intent.Labels[intent.Elsewhere]
	}
	if c.JSON {
		return json.NewEncoder(out).Encode(x)
	}
	_, err := io.WriteString(out, x.words())
	return err
}

// words says it for a reader.
func (x understood) words() string {
	var b strings.Builder
	line := func(name, format string, values ...any) {
		fmt.Fprintf(&b, "%-11s%s\n", name, fmt.Sprintf(format, values...))
	}
	switch {
	case len(x.Ask) > 0:
		line("asks:", "%s?", strings.Join(x.Ask, " or "))
	case x.Acts:
		line("begins:", "%s (%s)", x.Intent, x.Label)
	default:
		line("takes for:", "%s (%s)", cmp.Or(x.Intent, "nothing it understands"), x.Label)
	}
	if len(x.Several) > 0 {
		line("then:", "%s", strings.Join(x.Several[1:], ", "))
	}
	if x.Negated {
		line("negated:", "it says what is not wanted")
	}
	for _, g := range x.Guesses {
		line("guess:", "%-10s %3.0f %%  %s", g.Intent, g.Confidence*100, strings.Join(g.Why, "; "))
	}
	x.found(line)
	switch {
	case len(x.Begins) > 0:
		line("does:", "begins %s", strings.Join(x.Begins, ", then "))
	case x.Answers != "":
		line("does:", "%s", x.Answers)
	}
	return b.String()
}

// found names what the sentence already tells.
func (x understood) found(line func(name, format string, values ...any)) {
	for _, n := range x.Slots.Numbers {
		line("number:", "%s %s", n.Label, n.Text)
	}
	for _, m := range x.Slots.Emails {
		line("e-mail:", "%s", m)
	}
	for _, d := range x.Slots.Dates {
		line("date:", "%s", d)
	}
	if x.Slots.Name != "" {
		line("name:", "%s", x.Slots.Name)
	}
	for _, g := range x.Told {
		if g.Kind != flows.GivenWish {
			line("keeps:", "%s %s", strings.TrimSpace(string(g.Kind)+" "+g.Label), g.Text)
		}
	}
	if x.Period.Kind != period.None {
		line("period:", "%s %s", x.Period.Kind, strings.Join(x.Period.Periods, " "))
	}
}
