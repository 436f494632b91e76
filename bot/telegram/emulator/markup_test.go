package emulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

func TestMarkupIsReadAsTheRealParserReadsIt(t *testing.T) {
	raw, err := os.ReadFile("testdata/telegram_markup.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, 1<<20)
	seen := 0
	for lines.Scan() {
		var v struct {
			Text   string
			Mode   string `json:"parse_mode"`
			Result struct {
				OK          bool
				Text, Error string
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		seen++
		got, no := plain(v.Mode, v.Text)
		switch {
		case v.Result.OK && (no != nil || got != v.Result.Text):
			t.Errorf("%s %.60q: got %.60q, %+v; want %.60q", v.Mode, v.Text, got, no, v.Result.Text)
		case !v.Result.OK && (no == nil || no.text != v.Result.Error):
			t.Errorf("%s %.60q: got %.60q, %+v; want %s", v.Mode, v.Text, got, no, v.Result.Error)
		}
	}
	if seen < 121 {
		t.Errorf("%d rows, want 121", seen)
	}
}

func FuzzMarkupNeverPanics(f *testing.F) {
	for _, s := range []string{"", "*a*", "```go\nx```", "[a](b", "<b>&#x41;</b>", "![x](tg://emoji?id=1)", "\\", "&", "<", "__", "||", "&#99999999999;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, mode := range []string{"HTML", "Markdown", "MarkdownV2"} {
			if out, no := plain(mode, s); no == nil && len(out) > len(s)*2+8 {
				t.Errorf("%s: %d bytes became %d", mode, len(s), len(out))
			}
		}
	})
}
