package store

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Counted is a kind of what is counted, as it is called where it is stored and taken away.
type Counted string

// What is counted. What is told of each beside its channel stands in [CountedOf].
const (
	CountBegan    Counted = "began"    // conversations that people started
	CountArrived  Counted = "arrived"  // dialogs that came to a step
	CountRefused  Counted = "refused"  // answers that did not do at a step
	CountLost     Counted = "lost"     // errands that were left at a step; Detail is how, as [flows.Lost] says
	CountSolved   Counted = "solved"   // errands that were solved: Outcome is [SolvedAlone] or [SolvedHelped]
	CountTook     Counted = "took"     // those solved alone: Span is how long that took
	CountOpined   Counted = "opined"   // people who said whether it helped: Outcome is [flows.Good] or [flows.Bad]
	CountCase     Counted = "case"     // cases that were opened
	CountTaken    Counted = "taken"    // conversations that agents took over
	CountWaited   Counted = "waited"   // of these, who waited for them: Span is how long
	CountReturned Counted = "returned" // conversations that agents handed back
	CountClosed   Counted = "closed"   // conversations that agents closed: Outcome is how
	CountReply    Counted = "reply"    // replies: Outcome is one of [ReplySent] and those beside it, Detail why one failed
	CountOutage   Counted = "outage"   // conversations that began to wait for the core
	CountBroken   Counted = "broken"   // messages that were set aside
)

// How an errand was solved, by [CountSolved].
const (
	SolvedAlone  = "alone"
	SolvedHelped = "helped" // an agent had a part in it
)

// What became of a reply, by [CountReply].
const (
	ReplySent      = "sent"
	ReplyDelivered = "delivered"
	ReplyRetried   = "retried"
	ReplyFailed    = "failed"
)

// Tells is something that is told of what is counted, by its heading in a table.
type Tells string

// What can be told of what is counted.
const (
	TellsChannel Tells = "channel"
	TellsErrand  Tells = "errand"
	TellsStep    Tells = "step"
	TellsOutcome Tells = "outcome"
	TellsDetail  Tells = "detail"
	TellsSpan    Tells = "seconds"
)

// Told is all that can be told of what is counted, in the order of the columns of a table.
var Told = []Tells{TellsChannel, TellsErrand, TellsStep, TellsOutcome, TellsDetail, TellsSpan}

// CountedOf is the table of all that is counted: what is told of each, in the order in which that is stored.
var CountedOf = map[Counted][]Tells{
	CountBegan:    {TellsChannel},
	CountArrived:  {TellsChannel, TellsErrand, TellsStep},
	CountRefused:  {TellsChannel, TellsErrand, TellsStep},
	CountLost:     {TellsChannel, TellsErrand, TellsStep, TellsDetail},
	CountSolved:   {TellsChannel, TellsErrand, TellsOutcome},
	CountTook:     {TellsChannel, TellsErrand, TellsSpan},
	CountOpined:   {TellsChannel, TellsErrand, TellsOutcome},
	CountCase:     {TellsChannel},
	CountTaken:    {TellsChannel},
	CountWaited:   {TellsChannel, TellsSpan},
	CountReturned: {TellsChannel},
	CountClosed:   {TellsChannel, TellsOutcome},
	CountReply:    {TellsChannel, TellsOutcome, TellsDetail},
	CountOutage:   {TellsChannel},
	CountBroken:   {TellsChannel},
}

// Figure is what one count is of. It never tells of whom. What its kind does not tell is empty.
type Figure struct {
	What    Counted
	Channel string
	Errand  string // the flow
	Step    string // "flow/step"
	Outcome string
	Detail  string
	Span    Span
}

// Tell is what a figure tells, for a table; "" if nothing.
func (f Figure) Tell(t Tells) string {
	if at := f.text(t); at != nil {
		return *at
	}
	if f.Span == 0 {
		return ""
	}
	return strconv.Itoa(int(f.Span.Length().Seconds()))
}

// text is where a figure keeps something that it tells, nil for a span.
func (f *Figure) text(t Tells) *string {
	switch t {
	case TellsChannel:
		return &f.Channel
	case TellsErrand:
		return &f.Errand
	case TellsStep:
		return &f.Step
	case TellsOutcome:
		return &f.Outcome
	case TellsDetail:
		return &f.Detail
	}
	return nil
}

// MarshalText implements [encoding.TextMarshaler]: words with a space between them, such as
// "lost telegram recovery proof/code silence".
func (f Figure) MarshalText() ([]byte, error) {
	b := []byte(f.What)
	tells := CountedOf[f.What]
	for i, t := range tells {
		word := ""
		if at := f.text(t); at != nil {
			word = *at
		} else {
			word = f.Span.word()
		}
		if word == "" && i == len(tells)-1 {
			break
		}
		b = append(append(b, ' '), word...)
	}
	if tells == nil && f.Detail != "" {
		b = append(append(b, ' '), f.Detail...)
	}
	return b, nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]. What another version counted is kept as it is, with its words in Detail.
func (f *Figure) UnmarshalText(text []byte) error {
	what, rest, more := strings.Cut(string(text), " ")
	*f = Figure{What: Counted(what)}
	tells, known := CountedOf[f.What]
	if !known {
		f.Detail = rest
		return nil
	}
	for i, t := range tells {
		if !more {
			return nil
		}
		word := rest
		if i < len(tells)-1 {
			word, rest, more = strings.Cut(rest, " ")
		}
		if at := f.text(t); at != nil {
			*at = word
		} else if err := f.Span.read(word); err != nil {
			return fmt.Errorf("reading the figure %q: %w", text, err)
		}
	}
	return nil
}

// Among tells whether a figure is of the kind of another one, and tells the same wherever that tells something.
func (f Figure) Among(wanted Figure) bool {
	same := func(has, want string) bool { return want == "" || has == want }
	return f.What == wanted.What && same(f.Channel, wanted.Channel) && same(f.Errand, wanted.Errand) && same(f.Step, wanted.Step) &&
		same(f.Outcome, wanted.Outcome) && same(f.Detail, wanted.Detail) && (wanted.Span == 0 || f.Span == wanted.Span)
}

// Figures are counts of what happened at an organisation. Two are merged by adding, in any order.
type Figures map[Figure]uint64

// Merge adds the counts of another one.
func (f Figures) Merge(more Figures) {
	for one, n := range more {
		f[one] += n
	}
}

// Each yields the counts of the figures among wanted, in an order that is always the same.
func (f Figures) Each(wanted Figure) iter.Seq2[Figure, uint64] {
	return func(yield func(Figure, uint64) bool) {
		for _, one := range f.sorted() {
			if one.Among(wanted) && !yield(one, f[one]) {
				return
			}
		}
	}
}

// All yields every count, in an order that is always the same.
func (f Figures) All() iter.Seq2[Figure, uint64] {
	return func(yield func(Figure, uint64) bool) {
		for _, one := range f.sorted() {
			if !yield(one, f[one]) {
				return
			}
		}
	}
}

func (f Figures) sorted() []Figure {
	return slices.SortedFunc(maps.Keys(f), func(a, b Figure) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Errand, b.Errand), cmp.Compare(a.Step, b.Step),
			cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Detail, b.Detail), cmp.Compare(a.Span, b.Span))
	})
}

// Sum adds up the figures among wanted.
func (f Figures) Sum(wanted Figure) (n uint64) {
	for one, count := range f {
		if one.Among(wanted) {
			n += count
		}
	}
	return n
}

// Span is a class of lengths of time; the zero Span is none. What is read from classes is right to a twentieth.
type Span int

// growth is the width of a class.
const growth = 1.1

// longestSpan is the class of the longest [time.Duration].
const longestSpan = 242

// SpanOf is the class of a length of time.
func SpanOf(d time.Duration) Span {
	if d < time.Second {
		return 1
	}
	return min(2+Span(math.Log(d.Seconds())/math.Log(growth)), longestSpan)
}

// Length is a length of time in the middle of the class, 0 of the class of less than a second.
func (s Span) Length() time.Duration {
	if s < 2 {
		return 0
	}
	return time.Duration(math.Pow(growth, float64(s)-1.5) * float64(time.Second))
}

// word is a span as it is stored, where the first class is "0".
func (s Span) word() string {
	if s == 0 {
		return ""
	}
	return strconv.Itoa(int(s) - 1)
}

func (s *Span) read(word string) error {
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 || n >= int(longestSpan) {
		return fmt.Errorf("%q is no class of lengths of time", word)
	}
	*s = Span(n + 1)
	return nil
}

// Quantile estimates from the figures among wanted, which have a [Span], the length of time under
// which a part q of them stays, to a twentieth; and from how many that is.
func (f Figures) Quantile(q float64, wanted Figure) (d time.Duration, of uint64) {
	classes := map[Span]uint64{}
	for one, n := range f {
		if one.Among(wanted) && one.Span != 0 {
			classes[one.Span] += n
			of += n
		}
	}
	rank, below := uint64(math.Ceil(q*float64(of))), uint64(0)
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		if below += classes[class]; below >= rank {
			return class.Length(), of
		}
	}
	return 0, of
}
