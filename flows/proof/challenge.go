package proof

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"ventanilla/flows"
	"ventanilla/flows/account"
)

// riddles is how many questions there are: the texts "riddle_1" and on, each with its
// answers as "riddle_1_is", with "|" between.
const riddles = 8

// challenge asks something that takes a reader, of who says to be one person after
// another. It is words alone, so that whoever uses a screen reader can answer it, and it
// looks at the chat only: it tells nothing of who exists (RULES: enum.same, flood.starts).
func (p proof) challenge() flows.Step {
	return flows.Step{Name: "challenge", Say: "challenge", Help: "help_challenge", Fill: ask, Take: takeRiddle, Tries: 5,
		On: flows.On{"spent": "too_many", "next": "lookup"}}
}

// suspicious tells that this chat, which proved nothing a short while ago, says to be
// somebody else for the last time that it may today. Whoever mistypes once never sees
// it. What is spent here is what Lookup spends: the same person counts once.
func (p proof) suspicious(ctx context.Context, t *flows.Turn) (bool, error) {
	if t.Dialog.Proof.Valid(t.At) || p.Limits.Starts.Max < 2 {
		return false, nil
	}
	left, err := p.Guard.Spend(ctx, account.Chat(t), p.Limits.Starts, p.Identity(t))
	return left.OK && left.N == 0, err
}

func riddle(t *flows.Turn) string {
	n, err := strconv.ParseUint(t.Random(2), 16, 16)
	if err != nil {
		n = 0 // any of them does
	}
	return strconv.FormatUint(1+n%riddles, 10)
}

func ask(t *flows.Turn) []string {
	return []string{"riddle_text", t.Text("riddle_" + t.Values["riddle"])}
}

// takeRiddle looks for one of the answers among what was written.
func takeRiddle(t *flows.Turn, in flows.Input) (value, problem string) {
	words := strings.Fields(flows.Plain(in.Text))
	for answer := range strings.SplitSeq(t.Text("riddle_"+t.Values["riddle"]+"_is"), "|") {
		if slices.Contains(words, flows.Plain(answer)) {
			return "solved", ""
		}
	}
	return "", "not_solved"
}
