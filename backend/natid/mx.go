package natid

import (
	"regexp"
	"strings"
	"time"
)

var mexico = []Kind{
	{Name: "mx.curp", parse: parseCURP, Sensitive: true},
	{Name: "mx.rfc", parse: parseRFC, format: formatRFC, doubt: doubtRFC, Sensitive: true},
}

var curpShape = regexp.MustCompile(`^[A-Z]{4}[0-9]{6}[A-Z]{6}[0-9A-Z][0-9]$`)

// curpStates are the federal entities of birth; NE is born abroad. Source: RENAPO, Instructivo Normativo
// para la asignación de la CURP, annex 4.
const curpStates = "AS BC BS CC CH CL CM CS DF DG GR GT HG JC MC MN MS NE NL NT OC PL QR QT SL SP SR TC TL TS VZ YN ZS"

// curpWords never begin a CURP: their second letter becomes X. Source: the same, annex 2.
const curpWords = `BACA BAKA BUEI BUEY CACA CACO CAGA CAGO CAKA CAKO COGE COGI COJA COJE COJI COJO COLA CULO FALO FETO
GETA GUEI GUEY JETA JOTO KACA KACO KAGA KAGO KAKA KAKO KOGE KOGI KOJA KOJE KOJI KOJO KOLA KULO LILO LOCA LOCO LOKA LOKO
MAME MAMO MEAR MEAS MEON MIAR MION MOCO MOKO MULA MULO NACA NACO PEDA PEDO PENE PIPI PITO POPO PUTA PUTO QULO RATA ROBA
ROBE ROBO RUIN SENO TETA VACA VAGA VAGO VAKA VUEI VUEY WUEI WUEY`

// parseCURP reads a Clave Única de Registro de Población: four letters of the name, date of birth, sex (H, M or X), state of birth,
// three consonants, a character that tells the century (digit: born before 2000) and a check digit modulo 10.
// Source: RENAPO, Instructivo Normativo para la asignación de la CURP.
func parseCURP(_ Kind, s string) (string, Reason) {
	s = letters(s, "-_ ")
	switch {
	case s == "":
		return "", Empty
	case len(s) != 18:
		return "", lengthOf(s)
	case !curpShape.MatchString(s):
		return "", Format
	case strings.Contains(curpWords, s[:4]):
		return "", Prefix
	case !calendar(century(s[16])+s[4:10], "20060102"):
		return "", Date
	case !strings.Contains("HMX", s[10:11]), !strings.Contains(curpStates, s[11:13]):
		return "", Part
	case curpDigit(s) != s[17]:
		return "", Checksum
	}
	return s, ""
}

func century(c byte) string {
	if c <= '9' {
		return "19"
	}
	return "20"
}

const curpValues = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ" // & holds the place of Ñ

func curpDigit(s string) byte {
	sum := 0
	for i := range 17 {
		sum += strings.IndexByte(curpValues, s[i]) * (18 - i)
	}
	return byte('0' + (10-sum%10)%10)
}

var rfcShape = regexp.MustCompile(`^(?:[A-ZÑ&]{4}[0-9]{6}(?:[0-9A-Z]{3})?|[A-ZÑ&]{3}[0-9]{6}[0-9A-Z]{3})$`)

// rfcWords never begin a person's RFC: their last letter becomes X. Source: SAT, Anexo IV of the RFC instructions.
const rfcWords = `BUEI BUEY CACA CACO CAGA CAGO CAKA CAKO COGE COJA COJE COJI COJO CULO FETO GUEY JOTO KACA KACO KAGA KAGO
KAKA KOGE KOJO KULO MAME MAMO MEAR MEAS MEON MION MOCO MULA PEDA PEDO PENE PUTA PUTO QULO RATA RUIN`

// parseRFC reads a Registro Federal de Contribuyentes: four letters for a person, three for a company, a date, and the
// three characters of the homoclave, which a person may not know (then ten characters). The last of
// them is a check digit that about 1.5 % of those in use do not satisfy: a doubt, not a reason.
// Source: SAT, Anexo III and IV (algorithm and inconvenient words).
func parseRFC(_ Kind, s string) (string, Reason) {
	s = letters(s, "-_ ")
	r := []rune(s)
	if s == "" {
		return "", Empty
	}
	if !rfcShape.MatchString(s) {
		if len(r) == 10 || len(r) == 12 || len(r) == 13 {
			return "", Format
		}
		return "", lengthOf(s)
	}
	name := string(r[:len(r)-9])
	if len(r) == 10 {
		name = string(r[:4])
	}
	if len(name) == 4 && strings.Contains(rfcWords, name) {
		return "", Prefix
	}
	// The century is not written: in 2000 every day of the calendar exists that can exist at all.
	if !calendar("20"+s[len(name):len(name)+6], "20060102") {
		return "", Date
	}
	return s, ""
}

func formatRFC(s string) string {
	i := strings.IndexFunc(s, isDigit)
	if i < 3 || len(s) < i+6 {
		return s
	}
	return strings.TrimSpace(s[:i] + " " + s[i:i+6] + " " + s[i+6:])
}

const rfcValues = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"

var homoclave = regexp.MustCompile(`[1-9A-V][1-9A-Z][0-9A]$`)

func doubtRFC(s string) Reason {
	r := []rune(s)
	if len(r) < 12 {
		return ""
	}
	if len(r) == 12 {
		r = append([]rune{' '}, r...)
	}
	sum := 0
	for i, c := range r[:12] {
		sum += strings.Count(before(rfcValues, c), "") * (13 - i)
		sum -= 13 - i // Count of "" is one more than the characters
	}
	digits := "0123456789A"
	if !homoclave.MatchString(s) || digits[(11-sum%11)%11] != s[len(s)-1] {
		return Checksum
	}
	return ""
}

func before(s string, c rune) string {
	head, _, _ := strings.Cut(s, string(c))
	return head
}

// lengthOf tells a wrong length from something that is no identifier at all.
func lengthOf(s string) Reason {
	if !strings.ContainsFunc(s, isDigit) {
		return Empty
	}
	return Length
}

func calendar(date, layout string) bool {
	_, err := time.Parse(layout, date)
	return err == nil
}
