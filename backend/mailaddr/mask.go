package mailaddr

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

const dots = "•••"

// Mask shows only so much of an address that its owner knows it again: "a•••z@g•••.com". The dots do not
// tell how long it is; a short local part shows only its first letter. What is no address is hidden whole.
func Mask(s string) string {
	a, err := Parse(s)
	if err != nil {
		return dots
	}
	return a.Mask()
}

// Mask is the function [Mask] for an address.
func (a Address) Mask() string {
	if a == (Address{}) {
		return dots
	}
	last := ""
	if len(a.local) > 4 {
		last = a.local[len(a.local)-1:]
	}
	suffix, _ := publicsuffix.PublicSuffix(a.domain)
	if suffix == a.domain {
		suffix = a.domain[strings.LastIndexByte(a.domain, '.')+1:]
	}
	domain := a.domain[:1] + dots + "." + suffix
	return a.local[:1] + dots + last + "@" + domain
}
