package intent_test

import (
	"slices"
	"testing"

	"ventanilla/flows"
	"ventanilla/flows/intent"
)

func TestWhatIsNotWantedNeverActs(t *testing.T) {
	for _, s := range []string{
		"no quiero bloquear nada", "no quiero cambiar la clave", "no quiero cambiar mi contraseña por ahora", "ya no quiero el recibo", "no necesito el recibo", "no me bloqueen la cuenta",
		"no borren mis datos", "no quiero darme de baja", "no quiero registrarme", "no hace falta que me desbloqueen", "ya no hace falta desbloquear nada", "no era para cambiar el correo",
		"no vengo a cambiar la clave", "no me cambien el correo", "todavía no quiero recuperar nada", "no quiero que me desbloqueen", "no necesito desbloquear nada gracias", "no me manden el recibo",
		"no quiero", "no toquen mi cuenta", "no quiero eliminar mi cuenta", "bloquear mi cuenta", "no estoy bloqueado", "ya pude entrar gracias", "ya recuperé la clave, gracias",
	} {
		r := builtin(t).Read(s)
		if got := r.Sure(); intent.Acts(got) || len(r.Several) > 0 {
			t.Errorf("%q would begin %q %v", s, got, r.Several)
		}
	}
}

func TestWhatIsMeantInsteadIsHeard(t *testing.T) {
	for s, want := range map[string]string{
		"no es que me olvidé la clave, es que está bloqueado el usuario":       intent.Unlock,
		"no quiero cambiar la clave, quiero el recibo de sueldo":               intent.Payslip,
		"no quiero el recibo de octubre, quiero el de septiembre":              intent.Payslip,
		"no quiero hablar con un robot, quiero una persona":                    "persona",
		"no quiero recibir más avisos":                                         intent.Unlink,
		"no necesito el recibo sino desbloquear el usuario que está bloqueado": intent.Unlock,
		"todavia no me registre en el portal":                                  intent.Register,
		"no pedí ningún código":                                                intent.NotMe,
		"no puedo entrar":                                                      intent.Recover,
	} {
		if got := builtin(t).Find(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}

func TestSeveralErrandsAreKeptInTheirOrder(t *testing.T) {
	for s, want := range map[string][]string{
		"hola me bloquearon la cuenta y necesito el recibo de setiembre urgente": {intent.Unlock, intent.Payslip},
		"necesito el recibo de sueldo y también actualizar el domicilio":         {intent.Payslip, intent.Contact},
		"quiero cambiar mi correo y ver mi recibo":                               {intent.Contact, intent.Payslip},
		"me olvidé la clave y se me bloqueó la cuenta":                           nil, // one story
		"necesito el recibo de octubre y el de noviembre":                        nil,
		"me bloquearon la cuenta y no quiero el recibo, solo que me desbloqueen": nil,
	} {
		if got := builtin(t).Read(s).Several; !slices.Equal(got, want) {
			t.Errorf("%q asks for %v, want %v", s, got, want)
		}
	}
}

func TestEveryWordThatWorksEverywhereIsKnownHere(t *testing.T) {
	for _, word := range flows.Universal {
		if !intent.Known(word) || intent.Labels[word] == "" {
			t.Errorf("%s is not known", word)
		}
	}
	if _, err := intent.New(intent.Extra{Intent: "pizza", Phrases: []string{"con queso"}}); err == nil {
		t.Error("words of an intent that there is not were taken")
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"hola me bloquearon la cuenta y necesito el recibo", "no quiero nada", "👍", "\xff", "no es que no, es que sí", "ya no", "no", "juan@correo.com 20.111.222 12/05/1980", "ﷺ＠"} {
		f.Add(s)
	}
	u := builtin(f)
	f.Fuzz(func(t *testing.T, s string) {
		r := u.Read(s)
		for _, g := range r.Best {
			if g.Confidence < 0 || g.Confidence > 1.0001 || !intent.Known(g.Intent) {
				t.Errorf("%q: %v", s, g)
			}
		}
		if ask := r.Ask(); ask != nil && (r.Sure() != "" || len(ask) != 2) {
			t.Errorf("%q: sure of %q and asks %v", s, r.Sure(), ask)
		}
		u.Masked(s)
	})
}
