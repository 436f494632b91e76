package account

import (
	"testing"

	"ventanilla/backend/portal"
)

func TestAWholeAddressIsTakenApartWhereItSaysItself(t *testing.T) {
	for said, want := range map[string][2]string{
		"calle 60 # 491 col centro, merida yucatan cp 97000":               {"calle 60 # 491 col centro", "merida"},
		"calle 60 # 491 col centro merida yucatan cp 97000":                {"calle 60 # 491 col centro merida yucatan", ""},
		"Av. Vallarta 1200, Americana, Guadalajara, Jalisco, C.P. 44160":   {"Av. Vallarta 1200, Americana", "Guadalajara"},
		"Álvaro Obregón 120, int. 4, Roma Norte":                           {"Álvaro Obregón 120, int. 4, Roma Norte", ""},
		"Puebla 12, colonia Guerrero":                                      {"Puebla 12, colonia Guerrero", ""},
		"Juárez 8, entre Hidalgo y Morelos":                                {"Juárez 8, entre Hidalgo y Morelos", ""},
		"Calle 12 N.º 845, piso 2 B, La Plata, Buenos Aires (CP B1900ABC)": {"Calle 12 N.º 845, piso 2 B", "La Plata"},
		"Calle 7 1234, Salta":                                              {"Calle 7 1234, Salta", ""},
		"Amazonas N34-120 y Azuay, Quito, Pichincha, código postal 170135": {"Amazonas N34-120 y Azuay", "Quito"},
		"domicilio conocido":                                               {"domicilio conocido", ""},
	} {
		street := partOf(portal.Field{Saves: portal.SavesStreet}, said)
		if _, place := town(postcode.ReplaceAllString(said, "")); street != want[0] || place != want[1] {
			t.Errorf("%q is %q and %q, want %q", said, street, place, want)
		}
	}
}

func TestAPartOfTheContactDataIsNotWhateverWasWritten(t *testing.T) {
	for _, c := range []struct {
		part portal.Part
		said string
		want bool
	}{
		{portal.SavesStreet, "Calle 50 nro 320", true}, {portal.SavesStreet, "domicilio conocido", true}, {portal.SavesStreet, "calle 60 # 491 col centro", true},
		{portal.SavesStreet, "si", false}, {portal.SavesStreet, "hugosan", false}, {portal.SavesStreet, "lola@correo.example", false}, {portal.SavesStreet, "telefono 9991234567", false},
		{portal.SavesStreet, "999 123 4567", false}, {portal.SavesStreet, "97000", false},
		{portal.SavesCity, "Mérida", true}, {portal.SavesCity, "Sí", false}, {portal.SavesCity, "ok", false},
		{portal.SavesName, "Dolores Cantú", true}, {portal.SavesName, "si", false}, {portal.SavesName, "Dolores", false},
		{portal.SavesPhone, "+529991234567", true}, {portal.SavesEmail, "si@correo.example", true},
	} {
		if got := fits(c.part, c.said); got != c.want {
			t.Errorf("%q as a %s: %v, want %v", c.said, c.part, got, c.want)
		}
	}
}
