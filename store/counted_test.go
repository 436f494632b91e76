package store_test

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ventanilla/store"
)

// What is stored of a count is what older versions stored.
func TestFiguresAreStoredAsWords(t *testing.T) {
	for text, want := range map[string]store.Figure{
		"began telegram": {What: store.CountBegan, Channel: "telegram"},
		"lost telegram recovery proof/code silence": {What: store.CountLost, Channel: "telegram", Errand: "recovery", Step: "proof/code", Detail: "silence"},
		"took whatsapp unlock 0":                    {What: store.CountTook, Channel: "whatsapp", Errand: "unlock", Span: store.SpanOf(0)},
		"took whatsapp unlock 43":                   {What: store.CountTook, Channel: "whatsapp", Errand: "unlock", Span: store.SpanOf(time.Minute)},
		"reply email sent":                          {What: store.CountReply, Channel: "email", Outcome: store.ReplySent},
		"reply email failed smtp 5.1.1":             {What: store.CountReply, Channel: "email", Outcome: store.ReplyFailed, Detail: "smtp 5.1.1"},
		"arrived telegram  menu/ask":                {What: store.CountArrived, Channel: "telegram", Step: "menu/ask"},
		"solved telegram recovery alone":            {What: store.CountSolved, Channel: "telegram", Errand: "recovery", Outcome: store.SolvedAlone},
		"danced whatsapp tango":                     {What: "danced", Detail: "whatsapp tango"}, // by another version
	} {
		var got store.Figure
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q reads as %+v, %v; want %+v", text, got, err, want)
		}
		if back, err := want.MarshalText(); err != nil || string(back) != text {
			t.Errorf("%+v is written as %q, %v; want %q", want, back, err, text)
		}
	}
	for _, bad := range []string{"took telegram unlock long", "took telegram unlock -1", "took telegram unlock 99999"} {
		if err := new(store.Figure).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a figure", bad)
		}
	}
}

func TestWhateverIsCountedComesBackFromTheStore(t *testing.T) {
	kinds := slices.Sorted(maps.Keys(store.CountedOf))
	rapid.Check(t, func(rt *rapid.T) {
		f := store.Figures{}
		for range rapid.IntRange(0, 20).Draw(rt, "figures") {
			x := store.Figure{What: rapid.SampledFrom(kinds).Draw(rt, "kind")}
			for _, tells := range store.CountedOf[x.What] {
				word := rapid.StringMatching(`[a-z_]{0,6}`).Draw(rt, string(tells))
				switch tells {
				case store.TellsChannel:
					x.Channel = word
				case store.TellsErrand:
					x.Errand = word
				case store.TellsStep:
					x.Step = word
				case store.TellsOutcome:
					x.Outcome = word
				case store.TellsDetail:
					x.Detail = rapid.StringMatching(`([a-z0-9]+ ?){0,3}`).Draw(rt, "detail")
				case store.TellsSpan:
					x.Span = store.SpanOf(time.Duration(rapid.Int64Range(0, math.MaxInt64).Draw(rt, "span")))
				}
			}
			f[x] += rapid.Uint64Range(1, 1000).Draw(rt, "n")
		}
		text, err := json.Marshal(f)
		got := store.Figures{}
		if err == nil {
			err = json.Unmarshal(text, &got)
		}
		if err != nil || !maps.Equal(got, f) {
			rt.Fatalf("got %v, %v\nwant %v", got, err, f)
		}
	})
}
