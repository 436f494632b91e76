package bot

import "net/http"

// Guarded sets the headers of a page that is nobody else's business (OWASP HTTP Headers Cheat Sheet): it may
// load what the policy says and nothing more, is framed, cached and found nowhere, and its address is told to
// as few as the referrer policy says.
func Guarded(h http.Header, policy, referrer string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", referrer)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
}
