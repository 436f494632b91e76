package flowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"ventanilla/flows"
)

// handle runs a turn. If each is to be run twice, the first run is as one of a program that ended before its
// write: what it did outside stays, what it returned is lost.
func (w *World) handle(ctx context.Context, c flows.Call) (flows.Result, error) {
	if w.Twice {
		first := c
		if err := copied(&first.Dialog, c.Dialog); err != nil {
			return flows.Result{}, err
		}
		_, _ = w.Engine.Handle(ctx, first) // lost
	}
	return w.Engine.Handle(ctx, c)
}

// twicePage submits a page, twice if each turn is to run twice: then the answer to the first never reached the browser.
func (w *World) twicePage(f func() (flows.Outcome, error)) (flows.Outcome, error) {
	if w.Twice {
		_, _ = f() // lost
	}
	return f()
}

func copied(to *flows.Dialog, from flows.Dialog) error {
	b, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("copying a dialog: %w", err)
	}
	return json.Unmarshal(b, to)
}

// nonce is what chance draws: a number of a case, or hex digits that no word and no telephone is; moment is the
// part of a second that a turn took which asked the core again and again.
var (
	nonce  = regexp.MustCompile(`\bV[0-9]{6}\b|[0-9a-f]{16,64}`)
	moment = regexp.MustCompile(`(:\d\d)\.\d+Z`)
)

// Settled is a text in which what chance draws is named by the order in which it appears, so that two plays of
// one script can be compared.
func Settled(s string) string {
	seen := map[string]string{}
	return nonce.ReplaceAllStringFunc(moment.ReplaceAllString(s, "${1}Z"), func(n string) string {
		if seen[n] == "" {
			seen[n] = fmt.Sprintf("<%d>", len(seen)+1)
		}
		return seen[n]
	})
}
