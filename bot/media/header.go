package media

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// headers are those of every answer (RULES: link.token).
func headers(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Content-Security-Policy", "frame-ancestors 'none'")
}

// disposition names a document as RFC 6266 has it: the name in ASCII for who knows
// no better, and as it is (RFC 8187) for everybody else.
func disposition(name string) string {
	name = clean(name)
	plain := ascii(name)
	out := `inline; filename="` + plain + `"`
	if plain != name {
		out += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return out
}

// clean is a name without folders, quotes and what cannot be seen.
func clean(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`"%;`, r) {
			return -1
		}
		return r
	}, name)
	if r := []rune(name); len(r) > 120 {
		name = string(r[:60]) + "…" + string(r[len(r)-50:])
	}
	if strings.Trim(name, "./ ") == "" {
		return "documento.pdf"
	}
	return norm.NFC.String(name)
}

// ascii writes a name without accents, and with _ for what has no such spelling.
func ascii(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r > '~':
			return '_'
		}
		return r
	}, norm.NFD.String(name))
}

// tag tells one version of a document from another, so that ranges of two are never joined.
func tag(data []byte) string {
	sum := sha256.Sum256(data)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}
