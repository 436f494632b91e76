package demo_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"ventanilla/cmd/ventanilla/demo"
)

func (w *world) whatsapp(person string) *phone {
	return &phone{world: w, path: "/demo/whatsapp/mseg/" + url.PathEscape(person)}
}

// identifyOnPage goes from the first word to the question for the code; what is
// sensitive is typed on the page. RULES: wa.policy
func (p *phone) identifyOnPage(who demo.Person, account string) {
	p.t.Helper()
	p.say("no puedo entrar")
	p.hear("Paso 1 de 5")
	p.say("1")
	line := p.hear("página")
	answers := map[string]string{"_pin": p.pin(line)}
	f := p.open(line.Links[0].URL)
	f.fields = append(f.fields, "doc_type") // a list to choose from
	answers["doc_type"] = "dni"
	for _, id := range who.Identifiers {
		if slices.Contains(f.fields, id.Field) && answers[id.Field] == "" && (id.Account == "" || id.Account == account) {
			answers[id.Field] = id.Value
		}
	}
	if status, page := p.send(f, answers); status != 200 {
		p.t.Fatalf("the page answers %d to %d fields:\n%s", status, len(answers)-1, page)
	}
	p.hear("Corroborá tus datos")
	p.say("Sí, están bien")
	p.hear("código de 8 números")
}

// The same story on the other phone, answered by number and in words, until the new password works.
func TestALockedOutPersonGetsBackInOnWhatsApp(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("adriana")
	account := who.Accounts[0]
	p := w.whatsapp(who.Phone)
	p.identifyOnPage(who, account.ID)
	mail := w.mail(who.Addresses[0], 1)
	if !strings.Contains(mail.Text, "WhatsApp") {
		t.Errorf("the mail does not say through which chat it was asked for:\n%s", mail.Text)
	}
	p.say(w.code(mail))
	line := p.hear("elegí tu clave nueva")
	f := w.open(line.Links[0].URL)
	status, page := w.send(f, map[string]string{"_pin": p.pin(line), "password": newPassword, "repeat": newPassword})
	if status != 200 || !strings.Contains(page, account.Username) {
		t.Fatalf("the page answers %d without the user name:\n%s", status, page)
	}
	p.hear("Tu cuenta quedó abierta")
	if got := w.signin(account.Username, newPassword); got != "ok" {
		t.Errorf("the new password: got %q, want ok", got)
	}
}

// The page shows the person's other phone, whose links are in the text and whose options are tapped or written.
func TestTheSecondPhoneInABrowser(t *testing.T) {
	w := start(t, t.TempDir())
	b := browser(t)
	b.screen(320, 568, "light")
	b.do(chromedp.Navigate(w.url + "/#telegram/mseg/Adriana%20Sosa"))
	b.press("[data-go=phone]", "")
	b.press("#nets button", "WhatsApp")
	b.press(".empty button", "DECIR HOLA")
	b.lastBubble("¿")
	b.write("no puedo entrar")
	b.lastBubble("Paso 1 de 5")
	b.picture("whatsapp-320")
	if got := value[string](b, `location.hash`); got != "#whatsapp/mseg/Adriana%20Sosa" {
		t.Errorf("the phone is at %q", got)
	}
	if got := value[int64](b, `document.documentElement.scrollWidth`); got > 320 {
		t.Errorf("the page is %d px wide", got)
	}
	b.press("#nets button", "Telegram")
	b.wait(`document.querySelector(".empty button")`)
}

// RULES: wa.policy
func TestBajaAndAltaOnWhatsApp(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	p := w.whatsapp("Ana")
	p.say("hola")
	p.hear("asistente automático")
	p.say("BAJA")
	p.hear("no te escribo más por acá")
	p.say("hola")
	p.say("ALTA")
	p.hear("podés volver a usar este chat")
	p.say("menú")
	p.hear("¿")
	for _, l := range p.screen("after=0") {
		if l.From == "bot" && l.Text == "" {
			t.Errorf("an empty line: %+v", l)
		}
	}
}

func TestTwoPhonesOfOnePersonAreTwoConversations(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	telegram, whatsapp := w.phone("Ana"), w.whatsapp("Ana")
	telegram.say("hola")
	telegram.hear("asistente automático")
	if got := whatsapp.screen("after=0"); len(got) != 0 {
		t.Errorf("WhatsApp shows %+v", got)
	}
	whatsapp.say("hola")
	whatsapp.hear("asistente automático")
	var world struct {
		Bots []struct{ Channel, Portal string }
	}
	w.must("GET", "/demo/world", nil, &world)
	count := map[string]int{}
	for _, b := range world.Bots {
		count[b.Channel]++
	}
	if count["whatsapp"] == 0 || count["whatsapp"] != count["telegram"] {
		t.Errorf("the bots are %v", count)
	}
}

func TestWhatsAppFailsOnRequest(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	p := w.whatsapp("Ana")
	for _, kind := range []string{"63018", "500", "lost", "undelivered 63016", "duplicate"} {
		w.fault("whatsapp", kind, 1)
	}
	p.say("hola")
	p.hear("asistente automático")
	w.fault("whatsapp", "heal", 1)
	if status := w.call("POST", "/demo/fault", map[string]any{"where": "whatsapp", "kind": "x"}, nil); status != 400 {
		t.Errorf("an unknown fault: %d", status)
	}
}

// Also that of somebody without a number.
func TestOnWhatsAppAPhoneKeepsItsLinesOverARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := start(t, dir)
	p := w.whatsapp("AR.5550001")
	p.say("hola")
	p.hear("asistente automático")
	before := p.screen("after=0")
	w.stop()
	w = start(t, dir)
	p = w.whatsapp("AR.5550001")
	if got := p.screen("after=0"); len(got) < len(before) {
		t.Errorf("the phone shows %d lines, before %d", len(got), len(before))
	}
	p.say("hola")
	p.hear("¿")
}
