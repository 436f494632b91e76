package mailaddr

import "strings"

// providers are where people in Argentina, Mexico and Ecuador mostly have their mail.
var providers = []string{
	"gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "live.com", "icloud.com", "msn.com", "me.com", "ymail.com",
	"yahoo.com.ar", "yahoo.com.mx", "yahoo.es", "hotmail.com.ar", "hotmail.com.mx", "hotmail.es", "live.com.ar", "live.com.mx",
	"outlook.com.ar", "outlook.com.mx", "outlook.es", "fibertel.com.ar", "speedy.com.ar", "arnet.com.ar", "ciudad.com.ar",
	"prodigy.net.mx", "andinanet.net", "protonmail.com", "proton.me", "abc.gob.ar", "mseg.gba.gov.ar",
}

// neighbours are real domains that are one or two letters away from a provider's.
var neighbours = map[string]bool{
	"mail.com": true, "email.com": true, "gmx.com": true, "gmx.es": true, "aol.com": true, "mac.com": true, "hey.com": true,
	"live.cl": true, "yahoo.cl": true, "hotmail.cl": true, "outlook.cl": true, "yahoo.fr": true, "hotmail.fr": true, "hotmail.it": true, "yahoo.it": true,
	"outlook.fr": true, "outlook.it": true, "outlook.pt": true, "live.fr": true, "live.it": true, "zmail.com": true, "rocketmail.com": true,
	"we.com": true, "ml.com": true, "fmail.com": true, "inmail.com": true, "yahoo.de": true, "hotmail.de": true, "gmail.de": true, "xmail.com": true,
}

// lastSlips are endings that do not exist and what was meant.
var lastSlips = map[string]string{
	"con": "com", "cmo": "com", "ocm": "com", "comm": "com", "coml": "com", "vom": "com", "xom": "com", "cpm": "com",
	"clm": "com", "om": "com", "cm": "com", "comn": "com", "conm": "com", "coom": "com", "ccom": "com", "cim": "com", "copm": "com",
	"ra": "ar", "arr": "ar", "mxx": "mx", "mz": "mx", "nx": "mx", "ecc": "ec", "nte": "net", "ner": "net", "ogr": "org", "orgg": "org",
}

// Suggest returns the address that was probably meant when the domain looks mistyped (gmial.com, hotmail.con),
// and whether there is one. It is a question to ask, never to act upon.
func (a Address) Suggest() (meant Address, ok bool) {
	domain := a.domain
	for _, p := range providers {
		if p == domain {
			return Address{}, false
		}
	}
	if neighbours[domain] {
		return Address{}, false
	}
	if meant := nearest(domain); meant != "" {
		return Address{a.local, meant}, true
	}
	if meant := mendEnding(domain); meant != domain {
		return Address{a.local, meant}, true
	}
	return Address{}, false
}

// nearest is the provider within one slip of a short domain, two of a longer one. The first wins: the more common.
func nearest(domain string) string {
	if name, rest, _ := strings.Cut(domain, "."); name == "gmail" && rest != "com" {
		return "gmail.com" // it has no other
	}
	for slips := 1; slips <= 2; slips++ {
		for _, p := range providers {
			if len(p) >= 4+4*slips-1 && slipsBetween(domain, p) == slips {
				return p
			}
		}
	}
	return ""
}

// mendEnding mends the last label, and a com before a country.
func mendEnding(domain string) string {
	labels := strings.Split(domain, ".")
	for i := max(1, len(labels)-2); i < len(labels); i++ {
		if i == len(labels)-1 || labels[i] == "con" || labels[i] == "cmo" {
			if meant, ok := lastSlips[labels[i]]; ok {
				labels[i] = meant
			}
		}
	}
	return strings.Join(labels, ".")
}

// slipsBetween counts the letters added, left out, changed or swapped with their neighbour
// (optimal string alignment, a restricted Damerau-Levenshtein distance).
func slipsBetween(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
