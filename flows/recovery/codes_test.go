package recovery_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
)

// RULES: code.form
func TestACodeIsReadHoweverItIsTyped(t *testing.T) {
	for _, shape := range []string{"%s%s", "%s %s", "%s-%s", "  %s  %s \n", "el codigo es %s %s gracias", "código:%s%s.", "%s.%s", "«%s %s»"} {
		in(t, func(w *bureau) {
			p := w.phone("ana").identify("20111222")
			code := p.code()
			p.say(fmt.Sprintf(shape, code[:4], code[4:])).wantStep("recovery/form")
		})
	}
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, p.code())
		p.say(wide).wantStep("recovery/form")
	})
}

// RULES: code.life
func TestACodeLivesTenMinutesFromWhenTheMailServerTookIt(t *testing.T) {
	for _, c := range []struct {
		wait time.Duration
		step string
	}{{10 * time.Minute, "recovery/form"}, {10*time.Minute + time.Second, "proof/code_expired"}} {
		in(t, func(w *bureau) {
			p := w.phone("ana")
			p.say("no puedo entrar", "ley 10430", "123456", "dni", "20111222", "4000123456")
			p.identify("20111222")
			p.pass(c.wait).say(p.code()).wantStep(c.step)
			if c.step != "recovery/form" { // the dialog stays where it is; a new one on request
				p.say("mandame otro codigo").say(p.code()).wantStep("recovery/form")
			}
		})
	}
}

// RULES: code.life. Going to the menu and coming back does not make a code live longer.
func TestAParkedCodeAges(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222").say("menu").pass(6 * time.Minute).say("ayuda").pass(5 * time.Minute)
		p.say("seguir").wantStep("proof/code")
		p.say(p.code()).wantStep("proof/code_expired")
	})
}

// RULES: code.life. A mail that leaves late, also while its chat is at the menu, starts its life late.
func TestTheLifeOfACodeStartsWithItsMail(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana")
		p.holds = true
		p.identify("20111222").say("menu")
		ref := p.dialog.Parked.Mail.Ref
		p.pass(12 * time.Minute).hear(flows.Input{From: flows.System, Event: "sent", Ref: ref})
		p.say("seguir", p.code()).wantStep("recovery/form")
	})
	in(t, func(w *bureau) { // a mail to a second address that is slow does not renew the first one's code
		p := w.phone("ana").identify("20111222")
		p.pass(9 * time.Minute).hear(flows.Input{From: flows.System, Event: "sent", Ref: p.dialog.Mail.Ref})
		p.pass(2 * time.Minute).say(p.code()).wantStep("proof/code_expired")
	})
	in(t, func(w *bureau) { // the fate of an older mail says nothing about this one
		p := w.phone("ana").identify("20111222")
		old := p.dialog.Mail.Ref
		p.pass(2*time.Minute).say("no me llego", "otro codigo").pass(9 * time.Minute).hear(flows.Input{From: flows.System, Event: "sent", Ref: old})
		p.pass(2 * time.Minute).say(p.code()).wantStep("proof/code_expired")
	})
}

// RULES: code.once
func TestACodeCountsOnceInItsOwnChatForItsOwnAccount(t *testing.T) {
	in(t, func(w *bureau) {
		ana, enemy := w.phone("ana").identify("20111222"), w.phone("enemy").identify("20111222")
		enemy.say(ana.code()).wantStep("proof/code")
		enemy.wantHeard("no es")
		other := w.phone("other").identify("22841307")
		other.say(ana.code()).wantStep("proof/code")
		code := ana.code()
		ana.say(code).wantStep("recovery/form")
		if ana.dialog.Values["nonce"] != "" || ana.dialog.Mail != nil {
			t.Error("the code outlives its use")
		}
		ana.say("menu", "no puedo entrar", "con otra cuenta", "ley 10430", "123456", "dni", "20111222", "4000123456").pass(2 * time.Minute)
		ana.say("si", code).wantStep("proof/code")
	})
}

// RULES: code.tries
func TestFiveTriesPerCode(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		for range 4 {
			p.say(p.wrong()).wantStep("proof/code")
		}
		p.say("no es un codigo").wantStep("proof/code") // what is no code costs no try
		p.say(p.wrong()).wantStep("proof/code_spent")
		p.say(p.code()).wantStep("proof/code_spent")
	})
}

// spend uses up the day's tries of strangers for a document, and returns the last chat.
func spend(w *bureau, name, document string) *phone {
	var p *phone
	for i := range 2 {
		p = w.phone(fmt.Sprint(name, i)).identify(document)
		for range 5 {
			p.say(p.wrong())
		}
	}
	return p
}

// RULES: code.tries. A new code never gives tries back.
func TestTenTriesADayOverAllStrangersAndResendGivesNoneBack(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		for range 5 {
			p.say(p.wrong())
		}
		p.pass(time.Minute).say("otro codigo")
		for range 4 {
			p.say(p.wrong()).wantStep("proof/code_again")
		}
		p.say("estado").wantHeard("1 intento")
		other := w.phone("beto").identify("20111222")
		other.say(other.wrong()).wantStep("proof/code")
		other.say(other.wrong()).wantStep("handoff/waiting")
		other.wantHeard("demasiados intentos")
		p.say(p.code()).wantStep("handoff/waiting") // also the right one: nobody can say it was guessed
	})
}

// RULES: code.tries. Naming the account in another way gives no tries back.
func TestTheDaysTriesAreTheAccountsHoweverItIsNamed(t *testing.T) {
	in(t, func(w *bureau) {
		spend(w, "enemy", "20111222")
		p := w.phone("other").say("no puedo entrar", "ley 10430", "654321", "dni", "20111222", "4000123456", "si")
		p.say(p.code()).wantStep("handoff/waiting")
		if p.dialog.Proof != nil {
			t.Error("an eleventh try was accepted")
		}
	})
}

// RULES: code.tries. Strangers cannot exhaust who proved the account before; a day later all is as it was.
func TestTheOwnersChatHasTriesOfItsOwn(t *testing.T) {
	in(t, func(w *bureau) {
		owner := w.phone("ana").identify("20111222")
		owner.say(owner.code()).submit(good)
		w.Clock.Advance(2 * time.Minute)
		spend(w, "enemy", "20111222")
		owner.identify("20111222").say(owner.wrong(), owner.code()).wantStep("recovery/form")
	})
	in(t, func(w *bureau) {
		spend(w, "enemy", "20111222")
		w.Clock.Advance(24*time.Hour + time.Minute)
		p := w.phone("ana").identify("20111222")
		p.say(p.code()).wantStep("recovery/form")
	})
}

// RULES: code.tries. A proof sets them to 0; a hundred failures without one leave only a human.
func TestAHundredFailuresInARow(t *testing.T) {
	in(t, func(w *bureau) {
		for day := range 10 {
			spend(w, fmt.Sprint("day", day), "20111222")
			w.Clock.Advance(24*time.Hour + time.Second)
		}
		p := w.phone("ana").identify("20111222")
		p.say(p.code()).wantStep("handoff/waiting")
	})
	in(t, func(w *bureau) {
		for day := range 12 {
			p := w.phone(fmt.Sprint("ana", day)).identify("20111222")
			for range 4 {
				p.say(p.wrong())
			}
			p.say(p.code()).wantStep("recovery/form")
			spend(w, fmt.Sprint("more", day), "20111222")
			w.Clock.Advance(24*time.Hour + time.Second)
		}
		p := w.phone("ana").identify("20111222")
		p.say(p.code()).wantStep("recovery/form") // never a hundred in a row
	})
}

// RULES: code.resend
func TestCodesAreAMinuteApartAndThreeInAQuarterOfAnHour(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		p.pass(59 * time.Second).say("otro codigo").wantHeard("1 segundo")
		p.pass(time.Second).say("otro codigo").wantHeard("El anterior ya no sirve")
		first := p.codes()[0]
		p.say(first).wantStep("proof/code_again")
		p.pass(time.Minute).say("otro codigo").pass(time.Minute).say("otro codigo").wantStep("proof/resend_spent")
		if got := len(p.codes()); got != 3 {
			t.Errorf("%d codes were mailed, want 3", got)
		}
		p.pass(13 * time.Minute).say("otro codigo").say(p.code()).wantStep("recovery/form")
	})
	in(t, func(w *bureau) { // starting again does not go around it
		p := w.phone("ana").identify("20111222").identify("20111222")
		if got := len(p.codes()); got != 1 {
			t.Errorf("%d codes were mailed within a minute, want 1", got)
		}
		p.wantStep("proof/another")
	})
}

// RULES: code.resend, flood.account. Five mails a day for strangers' chats together; then one notice, and a link that goes on.
func TestFiveCodeMailsADayPerAccount(t *testing.T) {
	in(t, func(w *bureau) {
		var mails []flows.Reply
		var last *phone
		for i := range 9 {
			last = w.phone(fmt.Sprint("enemy", i)).identify("20111222")
			last.wantStep("proof/code")
			last.wantHeard("te mandé un código")
			mails = append(mails, last.mails...)
			if len(last.mails) > 0 && last.mails[0].Code == nil {
				last.follow("go_on")
			}
		}
		codes, notices := 0, 0
		for _, m := range mails {
			if m.Code != nil {
				codes++
			} else if strings.Contains(m.Title, "Muchos pedidos") {
				notices++
			}
		}
		if codes != 8 || notices != 1 { // 5, the notice, and 3 more after its link
			t.Errorf("%d codes and %d notices were mailed, want 8 and 1", codes, notices)
		}
	})
	in(t, func(w *bureau) { // without the link there are five
		codes := 0
		for i := range 9 {
			codes += len(w.phone(fmt.Sprint("enemy", i)).identify("20111222").codes())
		}
		if codes != 5 {
			t.Errorf("%d codes were mailed, want 5", codes)
		}
	})
}

// RULES: code.stored, link.forwarded. Neither code nor PIN is in a dialog or a reply; the texts carry placeholders.
func TestNoSecretIsInAResult(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		mail := p.mails[0]
		code := p.code()
		if !strings.Contains(mail.Text, "{code}") || strings.Contains(mail.Title, "{code}") {
			t.Errorf("the mail is %q: %q, want a placeholder in the text alone", mail.Title, mail.Text)
		}
		p.say("mi codigo es " + code).wantStep("recovery/form")
		pin := w.Codes.PIN(p.key, p.dialog.Entered).Reveal()
		all := stored(t, p.dialog) + stored(t, p.mails) + stored(t, p.audit)
		for _, r := range p.said {
			all += r.Text
		}
		if strings.Contains(all, code) || strings.Contains(all, code[:4]+" "+code[4:]) || strings.Contains(p.heard(), pin) {
			t.Error("a code or a PIN is in the result")
		}
	})
}

// RULES: code.context
func TestTheMailSaysWhoAskedWhereAndWhen(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		m := p.mails[0]
		for _, part := range []string{"Mi Portal MSEG", "Telegram", "«Ana»", "30/11/2026", "12:00", "Nadie te lo va a pedir", "10 minutos"} {
			if !strings.Contains(m.Text, part) {
				t.Errorf("the mail does not say %q: %s", part, m.Text)
			}
		}
		if m.Until.IsZero() || m.To != "email:ana@correo.example" {
			t.Errorf("the mail goes to %q until %v", m.To, m.Until)
		}
	})
}
