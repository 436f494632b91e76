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

	"ventanilla/flows/intent"
	"ventanilla/flows/period"
)

type intentCommand struct {
	JSON     bool     `help:"One JSON object for each sentence."`
	Country  string   `default:"AR" enum:"AR,MX,EC" help:"Whose words for pay periods: AR, MX or EC."`
	Sentence []string `arg:"" optional:"" help:"What somebody writes; without it, each line of the standard input."`
}

// Help is shown below the flags.
func (intentCommand) Help() string {
	return `It shows what the bot understands of a sentence, how sure it is and why. The lists that it learns
from are in flows/intent/data and flows/period/words.yaml.

Example:
  ventanilla intent "hola me bloquearon la cuenta y necesito el recibo de setiembre"`
}

// Run prints what is understood.
func (c *intentCommand) Run(s streams) error {
	u, err := intent.Builtin()
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
	Period   period.Reading `json:"period,omitzero"`
}

func (c *intentCommand) show(out io.Writer, u *intent.Understanding, sentence string) error {
	r := u.Read(sentence)
	x := understood{Sentence: sentence, Intent: r.Sure(), Label: intent.Labels[r.Sure()], Acts: intent.Acts(r.Sure()), Ask: r.Ask(), Several: r.Several,
		Negated: r.Negated, Guesses: r.Best, Slots: r.Slots, Period: period.Read(sentence, time.Now(), c.Country)}
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
	if x.Period.Kind != period.None {
		line("period:", "%s %s", x.Period.Kind, strings.Join(x.Period.Periods, " "))
	}
}
