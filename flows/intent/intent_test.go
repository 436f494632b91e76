package intent_test

import (
	"slices"
	"strings"
	"testing"

	"ventanilla/flows/intent"
)

func builtin(t testing.TB) *intent.Understanding {
	t.Helper()
	p, err := intent.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWhatPeopleWrite(t *testing.T) {
	for wants, sentences := range map[string][]string{
		"recover unlock change": {
			"no puedo entrar", "NO PUEDO ENTRAR!!!", "hola buenas, no puedo ingresar a mi portal", "me bloquearon la cuenta", "mi usuario esta bloqueado", "olvide la clave", "me olvidé mi contraseña",
			"perdí la clave", "no me acuerdo la contraseña", "quiero recuperar mi cuenta", "necesito blanquear la clave", "como hago para resetear la contraseña", "se me trabo el usuario",
			"no me deja entrar", "no me reconoce", "la clave no anda", "Dice que la clave actual es incorrecta", "se vencio mi clave", "no me toma la contraseña", "me olvide el usuario",
			"no logro ingresar", "desbloquear usuario", "usuario bloqueado", "quiero una contraseña nueva", "no pude acceder", "i forgot my password", "my account is locked",
			"Hola soy personal retirado del escalafón general, y actualmente docente contratado, fui bloqueado de mi portal y no me deja ingresar, e probado c mi antiguo legajo, c el de docente y nro de beneficio e igualmente no me reconoce, no se q hacer. Y x acá puedo sacar mi recibo de docente.",
			"No me deja cambiar la clave. Dice que la clave actual es incorrecta y pongo exactamente igual que el nombre de usuario. (Recupé la contraseña)",
		},
		"persona":   {"quiero hablar con alguien", "necesito que me atienda una persona", "que me llamen", "un operador por favor"},
		"thanks":    {"gracias!!", "muchas gracias", "genial gracias", "mil gracias por todo"},
		"payslip":   {"necesito mi recibo de sueldo"},
		"register":  {"quiero registrarme"},
		"contact":   {"cambiar mi correo"},
		"elsewhere": {"cuando pagan el aguinaldo"},
		"hello":     {"hola", "Buenas tardes", "buen día", "hola que tal"},
		"":          {"", "asdf", "😀", "12345678", "¿?"},
	} {
		for _, s := range sentences {
			if got := builtin(t).Find(s); !slices.Contains(append(strings.Fields(wants), nothing[wants]...), got) {
				t.Errorf("%q is %q, want %q", s, got, wants)
			}
		}
	}
}

// nothing is what may be said of a message that says nothing.
var nothing = map[string][]string{"": {"", intent.Elsewhere}}

func TestTheLongerPhraseWins(t *testing.T) {
	p := intent.List(map[string][]string{"a": {"uno"}, "b": {"uno dos"}, "c": {"tre*"}, "d": {"ya", "cua* y"}, "e": {"ñ*", "tr* cinco"}})
	for s, want := range map[string]string{"uno": "a", "uno y dos": "b", "dos uno": "a", "treinta": "c", "tr": "", "cuatro": "", "y": "", "yate": "", "pues ya": "d", "cuatro y": "d", "ñandú": "e", "triste cinco": "e"} {
		if got := p.Find(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	p := builtin(f)
	for _, s := range []string{"", "hola", "olvidé la clave", "\xff", strings.Repeat("no ", 3000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := p.Find(s); got != p.Find(strings.ToUpper(s)) && strings.EqualFold(strings.ToUpper(s), s) {
			t.Errorf("%q is %q, in capitals %q", s, got, p.Find(strings.ToUpper(s)))
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("a: [uno, dos*]\n", "uno")
	f.Add("a: {b: c}", "x")
	f.Add("a: ['*', '']", "")
	f.Fuzz(func(t *testing.T, list, sentence string) {
		p, err := intent.Parse([]byte(list))
		if (p == nil) == (err == nil) {
			t.Fatalf("%q: %v and %v", list, p, err)
		}
		if p != nil {
			p.Find(sentence)
		}
	})
}
