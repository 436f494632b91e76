package demo_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browser starts a chromium, or skips the test where there is none, unless VENTANILLA_REQUIRE is set.
func browser(t *testing.T) tab {
	t.Helper()
	bin := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && bin == "" {
			bin = path
		}
	}
	if bin == "" && os.Getenv("VENTANILLA_REQUIRE") == "" {
		t.Skip("there is no chromium on this machine; .ci/run installs one")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return tab{t, ctx}
}

// tab is one browser window that looks at the demo.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.picture("failed")
		b.t.Fatal(err)
	}
}

// screen sets the size of the window, and light or dark.
func (b tab) screen(width, height int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height), func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return chromedp.Void{}, err
	})
}

// picture writes what the browser shows to the folder VENTANILLA_PICTURES names, if it is set.
func (b tab) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("VENTANILLA_PICTURES")
	if dir == "" {
		return
	}
	b.wait(`document.getAnimations().every((a) => a.playState === "finished" || a.effect.getTiming().iterations === Infinity)`)
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		b.t.Error(err)
	}
}

// wait waits until an expression of JavaScript is true.
func (b tab) wait(expression string) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(patience))); err != nil {
		b.picture("failed")
		b.t.Fatalf("waiting for %s: %v", expression, err)
	}
}

// lastBubble waits until the phone's last bubble contains a text.
func (b tab) lastBubble(text string) {
	b.t.Helper()
	b.wait(fmt.Sprintf(`[...document.querySelectorAll(".line.bot .bubble")].at(-1)?.textContent.includes(%q)`, text))
}

// press clicks the first element below a selector that contains a text.
func (b tab) press(selector, text string) {
	b.t.Helper()
	found := fmt.Sprintf(`[...document.querySelectorAll(%q)].find((e) => e.textContent.includes(%q))`, selector, text)
	b.wait("!!" + found)
	b.do(chromedp.Evaluate[chromedp.Void](found + ".click()"))
}

func (b tab) write(text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys("#text", text), chromedp.Evaluate[chromedp.Void](`document.querySelector("#composer").requestSubmit()`))
}

// value evaluates an expression of JavaScript.
func value[T any](b tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func TestTheStoryInABrowser(t *testing.T) {
	w := start(t, t.TempDir())
	b := browser(t)
	b.screen(1440, 900, "light")
	b.do(chromedp.Navigate(w.url + "/#telegram/mseg/Adriana%20Sosa"))
	b.wait(`document.querySelector(".empty button")`)
	b.picture("first")
	b.press(".empty button", "INICIAR")
	b.lastBubble("¿")
	b.write("no puedo entrar")
	b.lastBubble("Paso 1 de 5")
	b.picture("menu")
	b.press(".keys button", "10.430")
	b.lastBubble("Paso 2 de 5")
	b.press("#paste button", "310.877")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#composer").requestSubmit()`))
	b.lastBubble("Paso 3 de 5")
	b.press(".keys button", "DNI")
	b.lastBubble("Paso 4 de 5")
	b.write("22841307")
	b.lastBubble("Paso 5 de 5")
	b.write("5100-40404/0")
	b.lastBubble("Corroborá")
	b.press(".keys button", "están bien")
	b.lastBubble("código de 8 números")
	b.press(".mail-row", "Tu código")
	b.wait(`document.querySelector(".mail-open iframe")`)
	b.picture("mail")
	b.write(w.code(w.mail("adriana@correo.example", 1)))
	b.lastBubble("elegí tu clave nueva")
	b.picture("link")
	if got := value[string](b, `new URL(document.querySelector(".keys a").href).origin`); got != w.url {
		t.Errorf("the chat links to %q, want %s", got, w.url)
	}
	if got := value[string](b, `document.querySelector(".mail-open iframe").getAttribute("sandbox")`); got != "allow-popups allow-popups-to-escape-sandbox" {
		t.Errorf("the mail's frame may %q", got)
	}
}

// Adriana's Telegram shares her own number: the button stands under the message field until the question is answered.
func TestAPersonSharesTheirNumberInABrowser(t *testing.T) {
	w := start(t, t.TempDir())
	b := browser(t)
	b.screen(390, 844, "light")
	b.do(chromedp.Navigate(w.url + "/#telegram/mseg/Adriana%20Sosa"))
	b.wait(`document.querySelector(".empty button")`)
	b.press("[data-go=phone]", "")
	b.write("soy ley 10430, legajo 310877, dni 22841307, no puedo entrar")
	b.lastBubble("Paso 5 de 5")
	b.press(".keys button", "Usar mi teléfono")
	b.lastBubble("Compartir mi número")
	b.wait(`document.querySelector("#below button")`)
	b.picture("share")
	b.press("#below button", "Compartir mi número")
	b.lastBubble("Corroborá")
	b.wait(`!document.querySelector("#below button")`)
	b.picture("shared")
	b.press(".keys button", "están bien")
	w.code(w.mail("adriana@correo.example", 1))
}

// Every part of the page can be reached on a phone of 320 px, and none is wider than it.
func TestThePageFitsAPhone(t *testing.T) {
	w := start(t, t.TempDir())
	b := browser(t)
	p := w.phone("Marcos Villalba")
	p.say("no puedo entrar")
	p.hear("Paso 1 de 5")
	b.do(chromedp.Navigate(w.url + "/#telegram/mseg/Marcos%20Villalba"))
	b.lastBubble("Paso 1 de 5")
	for _, size := range [][2]int64{{320, 568}, {390, 844}, {820, 1180}, {1440, 900}} {
		for _, scheme := range []string{"light", "dark"} {
			b.screen(size[0], size[1], scheme)
			for _, part := range []string{"people", "phone", "mail", "account", "faults"} {
				if size[0] < 760 {
					b.press("[data-go="+part+"]", "")
				}
				b.picture(fmt.Sprintf("%d-%s-%s", size[0], scheme, part))
				if got := value[int64](b, `document.documentElement.scrollWidth`); got > size[0] {
					t.Errorf("%s at %d px is %d px wide", part, size[0], got)
				}
				if got := value[bool](b, fmt.Sprintf(`document.querySelector("[data-panel=%s]").getBoundingClientRect().height > 50`, part)); !got {
					t.Errorf("%s cannot be seen at %d px", part, size[0])
				}
			}
		}
	}
}

// A name full of markup must be text wherever the page shows it, and such a phone must work.
func TestMarkupInANameIsText(t *testing.T) {
	w := start(t, t.TempDir())
	b := browser(t)
	who := w.seeded("renee")
	b.screen(1440, 900, "light")
	b.do(chromedp.Navigate(w.url))
	b.press(".person-card > button", "Higgins")
	b.press(".empty button", "INICIAR")
	b.lastBubble("¿")
	b.write("hola <img src=x onerror=alert(1)>")
	b.lastBubble("¿")
	b.picture("markup")
	if got := value[string](b, `document.querySelector(".person-card.on b").textContent`); got != who.Name {
		t.Errorf("got the name %q, want %q", got, who.Name)
	}
	if n := value[int](b, `document.querySelectorAll("main img, .person-card b b, .bubble b, .bubble img, #phone-owner b").length`); n != 0 {
		t.Errorf("%d elements came from what people typed", n)
	}
}

// Each organisation's people are found by choosing it, also on a phone.
func TestAnOrganisationIsChosen(t *testing.T) {
	w := start(t, t.TempDir())
	b := browser(t)
	b.screen(1280, 800, "light")
	b.do(chromedp.Navigate(w.url))
	b.wait(`document.querySelector(".person-card.on b")?.textContent.includes("Juan Ramón")`)
	b.picture("portals-1280")
	for portal, person := range map[string]string{"iess": "Rosa Elena", "metlife": "Guadalupe", "miportal": "Ximena", "segurometal": "Beatriz"} {
		b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const s = document.querySelector("#portal"); s.value = %q; s.dispatchEvent(new Event("change")) }`, portal)))
		b.wait(fmt.Sprintf(`document.querySelector(".person-card.on b")?.textContent.includes(%q)`, person))
		if got := value[string](b, `location.hash.split("/")[1]`); got != portal {
			t.Errorf("the phone is of %q, want %s", got, portal)
		}
		b.press(".empty button", "INICIAR")
		b.lastBubble("¿")
		for _, size := range [][2]int64{{1280, 800}, {320, 640}} {
			b.screen(size[0], size[1], "light")
			for _, part := range []string{"people", "phone", "account"} {
				b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector("[data-go=%s]").click()`, part)))
				b.picture(fmt.Sprintf("portal-%s-%d-%s", portal, size[0], part))
				if got := value[int64](b, `document.documentElement.scrollWidth`); got > size[0] {
					t.Errorf("%s at %d px is %d px wide", portal, size[0], got)
				}
			}
		}
	}
}
