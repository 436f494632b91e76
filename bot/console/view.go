package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"ventanilla/store"
)

//go:embed assets pages words canned ways.yaml
var files embed.FS

// frame is what the pages are drawn from.
type frame struct {
	words
	Title    string
	Page     string // "list", "talk": what the page's script does
	Agent    store.Agent
	Alert    string
	Name     string // typed at the sign-in, or of who enrols
	Seed     string // of the authenticator, for who cannot read the picture
	QR       string // an SVG path of unit squares
	QRSize   int
	Filter   filter
	Groups   []group
	Portals  []Organisation
	Case     string
	Found    []rowView
	Talk     talkView
	Trail    []actView
	Sound    bool // the trail is what was written
	Sessions []sessionView
	Help     helpView
	Watch    supervision
	Choices  choices
	Team     []mate
	Find     findForm
	Sought   bool   // something was looked for
	Named    bool   // and may be a name
	Here     string // the page, to come back to after a change of the visitor's own
	away     bool
}

// sessionView is a session in the list of them.
type sessionView struct {
	store.Session
	words
	Mine bool
}

// Supervisor tells whether the visitor sees the figures.
func (f frame) Supervisor() bool {
	return f.Agent.Role == store.Supervises || f.Agent.Role == store.Audits
}

// QRBox is the side of the QR code with the quiet zone around it.
func (f frame) QRBox() int { return f.QRSize + 4 }

// Waiting is how many wait for a person, as far as the list shows.
func (f frame) Waiting() int {
	for _, g := range f.Groups {
		if g.Need == waits {
			return len(g.Rows) + g.More
		}
	}
	return 0
}

// frame is a page for somebody who is signed in.
func (c *Console) frame(v visit, title string) frame {
	f := frame{words: v.words, Title: v.words.T(title), Agent: v.agent, away: !v.agent.Takes(c.Now())}
	for _, o := range c.Organisations {
		if v.agent.Sees(o.ID) {
			f.Portals = append(f.Portals, o)
		}
	}
	return f
}

// words are what the pages say, in the visitor's language.
type words struct {
	Lang   string
	text   map[string]string
	fields map[string]string // what the profiles call their questions
	zone   *time.Location    // in which times are shown; nil: UTC
}

var languages = map[string]words{"es": mustWords("es"), "en": mustWords("en")}

// mustWords reads a language that is part of the program: a mistake in it stops every test.
func mustWords(lang string) words {
	w := words{Lang: lang, text: map[string]string{}}
	all, _ := fs.Glob(files, "words/"+lang+"/*.yaml") // a constant pattern: cannot fail
	for _, name := range all {
		b, err := files.ReadFile(name)
		if err == nil {
			err = yaml.Unmarshal(b, &w.text)
		}
		if err != nil {
			w.text["title"] = err.Error()
		}
	}
	return w
}

const languageCookie = "ventanilla-language"

// wordsFor is the language that a visitor chose, or what the browser prefers.
func wordsFor(r *http.Request) words {
	if cookie, err := r.Cookie(languageCookie); err == nil && languages[cookie.Value].text != nil {
		return languages[cookie.Value]
	}
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
		return languages["en"]
	}
	return languages["es"]
}

func (c *Console) language(w http.ResponseWriter, r *http.Request) {
	lang := r.PostFormValue("language")
	if languages[lang].text != nil {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: lang, Path: Path, MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: c.secure(), SameSite: http.SameSiteStrictMode})
	}
	http.Redirect(w, r, Path, http.StatusSeeOther)
}

// T is a sentence, with its {placeholders} filled from pairs.
func (w words) T(key string, pairs ...any) string {
	s, ok := w.text[key]
	if !ok {
		return "[" + key + "]"
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
	}
	return s
}

// ago is a length of time in few characters: "4 min", "2 h", "3 d".
func (w words) ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return w.T("now")
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 48*time.Hour:
		return strings.TrimSuffix(strconv.Itoa(int(d/time.Hour))+" h "+strconv.Itoa(int(d%time.Hour/time.Minute))+" min", " 0 min")
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " d"
}

var templates = template.Must(template.New("").ParseFS(files, "pages/*.html"))

// show draws a page or a part of one.
func (c *Console) show(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		c.fail(w, fmt.Errorf("drawing %s: %w", name, err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// assetNames are the files of the pages by names that change with their contents, so that browsers may keep them.
var assetNames, assetFiles = nameAssets()

var assetKinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func nameAssets() (names, byName map[string]string) {
	names, byName = map[string]string{}, map[string]string{}
	all, _ := fs.Glob(files, "assets/*.*") // a constant pattern: cannot fail
	for _, file := range all {
		b, _ := files.ReadFile(file)
		if assetKinds[path.Ext(file)] == "" {
			continue // a licence
		}
		sum := sha256.Sum256(b)
		ext := path.Ext(file)
		name := strings.TrimSuffix(path.Base(file), ext) + "-" + hex.EncodeToString(sum[:6]) + ext
		names[path.Base(file)], byName[name] = name, file
	}
	return names, byName
}

// Icon is the address of the picture that browsers show beside the title.
func (words) Icon() string { return Path + "assets/" + assetNames["icon.svg"] }

// Sheets are the addresses of the pages' style sheets.
func (words) Sheets() []string { return assets(".css") }

// Scripts are the addresses of the pages' scripts.
func (words) Scripts() []string { return assets(".js") }

// assets are the addresses of the files with an ending, by name.
func assets(ext string) (all []string) {
	for _, file := range slices.Sorted(maps.Keys(assetNames)) {
		if path.Ext(file) == ext {
			all = append(all, Path+"assets/"+assetNames[file])
		}
	}
	return all
}

func asset(w http.ResponseWriter, r *http.Request) {
	b, err := files.ReadFile(assetFiles[r.PathValue("name")])
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", assetKinds[path.Ext(r.PathValue("name"))])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(b)
}

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
