package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"ventanilla/flows"
	"ventanilla/store"
)

const textUpdate = `{"update_id":7,"message":{"message_id":5,"from":{"id":9,"is_bot":false,"first_name":"Ana","last_name":"Gómez","language_code":"es"},` +
	`"chat":{"id":9,"first_name":"Ana","type":"private"},"date":1,"text":"no puedo entrar"}}`

func plainChannel(t testing.TB) *Channel {
	t.Helper()
	c, err := New(Config{Portal: "mseg", Token: "1:x", Secret: "s", Accept: func(context.Context, flows.Key, store.Inbound) error { return nil },
		Commands: []Command{{Name: "menu", Description: "Menú", Text: "menú"}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sameAsByParts fails if reading an update in one pass makes anything else of it than reading it part by part.
func sameAsByParts(t *testing.T, c *Channel, raw []byte) (plain bool) {
	t.Helper()
	got, plain := c.plain(raw)
	if !plain {
		return false
	}
	want, err := c.readParts(raw)
	if err != nil {
		t.Errorf("%s: %v", raw, err)
	}
	if want.in.ID == "" { // only because the library cannot read something that nobody needs
		var u envelope
		if json.Unmarshal(raw, &u) == nil {
			if _, err := decode[content](u.Message); err == nil {
				t.Errorf("%s: got %+v, want no effect", raw, got)
			}
		}
		return true
	}
	got.in.At = want.in.At
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", raw, got, want)
	}
	return true
}

func TestATextIsReadInOnePassLikeAnyOtherUpdate(t *testing.T) {
	c, plain := plainChannel(t), 0
	rows, err := os.ReadFile("testdata/updates.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for row := range bytes.Lines(rows) {
		var v struct {
			Update json.RawMessage `json:"update"`
		}
		if err := json.Unmarshal(row, &v); err != nil {
			t.Fatal(err)
		}
		if sameAsByParts(t, c, v.Update) {
			plain++
		}
	}
	if plain == 0 {
		t.Error("none of the real updates is plain")
	}
	if !sameAsByParts(t, c, []byte(textUpdate)) {
		t.Error("a text is not plain")
	}
	for _, part := range []string{"animation", "audio", "contact", "document", "location", "sticker", "venue", "video", "video_note", "voice"} {
		raw := bytes.Replace([]byte(textUpdate), []byte(`"date"`), []byte(`"`+part+`":{},"date"`), 1)
		if sameAsByParts(t, c, raw) {
			t.Errorf("a message with %s is plain", part)
		}
	}
}

func TestAnOrdinaryNameIsCleanAlready(t *testing.T) {
	long := strings.Repeat("ñ", 40)
	names := []string{"", " ", "Ana", "Ana María", "Gómez", "Ana  María", " Ana", "Ana ", "\u202eAna", "A\u00adB", "A\u0085B", "A\tB", "Ñandú", "José\u00a0Luis", "李", "👍🏽", "A\xff", long, long + long, strings.Repeat("x", 64), strings.Repeat("x", 65), "x×÷ɏ"}
	some := 0
	for _, first := range names {
		for _, last := range names {
			if got, want := displayName(first, last), cleanName(first, last); got != want {
				t.Errorf("%q, %q: got %q, want %q", first, last, got, want)
			}
			if ordinary(first) && ordinary(last) {
				some++
			}
		}
	}
	if some < 20 || ordinary("A\u00adB") {
		t.Errorf("%d pairs are ordinary", some)
	}
}

func FuzzPlainUpdate(f *testing.F) {
	f.Add([]byte(textUpdate))
	f.Add([]byte(`{"update_id":8,"message":{"message_id":5,"chat":{"id":9,"type":"private"},"text":"/menu","photo":[]}}`))
	f.Add([]byte(`{"update_id":8,"message":{"message_id":5,"chat":{"id":9,"type":"private"},"TEXT":"/start x","entities":3}}`))
	f.Add([]byte(` { "update_id" : 8 , "message":{"message_id":5,"from":{"id":9,"is_bot":false,"first_name":"\\u00d1and\\u00fa \\"","last_name":"\\ud83d\\udc4d"},"chat":{"id":9,"type":"private"},"text":"a\\\\"} } `))
	f.Add([]byte(`{"update_id":8,"message":{"message_id":5,"chat":{"id":9,"type":"private"},"text":"a"},"message":{"message_id":6,"chat":{"id":9,"type":"private"}}}`))
	f.Add([]byte(`{"update_id":8,"message":{"message_id":5,"chat":{"id":9,"type":"private","type":null},"from":{"is_bot":null,"is_bot":1},"text":"a\xff"}}`))
	f.Add([]byte(`{"update_id":8,"message":{"message_id":5,"chat":{"id":9,"type":"private"},"text":"a","entities":[{"a":"]}\\""},[],{}],"date":1.5e3}}`))
	f.Add([]byte(`{"update_id":8,"message":{}}`))
	f.Add([]byte(`[{}]`))
	c := plainChannel(f)
	f.Fuzz(func(t *testing.T, raw []byte) { sameAsByParts(t, c, raw) })
}

// BenchmarkRead measures reading a text.
func BenchmarkRead(b *testing.B) {
	c := plainChannel(b)
	for name, read := range map[string]func([]byte) (arrival, error){"one-pass": c.read, "by-parts": c.readParts} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := read([]byte(textUpdate)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func FuzzWhatStandsOnAButton(f *testing.F) {
	id, visit := regexp.MustCompile(`^[a-z0-9_./-]{1,32}$`), regexp.MustCompile(`^[A-Za-z0-9_-]{0,16}$`)
	for _, s := range []string{"", "yes", "A", "a:b", "payslip/2026-01", "0123456789abcdef", "0123456789abcdefg", "ñ", "a\n", "\xff", "_.-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if isID(s) != id.MatchString(s) || isVisit(s) != visit.MatchString(s) {
			t.Errorf("%q: id %t, visit %t", s, isID(s), isVisit(s))
		}
	})
}
