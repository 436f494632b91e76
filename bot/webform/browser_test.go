package webform_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"ventanilla/flows"
)

// phone is a browser with a small screen.
type phone struct {
	t   *testing.T
	ctx context.Context
}

// newPhone opens a browser. Without Chromium the test is skipped, unless
// VENTANILLA_REQUIRE=1 says that it must run.
func newPhone(t *testing.T, width int64, dark bool) phone {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("VENTANILLA_REQUIRE") == "1" {
		t.Fatal("this test needs Chromium: apt-get install chromium")
	} else if err != nil {
		t.Skip("to see the page in a browser: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-dev-shm-usage", true))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel() })
	p := phone{t, ctx}
	scheme := map[bool]string{true: "dark", false: "light"}[dark]
	_, err = chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 640, DeviceScaleFactor: 2, Mobile: true})
	p.ok(err)
	_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	p.ok(err)
	return p
}

func (p phone) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p phone) open(address string) {
	p.t.Helper()
	p.ok(chromedp.Do(p.ctx, chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS("h1"))))
}

func (p phone) keys(selector, typed string) {
	p.t.Helper()
	p.ok(chromedp.Do(p.ctx, chromedp.SendKeys(chromedp.CSS(selector), typed)))
}

func (p phone) tap(selector string) {
	p.t.Helper()
	p.ok(chromedp.Do(p.ctx, chromedp.Click(chromedp.CSS(selector))))
}

// see waits until something is there.
func (p phone) see(selector string) {
	p.t.Helper()
	p.ok(chromedp.Do(p.ctx, chromedp.WaitVisible(chromedp.CSS(selector))))
}

// until waits for a condition of the page.
func (p phone) until(condition string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(15*time.Second))); err != nil {
		p.t.Fatalf("waiting for %s: %v", condition, err)
	}
}

func (p phone) eval(expression string) string {
	p.t.Helper()
	s, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](expression))
	p.ok(err)
	return s
}

// shot saves a picture where VENTANILLA_SHOTS says, for who works on the looks.
func (p phone) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("VENTANILLA_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	p.ok(err)
	p.ok(os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}

const (
	tooWide  = `[...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML).join("\n")`
	tooSmall = `[...document.querySelectorAll("main button, main input:not([type=hidden]), main select, main a.button")].filter(e => e.checkVisibility() && (e.closest(".tick label") || e).getBoundingClientRect().height < 44).map(e => e.outerHTML).join("\n")`
)

// fits fails if anything sticks out of the screen or is too small to touch (WCAG
// 2.2 asks for 24 px; cheap screens and big fingers for 44).
func (p phone) fits() {
	p.t.Helper()
	if got := p.eval(tooWide); got != "" {
		p.t.Errorf("sticks out of the screen:\n%s", got)
	}
	if got := p.eval(tooSmall); got != "" {
		p.t.Errorf("too small to touch:\n%s", got)
	}
}

// fill types a whole form.
func (p phone) fill(pin, password string) {
	p.t.Helper()
	p.keys("#f-_pin", pin)
	p.keys("#f-password", password)
	p.keys("#f-repeat", password)
}

// RULES: pw.page
func TestSomebodyWithASmallPhoneChoosesAPassword(t *testing.T) {
	for _, dark := range []bool{false, true} {
		t.Run(fmt.Sprintf("dark %v", dark), func(t *testing.T) {
			w, p := newWorld(t), newPhone(t, 320, dark)
			w.face.Organisation = "Ministerio de Seguridad de la Provincia de Buenos Aires"
			shot := func(s string) { p.shot(fmt.Sprintf("dark-%v-%s", dark, s)) }
			p.open(w.link())
			p.see(".peek")
			p.fits()
			shot("1-open")

			p.keys("#f-_pin", w.pin())
			p.keys("#f-password", "caballo")
			p.until(`document.querySelector("#word").textContent === "débil"`)
			p.keys("#f-repeat", "cab")
			p.until(`document.querySelector("#e-password").textContent.startsWith("Es corta")`)
			shot("2-weak")

			p.keys("#f-password", " correcto bateria 7")
			p.until(`[...document.querySelectorAll(".rules li")].every(li => li.dataset.ok === "yes")`)
			p.tap(".peek")
			if kind := p.eval(`document.querySelector("#f-password").type`); kind != "text" {
				t.Errorf("got a field of type %s, want the password shown", kind)
			}
			shot("3-strong")
			submitted(w, p, shot)
		})
	}
}

// submitted sends the page first with a repetition that differs, then right.
func submitted(w *world, p phone, shot func(string)) {
	p.t.Helper()
	p.tap("button[type=submit]")
	p.until(`document.activeElement.id === "f-repeat" && document.activeElement.getAttribute("aria-invalid") === "true"`)
	typed := p.eval(`document.querySelector("#f-password").value`)
	if !strings.HasPrefix(typed, "caballo") {
		p.t.Errorf("got %q in the field, want what was typed", typed)
	}
	p.fits()
	shot("4-problem")
	p.ok(chromedp.Do(p.ctx, chromedp.SetValue(chromedp.CSS("#f-repeat"), typed)))
	p.tap("button[type=submit]")
	p.see(`main[data-state="done"]`)
	p.until(`document.activeElement.tagName === "H1"`)
	p.fits()
	shot("5-done")
	if set := w.engine.passwords(); len(set) != 1 || set[0] != typed {
		p.t.Errorf("got %q set, want %q", set, typed)
	}
}

// RULES: link.twice
func TestAnUnknownResultIsRepeatedByTheSameButton(t *testing.T) {
	w, p := newWorld(t), newPhone(t, 360, false)
	w.engine.fail(nil, errDown)
	p.open(w.link())
	p.fill(w.pin(), good)
	p.tap("button[type=submit]")
	p.until(`document.querySelector("#alert").textContent.includes("no sabemos si se guardó") && document.activeElement.id === "alert"`)
	p.shot("unknown")
	w.engine.fail(nil, nil)
	p.tap("button[type=submit]")
	p.see(`main[data-state="done"]`)
	if set, told := w.engine.passwords(), w.events(); len(set) != 1 || len(told) != 1 {
		t.Errorf("got %q set and the chat told %q, want once", set, told)
	}
}

func TestAConnectionThatBreaksLeavesThePageReadyToRepeat(t *testing.T) {
	w, p := newWorld(t), newPhone(t, 360, true)
	p.open(w.link())
	p.fill(w.pin(), good)
	w.cut.Store(true)
	p.tap("button[type=submit]")
	p.until(`document.querySelector("#alert").textContent.includes("se cortó") && document.activeElement.id === "alert"`)
	p.shot("offline")
	w.cut.Store(false)
	p.tap("button[type=submit]")
	p.see(`main[data-state="done"]`)
}

func TestThePageWorksWithoutItsScript(t *testing.T) {
	w, p := newWorld(t), newPhone(t, 320, false)
	_, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.ok(err)
	p.open(w.link())
	p.fill(w.pin(), "corta")
	p.tap("button[type=submit]")
	p.see(`[aria-invalid="true"]`)
	p.shot("noscript-problem")
	p.keys("#f-password", good)
	p.keys("#f-repeat", good)
	p.tap("button[type=submit]")
	p.see(`main[data-state="done"]`)
	if set := w.engine.passwords(); len(set) != 1 || set[0] != good {
		t.Errorf("got %q set", set)
	}
}

func TestEveryEndingFitsASmallScreen(t *testing.T) {
	w, p := newWorld(t), newPhone(t, 320, false)
	look := func(name, address string) {
		p.open(address)
		p.fits()
		p.shot("end-" + name)
	}
	look("grant", w.grantLink("not_me"))
	look("bad", w.server.URL+"/f/x")
	for _, pin := range w.wrongPINs()[:5] {
		v := w.filled(good)
		v.Set("_pin", pin)
		w.post(w.link(), v)
	}
	p.open(w.link())
	p.fill(w.pin(), good)
	p.tap("button[type=submit]")
	p.see(`main[data-state="spent"]`)
	p.fits()
	p.shot("end-spent")
	w.engine.nopin = true
	w.engine.outcome = flows.Outcome{Event: "password_part", State: "part", Title: "Tu clave se guardó, falta desbloquear", Text: "La clave nueva de ana.perez quedó guardada, pero la cuenta sigue bloqueada. Volvé al chat y tocá «Probar otra vez»."}
	p.open(w.link())
	p.keys("#f-password", good)
	p.keys("#f-repeat", good)
	p.tap("button[type=submit]")
	p.see(`main[data-state="part"]`)
	p.fits()
	p.shot("end-part")
	w.stand("")
	look("superseded", w.link())
}
