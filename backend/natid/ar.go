package natid

import (
	"regexp"
	"strings"
)

var argentina = []Kind{
	{Name: "ar.cuit", parse: parseCUIT, format: formatCUIT, Sensitive: true},
	{Name: "ar.dni", parse: parseDNI, format: thousands, Sensitive: true},
	{Name: "ar.libreta", parse: parseLibreta, format: thousands, Sensitive: true},
	{Name: "ar.cbu", parse: parseCBU, format: formatCBU, Sensitive: true},
	{Name: "ar.account", parse: parseAccount, format: formatAccount, Sensitive: true},
	{Name: "ar.username", parse: parseUsername, Sensitive: true},
}

// cuitTypes are the first two digits of a CUIT or CUIL: 20, 23, 24, 25, 26 and 27 for persons,
// 30, 33 and 34 for companies, 50, 51 and 55 for those abroad.
const cuitTypes = "20 23 24 25 26 27 30 33 34 50 51 55"

// parseCUIT reads a Clave Única de Identificación Tributaria or Laboral: two digits of type, eight
// of document or company, one check digit modulo 11 with the weights 5 4 3 2 7 6 5 4 3 2.
// Source: es.wikipedia.org, Clave Única de Identificación Tributaria; checked against python-stdnum.
// Points are taken only where they group thousands, as in 20-26.756.539-3.
func parseCUIT(_ Kind, s string) (string, Reason) {
	s, reason := numeral(s)
	if reason != "" {
		return "", reason
	}
	if s, reason = onlyDigits(grouped.ReplaceAllString(s, "$1$2$3$4$5"), " -"); reason != "" {
		return "", reason
	}
	return checkCUIT(s)
}

var grouped = regexp.MustCompile(`^(\d\d[- ]?)(\d\d)\.(\d{3})\.(\d{3})([- ]?\d)$`)

func checkCUIT(s string) (string, Reason) {
	if len(s) != 11 {
		return "", Length
	}
	if !strings.Contains(cuitTypes, s[:2]) {
		return "", Prefix
	}
	if "012345678990"[11-weighted(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11] != s[10] {
		return "", Checksum
	}
	return s, ""
}

func formatCUIT(s string) string {
	if len(s) != 11 {
		return s
	}
	return s[:2] + "-" + s[2:10] + "-" + s[10:]
}

// parseDNI reads a Documento Nacional de Identidad: seven or eight digits and no check digit
// (Ley 17.671; the oldest in use have seven). Leading zeros, which forms add, do not count.
func parseDNI(_ Kind, s string) (string, Reason) { return document(s, 7, 8) }

// parseLibreta reads a Libreta de Enrolamiento or Cívica, the documents before the DNI (Ley 17.671): five to
// eight digits; the M or F that was stamped before them is not part of the number.
func parseLibreta(_ Kind, s string) (string, Reason) {
	if len(s) > 1 && strings.ContainsRune("MFmf", rune(s[0])) && (isDigit(rune(s[1])) || s[1] == ' ') {
		s = s[1:]
	}
	return document(s, 5, 8)
}

func document(s string, fewest, most int) (string, Reason) {
	s, reason := number(s, " .")
	if reason != "" {
		return "", reason
	}
	if len(s) > most || len(s) < fewest {
		return "", Length
	}
	return s, ""
}

func thousands(s string) string {
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

// parseCBU reads a Clave Bancaria Uniforme (or a CVU, which is made alike): 22 digits in two blocks, bank and
// branch with a check digit, account with another. Source: BCRA, Com. "A" 2622 (weights 7 1 3 9 from the left of
// the first block, so 3 1 7 9 from the right of each).
func parseCBU(_ Kind, s string) (string, Reason) {
	s, reason := number(s, " -")
	if reason != "" {
		return "", reason
	}
	return checkCBU(s)
}

func checkCBU(s string) (string, Reason) {
	if len(s) != 22 {
		return "", Length
	}
	if cbuDigit(s[:7]) != s[7] || cbuDigit(s[8:21]) != s[21] {
		return "", Checksum
	}
	return s, ""
}

func cbuDigit(block string) byte {
	sum := 0
	for i := range len(block) {
		sum += int(block[len(block)-1-i]-'0') * [...]int{3, 1, 7, 9}[i%4]
	}
	return byte('0' + (10-sum%10)%10)
}

func formatCBU(s string) string {
	if len(s) != 22 {
		return s
	}
	return s[:8] + " " + s[8:]
}

// parseAccount reads the number of a bank account as a person has it at hand: a whole CBU,
// or the account number of the bank, 6 to 17 digits written with hyphens, slashes, points or spaces.
func parseAccount(_ Kind, s string) (string, Reason) {
	s, reason := number(s, " -./")
	switch {
	case reason != "":
		return "", reason
	case len(s) == 22:
		return checkCBU(s)
	case len(s) < 6 || len(s) > 17:
		return "", Length
	}
	return s, ""
}

func formatAccount(s string) string { return formatCBU(s) }

var goesOn = regexp.MustCompile(`\d[-_/]\pL`)

// parseUsername reads a user name made of the document, as insurers give them: DNI25582558 or CUIT30712417419,
// in any spelling, also without the letters, which the length then tells.
//
// A name that goes on behind the number, as a company's second one does (CUIT30712417419-ART), is none of these: without its
// end it would be somebody else's.
func parseUsername(_ Kind, s string) (string, Reason) {
	if goesOn.MatchString(s) {
		return "", Format
	}
	n, reason := number(s, " -.")
	if reason != "" {
		return "", reason
	}
	upper := strings.ToUpper(s)
	cuit := strings.Contains(upper, "CUIT") || strings.Contains(upper, "CUIL")
	if !cuit && (len(n) == 7 || len(n) == 8) {
		return "DNI" + n, ""
	}
	if strings.Contains(upper, "DNI") {
		return "", Length
	}
	if n, reason = checkCUIT(n); reason != "" {
		return "", reason
	}
	return "CUIT" + n, ""
}
