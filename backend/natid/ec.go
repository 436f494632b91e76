package natid

var ecuador = []Kind{
	{Name: "ec.cedula", parse: parseCedula, format: formatCedula, Sensitive: true},
	{Name: "ec.ruc", parse: parseRUC, doubt: doubtRUC, Sensitive: true},
}

// parseCedula reads a cédula de identidad: two digits of province (01 to 24, 30 or 50 for those registered abroad),
// a third below 7, a check digit modulo 10 with the weights 2 1 2 1 … where products above 9 lose 9.
// Source: Registro Civil del Ecuador, as published in es.wikipedia.org, Cédula de identidad (Ecuador).
func parseCedula(_ Kind, s string) (string, Reason) {
	s, reason := number(s, " -")
	if reason != "" {
		return "", reason
	}
	return checkCedula(s)
}

func checkCedula(s string) (string, Reason) {
	switch {
	case len(s) != 10:
		return "", Length
	case !province(s):
		return "", Prefix
	case s[2] > '6':
		return "", Part
	}
	sum := 0
	for i := range 10 {
		n := int(s[i]-'0') * (2 - i%2)
		if n > 9 {
			n -= 9
		}
		sum += n
	}
	if sum%10 != 0 {
		return "", Checksum
	}
	return s, ""
}

func province(s string) bool {
	return s[:2] >= "01" && s[:2] <= "24" || s[:2] == "30" || s[:2] == "50"
}

func formatCedula(s string) string {
	if len(s) != 10 {
		return s
	}
	return s[:9] + "-" + s[9:]
}

// parseRUC reads a Registro Único de Contribuyentes: 13 digits. Below 6 in the third place it is a person's
// cédula and an establishment; 6 is a public body (or a person whose cédula has a 6 there), 9 a company.
// Source: SRI, Estructura del RUC. The SRI also gives out numbers whose check digit does not follow
// modulo 11, so that a wrong one is only a doubt for companies and public bodies, see [Kind.Doubt].
func parseRUC(_ Kind, s string) (string, Reason) {
	s, reason := number(s, " -")
	switch {
	case reason != "":
		return "", reason
	case len(s) != 13:
		return "", Length
	case !province(s):
		return "", Prefix
	case s[2] == '7' || s[2] == '8':
		return "", Part
	case s[10:] == "000" && (s[9] == '0' || !public(s)): // establishments count from 001, those of public bodies from 0001
		return "", Part
	case s[2] < '6':
		if _, reason := checkCedula(s[:10]); reason != "" {
			return "", reason
		}
	}
	return s, ""
}

func doubtRUC(s string) Reason {
	if len(s) != 13 || !allDigits(s) {
		return Format
	}
	if _, reason := checkCedula(s[:10]); reason == "" || public(s) {
		return ""
	}
	if s[2] == '9' && weighted(s, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 {
		return ""
	}
	return Checksum
}

// public tells a public body's RUC, whose ninth digit is the check digit; some have a 9 in the third place.
func public(s string) bool {
	return s[2] >= '6' && weighted(s, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}
