package console

import "strings"

// named is what something calls itself in a browser's words, and what people call it.
type named struct{ sign, name string }

// browserNames are in this order, because most browsers say that they are others, too.
// Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/User-Agent
var browserNames = []named{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"},
	{"CriOS/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Version/", "Safari"}}

var systemNames = []named{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}

func nameIn(agent string, all []named) string {
	for _, n := range all {
		if strings.Contains(agent, n.sign) {
			return n.name
		}
	}
	return ""
}

// Device is where a session is, as people say it: "Chrome en Linux"; "" if its browser does not say it in a way that is known.
func (s sessionView) Device() string {
	browser, system := nameIn(s.Session.Where, browserNames), nameIn(s.Session.Where, systemNames)
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return s.T("device", "browser", browser, "system", system)
}
