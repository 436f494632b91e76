package demo

import (
	"net"
	"net/http"
	"net/url"
)

// guard lets through only requests that name this address as their host, and
// that no foreign page sent: a site open in another tab must not play with the
// demo, nor reach it under a name of its own (DNS rebinding).
type guard struct {
	port string
	next http.Handler
}

// hosts are the spellings of this machine that are let through.
var hosts = []string{"127.0.0.1", "localhost", "[::1]"}

func (g guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.own(r.Host) {
		refuse(w, http.StatusMisdirectedRequest, "the demo answers only under its own address, not as "+r.Host)
		return
	}
	for _, origin := range r.Header.Values("Origin") {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" || !g.own(u.Host) {
			refuse(w, http.StatusForbidden, "the demo takes no requests from pages of "+origin)
			return
		}
	}
	g.next.ServeHTTP(w, r)
}

func (g guard) own(host string) bool {
	for _, h := range hosts {
		if host == h+":"+g.port || g.port == "80" && host == h {
			return true
		}
	}
	return false
}

// portOf returns the port of an address that was listened on.
func portOf(addr net.Addr) string {
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return ""
	}
	return port
}
