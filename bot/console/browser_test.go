package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"ventanilla/bot/console"
	"ventanilla/flows"
	"ventanilla/store"
)

// window is a real browser's.
type window struct {
	t   *testing.T
	ctx context.Context
}

// newWindow opens a browser. Without Chromium the test is skipped, unless
// VENTANILLA_REQUIRE=1 says that it must run.
func newWindow(t *testing.T, width int64, dark bool) window {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("VENTANILLA_REQUIRE") == "1" {
		t.Fatal("this test needs Chromium: apt-get install chromium")
	} else if err != nil {
		t.Skip("to see the page in a browser: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("accept-lang", "es-AR"))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel() })
	v := window{t, ctx}
	v.look(width, dark)
	return v
}

// look sets the size of the window and whether it is dark.
func (v window) look(width int64, dark bool) {
	v.t.Helper()
	height := int64(800)
	if width < 500 {
		height = 640
	}
	v.sized(width, height, dark)
}

// sized is look for a window of any height.
func (v window) sized(width, height int64, dark bool) {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, ScreenWidth: width, ScreenHeight: height, Mobile: width < 500})
	v.ok(err)
	scheme := map[bool]string{true: "dark", false: "light"}[dark]
	_, err = chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	v.ok(err)
}

func (v window) ok(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v window) open(address string) {
	v.t.Helper()
	v.ok(chromedp.Do(v.ctx, chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS("h1"))))
}

func (v window) keys(selector, typed string) {
	v.t.Helper()
	v.ok(chromedp.Do(v.ctx, chromedp.SendKeys(chromedp.CSS(selector), typed)))
}

// press is a key that goes to the page.
func (v window) press(key string) {
	v.t.Helper()
	v.ok(chromedp.Do(v.ctx, chromedp.KeyEvent(key)))
}

func (v window) tap(selector string) {
	v.t.Helper()
	v.ok(chromedp.Do(v.ctx, chromedp.Click(chromedp.CSS(selector))))
}

// until waits for a condition of the page.
func (v window) until(condition string) {
	v.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		_, err := chromedp.Run(v.ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(15*time.Second)))
		if err == nil {
			return
		}
		left := strings.Contains(err.Error(), "navigated") || strings.Contains(err.Error(), "context with specified id")
		if !left || time.Now().After(end) { // the page was left while it was looked at
			v.t.Fatalf("waiting for %s: %v\n%s", condition, err, v.eval("document.body.innerText"))
		}
	}
}

// reads waits until a part of the page holds a text.
func (v window) reads(selector, text string) {
	v.t.Helper()
	v.until(fmt.Sprintf("(document.querySelector(%q)?.innerText || '').includes(%q)", selector, text))
}

func (v window) eval(expression string) string {
	v.t.Helper()
	s, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](expression))
	v.ok(err)
	return s
}

// tooWide are the elements that do not fit on the screen.
const tooWide = `[...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".hide, .skip") && e.getBoundingClientRect().right > screen.width + 0.5).map(e => e.outerHTML.slice(0, 200)).join("\n")`

// pictures draws a page on a desk and on a phone, in the light and in the dark, sees that
// everything fits, and saves the pictures where VENTANILLA_PICTURES says.
func (v window) pictures(name string) {
	v.t.Helper()
	for _, width := range []int64{320, 1280} {
		for _, dark := range []bool{true, false} {
			v.look(width, dark)
			if wide := v.eval(tooWide); wide != "" {
				v.t.Errorf("%s at %d px: wider than the screen:\n%s", name, width, wide)
			}
			v.picture(fmt.Sprintf("%s-%d-%s", name, width, map[bool]string{true: "dark", false: "light"}[dark]))
		}
	}
}

// picture saves what is seen where VENTANILLA_PICTURES says.
func (v window) picture(name string) {
	v.t.Helper()
	dir := os.Getenv("VENTANILLA_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(v.ctx, chromedp.FullScreenshot(100))
	v.ok(err)
	v.ok(os.WriteFile(filepath.Join(dir, "console-"+name+".png"), png, 0o600))
}

// watchful notes every breach of the page's policy and every dialog, to be read by [window.clean].
const watchful = `window.breaches = []; addEventListener("securitypolicyviolation", e => breaches.push(e.violatedDirective + " " + e.blockedURI)); window.alert = m => breaches.push("alert " + m)`

func (v window) clean() {
	v.t.Helper()
	if got := v.eval(`(window.breaches || []).join("\n")`); got != "" {
		v.t.Errorf("the policy was breached:\n%s", got)
	}
}

// crowd lets people be in every state that the list knows.
func (w *world) crowd() {
	at := func(person, channel, portal, name string, lines ...string) {
		w.writes(flows.Key{Portal: portal, Channel: channel, Person: person}, name, lines...)
	}
	at("2001", "telegram", "mseg", "María de los Ángeles Fernández Etcheverry", "hola", "persona")
	w.clock.Advance(11 * time.Minute)
	at("2002", "whatsapp", "iess", "Rosa Quishpe", "hola", "persona")
	at("2003", "telegram", "mseg", "Juan Ramón", "hola", "No puedo entrar", "no sé", "ni idea")
	at("2004", "whatsapp", "iess", "Segundo Manuel", "hola", "No puedo entrar")
	at("2005", "telegram", "mseg", "Silvia", "hola")
	at("2006", "telegram", "mseg", "Tomás", "hola", "No puedo entrar", "123", "456")
	w.clock.Advance(4 * time.Minute)
	w.writes(ana, "Ana Gómez", "hola", "No puedo entrar", "no me acuerdo", "persona", "por favor, hace tres días que no puedo ver mi recibo")
	w.ok(w.worker.Takeover(w.t.Context(), flows.Key{Portal: "iess", Channel: "whatsapp", Person: "2004"}, "Pedro"))
}

func TestAnAgentWorksByKeyboardInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.crowd()
	w.hire("Laura", store.Supervises)
	w.clock.Advance(time.Minute)
	v := newWindow(t, 1280, false)
	token, err := w.store.Agents().Add(t.Context(), store.Agent{Name: "Nueva", Role: store.Answers})
	w.ok(err)
	v.open(console.EnrolURL(w.url, token))
	v.pictures("enrol")
	v.open(w.url + "/console/")
	v.pictures("sign-in")
	v.keys("#name", "Laura")
	v.keys("#password", good)
	v.keys("#code", w.code("Laura"))
	v.tap("button.main")
	v.reads(".group.waiting", "Ana Gómez")
	v.eval(watchful + `; ""`)
	v.pictures("list")
	w.writes(flows.Key{Portal: "mseg", Channel: "telegram", Person: "3001"}, "Recién Llegado", "hola", "persona")
	v.reads(".group.waiting", "Recién Llegado")
	v.until(`document.title.startsWith("(4)")`)
	v.press("?")
	v.until(`document.querySelector("#help").open`)
	v.pictures("help")
	v.press("\x1b")
	v.until(`!document.querySelector("#help").open`)
	v.press("j")
	v.press("j")
	v.press("k")
	v.clean()
	w.worksOn(v)
	for page, path := range map[string]string{"today": "/console/today", "sessions": "/console/sessions", "trail": w.talk(ana, "trail"), "search": "/console/search?case=V410017"} {
		v.open(w.url + path)
		v.pictures(page)
	}
}

// worksOn takes Ana's conversation over, answers, notes and hands back, by keyboard.
func (w *world) worksOn(v window) {
	v.open(w.url + w.talk(ana, ""))
	v.eval(watchful + `; ""`)
	v.reads("#lines", "hace tres días que no puedo ver mi recibo")
	v.pictures("waiting")
	v.press("t")
	v.reads("#state", "La atiende usted")
	v.press("r")
	v.keys("#text", "Hola Ana, ya te ayudo. Tu clave es Canario2024!")
	v.tap("#send")
	v.reads("#problem", "Eso parece tener una contraseña")
	v.pictures("secret")
	v.eval(`document.querySelector("#text").value = ""; ""`)
	v.keys("#text", "Hola Ana, ya te ayudo.")
	v.tap("#send")
	v.reads("#lines", "Hola Ana, ya te ayudo.")
	w.writes(ana, "Ana Gómez", "¡gracias!")
	v.reads("#lines", "¡gracias!")
	v.eval(`document.activeElement.blur(); ""`)
	v.press("/")
	v.until(`!document.querySelector("#canned").hidden`)
	v.pictures("canned")
	v.keys("#canned-find", "minutos que")
	v.until(`document.querySelectorAll("#canned-list [role=option]:not([hidden])").length === 1`)
	v.press("\r")
	v.until(`document.querySelector("#canned").hidden && document.activeElement.id === "text"`)
	v.tap("#send")
	v.reads("#lines", "Dame unos minutos, que lo reviso")
	v.eval(`document.activeElement.blur(); ""`)
	v.press("n")
	v.keys("#text", "se verificó por teléfono")
	v.tap("#send")
	v.reads("#lines", "nota de Laura")
	v.until(`new Set([...document.querySelectorAll("#lines li.line")].map(e => e.dataset.n)).size === document.querySelectorAll("#lines li.line").length`)
	v.pictures("talk")
	v.eval(`document.activeElement.blur(); ""`)
	v.press("h")
	v.reads("#state", "La atiende el asistente")
	w.until("Ana reads that the assistant is back", func() bool {
		return strings.Contains(strings.Join(w.phone.heard("1001"), "\n"), "ya salió del chat")
	})
	v.clean()
}

func TestTwoWindowsAgreeOnWhoHasIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(ana, "Ana", "hola", "persona")
	for _, name := range []string{"Laura", "Pedro"} {
		w.hire(name, store.Answers)
	}
	laura, pedro := newWindow(t, 1280, false), newWindow(t, 1280, true)
	laura.open(w.console.Ticket("Laura"))
	pedro.open(w.console.Ticket("Pedro"))
	laura.open(w.url + w.talk(ana, ""))
	pedro.open(w.url + w.talk(ana, ""))
	laura.reads("#state", "Pedro")
	laura.press("t")
	laura.reads("#state", "La atiende usted")
	pedro.reads("#state", "La atiende Laura")
	pedro.until(`document.querySelector("#send").disabled && !document.querySelector("#take")`)
	all, err := w.store.Agents().Sessions(t.Context())
	w.ok(err)
	for _, s := range all {
		if s.Agent == "Pedro" {
			w.ok(w.store.Agents().End(t.Context(), s.ID))
		}
	}
	w.writes(ana, "Ana", "¿hay alguien?")
	pedro.until(`location.pathname === "/console/sign-in"`)
	laura.reads("#lines", "¿hay alguien?")
}

func TestWhatPeopleWriteIsShownAsText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire("Laura", store.Answers)
	f, err := os.Open("testdata/xss.jsonl")
	w.ok(err)
	defer func() { _ = f.Close() }()
	n, some := 0, 1
	if raced || testing.Short() {
		some = 5 // other ones each time
	}
	from := rand.IntN(some)
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		if n%some != from {
			continue
		}
		var row struct{ Payload string }
		w.ok(json.Unmarshal(lines.Bytes(), &row))
		k := flows.Key{Portal: "mseg", Channel: "telegram", Person: "hostile"}
		if n/some%10 == 0 {
			k.Person = fmt.Sprint("hostile", n)
		}
		w.n++
		w.ok(w.store.Accept(t.Context(), k, store.Inbound{ID: fmt.Sprint("x", w.n), Name: row.Payload, Input: flows.Input{From: flows.Person, Text: row.Payload, Shown: row.Payload}}))
		w.change(k, func(c *store.Conversation) {
			c.Answer(store.Inbound{ID: fmt.Sprint("y", w.n), At: w.clock.Now()}, flows.Result{Dialog: c.Dialog, Idents: []flows.Ident{{Kind: row.Payload, Value: "70123"}},
				Replies: []flows.Reply{{Text: row.Payload, File: &flows.File{Name: row.Payload + ".pdf"}}}}, w.clock.Now())
			c.Jot(row.Payload, row.Payload, w.clock.Now())
		})
	}
	if n < 100 {
		t.Fatalf("got %d strings, want many", n)
	}
	v := newWindow(t, 1280, false)
	v.open(w.console.Ticket("Laura"))
	v.eval(watchful + `; ""`)
	for _, path := range []string{"/console/", w.talk(flows.Key{Portal: "mseg", Channel: "telegram", Person: "hostile"}, "")} {
		v.open(w.url + path)
		v.eval(watchful + `; ""`)
		v.eval(`htmx.trigger("#list", "refresh"); ""`)
		v.until(`document.querySelectorAll("a.row").length > 5`)
		strange := v.eval(`[...document.querySelectorAll("main script, main iframe, main object, main embed, main img, main svg, main math, main style, main link, main meta, .aside script, .aside img, .aside svg, .aside iframe, .side script, .side img, .side svg, .side iframe")].map(e => e.outerHTML).join("\n")`)
		if strange != "" {
			t.Errorf("%s holds\n%s", path, strange)
		}
		v.clean()
	}
	if got := v.eval(`String(document.querySelectorAll("#lines .line.person").length)`); got == "0" {
		t.Error("no line is shown")
	}
}
