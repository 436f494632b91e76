package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"ventanilla/bot/telegram"
	"ventanilla/flows"
)

// Limits are the numbers of RULES.md that an installation may change.
type Limits struct {
	flows.Limits
	TelegramChat flows.Budget // messages to one chat (tg.rate)
	TelegramAll  flows.Budget // messages of one bot (tg.rate)
	Departures   []string     // each setting that differs from the default, in words for the log
}

// DefaultLimits are the ones RULES.md asks for.
func DefaultLimits() Limits {
	return Limits{
		Limits:       flows.DefaultLimits(),
		TelegramChat: flows.Budget{Kind: "tg.chat", Max: telegram.DefaultPerChat, Per: time.Second},
		TelegramAll:  flows.Budget{Kind: "tg.all", Max: telegram.DefaultOverall, Per: time.Second},
	}
}

// NoLimits are for load tests: nothing is counted and nothing waits.
func NoLimits() Limits {
	l := DefaultLimits()
	l.Limits = flows.NoLimits()
	l.TelegramChat.Max, l.TelegramAll.Max = 0, 0
	return l
}

// limit is one number by the name it has in the file: a *flows.Budget, *time.Duration or *int.
type limit struct {
	name string
	to   any
}

// all lists every limit. A test holds it against the fields of flows.Limits.
func (l *Limits) all() []limit {
	return []limit{
		{"code.tries", &l.CodeTries}, {"code.tries.own", &l.CodeTriesOwn}, {"code.fails", &l.CodeFails},
		{"code.mails", &l.CodeMails}, {"code.mails.own", &l.CodeMailsOwn}, {"code.resend", &l.Resend},
		{"code.gap", &l.ResendGap}, {"code.life", &l.CodeLife},
		{"flood.starts", &l.Starts}, {"flood.mails", &l.PortalMails}, {"flood.chat", &l.Chat}, {"flood.inbox", &l.Inbox},
		{"invite.tries", &l.InviteTries}, {"invite.fails", &l.InviteFails},
		{"link.pin", &l.PINTries}, {"unlock.day", &l.Unlocks}, {"address.new", &l.NewAddresses}, {"trust.wait", &l.DataWait}, {"trust.starts", &l.DataStarts}, {"link.life", &l.GrantLife},
		{"enum.hold", &l.IdentityHold}, {"talk.remind", &l.Remind}, {"talk.close", &l.Close}, {"notme.freeze", &l.FreezeLife},
		{"tg.chat", &l.TelegramChat}, {"tg.all", &l.TelegramAll},
	}
}

// limits reads "default", "none", or a map of single ones.
func (r *reader) limits(path string, n *yaml.Node) {
	l := &r.s.Limits
	if n.Kind == yaml.MappingNode {
		var fields []field
		for _, one := range l.all() {
			fields = append(fields, field{one.name, r.limit(one.to)})
		}
		r.section(path, n, fields)
	} else {
		var word string
		switch r.text(&word)(path, n); word {
		case "default", "":
		case "none":
			*l = NoLimits()
		default:
			r.problem(path, "must be default, none, or a section of single ones")
		}
	}
	l.Departures = l.departures()
}

func (r *reader) limit(to any) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) {
		var v string
		if r.text(&v)(path, n); v == "" {
			return
		}
		var err error
		switch to := to.(type) {
		case *flows.Budget:
			err = setBudget(to, v)
		case *time.Duration:
			err = setDuration(to, v)
		case *int:
			err = setCount(to, v)
		}
		if err != nil {
			r.problem(path, "%v", err)
		}
	}
}

// setBudget reads "5/24h", "5" (the window stays) or "none".
func setBudget(b *flows.Budget, v string) error {
	if v == "none" {
		b.Max = 0
		return nil
	}
	count, per, windowed := strings.Cut(v, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	window := b.Per
	if err == nil && windowed {
		window, err = time.ParseDuration(strings.TrimSpace(per))
	}
	if err != nil || n < 1 || window <= 0 {
		return fmt.Errorf("must be a number and a time such as %d/%s, or none", max(b.Max, 1), b.Per)
	}
	b.Max, b.Per = n, window
	return nil
}

func setDuration(d *time.Duration, v string) error {
	got, err := time.ParseDuration(v)
	if err != nil || got < 0 {
		return fmt.Errorf("must be a time such as %s", *d)
	}
	*d = got
	return nil
}

func setCount(n *int, v string) error {
	got, err := strconv.Atoi(v)
	if err != nil || got < 1 {
		return fmt.Errorf("must be a number such as %d", *n)
	}
	*n = got
	return nil
}

// departures says which limits differ from the default, by name.
func (l *Limits) departures() (words []string) {
	want := DefaultLimits()
	wants := want.all()
	for i, one := range l.all() {
		got, def := shown(one.to), shown(wants[i].to)
		if got != def {
			words = append(words, fmt.Sprintf("%s is %s instead of %s", one.name, got, def))
		}
	}
	slices.Sort(words)
	return words
}

func shown(v any) string {
	switch v := v.(type) {
	case *flows.Budget:
		if v.Max == 0 {
			return "none"
		}
		return fmt.Sprintf("%d/%s", v.Max, v.Per)
	case *time.Duration:
		return v.String()
	case *int:
		return strconv.Itoa(*v)
	}
	return ""
}
