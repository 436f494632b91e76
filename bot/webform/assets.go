package webform

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

//go:embed assets/page.css
var style string

//go:embed assets/page.js
var script string

// The names of assets change with their contents, so that browsers may keep them forever.
var (
	styleName  = "page-" + short(style) + ".css"
	scriptName = "page-" + short(script) + ".js"
	brandFile  = regexp.MustCompile(`^brand-([0-9a-f]{6})\.css$`)
	colour     = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
)

func short(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:6])
}

// asset serves the style and the script of the pages, and the style of a colour.
func asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	kind, content := "text/css; charset=utf-8", style
	switch found := brandFile.FindStringSubmatch(name); {
	case name == scriptName:
		kind, content = "text/javascript; charset=utf-8", script
	case found != nil:
		content = brand(found[1])
	case name != styleName:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write([]byte(content))
}

const defaultColour = "#1f5d8c"

// brandName is the stylesheet of an organisation's colour.
func brandName(c string) string {
	if !colour.MatchString(c) {
		c = defaultColour
	}
	return "brand-" + strings.ToLower(c[1:]) + ".css"
}

// brand makes a colour usable: what is written on it is black or white, whichever
// is easier to read, and on a dark page a dark colour gets an edge.
func brand(hexColour string) string {
	ink := "#ffffff"
	if l := luminance(hexColour); contrast(l, 0) > contrast(l, 1) {
		ink = "#000000"
	}
	return fmt.Sprintf(":root{--brand:#%s;--on-brand:%s}\n", hexColour, ink)
}

// contrast and luminance are those of WCAG 2.2 (relative luminance, contrast ratio).
func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

func luminance(hexColour string) float64 {
	v, err := strconv.ParseUint(hexColour, 16, 32)
	if err != nil {
		return 0
	}
	linear := func(c uint64) float64 {
		s := float64(c&0xff) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(v>>16) + 0.7152*linear(v>>8) + 0.0722*linear(v)
}
