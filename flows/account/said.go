package account

import (
	"maps"

	"ventanilla/flows"
	"ventanilla/flows/intent"
)

// AboutMail is what people write instead of a code; see [intent.Phrases].
var AboutMail = intent.List(ofMail)

// AboutTemporary is what people write about a temporary password and its mail.
var AboutTemporary = intent.List(both(ofMail, ofTemporary))

// both joins phrases; what two of them say of the same intent adds up.
func both(a, b map[string][]string) map[string][]string {
	all := maps.Clone(a)
	for want, phrases := range b {
		all[want] = append(append([]string{}, all[want]...), phrases...)
	}
	return all
}

var ofMail = map[string][]string{
	"missing": {
		"no me lleg*", "no lleg*", "nunca llego", "spam", "no deseado", "que correo tienen", "que mail tienen", "que correo es", "que mail es", "no recib*", "no me aparec*", "no aparec*", "no lo veo", "no veo", "no lo encuentr*", "no encuentr*",
		"no esta", "no hay nada", "no hay ningun", "no tengo nada", "no tengo ningun", "no tengo codigo", "no tengo el codigo", "no me mand*", "no me envi*",
		"no mandaron", "todavia nada", "todavia no", "sigo sin", "donde esta codigo", "a que mail", "a que correo", "cual correo", "cual mail",
		"did not arrive", "nothing arrived", "not received", "no code",
	},
	"resend": {
		"otro codigo", "otro enlace", "otro link", "dame otro", "deme otro", "deme uno nuevo", "dame uno nuevo", "otro por favor", "nuevo codigo", "codigo nuevo", "reenvi*", "mandame otro", "mandamelo de nuevo", "manda otro", "mandalo de nuevo", "otra vez codigo",
		"enviame otro", "codigo venc*", "codigo caduc*", "codigo expir*", "ya caduco", "ya vencio", "se vencio", "caduco", "expiro", "code expired", "volve* mandar", "volver a mandar", "another code", "send again", "resend",
	},
	"wait": {
		"espera*", "aguanta*", "ya voy", "ahi voy", "un momento", "un momentito", "un segundo", "un minuto", "estoy buscando", "lo busco", "ya lo busco", "estoy abriendo",
		"ahora miro", "ya miro", "ya me fijo", "ahora me fijo", "me fijo", "wait", "hold on",
	},
	"no_mail": {
		"no tengo ese correo", "no tengo ese mail", "no tengo mas ese", "ya no tengo", "ya no uso", "no uso ese", "no uso mas", "otro correo", "otro mail", "cambie correo",
		"cambie mail", "cambie de correo", "cambie de mail", "perdi mail", "perdi correo", "no tengo acceso correo", "no tengo acceso mail", "correo no lo abro", "mail no lo abro", "correo no lo uso", "mail no lo uso", "no abro ese correo", "no abro ese mail", "no puedo abrir correo", "no puedo abrir mail", "no puedo abrir el correo", "no puedo abrir el mail", "correo no lo puedo abrir", "mail no lo puedo abrir", "no tengo mail", "no tengo correo",
		"no tengo email", "no me acuerdo mail", "no me acuerdo correo", "no puedo entrar mail", "no puedo entrar correo", "no puedo entrar al correo", "no existe mas",
		"ya no existe", "me hackearon mail", "me hackearon correo", "nunca di correo", "nunca di mail", "nunca di un correo", "nunca tuve correo", "nunca tuve mail", "no di correo", "no manejo correo", "no uso correo",
		"correo no es mio", "mail no es mio", "no es mi correo", "no es mi mail", "ese no es mi", "ese correo es de", "ese mail es de", "no longer have",
	},
}

var ofTemporary = map[string][]string{
	"temp_works": {
		"ya entre", "ya entro", "pude entrar", "ya pude", "logre entrar", "ya logre", "funciono", "funciona", "anduvo", "ya anda", "listo", "ya esta", "perfecto", "pude cambiar*",
		"la cambie", "ya cambie", "ya ingrese", "pude ingresar", "solucionado", "resuelto", "excelente", "genial", "it works", "worked", "done",
	},
	"temp_how": {
		"como la uso", "como uso", "como se usa", "como hago", "como entro", "como ingreso", "como la cambio", "como cambio", "como sigo", "como es", "donde la pongo", "donde pongo",
		"donde va", "donde la escribo", "donde entro", "que hago", "que pongo", "cual pongo", "que usuario", "cual es mi usuario", "cual usuario", "que es clave actual", "y ahora",
		"no entiendo", "explicame", "pasos", "how do i", "how to", "what now",
	},
	"have_temp": {"ya la tengo", "ya me llego", "me llego", "ya llego", "la tengo", "aca la tengo", "got it"},
	"stuck": {
		"caduc*", "vencid*", "vencio", "expir*", "no me deja", "no deja", "no me dejo", "no puedo cambiar*", "no pude cambiar*", "no la puedo cambiar", "no se puede cambiar", "no cambia",
		"actual incorrect*", "actual equivocada", "actual no coincide", "actual no es", "actual invalida", "incorrecta", "incorrecto", "invalida", "no coincide*", "no funciona", "no funciono",
		"no anda", "no me anda", "no anduvo", "no me anduvo", "no me funciona", "no me sirve", "no sirve", "no sirvio", "no la toma", "no me la toma", "no me toma", "no toma", "no la acepta", "no acepta", "no me la acepta", "rechaza*", "no puedo entrar",
		"no pude entrar", "no pude", "no puedo ingresar", "no logro", "no logre", "sigue bloquead*", "bloquead*", "se bloqueo", "usuario o clave", "da error", "tira error", "sale error", "me dice error", "un error",
		"does not work", "not working", "will not let me", "wrong password",
	},
	"resend_temp": {"otra clave", "nueva clave temporal", "otra temporal", "mandame otra", "manda otra", "enviame otra", "mandala de nuevo", "mandamela de nuevo", "la borre", "la perdi"},
	"wait":        {"gracias", "ok", "dale", "bueno", "ya pruebo", "ahora pruebo", "voy a probar", "thanks"},
}

// NoMail is how people say from the start that no mail will reach them: they have none, lost it, or the one that the
// organisation has is somebody else's. Narrower than what is read where a code is awaited: "cambié de correo" may be all
// that somebody wants to tell.
var NoMail = intent.List(map[string][]string{
	"no_mail": {
		"no tengo correo", "no tengo mail", "no tengo email", "no tengo un correo", "no tengo un mail", "no tengo ningun correo", "no tengo ningun mail", "nunca tuve correo", "nunca tuve mail", "nunca tuve un correo", "nunca tuve un mail",
		"no manejo correo", "no manejo mail", "no uso correo", "no uso mail", "no se usar correo", "nunca di correo", "nunca di mail", "nunca di un correo", "nunca di un mail", "no di correo", "no di mail", "sin correo", "sin mail",
		"ya no tengo el correo", "ya no tengo ese correo", "ya no tengo mi correo", "ya no tengo el mail", "ya no tengo ese mail", "ya no tengo mi mail", "ya no existe el correo", "ya no existe ese correo", "correo ya no existe", "mail ya no existe",
		"no tengo acceso al correo", "no tengo acceso a mi correo", "no tengo acceso a ese correo", "no tengo acceso al mail", "ya no tengo acceso", "perdi el acceso al correo", "perdi el acceso a mi correo", "perdi el correo con el que", "perdi el mail con el que", "perdi el correo del trabajo", "me dieron de baja el correo", "me dieron de baja el mail",
		"correo no es mio", "mail no es mio", "no es mi correo", "no es mi mail", "correo de otra persona", "mail de otra persona", "correo de otro", "correo es de mi", "mail es de mi", "registro con su correo", "registro con su mail", "registraron con otro correo", "con el correo de mi", "con el mail de mi",
		"i have no email", "no email", "lost my email",
	},
})

// Without is how people say that they do not have what is asked.
var Without = intent.List(map[string][]string{
	"without": {
		"no tengo", "no lo tengo", "no la tengo", "no me acuerdo", "no recuerdo", "no lo recuerdo", "no lo se", "no se cual", "no se mi", "no se el",
		"no la se", "no me la se", "no me lo se", "no la recuerdo", "no la encuentro", "no encuentro", "no lo encuentro", "perdi", "lo perdi", "no figura", "no aparece", "ni idea", "do not have", "do not know",
	},
})

// TakeAnother reads the answer where no code counts any more.
func TakeAnother(_ *flows.Turn, in flows.Input) (string, string) {
	switch want := AboutMail.Find(in.Text); {
	case in.Choice != "":
		return in.Choice, ""
	case want == "no_mail":
		return want, ""
	case want == "resend" || want == "missing":
		return "resend", ""
	case flows.ReadCode(in.Text, flows.CodeDigits) != "":
		return "", "code_void"
	}
	return "", "tap_option"
}
