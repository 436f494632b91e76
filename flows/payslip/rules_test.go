package payslip_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

// A chat that proved an account before gets nothing without a code of now. RULES: link.chat
func TestAChatThatIsKnownProvesItselfAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPhone(t, "mseg", "telegram", nil)
		if p.prove("recibo de octubre"); len(p.files()) != 1 {
			t.Fatalf("after a proof: %v", p.files())
		}
		p.say("listo")
		p.pass(15 * time.Minute)
		if p.say("recibo de octubre"); p.d.Flow != "proof" || p.d.Memory.Proven["mseg-1005"].IsZero() {
			t.Errorf("fifteen minutes later the dialog is at %s/%s, the chat known for %v", p.d.Flow, p.d.Step, p.d.Memory.Proven)
		}
		p.say("ley 10430", "298410", "dni", "18334562", "5034-60112/7", "si")
		if p.say("00000000"); len(p.files()) > 0 {
			t.Errorf("a wrong code brings %v", p.files())
		}
		if p.say(p.codes["graciela@correo.example"]); !slices.Equal(p.files(), []string{"2026-10"}) {
			t.Errorf("the right one brings %v, want what was asked for at the start", p.files())
		}
	})
}

// RULES: data.audit
func TestWhatWasSentAndWhatDidNotArriveIsInTheAudit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPhone(t, "mseg", "whatsapp", nil)
		p.prove("los ultimos 3 recibos") // each is held against the audit in sound
		if n := len(p.files()); n != 3 {
			t.Fatalf("%d payslips", n)
		}
		ref := p.last.Replies[1].Ref
		r := p.hear(flows.Input{From: flows.System, Event: "undelivered", Ref: ref, Values: map[string]string{"reason": "refused"}})
		if len(r.Audit) != 1 || r.Audit[0].What != "payslip_undelivered" || r.Audit[0].Account != "mseg-1005" || r.Audit[0].Detail["slip"] != "2026-10" {
			t.Errorf("audit of one that did not arrive: %+v", r.Audit)
		}
	})
}

// What is kept and sent names documents, and holds nothing of them. RULES: data.retention
func TestNothingOfADocumentIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPhone(t, "mseg", "telegram", nil)
		p.prove("recibo de octubre")
		pdf, err := p.Client.Payslip(t.Context(), "mseg", "mseg-1005", "2026-10", "")
		if err != nil || len(pdf) < 500 {
			t.Fatalf("the core's own: %d bytes, %v", len(pdf), err)
		}
		b, err := json.Marshal(p.last)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"%PDF", "701.450", "701450", "18334562\",\"id\""} {
			if strings.Contains(string(b), part) {
				t.Errorf("the answer holds %q", part)
			}
		}
	})
}

func TestAPayslipThatIsGoneIsSaidToBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := []backend.Payslip{{ID: "a", Period: "2026-10", Kind: backend.Monthly, Title: "Octubre de 2026"}, {ID: "b", Period: "2026-09", Kind: backend.Monthly, Title: "Septiembre de 2026"}}
		p := newPhone(t, "mseg", "telegram", func(string) ([]backend.Payslip, error) { return list, nil })
		p.prove("recibo de sueldo")
		p.say("ver la lista")
		list = list[:1]
		if p.say("2"); len(p.files()) > 0 || !strings.Contains(p.text(), "ya no está") {
			t.Errorf("a payslip that is gone: %v, %q", p.files(), p.text())
		}
		if p.say("1"); !slices.Equal(p.files(), []string{"a"}) {
			t.Errorf("instead of it: %v, %q", p.files(), p.text())
		}
	})
}

func TestACoreThatRefusesLeadsToAPerson(t *testing.T) {
	for _, c := range []struct {
		err  error
		flow string
		says string
	}{
		{&backend.Error{Code: backend.Rejected, Reason: backend.ReasonDisabled}, "handoff", "no me deja"},
		{&backend.Error{Code: backend.Unsupported}, "handoff", "no me deja"},
		{&backend.Error{Code: backend.NotFound}, "payslip", "no hay ningún recibo"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPhone(t, "mseg", "telegram", func(string) ([]backend.Payslip, error) { return nil, c.err })
			if p.prove("recibo de octubre"); p.d.Flow != c.flow || !strings.Contains(p.text(), c.says) {
				t.Errorf("%v leads to %s with %q", c.err, p.d.Flow, p.text())
			}
		})
	}
}

func TestACoreThatIsDownIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		p := newPhone(t, "mseg", "telegram", func(string) ([]backend.Payslip, error) {
			if down {
				return nil, &backend.Error{Code: backend.Unavailable}
			}
			return []backend.Payslip{{ID: "a", Period: "2026-10", Kind: backend.Monthly, Title: "Octubre de 2026"}}, nil
		})
		p.say("recibo de octubre", "ley 10430", "298410", "dni", "18334562", "5034-60112/7", "si")
		in := flows.Input{From: flows.Person, Text: p.codes["graciela@correo.example"]}
		call := flows.Call{ID: "again", At: p.Clock.Now(), Key: p.Key, Dialog: p.d, Input: in}
		if _, err := p.e.Handle(t.Context(), call); backend.CodeOf(err) != backend.Unavailable {
			t.Fatalf("while the core is down: %v, want the turn to be tried again", err)
		}
		down = false
		r, err := p.e.Handle(t.Context(), call)
		if err != nil || len(r.Replies) == 0 || r.Replies[0].File == nil {
			t.Errorf("the same turn later: %+v, %v", r.Replies, err)
		}
	})
}

// Three taps for somebody who proved themselves a moment ago in another errand.
func TestThreeTapsForSomebodyAlreadyProven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPhone(t, "mseg", "whatsapp", nil)
		p.prove("no puedo entrar")
		p.say("menu")
		for _, id := range []string{"payslip", "same", "latest"} {
			p.hear(flows.Input{From: flows.Person, Choice: id, Ref: p.d.Entered})
		}
		if !slices.Equal(p.files(), []string{"2026-11"}) {
			t.Errorf("after three taps: %v, %q", p.files(), p.text())
		}
	})
}

// At each question: a reason, another wording, then help and a human; a document is worth sending for
// as long as its proof, or a little more. RULES: talk.tries
func TestAWrongAnswerGetsAReasonThenHelp(t *testing.T) {
	for step, way := range map[string][]string{
		"ask": {}, "list": {"ver la lista"}, "choose": {"marzo de 2019"}, "more": {"octubre"}, "no_other": {"otra cuenta"}, "elsewhere": {"recibo de anses"}, "lost": {"octubre", "lose"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPhone(t, "mseg", "telegram", nil)
			p.prove("recibo de sueldo")
			for _, line := range way {
				if line != "lose" {
					p.say(line)
					continue
				}
				p.hear(flows.Input{From: flows.System, Event: "undelivered", Ref: p.last.Replies[0].Ref, Values: map[string]string{"reason": "refused"}})
			}
			if p.d.Step != step {
				t.Fatalf("%v leads to %s, want %s", way, p.d.Step, step)
			}
			first := p.say("qwerty").Replies
			second := p.say("zxcvb").Replies
			third := p.say("poiuy").Replies
			if len(first) != 1 || len(second) != 1 || len(third) != 1 || first[0].Text == second[0].Text || !strings.Contains(third[0].Text, first[0].Text) || len(third[0].Text) <= len(first[0].Text) {
				t.Errorf("%s: %+v, %+v, %+v", step, first, second, third)
			}
			human := slices.ContainsFunc(third[0].Offer, func(o flows.Option) bool { return o.ID == "word/persona" })
			if p.d.Step != step || !human {
				t.Errorf("%s: the third time at %s with %v", step, p.d.Step, third[0].Offer)
			}
		})
	}
}

func TestADocumentIsWorthlessSoonAfterItsProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPhone(t, "mseg", "telegram", nil)
		p.prove("recibo de octubre")
		at := p.d.Proof.At
		if got := p.last.Replies[0].Until; !got.Equal(at.Add(15 * time.Minute)) {
			t.Errorf("at once: worth sending until %v, want the end of the proof of %v", got, at)
		}
		p.pass(14 * time.Minute)
		if got := p.say("septiembre").Replies[0].Until; !got.Equal(p.Clock.Now().Add(5 * time.Minute)) {
			t.Errorf("a minute before the end: until %v, want five minutes from %v", got, p.Clock.Now())
		}
	})
}

// What the bot keeps from saying a fourth time is not what brings a document.
func TestWhatIsAskedForOftenIsSentOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPhone(t, "mseg", "telegram", nil)
		p.prove("recibo de octubre")
		for i := range 6 {
			if p.say("octubre"); len(p.files()) != 1 {
				t.Errorf("asked %d times: %v, %q", i+2, p.files(), p.text())
			}
		}
	})
}

// lines are what people write at any time.
var lines = []string{"el último", "los ultimos 3", "octubre", "marzo de 2019", "aguinaldo", "diciembre que viene", "marzo o abril", "todos", "los que faltan", "ver la lista", "mas antiguos", "mas nuevos", "1", "2", "7",
	"de otra cuenta", "docente", "el de retirado", "otra cuenta", "con otros datos", "no me llego", "con que clave se abre", "recibo de anses", "si", "no", "gracias", "otro", "asdf", "???", "menú", "seguir", "volver", "corregir",
	"ayuda", "repetir", "estado", "oficial", "cancelar", "terminar", "necesito el recibo de octubre", "recibo de sueldo", "sí, con esa", "con otra cuenta", "el boletín", strings.Repeat("a b ", 1000), "12345678", "中文", "🙂", "mi clave es Perro-4417!"}

// Whatever people do, every message gets an answer, «persona» leads to one, and no document leaves without its proof
// (sound holds every turn to that). RULES: talk.human, link.chat
func TestNobodyIsLostAndNothingLeavesWithoutAProof(t *testing.T) {
	for _, channel := range []string{"telegram", "whatsapp"} {
		synctest.Test(t, func(t *testing.T) {
			w := town.New(t, "mseg", channel)
			w.Deps.Limits = flows.NoLimits()
			p := phoneOf(t, w)
			draw := rand.New(rand.NewPCG(7, 11))
			files, steps := 0, map[string]bool{}
			for range 2500 {
				p.monkey(draw)
				files += len(p.files())
				steps[p.d.Flow+"/"+p.d.Step] = true
			}
			for _, step := range []string{"ask", "list", "choose", "elsewhere", "no_other", "more", "lost", "which"} {
				if !steps["payslip/"+step] {
					t.Errorf("%s: nobody came to %s", channel, step)
				}
			}
			if files < 50 {
				t.Errorf("%s: only %d payslips were sent, at %v", channel, files, steps)
			}
		})
	}
}

// monkey does one thing that a person, a network or the time can do.
func (p *phone) monkey(draw *rand.Rand) {
	p.t.Helper()
	if p.d.Memory.Blocked.After(p.Clock.Now()) {
		p.t.Fatal("the chat was blocked")
	}
	switch n := draw.IntN(20); {
	case p.d.Flow == "handoff":
		p.say("menu")
	case p.d.Flow == "proof" && n < 19:
		p.identify(draw)
	case n == 0:
		p.pass(time.Duration(draw.IntN(20)) * time.Minute)
		p.hear(flows.Input{From: flows.System, Event: "tick"})
	case n < 3:
		p.lose(draw)
	case n < 8:
		p.tap(draw)
	case n == 8:
		if p.hear(flows.Input{From: flows.Person, Kind: flows.Audio}); len(p.last.Replies) == 0 {
			p.t.Errorf("no answer to an audio at %s/%s", p.d.Flow, p.d.Step)
		}
	default:
		at, line := p.d.Flow+"/"+p.d.Step, lines[draw.IntN(len(lines))]
		if p.say(line); len(p.last.Replies) == 0 {
			p.t.Errorf("no answer to %.30q at %s", line, at)
		}
	}
}

// identify goes on through the questions of a proof, as Juan Ramón.
func (p *phone) identify(draw *rand.Rand) {
	p.t.Helper()
	answers := map[string]string{"personnel_type": "docente", "legajo": "778.120", "doc_type": "dni", "doc_number": "14.567.890", "bank_account": "5034-51234/5", "confirm": "si",
		"same": []string{"si", "con otra cuenta"}[draw.IntN(2)], "which": "1"}
	switch answer := answers[p.d.Step]; {
	case answer != "":
		p.say(answer)
	case strings.HasPrefix(p.d.Step, "code") || p.d.Step == "missing":
		code := p.codes[[]string{"jr.ledesma@escuela.example", "juanramon@correo.example"}[draw.IntN(2)]]
		p.say([]string{code, code, code, "12345678"}[draw.IntN(4)])
	default:
		p.pass(time.Hour)
		p.say("menu")
	}
}

// lose reports that a document did not arrive, wherever the dialog stands.
func (p *phone) lose(draw *rand.Rand) {
	p.t.Helper()
	refs := []string{"payslip/t1/0", "payslip/zzz"}
	for _, reply := range p.last.Replies {
		if reply.File != nil {
			refs = []string{reply.Ref}
		}
	}
	reason := []string{"missing", "too_large", "expired", "refused"}[draw.IntN(4)]
	p.hear(flows.Input{From: flows.System, Event: "undelivered", Ref: refs[draw.IntN(len(refs))], Values: map[string]string{"reason": reason}})
	if len(p.last.Replies) == 0 {
		p.t.Errorf("at %s/%s nobody hears that a document did not arrive", p.d.Flow, p.d.Step)
	}
}

// tap taps one of the options shown last.
func (p *phone) tap(draw *rand.Rand) {
	p.t.Helper()
	for _, reply := range slices.Backward(p.last.Replies) {
		if len(reply.Offer) == 0 {
			continue
		}
		o := reply.Offer[draw.IntN(len(reply.Offer))]
		at := p.d.Flow + "/" + p.d.Step
		p.hear(flows.Input{From: flows.Person, Choice: o.ID, Ref: reply.Entered})
		if len(p.last.Replies) == 0 {
			p.t.Errorf("no answer to [%s] at %s", o.Label, at)
		}
		return
	}
}

// The owner of one of two accounts says that it was not them: it is not sent any more, in no words, and the other one is. RULES: notme
func TestAFrozenAccountIsNotSentAlongWithAnother(t *testing.T) {
	for _, again := range []string{"no me llego", "uno de cada cuenta"} {
		t.Run(again, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPhone(t, "mseg", "telegram", nil)
				p.say("los recibos de mis dos cuentas", "retirado", "16-5-0123456-0", "dni", "14567890", "5034-51234/5", "si")
				p.pass(61 * time.Second)
				p.say(p.codes["jr.ledesma@escuela.example"])
				p.say(p.codes["juanramon@correo.example"], "el último de mis dos cuentas")
				if got := p.files(); len(got) != 2 || p.d.Values["account"] != "mseg-1002" {
					t.Fatalf("of both accounts: %v, at %s", got, p.d.Values["account"])
				}
				if err := p.Guard.Freeze(t.Context(), "account/mseg/mseg-1001", p.Clock.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				if again == "uno de cada cuenta" {
					p.say("mis dos recibos")
				}
				p.say(again)
				sent := 0
				for _, r := range p.last.Replies {
					if r.File != nil && r.File.Account == "mseg-1001" {
						t.Errorf("%s of the frozen account leaves", r.File.ID)
					}
					if r.File != nil {
						sent++
					}
				}
				if sent != 1 {
					t.Errorf("%d payslips of the other account, want one", sent)
				}
			})
		})
	}
}
