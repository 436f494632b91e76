package telegram_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"ventanilla/bot/telegram"
	"ventanilla/flows"
)

// post brings a body to the webhook as Telegram does.
func post(h http.Handler, secret, body string) int {
	r := httptest.NewRequest(http.MethodPost, "/telegram/mseg", strings.NewReader(body))
	if secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Code
}

const hello = `{"update_id": 7, "message": {"message_id": 3, "date": 1, "from": {"id": 5, "first_name": "Ana", "last_name": "Paz"}, "chat": {"id": 5, "type": "private"}, "text": "hola"}}`

// RULES: tg.secret
func TestWithoutTheSecretNothingIsDone(t *testing.T) {
	w := newWorld(t)
	for name, secret := range map[string]string{"absent": "", "wrong": "canary-secret_2", "prefix": hookKey[:4], "longer": hookKey + "x"} {
		if got := post(w.ch, secret, hello); got != http.StatusUnauthorized {
			t.Errorf("%s: got %d, want 401", name, got)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(hello))
	r.Header["X-Telegram-Bot-Api-Secret-Token"] = []string{hookKey, "x"}
	rec := httptest.NewRecorder()
	if w.ch.ServeHTTP(rec, r); rec.Code != http.StatusUnauthorized {
		t.Errorf("shown twice: got %d, want 401", rec.Code)
	}
	if w.in.calls != 0 {
		t.Errorf("%d messages were accepted, want none", w.in.calls)
	}
	if got := post(w.ch, hookKey, hello); got != http.StatusOK || w.in.calls != 1 {
		t.Errorf("with the secret: got %d and %d messages", got, w.in.calls)
	}
}

// RULES: tg.secret
func TestABotWithoutASecretTrustsNobody(t *testing.T) {
	w := newWorld(t, func(c *telegram.Config) { c.Secret = "" })
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(hello))
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", "")
	rec := httptest.NewRecorder()
	if w.ch.ServeHTTP(rec, r); rec.Code != http.StatusUnauthorized || w.in.calls != 0 {
		t.Errorf("got %d and %d messages, want 401 and none", rec.Code, w.in.calls)
	}
}

func TestTheWebhookRefusesWhatIsNoUpdate(t *testing.T) {
	w := newWorld(t)
	rec := httptest.NewRecorder()
	w.ch.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	if rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %d, want 405", rec.Code)
	}
	for body, want := range map[string]int{
		"":                                http.StatusBadRequest,
		"{":                               http.StatusBadRequest,
		"[]":                              http.StatusBadRequest,
		`{}`:                              http.StatusOK, // nothing in it: no use in seeing it again
		`{"update_id": 0, "message": {}}`: http.StatusOK,
		`{"update_id": 9, "message": 4}`:  http.StatusOK,
		`"` + strings.Repeat("a", 2<<20):  http.StatusRequestEntityTooLarge,
	} {
		if got := post(w.ch, hookKey, body); got != want {
			t.Errorf("%.40s: got %d, want %d", body, got, want)
		}
	}
	if w.in.calls != 0 {
		t.Errorf("%d messages were accepted, want none", w.in.calls)
	}
}

func TestTelegramIsToldToComeAgainWhenAMessageIsNotSafe(t *testing.T) {
	w := newWorld(t)
	w.in.refuse = 1
	if got := post(w.ch, hookKey, hello); got != http.StatusServiceUnavailable {
		t.Errorf("got %d, want 503", got)
	}
	if got := post(w.ch, hookKey, hello); got != http.StatusOK {
		t.Errorf("again: got %d, want 200", got)
	}
	if got := w.in.all(); len(got) != 1 || got[0].in.ID != "tg/7" {
		t.Errorf("got %v, want one message", got)
	}
}

func TestAMessageBecomesAnInput(t *testing.T) {
	const from = `"from": {"id": 5, "first_name": "Ana"}, "chat": {"id": 5, "type": "private"}, "date": 1, "message_id": 3`
	const own = `{"user_id": 5, "phone_number": "5492215550101"}` // RULES: link.chat
	tests := map[string]struct {
		body string
		want flows.Input
	}{
		"text":               {`"message": {` + from + `, "text": "hola\u0000\u0007 che\nsí"}`, flows.Input{Text: "hola che\nsí"}},
		"start":              {`"message": {` + from + `, "text": "/start"}`, flows.Input{Text: "/start"}},
		"deep link":          {`"message": {` + from + `, "text": "/start reg_Ab3-_9xYz"}`, flows.Input{Text: "/start reg_Ab3-_9xYz"}},
		"menu":               {`"message": {` + from + `, "text": "/menu@mseg_bot"}`, flows.Input{Text: "menú"}},
		"help":               {`"message": {` + from + `, "text": "/HELP"}`, flows.Input{Text: "ayuda"}},
		"human":              {`"message": {` + from + `, "text": "/persona ya"}`, flows.Input{Text: "persona"}},
		"unknown command":    {`"message": {` + from + `, "text": "/foo bar"}`, flows.Input{Text: "/foo bar"}},
		"only a slash":       {`"message": {` + from + `, "text": "/"}`, flows.Input{Text: "/"}},
		"voice":              {`"message": {` + from + `, "voice": {}}`, flows.Input{Kind: flows.Audio}},
		"audio":              {`"message": {` + from + `, "audio": {}}`, flows.Input{Kind: flows.Audio}},
		"photo with caption": {`"message": {` + from + `, "photo": [{}], "caption": "mi DNI"}`, flows.Input{Kind: flows.Photo, Text: "mi DNI"}},
		"animation":          {`"message": {` + from + `, "animation": {}, "document": {}}`, flows.Input{Kind: flows.Video}},
		"video note":         {`"message": {` + from + `, "video_note": {}}`, flows.Input{Kind: flows.Video}},
		"sticker":            {`"message": {` + from + `, "sticker": {}}`, flows.Input{Kind: flows.Sticker}},
		"venue":              {`"message": {` + from + `, "venue": {}, "location": {}}`, flows.Input{Kind: flows.Location}},
		"own contact":        {`"message": {` + from + `, "contact": {"user_id": 5, "phone_number": "+54 9 221 555-0101"}}`, flows.Input{Kind: flows.Contact, Phone: "+5492215550101"}},
		"foreign contact":    {`"message": {` + from + `, "contact": {"user_id": 6}}`, flows.Input{Kind: flows.Contact}},
		"unnamed contact":    {`"message": {` + from + `, "contact": {"phone_number": "1"}}`, flows.Input{Kind: flows.Contact}},
		"contact without id": {`"message": {` + from + `, "contact": {"user_id": 0, "phone_number": "5492215550101"}}`, flows.Input{Kind: flows.Contact}},
		"forwarded contact":  {`"message": {` + from + `, "forward_origin": {"type": "user"}, "contact": ` + own + `}`, flows.Input{Kind: flows.Contact}},
		"forwarded long ago": {`"message": {` + from + `, "forward_date": 1, "contact": ` + own + `}`, flows.Input{Kind: flows.Contact}},
		"forwarded by name":  {`"message": {` + from + `, "forward_sender_name": "Ana", "contact": ` + own + `}`, flows.Input{Kind: flows.Contact}},
		"forwarded from one": {`"message": {` + from + `, "forward_from": {"id": 5}, "contact": ` + own + `}`, flows.Input{Kind: flows.Contact}},
		"contact of a bot":   {`"message": {` + from + `, "via_bot": {"id": 9, "is_bot": true}, "contact": ` + own + `}`, flows.Input{Kind: flows.Contact}},
		"document":           {`"message": {` + from + `, "document": {}}`, flows.Input{Kind: flows.Document}},
		"dice":               {`"message": {` + from + `, "dice": {}}`, flows.Input{Kind: flows.Other}},
		"story":              {`"message": {` + from + `, "story": {}}`, flows.Input{Kind: flows.Other}},
		"edit":               {`"edited_message": {` + from + `, "text": "hola"}`, flows.Input{Kind: flows.Edited}},
		"tap":                {`"callback_query": {"id": "1", "from": {"id": 5, "first_name": "Ana"}, "data": "0a1b:yes", "message": {` + from + `}}`, flows.Input{Choice: "yes", Ref: "0a1b"}},
		"tap without visit":  {`"callback_query": {"id": "1", "from": {"id": 5, "first_name": "Ana"}, "data": "yes", "message": {` + from + `}}`, flows.Input{Choice: "yes"}},
		"tap from elsewhere": {`"callback_query": {"id": "1", "from": {"id": 5, "first_name": "Ana"}, "data": "../../a:unlock:1", "message": {` + from + `}}`, flows.Input{Kind: flows.Other}},
	}
	for name, tt := range tests {
		w := newWorld(t)
		if got := post(w.ch, hookKey, `{"update_id": 9, `+tt.body+`}`); got != http.StatusOK {
			t.Errorf("%s: got %d, want 200", name, got)
		}
		got := w.in.all()
		if len(got) != 1 {
			t.Errorf("%s: got %d messages, want 1", name, len(got))
			continue
		}
		tt.want.From, tt.want.Sender = flows.Person, "Ana"
		if in := got[0].in.Input; in.Text != tt.want.Text || in.Kind != tt.want.Kind || in.Phone != tt.want.Phone || in.Choice != tt.want.Choice || in.Ref != tt.want.Ref || in.From != tt.want.From || in.Sender != tt.want.Sender {
			t.Errorf("%s: got %+v, want %+v", name, in, tt.want)
		}
		if k := (flows.Key{Portal: "mseg", Channel: "telegram", Person: "5"}); got[0].key != k || got[0].in.Origin != "3" {
			t.Errorf("%s: got key %#v and origin %q", name, got[0].key, got[0].in.Origin)
		}
	}
}

// RULES: tg.dedupe
func TestWhatNobodySaidToTheBotHasNoEffect(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]string{
		"group":          `"message": {"message_id": 1, "from": {"id": 5}, "chat": {"id": -5, "type": "group"}, "text": "a"}`,
		"odd group":      `"message": {"message_id": 1, "from": {"id": 5}, "chat": {"id": 5, "type": "supergroup"}, "text": "a"}`,
		"channel post":   `"channel_post": {"message_id": 1, "chat": {"id": -5, "type": "channel"}, "text": "a"}`,
		"bot":            `"message": {"message_id": 1, "from": {"id": 5, "is_bot": true}, "chat": {"id": 5, "type": "private"}, "text": "a"}`,
		"pinned":         `"message": {"message_id": 1, "from": {"id": 5}, "chat": {"id": 5, "type": "private"}, "pinned_message": {"message_id": 2}}`,
		"access":         `"message": {"message_id": 1, "from": {"id": 5}, "chat": {"id": 5, "type": "private"}, "write_access_allowed": {}}`,
		"blocked":        `"my_chat_member": {"chat": {"id": 5, "type": "private"}, "new_chat_member": {"status": "kicked"}}`,
		"edit in group":  `"edited_message": {"message_id": 1, "from": {"id": 5}, "chat": {"id": -5, "type": "group"}, "text": "a"}`,
		"tap in group":   `"callback_query": {"id": "1", "from": {"id": 5}, "data": "yes", "message": {"message_id": 1, "chat": {"id": -5, "type": "group"}}}`,
		"tap on nothing": `"callback_query": {"id": "1", "from": {"id": 5}, "data": "yes"}`,
		"future kind":    `"new_thing": {"a": 1}`,
		"no chat":        `"message": {"message_id": 1, "text": "a"}`,
		"nothing":        `"message": null`,
	} {
		if got := post(w.ch, hookKey, `{"update_id": 9, `+body+`}`); got != http.StatusOK {
			t.Errorf("%s: got %d, want 200", name, got)
		}
		if got := w.in.all(); len(got) != 0 {
			t.Fatalf("%s had an effect: %+v", name, got)
		}
	}
}

func TestANameIsOneLineOfText(t *testing.T) {
	w := newWorld(t)
	tests := map[string]string{
		`Ana`: "Ana Paz", `<b>Ana</b>`: "<b>Ana</b> Paz", `*Ana_`: "*Ana_ Paz", `A\nn\u202ea\u0000`: "A na Paz",
		`\u200b\u2066`: "Paz", `👩\u200d👧`: "👩\u200d👧 Paz", strings.Repeat("a", 200): strings.Repeat("a", 64),
	}
	i := 0
	for first, want := range tests {
		i++
		body := fmt.Sprintf(`{"update_id": %d, "message": {"message_id": 3, "from": {"id": 5, "first_name": "%s", "last_name": "Paz"}, "chat": {"id": 5, "type": "private"}, "text": "hola"}}`, i, first)
		if got := post(w.ch, hookKey, body); got != http.StatusOK {
			t.Fatalf("%s: got %d", first, got)
		}
		if got := w.in.all()[i-1].in; got.Name != want || got.Input.Sender != want {
			t.Errorf("%s: got %q, want %q", first, got.Name, want)
		}
	}
}

// vector is a row of testdata/updates.jsonl.
type vector struct {
	Kind   string          `json:"kind"`
	Update json.RawMessage `json:"update"`
}

func vectors(t testing.TB) (out []vector) {
	t.Helper()
	f, err := os.ReadFile("testdata/updates.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(f))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if len(out) < 40 {
		t.Fatalf("%d updates, want them all", len(out))
	}
	return out
}

// effects says what the updates of testdata/updates.jsonl mean, by update id; all others have no effect.
var effects = map[string]flows.Input{
	"tg/900001":    {Kind: flows.Video},
	"tg/900004":    {},
	"tg/900005":    {Kind: flows.Sticker},
	"tg/900017":    {},
	"tg/900018":    {Kind: flows.Photo},
	"tg/633291230": {Kind: flows.Edited},
	"tg/1003":      {Kind: flows.Audio},
	"tg/10000":     {Kind: flows.Audio}, // everything at once
	"tg/600000001": {},
	"tg/600000004": {Kind: flows.Contact},
	"tg/600000006": {Choice: "yes"},
	"tg/600000007": {Choice: "yes"},
	"tg/600000009": {},
}

// RULES: tg.dedupe
func TestRealUpdatesAreReadForWhatTheyAre(t *testing.T) {
	w := newWorld(t)
	rows := vectors(t)
	for _, again := range []bool{false, true} {
		for _, v := range rows {
			if got := post(w.ch, hookKey, string(v.Update)); got != http.StatusOK {
				t.Errorf("%s (again %t): got %d, want 200", v.Kind, again, got)
			}
		}
	}
	var seen []string
	for _, a := range w.in.all() {
		seen = append(seen, a.in.ID)
		want, ok := effects[a.in.ID]
		if !ok {
			t.Errorf("%s has an effect: %+v", a.in.ID, a.in.Input)
		}
		if got := a.in.Input; got.Kind != want.Kind || got.Choice != want.Choice {
			t.Errorf("%s: got %+v, want %+v", a.in.ID, got, want)
		}
		if want.Kind == flows.Text && want.Choice == "" && a.in.Input.Text == "" {
			t.Errorf("%s: the text was lost", a.in.ID)
		}
	}
	for id := range effects {
		if !slices.Contains(seen, id) {
			t.Errorf("%s had no effect", id)
		}
	}
	if w.in.calls != 2*len(effects) {
		t.Errorf("Accept was called %d times, want each update twice with the same id: %d", w.in.calls, 2*len(effects))
	}
}

func FuzzAnUpdateNeverPanics(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(string(v.Update))
	}
	f.Add(hello)
	in := &inbox{}
	ch, err := telegram.New(telegram.Config{Portal: "mseg", Token: token, Secret: hookKey, API: "http://127.0.0.1:1", Accept: in.accept})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		in.mu.Lock()
		in.got = nil
		in.mu.Unlock()
		status := post(ch, hookKey, body)
		if status != http.StatusOK && status != http.StatusBadRequest && status != http.StatusRequestEntityTooLarge {
			t.Errorf("got %d", status)
		}
		for _, a := range in.all() {
			if a.in.ID == "" || a.key.Person == "" || len([]rune(a.in.Input.Text)) > 4096 || len([]rune(a.in.Name)) > 64 || strings.ContainsAny(a.in.Name, "\n\r\x00\u202e") {
				t.Errorf("an input out of bounds: %+v", a)
			}
		}
	})
}
