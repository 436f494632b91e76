package whatsapp_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/bot"
	"ventanilla/bot/whatsapp"
	"ventanilla/bot/whatsapp/emulator"
	"ventanilla/flows"
)

func options(labels ...string) (offer []flows.Option) {
	for i, l := range labels {
		offer = append(offer, flows.Option{ID: "o" + string(rune('a'+i)), Label: l})
	}
	return offer
}

// RULES: wa.limits
func TestOptionsAreANumberedListOfTenAtMost(t *testing.T) {
	w := newWorld(t)
	ana := w.say("Ana", "hola")
	w.send(w.delivery(ana, "1/0", flows.Reply{Text: "¿Qué necesitás?", Offer: options("Recuperar mi cuenta", "Otra  cosa")}))
	want := []string{"¿Qué necesitás?\n\n1) Recuperar mi cuenta\n2) Otra cosa"}
	if got := w.screen("Ana", 1); !slices.Equal(got, want) {
		t.Errorf("the phone shows %q, want %q", got, want)
	}
	many := strings.Split("a,b,c,d,e,f,g,h,i,j,k,l", ",")
	w.send(w.delivery(ana, "2/0", flows.Reply{Text: "¿Cuál?", Offer: options(many...)}))
	got := w.screen("Ana", 3)[1:]
	if !strings.HasSuffix(got[0], "\n10) j") || got[1] != "11) k\n12) l" {
		t.Errorf("twelve options are shown as %q", got)
	}
	if err := w.net.Tap(from, "Ana", "k"); err != nil {
		t.Fatal(err)
	}
	if in := w.in.wait(t, 2)[1].in.Input; in.Text != "11" || in.Choice != "" {
		t.Errorf("an option of the list brings %+v, want its number as text", in)
	}
}

func TestOptionsAreTappedWhereATemplateHasAsMany(t *testing.T) {
	for _, tt := range []struct {
		name   string
		labels []string
		text   string
		tapped bool
	}{
		{"two quick replies", []string{"Sí, soy yo", "No"}, "¿Sos Ana?", true},
		{"a list of four", []string{"Uno", "Dos", "Tres", "Más de veinte letras."}, "¿Cuál?", true},
		{"three, for which there is no template", []string{"Uno", "Dos", "Tres"}, "¿Cuál?", false},
		{"a label too long for a button", []string{"Hablar con una persona", "No"}, "¿Seguimos?", false},
		{"two labels that look the same", []string{"Sí", "Sí"}, "¿Seguimos?", false},
		{"a text of two lines, which no variable holds", []string{"Sí", "No"}, "Hola.\n¿Seguimos?", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, templates)
			ana := w.say("Ana", "hola")
			w.send(w.delivery(ana, "1/0", flows.Reply{Text: tt.text, Offer: options(tt.labels...), Entered: "n0nce-longer-than-sixteen"}))
			w.screen("Ana", 1)
			bubble := w.bubbles("Ana")[0]
			if tapped := len(bubble.Options) == len(tt.labels); tapped != tt.tapped {
				t.Fatalf("to be tapped: %v, want %v: %+v", tapped, tt.tapped, bubble)
			}
			if err := w.net.Tap(from, "Ana", tt.labels[1]); err != nil {
				t.Fatal(err)
			}
			in := w.in.wait(t, 2)[1].in.Input
			if tt.tapped && (in.Choice != "ob" || in.Ref != whatsapp.Visit("n0nce-longer-than-sixteen")) {
				t.Errorf("a tap brings %+v", in)
			}
			if !tt.tapped && (in.Choice != "" || in.Text == "") {
				t.Errorf("an answer brings %+v", in)
			}
		})
	}
}

func TestATemplateOfChoicesThatIsRefusedBecomesANumberedList(t *testing.T) {
	w := newWorld(t, templates, func(c *whatsapp.Config) {
		c.Templates.Choices = map[int]string{2: "HXffffffffffffffffffffffffffffffff"}
	})
	d := w.delivery(w.say("Ana", "hola"), "1/0", flows.Reply{Text: "¿Seguimos?", Offer: options("Sí", "No")})
	_, err := w.ch.Send(t.Context(), d)
	if e := bot.AsSendError(err); err == nil || e.Never || e.Whole {
		t.Fatalf("got %v, want another try", err)
	}
	w.send(d)
	if got := w.screen("Ana", 1)[0]; got != "¿Seguimos?\n\n1) Sí\n2) No" {
		t.Errorf("the phone shows %q", got)
	}
}

func TestLinksAreLinesOfTheText(t *testing.T) {
	w := newWorld(t)
	d := w.delivery(w.say("Ana", "hola"), "1/0", flows.Reply{Text: "Escribila en la página. PIN: 1234", Form: "password", Button: "Abrir la página"})
	d.URL = "https://bot.example.org/f/abc"
	w.send(d)
	if got, want := w.screen("Ana", 1)[0], "Escribila en la página. PIN: 1234\n\nAbrir la página:\nhttps://bot.example.org/f/abc"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// WhatsApp cannot delete a person's message: the engine's words ask for it. RULES: pw.chat
func TestDeletingSendsNothing(t *testing.T) {
	w := newWorld(t)
	if receipt := w.send(w.delivery(w.say("Ana", "hola"), "1/0", flows.Reply{Delete: true})); receipt != "" {
		t.Errorf("a receipt %q of nothing", receipt)
	}
}

// RULES: wa.limits
func TestALongTextGoesInPartsOf1600(t *testing.T) {
	w := newWorld(t)
	ana := w.say("Ana", "hola")
	text := strings.TrimSpace(strings.Repeat("Una frase con acentos y ñandúes 🦤. ", 120))
	receipt := w.send(w.delivery(ana, "1/0", flows.Reply{Text: text, Offer: options("Sí", "No")}))
	parts := w.screen("Ana", len(strings.Fields(receipt)))
	if joined := strings.Join(parts, " "); joined != text+"\n\n1) Sí\n2) No" {
		t.Errorf("the parts do not make the text: %d of %d bytes", len(joined), len(text))
	}
	if refused := w.net.Refusals(); len(refused) > 0 {
		t.Errorf("refused: %q", refused)
	}
	for _, r := range w.in.waitReports(t, 2) { // delivered and read
		if r.Receipt != strings.Fields(receipt)[len(parts)-1] {
			t.Errorf("the line arrived with %q of %q, want with its last message", r.Receipt, receipt)
		}
	}
}

// RULES: wa.window
func TestFreeTextPassesOnlyWithin24Hours(t *testing.T) {
	w := newWorld(t, templates)
	ana := w.say("Ana", "hola")
	w.clock.Advance(23*time.Hour + 58*time.Minute)
	w.send(w.delivery(ana, "1/0", flows.Reply{Text: "Uno.\nDos."}))
	if got := w.screen("Ana", 1)[0]; got != "Uno.\nDos." {
		t.Errorf("two minutes before the end: %q", got)
	}
	w.clock.Advance(3 * time.Minute)
	w.send(w.delivery(ana, "2/0", flows.Reply{Text: "Uno.\nDos.", Offer: options("Sí", "No")}))
	if got, want := w.screen("Ana", 2)[1], "Mesa de Ayuda: Uno. Dos. 1) Sí, 2) No. Escribinos por acá para seguir."; got != want {
		t.Errorf("a minute after the end: %q, want %q", got, want)
	}
	w.send(w.delivery(ana, "3/0", flows.Reply{Text: "Tu código es 1234 5678.", Code: &flows.CodeRef{}}))
	if got, want := w.screen("Ana", 3)[2], "12345678 es tu código de verificación."; got != want {
		t.Errorf("a code: %q, want %q", got, want)
	}
	_, err := w.ch.Send(t.Context(), w.delivery(ana, "4/0", flows.Reply{Text: "Tu recibo", File: &flows.File{Name: "recibo.pdf"}}))
	if e := bot.AsSendError(err); !e.Never || e.Gone || e.Why != "window" {
		t.Errorf("a document: %+v, want never, for the window", e)
	}
	if again := w.say("Ana", "acá estoy"); again.in.At.Before(w.clock.Now().Add(-time.Minute)) {
		t.Errorf("heard at %v", again.in.At)
	} else {
		w.send(w.delivery(again, "5/0", flows.Reply{Text: "Libre.\nOtra vez."}))
	}
	if got := w.screen("Ana", 4)[3]; got != "Libre.\nOtra vez." {
		t.Errorf("after the person wrote again: %q", got)
	}
	if refused := w.net.Refusals(); len(refused) > 0 {
		t.Errorf("refused: %q", refused)
	}
}

// Nobody waits for a message that cannot arrive; RULES: wa.window
func TestWithoutATemplateALateTextIsNeverSent(t *testing.T) {
	w := newWorld(t)
	ana := w.say("Ana", "hola")
	w.clock.Advance(25 * time.Hour)
	_, err := w.ch.Send(t.Context(), w.delivery(ana, "1/0", flows.Reply{Text: "Hola"}))
	if e := bot.AsSendError(err); !e.Never || e.Gone || e.Why != "window" {
		t.Errorf("got %+v, want never, for the window", e)
	}
}

// library serves a document as a network wants it, and tells who asks how.
func library(t *testing.T) (address string, asked func() []string) {
	var mu sync.Mutex
	var methods []string
	files := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		methods = append(methods, r.Method)
		rw.Header().Set("Content-Type", "application/pdf")
		rw.Header().Set("Content-Disposition", `inline; filename="Recibo _.pdf"; filename*=UTF-8''Recibo%20%C3%B1.pdf`)
		_, _ = rw.Write([]byte("%PDF-1.7"))
	}))
	t.Cleanup(files.Close)
	return files.URL + "/d/signed", func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(methods)
	}
}

// document is the reply that delivers it.
func (w *world) document(a accepted, id, text, address string) bot.Delivery {
	d := w.delivery(a, id, flows.Reply{Text: text, File: &flows.File{Name: "Recibo ñ.pdf"}})
	d.URL, d.Open = address, func(context.Context) ([]byte, error) { return []byte("%PDF-1.7"), nil }
	return d
}

// RULES: wa.limits
func TestADocumentIsFetchedByItsLinkAndDeletedOnceDelivered(t *testing.T) {
	w := newWorld(t)
	address, asked := library(t)
	w.send(w.document(w.say("Ana", "mi recibo"), "1/0", "Acá está.", address))
	if got := w.screen("Ana", 2); got[0] != "Acá está." || got[1] != "" {
		t.Errorf("the phone shows %q", got)
	}
	if doc := w.bubbles("Ana")[1].Document; doc == nil || doc.Name != "Recibo ñ.pdf" || string(doc.Data) != "%PDF-1.7" {
		t.Errorf("the document is %+v", doc)
	}
	w.until("the document is deleted at the network", func() bool { return w.net.Kept(from) == 0 })
	if got := asked(); !slices.Equal(got, []string{http.MethodHead, http.MethodGet}) {
		t.Errorf("fetched with %q", got)
	}
	if refused := w.net.Refusals(); len(refused) > 0 {
		t.Errorf("refused: %q", refused)
	}
}

// RULES: wa.limits
func TestADocumentIsDeletedAlsoIfNothingIsReported(t *testing.T) {
	w := newWorld(t)
	ana := w.say("Ana", "mi recibo")
	if !w.net.Fail(emulator.Fault{Kind: "status_lost", Times: 9}) {
		t.Fatal("there is no such fault")
	}
	address, _ := library(t)
	w.send(w.document(ana, "1/0", "", address))
	w.screen("Ana", 1)
	if w.net.Kept(from) != 1 {
		t.Fatalf("the network keeps %d documents, want the one that nobody reported on", w.net.Kept(from))
	}
	w.clock.Advance(whatsapp.ReportTime)
	w.until("the document is deleted at the network", func() bool { return w.net.Kept(from) == 0 })
}

// RULES: wa.limits
func TestADocumentThatCannotBeSentIsSaidSoBeforeAnythingLeaves(t *testing.T) {
	w := newWorld(t)
	address, asked := library(t)
	d := w.document(w.say("Ana", "mi recibo"), "1/0", "Acá está.", address)
	gone := &bot.SendError{Never: true, Why: bot.Missing, Err: errors.New("gone")}
	for name, tt := range map[string]struct {
		open func(context.Context) ([]byte, error)
		why  string
		not  bool // not never: another try
	}{
		"over 5 MB":        {func(context.Context) ([]byte, error) { return make([]byte, 5<<20+1), nil }, bot.TooLarge, false},
		"empty":            {func(context.Context) ([]byte, error) { return nil, nil }, bot.Missing, false},
		"gone":             {func(context.Context) ([]byte, error) { return nil, gone }, bot.Missing, false},
		"the core is down": {func(context.Context) ([]byte, error) { return nil, errFull }, "", true},
		"no document":      {nil, bot.Missing, false},
	} {
		d.Open = tt.open
		_, err := w.ch.Send(t.Context(), d)
		if e := bot.AsSendError(err); err == nil || e.Never == tt.not || e.Why != tt.why || e.Gone {
			t.Errorf("%s: got %+v, want %q", name, e, tt.why)
		}
	}
	d.Open = func(context.Context) ([]byte, error) { return make([]byte, 5<<20), nil }
	w.send(d)
	if got := w.screen("Ana", 2); len(got) != 2 {
		t.Errorf("the phone shows %q, want the text and the document once", got)
	}
	if len(asked()) != 2 {
		t.Errorf("fetched with %q", asked())
	}
}

func TestADocumentThatCannotBeFetchedIsReported(t *testing.T) {
	w := newWorld(t)
	w.send(w.document(w.say("Ana", "mi recibo"), "1/0", "", w.hook.URL+"/nothing-here"))
	r := w.in.waitReports(t, 1)[0]
	if r.Err == nil || !r.Err.Never || r.Err.Why != "media" {
		t.Errorf("the report says %+v", r.Err)
	}
}

func TestASendThatWasCutShortGoesOnWhereItStopped(t *testing.T) {
	w := newWorld(t)
	ana := w.say("Ana", "hola")
	d := w.delivery(ana, "1/0", flows.Reply{Text: strings.Repeat("palabra ", 300)})
	w.net.Fail(emulator.Fault{Kind: "slow", Delay: time.Millisecond})
	w.net.Fail(emulator.Fault{Kind: "500"})
	if _, err := w.ch.Send(t.Context(), d); err == nil {
		t.Fatal("the second message failed and nobody says so")
	}
	receipt := w.send(d)
	if got := w.screen("Ana", 2); len(got) != 2 || len(strings.Fields(receipt)) != 2 {
		t.Errorf("the phone shows %d messages, the receipt is %q", len(got), receipt)
	}
}

// RULES: wa.nophone
func TestWhoHasNoNumberIsAnsweredToo(t *testing.T) {
	w := newWorld(t)
	nobody := w.say("AR.1234567890", "hola")
	if nobody.key.Person != "AR.1234567890" {
		t.Fatalf("the person is %q", nobody.key.Person)
	}
	w.send(w.delivery(nobody, "1/0", flows.Reply{Text: "Hola"}))
	if got := w.screen("AR.1234567890", 1)[0]; got != "Hola" {
		t.Errorf("the phone shows %q", got)
	}
}

func TestWhatIsNoAddressIsNeverWrittenTo(t *testing.T) {
	w := newWorld(t)
	for _, to := range []string{"", "5491155550101", "+0", "ana@example.org", "+54 9 11", "whatsapp:+5491155550101"} {
		_, err := w.ch.Send(t.Context(), bot.Delivery{ID: "1/0", To: to, Heard: w.clock.Now(), Reply: flows.Reply{Text: "Hola"}})
		if e, ok := errors.AsType[*bot.SendError](err); !ok || !e.Never || !e.Gone {
			t.Errorf("to %q: %v", to, err)
		}
	}
}
