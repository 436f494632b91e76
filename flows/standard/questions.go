package standard

import (
	"regexp"
	"slices"
	"strings"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/intent"
	"ventanilla/flows/sieve"
)

// Questions that people ask beside their errand, and the sentence of the menu that answers each. What they ask stands in a few
// fixed words; a sentence that asks for something of the bot besides is left alone.

// question is one, as it stands in a sentence that [flows.Plain] made plain.
type question struct {
	answer string
	asks   sieve.Form  // what must stand in it
	never  *sieve.Form // what tells that it is about something else; nil: nothing does
}

const (
	mailed = `(correo|mail|email|mensaje|sms|llamada|llamado|aviso)s?`
	keyed  = `(clave|contrasena|password|contra)`
	datum  = `(dni|documento|datos?|correo|mail|email|telefono|celular|cedula|curp|rfc|cuit|cuil|legajo|poliza|numeros?|cbu|cuenta|foto|clave|contrasena)`
)

// longestQuestion is how many words a question has that is nothing else.
const longestQuestion = 16

var questions = []question{
	{"answer_factor", plainly(`(doble|segundo|dos) (factor|factores|paso|pasos|verificacion|autenticacion)|2fa|verificacion en dos|autenticador|two factor|second factor`), but(`(codigo|no me llega|no puedo|no me deja|error)`)},
	{"answer_rotate", plainly(`(cada cuant\w+|cada que tiempo|cada cuando|con que frecuencia|cuanto (tiempo )?(me )?dura|how often) .*(` + keyed + `|cambi\w+)`), but(`(codigo|enlace|link|pagina|quiero|necesito)`)},
	{"answer_mail", plainly(mailed + ` .*((es|son|era|fue) (de )?(ustedes|suyos?|tuyos?|vos|usted|verdad\w*|real|cierto|legitim\w+|confiable|oficial|segur\w|trucho|falso|una estafa)|(lo|los|me lo|la) (mandaron|mandan|enviaron|envian|mandaste|enviaste) (ustedes|vos|tu|usted)|` +
		`de ustedes|parece (trucho|falso|raro|sospechoso|estafa)|sospechoso|phishing)|(es|son|era|fue) (de ustedes|suyos?|tuyos?|de vos|verdadero|real|oficial|trucho|falso) .*` + mailed + `|(mandaron|enviaron) ustedes .*` + mailed + `|(is|was) (this|that|the) (mail|email|message) (from you|yours|real)|(mail|email|message) .*(from you|yours|real)`),
		but(`no (me |nos )?(lleg\w+|recib\w+|aparec\w+|tengo)|ningun|did not|nunca (me )?lleg\w+`)},
	{"answer_share", plainly(`(quiere|pide|piden|quieren|pidio|pidieron) (el |mi |la |un |ese )?(codigo|clave|contrasena|pin)|se (lo|la) (doy|paso|digo|mando|di|pase|mande)$|(ya|le|les) (le |les )?(di|pase|mande|dije) (el |mi |la )(codigo|clave|contrasena|pin) a (alguien|un|una|otro|otra|ellos|ese|esa)|(me )?(llam\w+|escribi\w+|pidi\w+|piden|pide|contact\w+) .*(pidi\w+|pidiendo|pedian?|piden|pide|que (le|les) (de|diga|pase)) (mi |la |una |el )?(clave|contrasena|codigo|pin|datos)|(pueden?|puedo|le|les|quiero) (dar|darle|pasar|pasarle|decir|decirle|prestar|prestarle|compartir|doy|paso|presto|digo) (a \w+ )?(mi |la )(clave|contrasena|codigo)( .*)?`), but(`(olvid\w+|recuper\w+|nueva|otra|temporal|provisoria|restablec\w+)`)},
	{"answer_grief", plainly(`me (quiero|voy a) (matar|suicidar|morir|quitar la vida)|no quiero (vivir|seguir viviendo)( mas)?|suicid\w+`), nil},
	{"answer_office", plainly(`(donde|en que lugar) (queda|esta|quedan|estan|es|tengo que ir)( (la|su|esa|una|el|los|las|sus|tus))? ?(oficina|oficinas|sucursal|sucursales|agencia|agencias|mesa de ayuda|ventanilla|direccion de la oficina)|(direccion|telefono|horario|numero) (de |del |de la )(oficina|sucursal|agencia|centro de atencion|mesa de ayuda|atencion|contacto)( (al cliente|a clientes|al publico|de ustedes|telefonica))?|` +
		`(cual|cuales|que|me (pasas?|das?|dan|dice|dices|decis)|tienen?|hay|dame|deme|pasame|paseme|quiero|necesito) (es |son )?(un |una |algun |el |la |los |su |sus |tu |tus )(direccion|domicilio|telefono|telefonos|numero de telefono|horario|horarios)( (fijo|de atencion|de contacto|para llamar|al cliente|a clientes))*( (de|del) (ustedes|seguro|la empresa|la oficina|soporte|\w*centro))?$|` +
		`(cual|que) (es |tienen )?(el |la |su )(direccion|telefono) (suy[oa]|de ustedes)|(a que|en que) (hora|horas|horario|dias?) (atienden|abren|cierran|estan)|donde (atienden|los encuentro|estan ubicados|estan ustedes|se encuentran)|(a que|cual) (numero|telefono) (les |los )?(puedo |tengo que |hay que )?(llamo|llamar|marco|marcar)|(un|algun|el|tienen|hay) (numero|telefono) (para llamar\w*|donde llamar|al que llamar|al que (puedo|pueda) llamar)|where is (the|your) office`), but(`(mi|mis|nuev[oa]|cambi\w+|actualiz\w+|registrad[oa]|tienen (mi|el|mal)|pagina|web|correo|mail|\d{6,}|\d{3,} ?\d{3,})`)},
	{"answer_safe", plainly(`(es|sera|no es|seria) (seguro|peligroso|riesgoso|confiable) (mand|da|pas|pon|escrib|envi|compart|dec)\w* .*` + datum + `|(hay riesgo|hay peligro|hay problema|no pasa nada|esta bien) (en|si|con) .*(mand\w+|d[ao]\w*|pas\w+|pon\w+|escrib\w+|envi\w+|compart\w+) .*` + datum + `|(puedo|se puede) (mandar|dar|pasar|poner|escribir|enviar)\w* .*` + datum + `.*(seguridad|tranquil\w|por aca|por aqui)|is it safe to`), but(`(olvid\w+|bloque\w+)`)},
	{"answer_cost", plainly(`(cuanto (me )?(sale|cuesta|vale|cobran|hay que pagar) (esto|este|el (tramite|servicio|chat)|usar|usarlo|hacer\w*|recuperar\w*|desbloquear\w*|por)|^(y )?cuanto (me )?(sale|cuesta|vale|cobran)( (esto|eso|este tramite|el tramite|el servicio))?$|(es|esto es|el servicio es|el tramite es|sale) (gratis|gratuit\w|pago)|tiene (algun )?costo|hay que pagar( algo)?( por esto)?$|cobran (algo|por (esto|hacer))|is (it|this) free|how much (is|does) (it|this))`), but(`(sueldo|aguinaldo|jubilacion|recibo|poliza|seguro|pension|prima|cuota|activ\w+|asegur\w+)`)},
	{"answer_time", plainly(`cuanto (se |me )?(tarda|demora)n?( mucho)?( (esto|eso|todo|todo esto|el tramite|un tramite|en llegar.*|el codigo|el correo|el mail|en resolver.*|en hacer.*|hacer.*))?$|cuanto tiempo (lleva|tarda|toma|demora|es)( (esto|todo|todo esto|el tramite|en llegar.*))?$|(tarda|demora) mucho( en llegar)?$|es rapido$|how long`),
		but(`(envio|pedido|paquete|pag\w+|cobr\w+|deposit\w+|acredit\w+|transferencia|jubilatorio|carta)`)},
	{"answer_page", plainly(`(cual|donde|dame|damela|pasame|pasa|pasas|mandame|manda|enviame|me das|me pasas|me manda|dime|decime|digame|direccion|link|enlace|what|where) .*(pagina|web|website|sitio|url|portal)|^(la )?(pagina|web|url|sitio)$|(en|a) que (pagina|sitio|web)`),
		but(`(no|problema|error|clave|contrasena|codigo|recib\w+|recuper\w+|usuario|cuenta|datos|olvid\w+|pin|registr\w+|cambi\w+|bolet\w+|factur\w+|documentos|dentro|del portal|parte|abre|abri\w*|blanco|expir\w+|carga|correo|mail)`)},
}

// alone are the answers to what people ask in a single word: "2fa", "página".
var alone = []string{"answer_factor", "answer_grief", "answer_page"}

// plainly reads an expression of whole words.
func plainly(s string) sieve.Form { return sieve.Must(`(?:^|\s)(?:` + s + `)(?:\s|$)`) }

// but is one that may not stand beside another.
func but(s string) *sieve.Form {
	f := plainly(s)
	return &f
}

// plainOf is a sentence as all of these read it.
func plainOf(sentence string) sieve.Text { return sieve.Of(flows.Plain(sentence)) }

// asked is the answer to the question that a plain sentence is, "" if it is none.
func (f finder) asked(s *sieve.Text) string {
	words := strings.Count(s.String(), " ") + 1
	if words > longestQuestion {
		return ""
	}
	for i := range questions {
		q := &questions[i]
		if words == 1 && !slices.Contains(alone, q.answer) {
			continue
		}
		if q.asks.In(s) && (q.never == nil || !q.never.In(s)) {
			if q.answer == "answer_factor" && f.factor {
				return "answer_factor_has"
			}
			return q.answer
		}
	}
	return ""
}

// Who wants to know their user name, and nothing else.
var (
	forUsername = intent.List(map[string][]string{usernameID: {
		"olvid* usuario", "no recuerdo usuario", "no me acuerdo usuario", "no me acuerdo del usuario", "no se usuario", "no se mi usuario", "no se con que usuario", "no se que usuario", "no se cual usuario", "no conozco mi usuario",
		"cual es usuario", "cual era usuario", "cual seria usuario", "cual usuario", "que usuario tengo", "que usuario uso", "que usuario soy", "con que usuario", "recuper* usuario", "perdi usuario", "saber usuario", "conocer usuario", "averiguar usuario",
		"decime mi usuario", "dime mi usuario", "digame mi usuario", "me dice mi usuario", "me decis mi usuario", "me dices mi usuario", "pasame mi usuario", "me pasas mi usuario", "me pasa mi usuario", "mandame mi usuario", "como es mi usuario", "como era mi usuario", "como me llamo usuario", "ni el usuario", "hasta el usuario",
		"solo el usuario", "solo mi usuario", "ver mi usuario", "consultar mi usuario", "tampoco usuario",
		"forgot my username", "forgot my user name", "forgot username", "what is my username", "what is my user name", "what's my username", "which username", "dont know my username",
	}})
	notUsername = regexp.MustCompile(`\b(claves?|contrasenas?|contra|password|pass|pin|bloque\w*|trab\w+|destrab\w*|inhabilitad\w|codigo|token|si (me acuerdo|se|recuerdo)|(lo|ya) tengo|no (me )?olvid\w+|incorrect\w+|invalid\w+|` +
		`no (me )?(lo )?(reconoce|toma|anda|funciona|existe|entra|deja)|crear|cree|registr\w+|alta|cre(ar|ando|ado|en|arme)|nuevo|cambi\w+|otro|borr\w+|patronal|empleador|todo|nada|correo|mail|recibos?)\b`)
)

// usernameID is what the errand of the user name is called.
const usernameID = "username"

// longestName is how many words a message has that asks for no more than one's user name.
const longestName = 14

// wantsUsername tells whether a plain sentence asks for one's user name alone.
func wantsUsername(s *sieve.Text) bool {
	plain := s.String()
	return strings.Count(plain, " ") < longestName && forUsername.Find(plain) != "" && !notUsername.MatchString(plain)
}

// ours takes the words for the accounts of an organisation out of a sentence: "la clave de la flota" is a password like any other.
func ours(p portal.Profile) func(sentence string) string {
	if len(p.Accounts) == 0 {
		return func(string) string { return "" }
	}
	of := regexp.MustCompile(`\s(?:(?:de|del|con|para|por|a) )?(?:la (?:cuenta )?(?:de |del ))?(?:(?:la|el|mi|nuestra|los|una|un) )?(?:` + strings.Join(plains(p.Accounts), "|") + `)(?:\s|$)`)
	return func(s string) string {
		if plain := " " + flows.Plain(s); of.MatchString(plain) {
			return strings.TrimSpace(of.ReplaceAllString(plain, " "))
		}
		return ""
	}
}

func plains(words []string) (all []string) {
	for _, w := range words {
		all = append(all, regexp.QuoteMeta(flows.Plain(w)))
	}
	return all
}

// another are the forms of a wish for another account: in the words that everybody uses, and those of an organisation for its accounts.
func another(p portal.Profile) (wishes []sieve.Form) {
	wishes = append(wishes, otherAccount)
	if len(p.Accounts) > 0 {
		name := `(` + strings.Join(plains(p.Accounts), "|") + `)`
		wishes = append(wishes, plainly(`(quiero|necesito|busco|me falta|sino|la otra|(es|era)( la)? de)( (la|el|de|del|con|cuenta|clave))* `+name+`|^(no |era |es )?(la|el|con la)( (de|del|cuenta|la))* `+name+`$`))
	}
	if kinds := kinds(p); len(kinds) > 0 {
		wishes = append(wishes, sieve.Must(`^(?:(?:y|no|era|es|quiero|necesito|mejor|pero) )*(?:la|el|con la|a la|la otra)(?: otra)?(?: cuenta)?(?: (?:la|de|del|ley|el|otra|personal))* (?:`+strings.Join(kinds, "|")+`)(?: por favor)?$`))
	}
	return wishes
}

// other tells whether a plain sentence wishes for another account.
func (f finder) other(s *sieve.Text) bool {
	if strings.Count(s.String(), " ") >= longestName {
		return false
	}
	for _, w := range f.wishes {
		if w.In(s) {
			return !elsewhere.In(s)
		}
	}
	return false
}

// kinds are what people may be at an organisation, who have an account for each: "docente", "retirado".
func kinds(p portal.Profile) (all []string) {
	for _, f := range p.Fields(portal.Recover) {
		if f.Kind != portal.KindChoice || f.Depends != "" {
			continue
		}
		for _, o := range f.Options {
			for _, w := range append([]string{o.ID, o.Label}, o.Words...) {
				if w = flows.Plain(w); len(w) >= 5 && strings.Count(w, " ") < 3 {
					all = append(all, regexp.QuoteMeta(w))
				}
			}
		}
	}
	return all
}

var (
	otherAccount = plainly(`(la |mi )?otra cuenta|cambi\w+ de cuenta|me (equivoque|confundi) de (cuenta|usuario)|(es|era|con|quiero|tengo) otro usuario|(quiero|necesito|es|era) la otra( por favor)?$|` +
		`(esa|esta) no es (la|mi) cuenta|(esa|esta) cuenta no es|no es (esa|esta|mi|la) cuenta|(cuenta|usuario) equivocad[oa]|(wrong|another|other) account`)
	elsewhere = plainly(`(deposit\w+|banco|bancaria|cbu|transf\w+|pag\w+|cobr\w+|correo|mail|chat|sabe)`)
)

// telephone is what somebody calls their number by, with or without it: it is a datum, and no wish to be called.
var telephone = sieve.Must(`^(?:(?:y|ahora|el|mi|nuevo|otro|numero|nro|de|este|es|mi nuevo) )*(?:telefono|tel|telf|celular|cel|movil|fijo|whatsapp)(?: (?:es|nuevo|fijo|movil|celular|mio|el|de|casa|contacto|numero|\d+))*$`)

// more is another of the data that people change one after the other.
var more = sieve.Must(`^(?:y|ahora|tambien|y ahora|y tambien|ahora tambien|despues|falta|me falta|tambien quiero|y quiero)(?: cambiar| actualizar| corregir)? (?:el|la|mi|los|otro|mis)? ?(?:telefono|celular|correo|mail|email|domicilio|direccion|nombre|calle|codigo postal|casa)(?: nuevo| tambien| por favor)?$`)

// bonus is a payslip that is called by what it pays.
var bonus = sieve.Must(`^(?:(?:y|quiero|necesito|ahora|el|los|mi|me falta) )*(?:aguinaldo|sac|decimo (?:tercero|cuarto)|decimo(?:tercero|cuarto))(?: (?:de|del|año|ano|pasado|ultimo|\d+|diciembre|junio|por favor))*$`)

// locked is who finds out that an account besides the one they were busy with is locked, too.
var locked = plainly(`(a|en|con|de)? ?(la|esa|esta|mi) otra( cuenta)?( (tambien|tampoco|igual))* (no )?(puedo (entrar|ingresar|acceder)|me deja (entrar|ingresar)|la (puedo|tengo) (abrir|bloquead\w)|(esta|quedo|la tengo|tengo|se) bloque\w+)|tampoco (puedo (entrar|ingresar)|me deja entrar) (a|en|con) (la|esa|mi) otra( cuenta)?`)

// myKey is who asks for their password and says nothing of it.
var myKey = sieve.Must(`^(?:(?:quiero|necesito|dame|deme|pasame|ayuda|ayudeme|ayudame|con|hola|por favor) )+(?:la|mi) (?:clave|contrasena)(?: (?:del|de la|de mi|de) (?:seguro|portal|cuenta|poliza|pagina))?(?: por favor)?$`)

// ofOthers is who wants to get into the account of somebody else.
var ofOthers = plainly(`(dame|deme|decime|dime|digame|pasame|paseme|mandame|quiero|necesito|saber|ver|conseguir|averiguar|sacar) ((el|la|su|un|una|usuario|clave|contrasena|password|y|e|mail|correo)\s)*(usuario|clave|contrasena|password) de (mi|la|el|un|una) (marido|esposo|esposa|mujer|novio|novia|pareja|ex|hijo|hija|papa|mama|padre|madre|hermano|hermana|suegra|suegro|vecino|vecina|jefe|jefa|amigo|amiga|companero|companera|empleado|empleada)`)

// month is a message that names a month, or which of them in a row, and nothing else: only payslips have those.
var month = sieve.Must(`^(?:(?:y|quiero|necesito|ahora|el|la|los|mi|me falta|mandame|pasame|dame|deme|envieme|de|del|mes de) )*(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sept?iembre|octubre|noviembre|diciembre)(?: (?:de|del|año|ano|pasado|tambien|\d{4}|por favor|porfa))*$|^(?:y )?(?:los|las) ultim[oa]s (?:\d+|dos|tres|seis|meses|quincenas)$`)

// newest is "el último" alone: of the payslips, or of what there is to choose from.
var newest = sieve.Must(`^(?:y |quiero |dame |necesito )*(?:el|la) (?:pen|ante)?ultim[oa]$`)

// bereaved is who asks for the papers of somebody who died.
var bereaved = plainly(`(murio|fallecio|fallecido|fallecida|difunto|difunta|finado|finada|viuda de) .*(recibos?|roles|rol|sueldo|haber|haberes|nomina|cuenta|boletas?|pension)`)

// opening is how people say that they want an account, who have none.
var opening = plainly(`(hacer|hacerme|crear|crearme|abrir|abrirme|sacar|armar|activar) (mi|una|la) cuenta|registrarme|registrar`)

// keyless is who wants to register and has not the key that others get.
var keyless = plainly(`(registrarme|registrar|registro) (sin|no tengo|pero no tengo) (la |mi |una |ninguna )?(clave|invitacion)`)

// signedIn is how people want to be signed out elsewhere.
var signedIn = plainly(`(cerr\w+|cierr\w+|desconect\w+|sacar\w*|desloguear\w*|salir|termina\w*) .*(sesiones|otra sesion|sesion(es)? (en|de|del|abiertas?|que))|(deje|dejo|dejamos|quedo|quedaron|esta|tengo) (la |mi |una |mis )?(sesion|sesiones|cuenta) abiert\w+|(deje|quedo|tengo) abiert\w+ (la |mi |una )?(sesion|cuenta)|sign (me )?out everywhere`)

// shut is how people tell that the organisation ended their account; a person has to look at it once it is known who they are.
var shut = plainly(`me (dieron|han dado|pusieron) de baja( (por|sin|y|del|en) .*)?$|(aparezco|figuro|salgo|estoy) (como |dad[oa] )?de baja`)

// first is how people ask for what others register for, where nobody registers.
var first = plainly(`(no tengo|nunca tuve|todavia no tengo|aun no tengo) (la |una |mi )?(clave|contrasena)|primera vez .*(clave|contrasena|entr\w+|ingres\w+)|(como )?(saco|sacar|obtengo|obtener|consigo|conseguir|tramito|solicito|solicitar|pedir|genero|generar) (la |una |mi )?(clave|contrasena)`)

// ofKeys are the words of who cannot get in.
var ofKeys = plainly(`(claves?|contrasenas?|password|usuario|bloque\w+|no puedo entrar|no puedo ingresar)`)
