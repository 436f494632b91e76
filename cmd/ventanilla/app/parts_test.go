package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/bot"
)

// answers is a channel that answers one delivery after the other.
type answers []error

func (a *answers) Send(context.Context, bot.Delivery) (string, error) {
	err := (*a)[0]
	*a = (*a)[1:]
	return "", err
}

// RULES: enum.same
func TestMailIsDownOnlyIfItIsForEverybodyAndNotLongAgo(t *testing.T) {
	whole, recipient := &bot.SendError{Whole: true, Err: errors.New("nobody listens")}, &bot.SendError{Err: errors.New("greylisted")}
	refused := &bot.SendError{Never: true, Err: errors.New("no such address")}
	for name, tc := range map[string]struct {
		answers answers
		after   time.Duration // each, and at the end
		want    bool
	}{
		"nothing was sent":                        {nil, 0, false},
		"one recipient's server says later":       {answers{recipient}, 0, false},
		"one recipient does not exist":            {answers{refused}, 0, false},
		"an error that nobody understands":        {answers{errors.New("odd")}, 0, false},
		"nobody listens":                          {answers{whole}, time.Minute, true},
		"a recipient's answer changes nothing":    {answers{whole, recipient, refused}, 10 * time.Second, true},
		"something went out since":                {answers{whole, nil}, time.Second, false},
		"nothing was tried since":                 {answers{whole}, 2 * time.Minute, false},
		"it failed again since":                   {answers{whole, whole}, time.Minute, true},
		"it failed again since, and nothing then": {answers{whole, whole}, 2 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &watched{Channel: &tc.answers}
				for range len(tc.answers) {
					_, _ = w.Send(t.Context(), bot.Delivery{})
					time.Sleep(tc.after)
				}
				if got := w.down(); got != tc.want {
					t.Errorf("got %v, want %v", got, tc.want)
				}
			})
		})
	}
}
