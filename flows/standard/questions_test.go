package standard

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"ventanilla/backend/portal"
	"ventanilla/flows"
)

// ears are how one organisation's bot hears.
func ears(t *testing.T, id string) (finder, func(string) flows.Heard) {
	t.Helper()
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	p := all[slices.IndexFunc(all, func(p portal.Profile) bool { return p.ID == id })]
	u, err := Understanding(p)
	if err != nil {
		t.Fatal(err)
	}
	f := newFinder(p, u)
	return f, listen(f)
}

func TestQuestionsBesideAnErrandAreHeard(t *testing.T) {
	f, _ := ears(t, "mseg")
	for sentence, want := range map[string]string{
		"¿es de ustedes este correo?":                  "answer_mail",
		"me llegó un mail, es de ustedes?":             "answer_mail",
		"recibí un mensaje, lo mandaron ustedes?":      "answer_mail",
		"¿cuál es la página?":                          "answer_page",
		"pasame el link de la pagina":                  "answer_page",
		"¿me conviene poner doble factor?":             "answer_factor",
		"¿cada cuánto hay que cambiar la clave?":       "answer_rotate",
		"¿es seguro mandar mi DNI por acá?":            "answer_safe",
		"¿cuánto tarda?":                               "answer_time",
		"¿cuánto sale?":                                "answer_cost",
		"es gratis?":                                   "answer_cost",
		"un señor me llamó y me pidió mi clave":        "answer_share",
		"donde queda la oficina":                       "answer_office",
		"en donde estan sus oficinas":                  "answer_office",
		"cual es su direccion":                         "answer_office",
		"telefono de atencion":                         "answer_office",
		"a qué hora abren?":                            "answer_office",
		"cual es mi direccion":                         "",
		"cambiar telefono de contacto":                 "",
		"telefono de contacto 2215550101":              "",
		"me quiero matar":                              "answer_grief",
		"no me llegó el mail de ustedes":               "",
		"no me abre la página":                         "",
		"cuánto tarda en desbloquearse sola la cuenta": "",
		"olvidé la clave de la página":                 "",
		"quiero cambiar la clave":                      "",
		"el enlace me abre una página en blanco":       "",
		"cuánto cobro de aguinaldo":                    "",
	} {
		said := plainOf(sentence)
		if got := f.asked(&said); got != want {
			t.Errorf("%q is %q, want %q", sentence, got, want)
		}
	}
}

func TestWhoWantsAUserNameOrAnotherAccountIsHeard(t *testing.T) {
	f, hears := ears(t, "segurometal")
	for sentence, want := range map[string]string{
		"me olvidé el usuario": "username", "¿cuál es mi usuario?": "username", "cual era mi usuario": "username", "no sé con qué usuario entro": "username",
		"que usuario tengo que poner": "username", "me olvidé el usuario y la clave": "recover", "el usuario lo tengo, me falta la clave": "recover",
		"recuperar la clave de la empresa": "recover", "perdí la clave de la flota": "recover", "necesito la clave de la ART, tenemos dos usuarios": "recover",
		"y el correo": "contact", "ahora el telefono": "contact", "cerrar las otras sesiones": "end_sessions", "me dieron de baja por error": "recover",
	} {
		if got := f.Read(sentence).Sure(); got != want {
			t.Errorf("%q is %q, want %q", sentence, got, want)
		}
	}
	for sentence, want := range map[string]bool{
		"esa es la de la flota, quiero la ART": true, "la de la ART": true, "es otra cuenta": true, "me equivoqué de usuario": true, "quiero la otra": true,
		"mi direccion ya no es esa": false, "que me depositen en otra cuenta": false, "este chat es de la empresa?": false, "la empresa se mudó": false, "otra clave": false,
	} {
		if got := hears(sentence).Event != ""; got != want {
			t.Errorf("%q wants another account: %v, want %v", sentence, got, want)
		}
	}
	_, hears = ears(t, "mseg")
	for sentence, want := range map[string]bool{"y la otra? la de retirado": true, "la docente": true, "soy docente": false, "la clave de docente": false} {
		if got := hears(sentence).Event != ""; got != want {
			t.Errorf("%q wants the account of what somebody is there: %v, want %v", sentence, got, want)
		}
	}
}

// A telephone number is a datum, never a wish to be called.
func TestATelephoneIsNoPerson(t *testing.T) {
	for _, id := range []string{"mseg", "miportal"} {
		f, hears := ears(t, id)
		for _, sentence := range []string{"telefono", "teléfono 9991234567", "tel 2214567890", "mi celular es 2214567890", "el telefono nuevo"} {
			if got := f.Read(sentence).Sure(); got == "persona" {
				t.Errorf("%s: %q is a person at the menu", id, sentence)
			}
			if got := hears(sentence); got.Word != "" {
				t.Errorf("%s: %q means %q in the middle", id, sentence, got.Word)
			}
		}
	}
}

// What people ask for is not taken for a question, or for another account, at any organisation.
func TestErrandsAreNoQuestions(t *testing.T) {
	file, err := os.Open("../intent/testdata/authored.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	f, _ := ears(t, "segurometal")
	n := 0
	for lines := bufio.NewScanner(file); lines.Scan(); n++ {
		var row struct{ Text, Intent string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		said := plainOf(row.Text)
		asked := f.asked(&said)
		if asked != "" && !slices.Contains([]string{"help", "status", "out_of_scope"}, row.Intent) || wantsUsername(&said) && row.Intent != "reset_password" || f.other(&said) {
			t.Errorf("%q (%s) is taken for %q, a user name %v, another account %v", row.Text, row.Intent, asked, wantsUsername(&said), f.other(&said))
		}
	}
	if n < 100 {
		t.Errorf("only %d messages were read", n)
	}
}

// Wherever in a country an organisation is, its people are told a number of that country.
func TestWhoIsInDistressIsToldWhomToCall(t *testing.T) {
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for locale, want := range map[string]string{"es-AR": "135", "es-MX": "800 911 2000", "es-EC": "171", "es": "emergencias", "en": "emergency"} {
		p := all[0]
		p.Locale, p.Zone = locale, "America/Tijuana"
		flow, err := Flows(p, Deps{})
		if err != nil {
			t.Fatal(err)
		}
		texts, err := Texts(p, Deps{}, flow)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := texts.Text("menu", "answer_grief", nil); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q in it", locale, got, want)
		}
	}
}
