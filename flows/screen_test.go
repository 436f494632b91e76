package flows

import (
	"strings"
	"testing"
	"time"
)

// RULES: pw.chat
func TestHideFindsWhatLooksLikeAPassword(t *testing.T) {
	for text, want := range map[string]string{
		"mi clave es Perro2019":                        "mi clave es [oculto]",
		"mi clave es perro":                            "mi clave es [oculto]",
		"Contraseña: caballo verde salta":              "Contraseña: [oculto]",
		"mi contraseña anterior era Boca1905":          "mi contraseña anterior era [oculto]",
		"la contra es boca 1905 y no entra":            "la contra es [oculto]",
		"password=hunter2":                             "password=[oculto]",
		"Mi pass es: admin":                            "Mi pass es: [oculto]",
		"puse clave boca12 y no anda":                  "puse clave [oculto] y no anda",
		"le puse Perro2019!":                           "le puse [oculto]",
		"Perro2019!":                                   "[oculto]",
		"es Riquelme10, la de siempre":                 "es [oculto], la de siempre",
		"probé con river1996 y con River#1996 tambien": "probé con [oculto] y con [oculto] tambien",
		"CLAVE ES BOCA":                                "CLAVE ES [oculto]",
		"mi contraseña es la Boca2024":                 "mi contraseña es la [oculto]",
		"puse de clave CASA-2024-ROJA ayer":            "puse de clave [oculto] ayer",
	} {
		got, found := hide(text, "", false, false)
		if got != want || !found {
			t.Errorf("hide(%q) = %q, %v, want %q", text, got, found, want)
		}
	}
}

func TestHideLeavesWhatIsNoPassword(t *testing.T) {
	for _, text := range []string{
		"mi clave no anda", "mi contraseña es incorrecta", "la clave actual es incorrecta", "mi clave es la misma de siempre y no entra",
		"me dice que la contraseña es inválida!!!", "la clave es muy difícil", "clave:", "mi clave es ???", "legajo12345", "Legajo:12345", "DNI25582558",
		"N°4000123456", "nº123456", "ana.gomez82@correo.example", "@juanperez78", "https://miportal.mseg.gba.gov.ar/login2024", "www.portal2024.com",
		"miportal2024.gov.ar", "a las 10:30hs", "08:00-16:00hs", "Buenas,tengo un problema", "Hola!necesito ayuda", "Buenos dias.Necesito entrar",
		"20.111.222,gracias", "Expediente2024-123", "resolucion1234/22", "NOOOO!!!! ES LA TERCERA VEZ!!!", "$1.500.000,50", "12/10/1960", "Ley10430",
		"no me acuerdo de la clave de miportal", "quiero cambiar la contraseña", "olvidé la clave, ayudame", "contraseña nueva por favor", "20-26756539-3",
		"estoy cansado de llamar y que nadie atienda, hace 3 semanas que no puedo ver mi recibo de sueldo y en el ministerio me dicen que entre por internet",
		"la clave era de mi hijo", "recupere la contraseña y no me deja cambiar la clave. Dice que la clave actual es incorrecta y pongo exactamente igual que el nombre de usuario",
		"iphone13", "😀😀😀😀😀😀😀😀", "＋５４９１１２３４", "\u200fمرحبا\u200f",
	} {
		if got, found := hide(text, "", false, false); found || got != text {
			t.Errorf("hide(%q) = %q, want it left alone", text, got)
		}
	}
}

// Whoever reads the key of an invitation can open the account: agents and transcripts see its end.
func TestTheKeyOfAnInvitationIsNotHiddenButNotShownEither(t *testing.T) {
	for text, want := range map[string]string{
		"clave MET-4H7Q-9XRA para registrarme": "clave •••-••••-•XRA para registrarme",
		"MET-4H7Q-9XRA":                        "•••-••••-•XRA",
		"me llegó la MET-4H7Q-9XRA, ¿y ahora?": "me llegó la •••-••••-•XRA, ¿y ahora?",
		"por la LEY-2024-1234":                 "por la LEY-2024-1234",
	} {
		if got, found := hide(text, "", false, false); found || got != text {
			t.Errorf("hide(%q) = %q, want it left alone", text, got)
		}
		if got := unkeyed(text); got != want {
			t.Errorf("unkeyed(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestAPageThatWaitsMakesHidingStricter(t *testing.T) {
	for _, text := range []string{"caballo verde salta 7 cercas", "la casa de Tandil 1974", "mandarina", "abracadabra", "tres tristes tigres trigo"} {
		if got, found := hide(text, "", false, true); !found || got != Hidden {
			t.Errorf("hide(%q) = %q, want it hidden", text, got)
		}
	}
	for _, text := range []string{"no me abre la página", "ya está, la guardé", "¿y ahora qué hago?", "perfecto", "entendido", "no carga el enlace", "listo!!",
		"cual es el pin", "esperame un momento", "ana@correo.example", "12345678", "20.111.222"} {
		if got, found := hide(text, "", false, true); found {
			t.Errorf("hide(%q) = %q, want it left alone", text, got)
		}
	}
}

func TestWhatAnswersTheQuestionPasses(t *testing.T) {
	for _, c := range []struct{ text, answer string }{
		{"la clave es 1234 5678", "12345678"}, {"mi clave: 12345678 gracias", "12345678"}, {"AABC123456", "AABC123456"}, {"aabc-123456", "AABC123456"},
		{"mi legajo es 123456", "123456"}, {"cta5034-51234/5", "5034512345"},
	} {
		if got, found := hide(c.text, c.answer, true, false); found {
			t.Errorf("hide(%q) = %q, want it left alone", c.text, got)
		}
	}
	for _, c := range []struct{ text, answer string }{
		{"boca1234", "1234"}, {"mi clave es Perro2019", "2019"}, {"legajo 123456 clave perro19", "123456"}, {"soy docente, mi clave es tiza y pizarron", "docente"},
	} {
		if got, found := hide(c.text, c.answer, true, false); !found || !strings.Contains(got, Hidden) {
			t.Errorf("hide(%q, answer %q) = %q, want a password hidden", c.text, c.answer, got)
		}
	}
}

// A message that is not searched must be one in which nothing would be found.
func FuzzMentions(f *testing.F) {
	for _, s := range []string{"mi CLAVE es x", "contraseña: x", "la paſs es x", "Password era x", "Contrasen\u0303a nueva es x", "¿clave perro19", "hola, no puedo"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !mentions(s) && (told.MatchString(s) || calledBy.MatchString(s)) {
			t.Errorf("%q is not searched", s)
		}
	})
}

// How a question takes a message is only looked at where that can change what is hidden of it or shown.
func TestAMessageIsJudgedOnlyWhereThatCountsForScreening(t *testing.T) {
	judged := 0
	take := func(_ *Turn, in Input) (string, string) {
		judged++
		return in.Text, ""
	}
	e := &Engine{flows: map[string]*machine{"f": compile(Flow{Name: "f", Steps: []Step{{Name: "plain", Take: take}, {Name: "masked", Take: take, Masked: true}, {Name: "guarded", Take: take, Guarded: true}}})},
		texts: silent{}, now: time.Now, pages: func(channel string) bool { return channel == "whatsapp" }}
	for _, c := range []struct {
		channel, step, text, want, shown string
		judges                           bool
	}{
		{"telegram", "plain", "no puedo entrar", "no puedo entrar", "", false},
		{"telegram", "plain", "310877", "310877", "", false},
		{"telegram", "plain", "Perro2019!", "Perro2019!", "", true}, // what is an answer whole is no secret
		{"telegram", "masked", "310877", "310877", "••••••", true},
		{"telegram", "masked", "marciano", "marciano", "marciano", true},
		{"telegram", "guarded", "marciano", "marciano", "", true},
		{"whatsapp", "plain", "marciano", "marciano", "", true},
		{"telegram", "", "Perro2019!", Hidden, "", false},
	} {
		judged = 0
		in := e.Screen(Key{Channel: c.channel}, Dialog{Flow: map[bool]string{true: "f"}[c.step != ""], Step: c.step}, Input{From: Person, Text: c.text})
		if in.Text != c.want || in.Shown != c.shown || (judged > 0) != c.judges {
			t.Errorf("%s %s: %q became %q, shown as %q, judged %d times; want %q, %q, %v", c.channel, c.step, c.text, in.Text, in.Shown, judged, c.want, c.shown, c.judges)
		}
	}
}

// silent has no texts.
type silent struct{}

func (silent) Text(string, string, map[string]string, ...string) (string, bool) { return "", false }
