package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ventanilla/bot/telegram/emulator"
	"ventanilla/flows"
)

const token, bot = "1001:abc", "mseg_bot"

// world is a network with one bot and one person, who wrote to it.
type world struct {
	*testing.T
	*emulator.Network
	clock *flows.Clock
	api   *httptest.Server
	ana   string // chat id
	hello int    // what Ana wrote
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: &flows.Clock{}}
	w.Network = emulator.New(emulator.Options{Clock: w.clock, NoLimits: true, Retry: time.Millisecond})
	w.AddBot(token, bot)
	w.api = httptest.NewServer(w.Handler())
	t.Cleanup(func() { w.Network.Close(); w.api.Close() })
	w.ana = fmt.Sprint(w.ChatID("ana"))
	w.hello = must(w, "hola")
	return w
}

func must(w *world, text string) int {
	w.Helper()
	n, err := w.Say(bot, "ana", text)
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// answer is what the Bot API answers.
type answer struct {
	OK          bool            `json:"ok"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Result      json.RawMessage `json:"result"`
	Parameters  struct {
		After int `json:"retry_after"`
	} `json:"parameters"`
	status int
}

// call makes a call with a JSON body; "$ana" stands for Ana's chat.
func (w *world) call(method, body string) answer {
	w.Helper()
	body = strings.ReplaceAll(body, "$ana", w.ana)
	resp, err := http.Post(w.api.URL+"/bot"+token+"/"+method, "application/json", strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	return w.read(resp)
}

func (w *world) read(resp *http.Response) (a answer) {
	w.Helper()
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		w.Fatal(err)
	}
	a.status = resp.StatusCode
	return a
}

func (a answer) id(t *testing.T) int {
	t.Helper()
	var m struct {
		ID int `json:"message_id"`
	}
	if err := json.Unmarshal(a.Result, &m); err != nil || m.ID == 0 {
		t.Fatalf("got %s, want a message", a.Result)
	}
	return m.ID
}

// RULES: tg.limits
func TestTheNetworkRefusesWhatTheRealOneRefuses(t *testing.T) {
	keyboard := func(button string) string {
		return `{"chat_id": $ana, "text": "a", "reply_markup": {"inline_keyboard": [[` + button + `]]}}`
	}
	tests := []struct {
		name, method, bad string
		code              int
		want, good        string
	}{
		{"unknown method", "sendMesage", `{}`, 404, "Not Found", ``},
		{"method not emulated", "sendPhoto", `{}`, 404, "Not Found", ``},
		{"missing parameter", "sendMessage", `{"chat_id": $ana}`, 400, `"text" is required`, `{"chat_id": $ana, "text": "a"}`},
		{"unknown parameter", "sendMessage", `{"chat_id": $ana, "text": "a", "disable_web_page_preview": true}`, 400, "is unknown", `{"chat_id": $ana, "text": "a", "link_preview_options": {"is_disabled": true}}`},
		{"unknown parameter inside", "sendMessage", `{"chat_id": $ana, "text": "a", "link_preview_options": {"disabled": true}}`, 400, `"disabled" is unknown`, ``},
		{"missing parameter inside", "setMyCommands", `{"commands": [{"command": "menu"}]}`, 400, `"description" is required`, `{"commands": [{"command": "menu", "description": "Menú"}]}`},
		{"wrong type", "sendMessage", `{"chat_id": $ana, "text": 5}`, 400, "can't parse text", ``},
		{"wrong boolean", "sendMessage", `{"chat_id": $ana, "text": "a", "protect_content": "maybe"}`, 400, "Boolean", `{"chat_id": $ana, "text": "a", "protect_content": "True"}`},
		{"wrong number", "deleteMessage", `{"chat_id": $ana, "message_id": "one"}`, 400, "Integer", ``},
		{"no array", "setMyCommands", `{"commands": {}}`, 400, "Array of BotCommand", ``},
		{"not JSON", "sendMessage", `{`, 400, "can't read", ``},
		{"nobody", "sendMessage", `{"chat_id": 99, "text": "a"}`, 400, "chat not found", ``},
		{"never wrote", "sendMessage", `{"chat_id": $beto, "text": "a"}`, 403, "can't initiate conversation", ``},
		{"empty text", "sendMessage", `{"chat_id": $ana, "text": " \n"}`, 400, "message text is empty", ``},
		{"long text", "sendMessage", `{"chat_id": $ana, "text": "` + strings.Repeat("a", 4097) + `"}`, 400, "message is too long", `{"chat_id": $ana, "text": "` + strings.Repeat("a", 4096) + `"}`},
		{"bad markup", "sendMessage", `{"chat_id": $ana, "parse_mode": "MarkdownV2", "text": "Ana_María"}`, 400, "can't parse entities", `{"chat_id": $ana, "parse_mode": "MarkdownV2", "text": "Ana\\_María"}`},
		{"bad parse mode", "sendMessage", `{"chat_id": $ana, "parse_mode": "BBCode", "text": "a"}`, 400, "unsupported parse_mode", ``},
		{"data too long", "sendMessage", keyboard(`{"text": "a", "callback_data": "` + strings.Repeat("a", 65) + `"}`), 400, "BUTTON_DATA_INVALID", keyboard(`{"text": "a", "callback_data": "` + strings.Repeat("a", 64) + `"}`)},
		{"data empty", "sendMessage", keyboard(`{"text": "a", "callback_data": ""}`), 400, "BUTTON_DATA_INVALID", ``},
		{"button without text", "sendMessage", keyboard(`{"text": " ", "callback_data": "a"}`), 400, "text must be non-empty", ``},
		{"button without action", "sendMessage", keyboard(`{"text": "a"}`), 400, "Text buttons are unallowed", ``},
		{"button to localhost", "sendMessage", keyboard(`{"text": "a", "url": "http://localhost/x"}`), 400, "Wrong HTTP URL", keyboard(`{"text": "a", "url": "http://127.0.0.1:80/x"}`)},
		{"button to a script", "sendMessage", keyboard(`{"text": "a", "url": "javascript:alert(1)"}`), 400, "Wrong HTTP URL", ``},
		{"too many buttons", "sendMessage", keyboard(strings.TrimSuffix(strings.Repeat(`{"text": "a", "callback_data": "a"},`, 101), ",")), 400, "too long", ``},
		{"wrong action", "sendChatAction", `{"chat_id": $ana, "action": "sleeping"}`, 400, "wrong parameter action", `{"chat_id": $ana, "action": "typing"}`},
		{"deleting nothing", "deleteMessage", `{"chat_id": $ana, "message_id": 999}`, 400, "message to delete not found", ``},
		{"editing nothing", "editMessageText", `{"chat_id": $ana, "message_id": 999, "text": "a"}`, 400, "message to edit not found", ``},
		{"editing without id", "editMessageText", `{"chat_id": $ana, "text": "a"}`, 400, "message identifier is not specified", ``},
		{"editing the person's words", "editMessageText", `{"chat_id": $ana, "message_id": $hello, "text": "a"}`, 400, "message can't be edited", ``},
		{"unknown tap", "answerCallbackQuery", `{"callback_query_id": "1"}`, 400, "query is too old", ``},
		{"plain webhook", "setWebhook", `{"url": "http://bot.example.org/"}`, 400, "HTTPS url must be provided", `{"url": "https://bot.example.org:8443/"}`},
		{"webhook port", "setWebhook", `{"url": "https://bot.example.org:8080/"}`, 400, "ports 80, 88, 443 or 8443", `{"url": "http://127.0.0.1:8080/"}`},
		{"webhook nowhere", "setWebhook", `{"url": "bot"}`, 400, "invalid webhook URL", ``},
		{"webhook secret", "setWebhook", `{"url": "https://bot.example.org/", "secret_token": "a b"}`, 400, "secret token", `{"url": "https://bot.example.org/", "secret_token": "a_b-C"}`},
		{"command", "setMyCommands", `{"commands": [{"command": "Menú", "description": "a"}]}`, 400, "BOT_COMMAND_INVALID", ``},
		{"command without words", "setMyCommands", `{"commands": [{"command": "menu", "description": ""}]}`, 400, "BOT_COMMAND_DESCRIPTION_INVALID", ``},
		{"too many commands", "setMyCommands", `{"commands": [` + strings.TrimSuffix(strings.Repeat(`{"command": "menu", "description": "a"},`, 101), ",") + `]}`, 400, "TOO_MUCH", ``},
		{"unknown file", "getFile", `{"file_id": "x"}`, 400, "invalid file_id", ``},
		{"document that is none", "sendDocument", `{"chat_id": $ana, "document": "x"}`, 400, "wrong file identifier", ``},
	}
	for _, tt := range tests {
		w := newWorld(t)
		fill := strings.NewReplacer("$beto", fmt.Sprint(w.ChatID("beto")), "$hello", fmt.Sprint(w.hello))
		got := w.call(tt.method, fill.Replace(tt.bad))
		if got.OK || got.Code != tt.code || got.status != tt.code || !strings.Contains(got.Description, tt.want) {
			t.Errorf("%s: got %d %q, want %d %q", tt.name, got.Code, got.Description, tt.code, tt.want)
		}
		if all := w.Refusals(); len(all) != 1 || !strings.Contains(all[0], got.Description) {
			t.Errorf("%s: remembered %q", tt.name, all)
		}
		if tt.good != "" {
			if got := w.call(tt.method, fill.Replace(tt.good)); !got.OK {
				t.Errorf("%s: what is right is refused: %s", tt.name, got.Description)
			}
		}
	}
}

func TestParametersComeInEveryWayTheRealNetworkTakes(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"chat_id": {w.ana}, "text": {"formulario"}, "protect_content": {"true"}, "reply_markup": {`{"inline_keyboard":[[{"text":"Sí","callback_data":"y"}]]}`}}
	resp, err := http.PostForm(w.api.URL+"/bot"+token+"/sendMessage", form)
	if err != nil {
		t.Fatal(err)
	}
	if a := w.read(resp); !a.OK {
		t.Errorf("form: %s", a.Description)
	}
	resp, err = http.Get(w.api.URL + "/bot" + token + "/SENDMESSAGE?" + url.Values{"chat_id": {w.ana}, "text": {"consulta"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if a := w.read(resp); !a.OK {
		t.Errorf("query: %s", a.Description)
	}
	if a := w.call("sendMessage", `{"chat_id": "$ana", "text": "*JSON*", "parse_mode": "Markdown"}`); !a.OK {
		t.Errorf("JSON: %s", a.Description)
	}
	screen := w.Screen(bot, "ana", w.hello)
	if len(screen) != 3 || screen[0].Text != "formulario" || !screen[0].Protected || screen[0].Options[0] != "Sí" || screen[1].Text != "consulta" || screen[2].Text != "JSON" {
		t.Errorf("got %+v", screen)
	}
}

func TestAWrongTokenIsUnauthorized(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]int{"/bot1:other/getMe": 401, "/getMe": 404, "/bot" + token + "/a/b": 404, "/file/bot1:other/documents/x": 401, "/file/bot" + token + "/documents/x": 404} {
		resp, err := http.Get(w.api.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		if a := w.read(resp); a.Code != want || a.OK {
			t.Errorf("%s: got %+v, want %d", path, a, want)
		}
	}
	if a := w.call("getMe", "{}"); !a.OK || !bytes.Contains(a.Result, []byte(`"username":"mseg_bot"`)) || !bytes.Contains(a.Result, []byte(`"id":1001`)) {
		t.Errorf("got %s", a.Result)
	}
}

// upload sends a document as a form with a file.
func (w *world) upload(fields map[string]string, name string, data []byte) answer {
	w.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for k, v := range fields {
		if err := form.WriteField(k, v); err != nil {
			w.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("document", name)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := part.Write(data); err != nil {
		w.Fatal(err)
	}
	_ = form.Close()
	resp, err := http.Post(w.api.URL+"/bot"+token+"/sendDocument", form.FormDataContentType(), &body)
	if err != nil {
		w.Fatal(err)
	}
	return w.read(resp)
}

// RULES: tg.limits
func TestADocumentCanBeFetchedAgainAndHasLimits(t *testing.T) {
	w := newWorld(t)
	a := w.upload(map[string]string{"chat_id": w.ana, "caption": "Tu recibo"}, "recibo.pdf", []byte("%PDF"))
	var m struct {
		Document struct {
			ID   string `json:"file_id"`
			Name string `json:"file_name"`
		}
	}
	if err := json.Unmarshal(a.Result, &m); err != nil || m.Document.Name != "recibo.pdf" {
		t.Fatalf("got %s, %v", a.Result, err)
	}
	if a := w.call("getFile", `{"file_id": "`+m.Document.ID+`"}`); !bytes.Contains(a.Result, []byte(`"file_path":"documents/`)) {
		t.Errorf("got %s", a.Result)
	}
	resp, err := http.Get(w.api.URL + "/file/bot" + token + "/documents/" + m.Document.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got, err := io.ReadAll(resp.Body); err != nil || string(got) != "%PDF" {
		t.Errorf("got %q, %v", got, err)
	}
	if a := w.call("sendDocument", `{"chat_id": $ana, "document": "`+m.Document.ID+`"}`); !a.OK {
		t.Errorf("again by id: %s", a.Description)
	}
	if a := w.call("editMessageText", fmt.Sprintf(`{"chat_id": $ana, "message_id": %d, "text": "a"}`, a.id(t))); !strings.Contains(a.Description, "there is no text in the message to edit") {
		t.Errorf("editing a document's text: %+v", a)
	}
	for want, a := range map[string]answer{
		"caption is too long":      w.upload(map[string]string{"chat_id": w.ana, "caption": strings.Repeat("a", 1025)}, "a", []byte("a")),
		"must be non-empty":        w.upload(map[string]string{"chat_id": w.ana}, "a", nil),
		"Request Entity Too Large": w.upload(map[string]string{"chat_id": w.ana}, "a", make([]byte, 50<<20+1)),
	} {
		if a.OK || !strings.Contains(a.Description, want) {
			t.Errorf("got %+v, want %q", a.Description, want)
		}
	}
}

// RULES: tg.limits
func TestEditingAndDeletingHaveTheirLimits(t *testing.T) {
	w := newWorld(t)
	board := `"reply_markup": {"inline_keyboard": [[{"text": "Sí", "callback_data": "y"}]]}`
	n := w.call("sendMessage", `{"chat_id": $ana, "text": "a", `+board+`}`).id(t)
	edit := func(method, rest string) answer {
		return w.call(method, fmt.Sprintf(`{"chat_id": $ana, "message_id": %d%s}`, n, rest))
	}
	for i, step := range []struct{ method, rest, want string }{
		{"editMessageText", `, "text": "a", ` + board, "message is not modified"},
		{"editMessageText", `, "text": " "`, "message text is empty"},
		{"editMessageText", `, "text": "b", ` + board, ""},
		{"editMessageReplyMarkup", `, ` + board, "message is not modified"},
		{"editMessageReplyMarkup", ``, ""},
		{"editMessageReplyMarkup", ``, "message is not modified"},
		{"deleteMessage", ``, ""},
		{"deleteMessage", ``, "message to delete not found"},
		{"editMessageText", `, "text": "c"`, "message to edit not found"},
	} {
		if got := edit(step.method, step.rest); got.OK != (step.want == "") || !strings.Contains(got.Description, step.want) {
			t.Errorf("step %d %s: got %+v, want %q", i, step.method, got, step.want)
		}
	}
	w.clock.Advance(48 * time.Hour)
	if a := w.call("deleteMessage", fmt.Sprintf(`{"chat_id": $ana, "message_id": %d}`, w.hello)); a.OK || !strings.Contains(a.Description, "can't be deleted") {
		t.Errorf("after 48 hours: got %+v", a)
	}
}

// RULES: tg.rate
func TestTooManyMessagesAreRefusedForAWhile(t *testing.T) {
	w := newWorld(t)
	w.SetLimits(true)
	send := func() answer { return w.call("sendMessage", `{"chat_id": $ana, "text": "a"}`) }
	for i := range 3 {
		if a := send(); !a.OK {
			t.Fatalf("message %d of a short burst: %s", i, a.Description)
		}
	}
	if a := send(); a.status != 429 || a.Code != 429 || a.Parameters.After != 1 {
		t.Errorf("got %+v, want 429 and a pause of 1 s", a)
	}
	w.clock.Advance(time.Second)
	if a := send(); !a.OK {
		t.Errorf("a second later: %s", a.Description)
	}
	refused := false
	for i := range 40 {
		name := fmt.Sprintf("p%d", i)
		if _, err := w.Say(bot, name, "hola"); err != nil {
			t.Fatal(err)
		}
		a := w.call("sendMessage", fmt.Sprintf(`{"chat_id": %d, "text": "a"}`, w.ChatID(name)))
		refused = refused || a.Code == 429
		if i < 25 && refused {
			t.Fatalf("refused after %d messages", i)
		}
	}
	if !refused {
		t.Error("40 messages to 40 people at once were taken")
	}
}
