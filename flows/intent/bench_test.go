package intent_test

import (
	"strings"
	"testing"
)

// BenchmarkRead is what understanding one sentence costs; a millisecond is the most it may take.
func BenchmarkRead(b *testing.B) {
	u := builtin(b)
	for name, s := range map[string]string{
		"short": "recibo d octuvre xfa", "usual": "hola me bloquearon la cuenta y necesito el recibo de setiembre urgente",
		"strange": "qzwx brfgt hjklo mnbvt poiuyt lkjhgt asdfgq zxcvbt ytrewq gfdsax nbvcxz plokij",
		"long":    strings.Repeat("a ver mira lo que pasa es que ayer estaba intentando entrar desde la casa de mi hermana y puse la clave mal ", 6),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				u.Read(s)
			}
		})
	}
}
