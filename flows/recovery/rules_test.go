package recovery_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/flows"
)

// RULES: link.token. The page's nonce changes on arrival and with a new link, and with nothing else.
func TestTheLinkDiesWhenTheDialogMovesOnAndNotOnAyuda(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		p.say(p.code()).wantStep("recovery/form")
		entered := p.dialog.Entered
		if len(entered) < 16 {
			t.Fatalf("the nonce is %q", entered)
		}
		for _, line := range []string{"ayuda", "repetir", "estado", "volver", "corregir", "sos oficial?", "seguir", "hola", "12345678"} {
			if p.say(line); p.dialog.Entered != entered {
				t.Errorf("%q killed the page", line)
			}
		}
		p.tap("new_link")
		if p.dialog.Entered == entered || p.dialog.Entered == "" {
			t.Error("a new link does not kill the old one")
		}
		entered = p.dialog.Entered
		if p.say("menu"); p.dialog.Entered == entered {
			t.Error("the page outlives its step")
		}
		if _, err := p.trySubmit(good); !errors.Is(err, flows.ErrNoForm) {
			t.Errorf("submitting at the menu: %v", err)
		}
		if p.say("seguir"); p.dialog.Entered == entered || p.dialog.Entered == "" {
			t.Error("coming back revives the old page")
		}
	})
}

// RULES: reset.unlocks
func TestAResetSaysWhichPartIsMissingAndTheRetryDoesOnlyThat(t *testing.T) {
	in(t, func(w *bureau) {
		w.core.locked = true
		p := w.phone("ana").identify("20111222")
		o := p.say(p.code()).submit(good)
		if o.State != "part" || !strings.Contains(o.Text, "sigue bloqueada") {
			t.Errorf("the page says %q: %s", o.State, o.Text)
		}
		p.wantHeard("falta desbloquear")
		p.say("si").wantHeard("Todavía no se pudo")
		w.core.locked = false
		p.say("probar otra vez").wantHeard("¡Listo!")
		if got, want := fmt.Sprint(w.core.calls), "[reset 1 unlock 1]"; got != want {
			t.Errorf("the core did %s, want %s", got, want)
		}
	})
}

// RULES: reset.unlocks. A page that is posted twice with one request asks the core under one key.
func TestTheSameRequestHasTheSameKeys(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		p.say(p.code())
		for range 2 {
			if _, err := p.Engine.Submit(t.Context(), flows.Call{ID: "request", At: p.Clock.Now(), Key: p.key, Dialog: p.dialog},
				flows.FormValues{"password": good, "repeat": good}); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.core.resets) != 2 || w.core.resets[0] != w.core.resets[1] {
			t.Errorf("the keys are %q, want the same twice", w.core.resets)
		}
	})
}

// RULES: reset.nologin
func TestThePageTellsTheUsernameAndWhereToSignIn(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		o := p.say(p.code()).submit(good)
		if !strings.Contains(o.Text, "agomez") || o.Link != "https://miportal.mseg.gba.gov.ar" {
			t.Errorf("the page says %q and leads to %q", o.Text, o.Link)
		}
		p.wantHeard("agomez")
	})
}

// RULES: harm.none
func TestTenThousandHostileStartsChangeNothing(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 500
	}
	in(t, func(w *bureau) {
		owner := w.phone("owner").identify("20111222")
		owner.say(owner.code()).submit(good)
		calls := len(w.core.calls)
		for i := range n {
			p := w.phone(fmt.Sprint("enemy", i)).identify("20111222")
			p.say(p.wrong())
		}
		if len(w.core.calls) != calls {
			t.Errorf("the core changed something: %v", w.core.calls)
		}
		w.Clock.Advance(time.Minute)
		owner.identify("20111222").say(owner.code()).wantStep("recovery/form") // the chat that proved it
		owner.submit("otra clave distinta 9")
		owner.wantHeard("¡Listo!")
	})
}

// RULES: harm.none, flood.account. The owner in a new chat goes on by the link in the notice.
func TestTheOwnerInANewChatGoesOnAfterAFlood(t *testing.T) {
	in(t, func(w *bureau) {
		for i := range 5 {
			w.phone(fmt.Sprint("enemy", i)).identify("20111222")
		}
		p := w.phone("owner").identify("20111222")
		if len(p.codes()) != 0 {
			t.Fatal("a sixth code was mailed")
		}
		p.follow("go_on")
		p.pass(time.Minute).say("otro codigo").say(p.code()).wantStep("recovery/form")
	})
}

// RULES: flood.starts
func TestThreeIdentitiesADayUnlessOneWasProven(t *testing.T) {
	documents := []string{"10000001", "10000002", "10000003", "20111222"}
	in(t, func(w *bureau) {
		p := w.phone("enemy")
		for _, d := range documents[:3] {
			p.identify(d).solve().pass(6 * time.Minute).identify(d).solve() // the same again is no new one
			p.pass(16 * time.Minute)
		}
		p.identify(documents[3]).wantStep("handoff/waiting")
		p.wantHeard("varios datos distintos")
		p.pass(24*time.Hour + time.Minute).identify(documents[3]).wantStep("proof/code")
	})
	in(t, func(w *bureau) {
		p := w.phone("family").identify("20111222")
		p.say(p.code()).submit(good)
		for _, d := range []string{"22841307", "30999888", "14555666", "25310774"} {
			p.pass(6*time.Minute).say("menu", "no puedo entrar", "con otra cuenta", "ley 10430", "123456", "dni", d, "4000123456", "si").solve().wantStep("proof/code")
		}
	})
}

// RULES: notify.all
func TestEveryKnownAddressIsToldOfAChange(t *testing.T) {
	in(t, func(w *bureau) {
		w.core.locked = true
		p := w.phone("nelida").identify("25310774")
		p.say(p.code())
		for _, step := range []struct {
			do      func()
			subject string
			audit   string
		}{
			{func() { p.submit(good) }, "Cambió la clave", "password_set"},
			{func() { w.core.locked = false; p.say("si") }, "Se desbloqueó", "unlocked"},
		} {
			p.mails, p.linked, p.audit = nil, nil, nil
			step.do()
			var to []string
			for _, m := range p.mails {
				to = append(to, m.To)
				if !strings.Contains(m.Title, step.subject) || len(m.Grants) != 1 || m.Grants[0].Kind != "not_me" || strings.Contains(m.Text, good) ||
					!strings.Contains(m.Text, "Telegram") || !strings.Contains(m.Text, "12:00") {
					t.Errorf("the notice is %q: %s %v", m.Title, m.Text, m.Grants)
				}
			}
			if want := []string{"email:nelida@correo.example", "email:nelida@casa.example"}; !slices.Equal(to, want) {
				t.Errorf("told %v, want %v", to, want)
			}
			if len(p.linked) != 1 || p.linked[0].To != "linked:8" || !strings.Contains(p.linked[0].Text, "Telegram") || !strings.Contains(p.linked[0].Text, "12:00") {
				t.Errorf("the linked chats are told %+v", p.linked)
			}
			if !slices.ContainsFunc(p.audit, func(a flows.Audit) bool { return a.What == step.audit && a.Account == "8" }) {
				t.Errorf("the trail is %v, want %s", p.audit, step.audit)
			}
		}
	})
}

// RULES: notme. After a change: frozen, cancelled, a case. Frozen means that no page sets a password any more.
func TestNotMeAfterAChangeFreezesTheAccount(t *testing.T) {
	in(t, func(w *bureau) {
		enemy := w.phone("enemy").identify("20111222")
		enemy.say(enemy.code()).submit(good)
		other := w.phone("other")
		w.Clock.Advance(time.Minute)
		other.identify("20111222")
		other.say(other.code()).wantStep("recovery/form")
		o := enemy.follow("not_me")
		if !strings.Contains(o.Text, "hasta el 7/12/2026") {
			t.Errorf("the page says %s", o.Text)
		}
		enemy.wantStep("handoff/waiting")
		if enemy.dialog.Proof != nil || len(enemy.dialog.Memory.Proven) != 0 {
			t.Error("the chat is still trusted")
		}
		calls := len(w.core.calls)
		if o := other.submit("otra clave distinta 9"); o.State != "failed" || len(w.core.calls) != calls {
			t.Errorf("a frozen account was changed: %v", o)
		}
		late := w.phone("late").identify("20111222")
		if late.wantStep("proof/code"); len(late.codes()) != 0 {
			t.Error("a code was mailed for a frozen account")
		}
		w.Clock.Advance(8 * 24 * time.Hour)
		late.identify("20111222").say(late.code()).wantStep("recovery/form")
	})
}

// RULES: notme. Before a proof it cancels and blocks that chat, and nothing else.
func TestNotMeBeforeAProofBlocksTheChatOnly(t *testing.T) {
	in(t, func(w *bureau) {
		enemy := w.phone("enemy").identify("20111222")
		enemy.follow("stop")
		enemy.wantHeard("lo cancelé")
		enemy.say(enemy.code()).wantHeard("bloqueado")
		if w.guard.Cold() != 0 {
			t.Error("whoever reads a mail froze an account")
		}
		w.Clock.Advance(time.Minute)
		owner := w.phone("owner").identify("20111222")
		owner.say(owner.code()).submit(good)
		owner.wantHeard("¡Listo!")
	})
	in(t, func(w *bureau) { // somebody who had just proven it is stopped, too
		enemy := w.phone("enemy").identify("20111222")
		enemy.say(enemy.code()).follow("stop")
		if w.guard.Cold() != 1 {
			t.Error("the account is not frozen")
		}
	})
}

// RULES: talk.idle
func TestSilence(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222").say(w.phone("x").wrong())
		tick := func() { p.said = nil; p.hear(flows.Input{From: flows.System, Event: "tick"}) }
		p.pass(5*time.Minute - time.Second)
		if tick(); p.heard() != "" {
			t.Errorf("after less than five minutes: %q", p.heard())
		}
		p.pass(time.Second)
		tick()
		p.wantHeard("¿Seguís ahí?")
		if tick(); p.heard() != "" {
			t.Errorf("the reminder comes twice: %q", p.heard())
		}
		p.pass(25 * time.Minute)
		tick()
		p.wantHeard("cerré")
		p.wantStep("/")
	})
	in(t, func(w *bureau) { // verified state lasts 15 minutes
		p := w.phone("ana").identify("20111222")
		p.say(p.code())
		p.pass(15 * time.Minute)
		if o := p.submit(good); o.State != "late" || len(w.core.calls) != 0 {
			t.Errorf("after 15 minutes: %v", o)
		}
		p.wantStep("proof/late")
	})
}

// RULES: talk.stuck. A core that is down is an error that says so, and the dialog stays as it was.
func TestACoreThatIsDownIsAnErrorThatSaysLater(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").say("no puedo entrar", "ley 10430", "123456", "dni", "20111222", "4000123456")
		before := stored(t, p.dialog)
		w.core.down = true
		_, err := p.Engine.Handle(t.Context(), flows.Call{ID: "x", At: w.Clock.Now(), Key: p.key, Dialog: p.dialog, Input: flows.Input{From: flows.Person, Text: "si"}})
		e, ok := errors.AsType[*backend.Error](err)
		if !ok || !e.Later() {
			t.Fatalf("the error is %v, want one that says later", err)
		}
		if stored(t, p.dialog) != before {
			t.Error("a turn that failed changed the dialog")
		}
		p.say("ayuda", "estado", "persona").wantStep("handoff/waiting")
	})
}

// RULES: talk.status. What "estado" says is what is enforced.
func TestStatusEqualsWhatIsEnforced(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		p.pass(20 * time.Second).say(p.wrong()).say("estado")
		p.wantHeard("12:00:00")
		p.wantHeard("9 minutos y 40 segundos")
		p.wantHeard("4 intentos")
		p.wantHeard("40 segundos.")
		p.pass(39 * time.Second).say("otro codigo").wantHeard("1 segundo")
		p.pass(time.Second).say("otro codigo").wantHeard("pedí otro código")
		p.pass(10 * time.Minute).say("estado").wantHeard("ya podés pedir otro")
		p.pass(time.Millisecond).say(p.code()).wantStep("proof/code_expired")
	})
	in(t, func(w *bureau) { // the address, masked, only after the proof
		p := w.phone("ana").identify("20111222")
		p.say(p.code(), "estado").wantHeard("a•••@c•••.example")
	})
}

// RULES: talk.privacy, talk.official
func TestWhoAnswersAndHowToCheck(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").say("hola")
		for _, part := range []string{"asistente automático", "90 días", "https://bot.example/privacidad"} {
			p.wantHeard(part)
		}
		if p.say("hola"); strings.Contains(p.heard(), "90 días") {
			t.Error("the privacy notice is said twice")
		}
		for _, q := range []string{"¿Sos oficial?", "esto es oficial?", "es una estafa", "eres oficial", "¿es seguro?"} {
			p.say("menu", q).wantHeard("https://miportal.mseg.gba.gov.ar")
			p.wantHeard("bot.example")
			p.wantHeard("Nunca pido claves en el chat")
		}
	})
}

// RULES: pw.chat. What is typed as a password reaches neither the dialog nor a reply, at any step, and is never used.
func TestAPasswordInTheChatIsHiddenEverywhere(t *testing.T) {
	const planted = "Riquelme#1978"
	in(t, func(w *bureau) {
		seen := everywhere(t, w)
		for at, p := range seen {
			for _, text := range []string{planted, "mi clave es " + planted, "la contraseña nueva: " + planted + " ok?"} {
				in := w.Engine.Screen(p.key, p.dialog, flows.Input{From: flows.Person, Text: text})
				if !in.Hidden || strings.Contains(in.Text, planted) {
					t.Errorf("%s: %q is kept as %q", at, text, in.Text)
				}
				q := *p
				q.say(text)
				if strings.Contains(stored(t, q.dialog)+stored(t, q.said)+stored(t, q.audit), planted) {
					t.Errorf("%s: the password is in the result", at)
				}
				if q.dialog.Memory.Blocked.IsZero() && !slices.ContainsFunc(q.said, func(r flows.Reply) bool { return r.Delete }) {
					t.Errorf("%s: the message is not deleted", at)
				}
			}
		}
		if len(w.core.calls) != 0 && strings.Contains(fmt.Sprint(w.core.calls), planted) {
			t.Error("the password was used")
		}
	})
}

// RULES: pw.length, pw.composition. On the page, our own rule is the length; what the core imposes is shown as the organisation's.
func TestThePageShowsItsRulesBeforeTyping(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		p.say(p.code())
		call := flows.Call{ID: "c", At: w.Clock.Now(), Key: p.key, Dialog: p.dialog}
		j, err := p.Engine.Check(t.Context(), call, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(j.Rules) == 0 || len(j.Problems) != 0 || slices.ContainsFunc(j.Rules, func(r flows.Rule) bool { return r.OK }) {
			t.Errorf("before typing: %+v", j)
		}
		own, imposed := "", ""
		for _, r := range j.Rules {
			if r.Core {
				imposed += r.Text + ";"
			} else {
				own += r.Text + ";"
			}
		}
		if !strings.Contains(own, "15 caracteres") || strings.Contains(own, "número") || !strings.Contains(imposed, "1 número") {
			t.Errorf("our rules are %q, the organisation's %q", own, imposed)
		}
		if j, _ := p.Engine.Check(t.Context(), call, flows.FormValues{"password": good}); j.Strength < 2 || len(j.Problems) != 0 {
			t.Errorf("a good one: %+v", j)
		}
		for password, want := range map[string]string{"corta 1": "corta", "mate amargo y muchos libros": "número", "agomez agomez agomez 1": "tu nombre"} {
			if o, err := p.trySubmit(password); err != nil || !strings.Contains(o.Problems["password"], want) {
				t.Errorf("%q: %v %v, want %q", password, o.Problems, err, want)
			}
		}
		long := strings.Repeat("ñandú 7 ", 8)[:63] + "x"
		if o, err := p.trySubmit(long); err != nil || len(o.Problems) != 0 && strings.Contains(o.Problems["password"], "larga") {
			t.Errorf("64 bytes: %v %v", o.Problems, err)
		}
	})
}

func TestAPageThatIsTooLateLeadsTheChatOn(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		p.say(p.code()).pass(16 * time.Minute)
		o, err := p.trySubmit(good)
		if err != nil || o.State != "late" || o.Event != "timeout" {
			t.Errorf("the page: %+v %v", o, err)
		}
		p.say("ya está?").wantStep("proof/late") // nobody was there to tick
		p.wantHeard("quince minutos")
	})
}

// A page that was open when the person went away is answered all the same.
func TestEventsFindThePersonWhereverTheyAre(t *testing.T) {
	for event, want := range map[string]string{"password_set": "¡Listo!", "password_part": "falta desbloquear", "password_failed": "no aceptó el cambio"} {
		for _, away := range []string{"menu", "persona", "cancelar", "terminar", "no puedo entrar", "dame un enlace nuevo"} {
			in(t, func(w *bureau) {
				p := w.phone("ana").identify("20111222")
				p.say(p.code(), away)
				p.said = nil
				p.hear(flows.Input{From: flows.System, Event: event, Values: map[string]string{"username": "agomez", "account": "1"}})
				p.wantHeard(want)
			})
		}
	}
}

// Words of the engine's events mean nothing from a person.
func TestAPersonCannotForgeEvents(t *testing.T) {
	in(t, func(w *bureau) {
		for at, p := range everywhere(t, w) {
			for _, event := range []string{"password_set", "password_part", "not_me", "stop", "timeout", "several", "next", "sent", "tick", "unlock_left", "spent", "wrong"} {
				for _, in := range []flows.Input{{Text: event}, {Choice: event}, {Text: "hola", Event: event}, {Text: "hola", Event: event, Ref: p.dialog.Entered}} {
					in.From = flows.Person
					q := *p
					q.hear(in)
					if q.dialog.Proof != nil && p.dialog.Proof == nil || !q.dialog.Memory.Blocked.Equal(p.dialog.Memory.Blocked) ||
						q.dialog.Step != p.dialog.Step && (q.dialog.Step == "done" || q.dialog.Step == "form" || q.dialog.Step == "part" || q.dialog.Step == "late") {
						t.Errorf("%s: %+v led to %s/%s", at, in, q.dialog.Flow, q.dialog.Step)
					}
				}
			}
		}
	})
}
