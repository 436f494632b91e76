package account

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"ventanilla/backend/portal"
	"ventanilla/flows"
)

// What becomes contact data is text of any kind, so it is looked at for what it cannot be: an answer to another question,
// or none at all. And who is asked for a street mostly writes a whole address.

// nothing are whole answers that people give who think that they are asked to confirm something.
var nothing = strings.Fields("si no ok oka dale listo bueno bien ya correcto gracias hola aja ajam claro vale va yes eso perfecto sip nop quizas test prueba")

// postcode is a postal code that is called so: "cp 97000", "C.P. B1900ABC", "código postal 1900".
var postcode = regexp.MustCompile(`(?i)[\s,.;(]*\b(?:c\.?\s?p\.?|c[oó]d(?:igo|\.)?\s+postal|postal)[\s.:]*(?:es\s+)?([a-z]?\d{4,6}(?:[a-z]{3})?)\b\)?`)

// numberOf is a number of something else than a house.
var numberOf = regexp.MustCompile(`(?i)\b(?:tel[eé]?f?o?n?o?|cel(?:ular)?|whatsapp|m[oó]vil|p[oó]liza|legajo|dni|correo|mail)\b.{0,12}\d{5}|\d{8}|\d{3,4}[ .-]\d{3}[ .-]?\d{4}`)

// fits tells whether an answer can be the part of the contact data that it becomes.
func fits(p portal.Part, said string) bool {
	words, letters := strings.Fields(flows.Plain(said)), 0
	for _, r := range said {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch {
	case !slices.Contains(written, p):
		return true
	case len(words) == 0 || slices.Contains(nothing, strings.Join(words, " ")):
		return false
	case strings.ContainsRune(said, '@') || numberOf.MatchString(said) || letters < 2:
		return false
	case p == portal.SavesStreet:
		return len(words) > 1 || strings.ContainsFunc(said, unicode.IsDigit)
	case p == portal.SavesName: // a name and a surname
		return len(words) > 1
	}
	return true
}

// written are the parts that are written in words.
var written = []portal.Part{portal.SavesName, portal.SavesStreet, portal.SavesCity, portal.SavesRegion}

// partOf is what a field takes of an answer: of a whole address the street, or the postal code.
func partOf(f portal.Field, said string) string {
	if f.Saves != portal.SavesPostcode && f.Saves != portal.SavesStreet {
		return said
	}
	m := postcode.FindStringSubmatch(said)
	switch {
	case f.Saves == portal.SavesStreet && m != nil:
		street, _ := town(postcode.ReplaceAllString(said, ""))
		return strings.Trim(street, " ,.;-")
	case f.Saves == portal.SavesStreet:
		street, _ := town(said)
		return street
	case m != nil:
		return m[1]
	}
	return said
}

// states are the provinces and states that people end an address with, as [flows.Plain] leaves them.
var states = strings.Split("buenos aires|caba|capital federal|catamarca|chaco|chubut|cordoba|corrientes|entre rios|formosa|jujuy|la pampa|la rioja|mendoza|misiones|neuquen|rio negro|salta|san juan|santa cruz|santa fe|santiago del estero|tierra del fuego|tucuman|"+
	"aguascalientes|baja california|baja california sur|campeche|chiapas|chihuahua|cdmx|ciudad de mexico|coahuila|colima|durango|guanajuato|guerrero|hidalgo|jalisco|estado de mexico|edomex|michoacan|morelos|nayarit|nuevo leon|oaxaca|puebla|queretaro|quintana roo|san luis potosi|sinaloa|sonora|tabasco|tamaulipas|tlaxcala|veracruz|yucatan|zacatecas|"+
	"azuay|bolivar|carchi|chimborazo|cotopaxi|el oro|esmeraldas|galapagos|guayas|imbabura|loja|los rios|manabi|morona santiago|napo|orellana|pastaza|pichincha|santa elena|santo domingo de los tsachilas|sucumbios|tungurahua|zamora chinchipe", "|")

// noTown are words of the other parts of an address: "colonia Guerrero" is no town of Guerrero, nor is "entre Hidalgo y Morelos" one of Morelos.
var noTown = strings.Fields("col colonia fracc fraccionamiento barrio bo b urb urbanizacion cdla ciudadela sector residencial unidad conjunto piso int interior depto dpto dto casa mz manzana lote calle c av avenida blvd boulevard pje pasaje ruta km entre y e esq esquina casi s n sn")

// town parts "calle 60 núm. 491, Centro, Mérida, Yucatán" where it says by its end which part is the town: behind the last
// comma, with the state behind it. The town is "" where that is not certain.
func town(said string) (street, town string) {
	parts := strings.FieldsFunc(said, func(r rune) bool { return r == ',' || r == ';' || r == '\n' })
	last := len(parts) - 1
	if last < 1 {
		return said, ""
	}
	at := last
	if slices.Contains(states, flows.Plain(parts[last])) && last > 1 {
		at--
		town = strings.TrimSpace(parts[at])
	} else if words := strings.Fields(parts[last]); len(words) > 1 {
		for n := 1; n < len(words) && n < 5 && town == ""; n++ {
			if slices.Contains(states, flows.Plain(strings.Join(words[len(words)-n:], " "))) {
				town = strings.Join(words[:len(words)-n], " ")
			}
		}
	}
	if town == "" || strings.ContainsFunc(town, unicode.IsDigit) || slices.ContainsFunc(strings.Fields(flows.Plain(town)), func(w string) bool { return slices.Contains(noTown, w) }) {
		return said, ""
	}
	return strings.TrimSpace(strings.Join(parts[:at], ",")), town
}

// RestOf is what a step does that asks for a street, beside no page: it remembers of a whole address what the next questions ask for.
func RestOf(_ context.Context, t *flows.Turn) (string, error) {
	said := t.Input.Text
	var told []flows.Given
	if m := postcode.FindStringSubmatch(said); m != nil {
		told = append(told, flows.Given{Kind: flows.GivenNumber, Text: m[1], Label: "cp"})
		said = postcode.ReplaceAllString(said, "")
	}
	if _, place := town(said); place != "" {
		told = append(told, flows.Given{Kind: flows.GivenPlace, Text: place})
	}
	t.Dialog.Given = append(slices.Clone(t.Dialog.Given), told...)
	return "", nil
}
