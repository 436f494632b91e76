package recovery

import "ventanilla/flows/intent"

// aboutMail is what people write instead of a code; see [intent.Phrases].
var aboutMail = intent.List(map[string][]string{
	"missing": {
		"no me lleg*", "no lleg*", "nunca llego", "no recib*", "no me aparec*", "no aparec*", "no lo veo", "no veo", "no lo encuentr*", "no encuentr*",
		"no esta", "no hay nada", "no hay ningun", "no tengo nada", "no tengo ningun", "no tengo codigo", "no tengo el codigo", "no me mand*", "no me envi*",
		"no mandaron", "todavia nada", "todavia no", "sigo sin", "donde esta codigo", "a que mail", "a que correo", "cual correo", "cual mail",
		"did not arrive", "nothing arrived", "not received", "no code",
	},
	"resend": {
		"otro codigo", "nuevo codigo", "codigo nuevo", "reenvi*", "mandame otro", "mandamelo de nuevo", "manda otro", "mandalo de nuevo", "otra vez codigo",
		"enviame otro", "volve* mandar", "volver a mandar", "another code", "send again", "resend",
	},
	"wait": {
		"espera*", "aguanta*", "ya voy", "ahi voy", "un momento", "un momentito", "un segundo", "un minuto", "estoy buscando", "lo busco", "ya lo busco", "estoy abriendo",
		"ahora miro", "ya miro", "ya me fijo", "ahora me fijo", "me fijo", "wait", "hold on",
	},
	"no_mail": {
		"no tengo ese correo", "no tengo ese mail", "no tengo mas ese", "ya no tengo", "ya no uso", "no uso ese", "no uso mas", "otro correo", "otro mail", "cambie correo",
		"cambie mail", "cambie de correo", "cambie de mail", "perdi mail", "perdi correo", "no tengo acceso correo", "no tengo acceso mail", "no tengo mail", "no tengo correo",
		"no tengo email", "no me acuerdo mail", "no me acuerdo correo", "no puedo entrar mail", "no puedo entrar correo", "no puedo entrar al correo", "no existe mas",
		"ya no existe", "me hackearon mail", "me hackearon correo", "no longer have",
	},
})

// without is how people say that they do not have what is asked.
var without = intent.List(map[string][]string{
	"without": {
		"no tengo", "no lo tengo", "no la tengo", "no me acuerdo", "no recuerdo", "no lo recuerdo", "no lo se", "no se cual", "no se mi", "no se el",
		"no encuentro", "no lo encuentro", "perdi", "lo perdi", "no figura", "no aparece", "ni idea", "do not have", "do not know",
	},
})
