package natid

import (
	"errors"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// phones reads the telephone numbers of a country (and those of others, written with their +) as libphonenumber
// does, and gives E.164: "+5492215550101". Where a number is only possible, and
// belongs to no plan that is known, it is accepted: plans grow. The 1 that Mexico's mobiles had after +52 until
// 2019 (IFT, Plan Técnico Fundamental de Numeración) and that WhatsApp still shows is dropped.
var phones = []Kind{phone("ar", "AR"), phone("ec", "EC"), phone("mx", "MX")}

func phone(country, region string) Kind {
	return Kind{
		Name:  country + ".phone",
		parse: func(_ Kind, s string) (string, Reason) { return parsePhone(s, region) },
		format: func(s string) string {
			n, err := phonenumbers.Parse(s, region)
			if err != nil {
				return s
			}
			return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
		},
	}
}

func parsePhone(s, region string) (string, Reason) {
	first, last := strings.IndexFunc(s, func(r rune) bool { return r == '+' || isDigit(r) }), strings.LastIndexFunc(s, isDigit)
	if last < 0 {
		return "", Empty
	}
	written := s[first : last+1]
	if strings.ContainsFunc(written, unicode.IsLetter) {
		return "", Many
	}
	n, err := phonenumbers.Parse(written, region)
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return "", Prefix
	case err != nil:
		return "", Length
	case n.GetCountryCode() == mexican && n.GetNationalNumber()/1e10 == 1:
		*n.NationalNumber -= 1e10
	}
	canonical := phonenumbers.Format(n, phonenumbers.E164)
	if again, err := phonenumbers.Parse(phonenumbers.Format(n, phonenumbers.INTERNATIONAL), region); err != nil || phonenumbers.Format(again, phonenumbers.E164) != canonical {
		return "", Prefix // zeros before zeros: nobody's number
	}
	if phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE {
		return "", Length
	}
	return canonical, ""
}

const mexican = 52
