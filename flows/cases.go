package flows

import "strconv"

// CaseNumber returns a new number under which a human finds what somebody told the
// bot. Six digits are for reading aloud, not for keeping secret; now and then two
// cases have the same, so nothing may be found or overwritten by the number alone.
// random returns n random bytes in hex.
func CaseNumber(random func(n int) string) string {
	n, err := strconv.ParseUint(random(4), 16, 64)
	if err != nil {
		n = 0 // random promised hex: whatever it is instead, a case needs a number
	}
	return "V" + strconv.FormatUint(100_000+n%900_000, 10)
}
