package intent_test

import (
	"testing"
)

func TestABriefReadingIsTheSameWithoutReasons(t *testing.T) {
	u := builtin(t)
	brief, guesses, reasons := u.Brief(), 0, 0
	for _, sentence := range []string{"no puedo entrar", "hola me bloquearon la cuenta y necesito el recibo de setiembre urgente", "recibo d octuvre xfa", "marciano", "quiero mi recibo y cambiar el correo", "no quiero nada"} {
		long, short := u.Read(sentence), brief.Read(sentence)
		if len(long.Best) != len(short.Best) || long.Sure() != short.Sure() || len(long.Several) != len(short.Several) || long.Negated != short.Negated {
			t.Errorf("%q is %+v, in brief %+v", sentence, long, short)
			continue
		}
		for i, g := range long.Best {
			if i > 0 { // the first may be listed as it is
				guesses, reasons = guesses+1, reasons+len(g.Why)
			}
			if b := short.Best[i]; b.Intent != g.Intent || b.Confidence != g.Confidence {
				t.Errorf("%q: guess %d is %s %v, in brief %s %v", sentence, i, g.Intent, g.Confidence, b.Intent, b.Confidence)
			}
		}
	}
	if guesses == 0 || reasons < guesses {
		t.Errorf("%d reasons for %d guesses", reasons, guesses)
	}
}
