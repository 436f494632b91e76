package webform

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ventanilla/flows"
)

// ending is why a page shows no form, or what stands above it. Its name begins
// the keys of its sentences: "expired_title", "expired_text".
type ending string

const (
	open         ending = ""              // the form is there
	bad          ending = "bad"           // the address is not one of ours
	expired      ending = "expired"       // the link's time is over
	superseded   ending = "superseded"    // the dialog is elsewhere: saved already, moved on, a newer link
	spent        ending = "spent"         // too many wrong PINs
	used         ending = "used"          // a mailed link that did its work
	grantExpired ending = "grant_expired" // a mailed link whose time is over
	busy         ending = "busy"          // another window is saving
	unfinished   ending = "unfinished"    // this window sent something else, whose fate is not known
	unknown      ending = "unknown"       // perhaps saved, perhaps not
	unavailable  ending = "unavailable"   // nothing was done
	tooMany      ending = "too_many"
)

var statuses = map[ending]int{
	open: http.StatusOK, bad: http.StatusNotFound, expired: http.StatusGone, superseded: http.StatusGone,
	spent: http.StatusForbidden, used: http.StatusGone, grantExpired: http.StatusGone, busy: http.StatusConflict, unfinished: http.StatusConflict,
	unknown: http.StatusServiceUnavailable, unavailable: http.StatusServiceUnavailable, tooMany: http.StatusTooManyRequests,
}

func (e ending) status() int { return statuses[e] }

// view is a page as the template draws it.
type view struct {
	Face
	Status     int
	State      string // "form", or what the page ends with: names its picture
	Title      string
	Paragraphs []string
	Alert      string // above the form
	Form       *formView
	Link       string // where to go on, "" for nowhere
	Brand      string // the stylesheet of the organisation's colour
	texts      flows.Texts
}

// formView is a form with what is wrong with it.
type formView struct {
	flows.FormPage
	Request    string
	PINValue   string
	PINProblem string
	Problems   map[string]string
	Values     map[string]string // of fields that may be shown again; never a password
	Ours, Core []flows.Rule
	Mailed     bool // the link came by mail: the PIN is not beside it
}

// Say returns one of the page's own sentences.
func (v view) Say(key string, pairs ...string) string {
	values := map[string]string{"portal": v.Portal, "org": v.Organisation}
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	s, _ := v.texts.Text("page", key, values)
	return s
}

// Style and Script name the assets, by their contents.
func (view) Style() string { return styleName }

// Script implements the template's question for the script.
func (view) Script() string { return scriptName }

// First is the field that gets the focus because something is wrong with it.
func (f formView) First() string {
	if f.PINProblem != "" {
		return pinField
	}
	for _, field := range f.Fields {
		if f.Problems[field.Name] != "" {
			return field.Name
		}
	}
	return ""
}

// FirstNew is the field under which the rules of passwords are shown.
func (f formView) FirstNew() string {
	for _, field := range f.Fields {
		if field.Kind == "new-password" {
			return field.Name
		}
	}
	return ""
}

// frame is a page without contents, in an organisation's name.
func (p *Pages) frame(k flows.Key) view {
	face := p.Face(k)
	return view{Face: face, Brand: brandName(face.Colour), texts: p.Texts(k.Portal)}
}

const rulesTime = 3 * time.Second

// formView is a page with its form. What was typed comes back only where it is no password.
func (p *Pages) formView(ctx context.Context, v visit, q request) view {
	page := p.frame(v.key)
	page.form(v.page, q)
	page.Form.ruled(p.rules(ctx, v.name+"/"+v.entered, func(ctx context.Context) (flows.Judgement, error) {
		return v.engine.Check(ctx, p.call(v, "check/"+v.entered), flows.FormValues{})
	}))
	return page
}

// ruled shows rules under the first new password.
func (f *formView) ruled(rules []flows.Rule) {
	for _, r := range rules {
		if r.Core {
			f.Core = append(f.Core, r)
		} else {
			f.Ours = append(f.Ours, r)
		}
	}
}

// rules are what the judge says before anything is typed. Where it does not answer, or
// was asked for this page more often than a person would, they are those shown before.
func (p *Pages) rules(ctx context.Context, name string, ask func(context.Context) (flows.Judgement, error)) []flows.Rule {
	if !p.meter.over("look/"+name, mostLooks) {
		ctx, cancel := context.WithTimeout(ctx, rulesTime)
		defer cancel()
		if j, err := ask(ctx); err == nil && len(j.Rules) > 0 {
			p.kept.put(name, j.Rules)
			return j.Rules
		}
	}
	return p.kept.get(name)
}

// grantView is the page of a mailed link with its form.
func (p *Pages) grantView(ctx context.Context, m mailed, q request) view {
	page := p.frame(m.record.Key)
	page.form(m.page, q)
	page.Form.Mailed = true
	if page.Form.FirstNew() != "" {
		page.Form.ruled(p.rules(ctx, "grant/"+m.id, func(ctx context.Context) (flows.Judgement, error) {
			return m.engine.CheckGrant(ctx, p.callGrant(m, "check"), m.record.Grant, flows.FormValues{})
		}))
	}
	return page
}

func (v *view) form(f flows.FormPage, q request) {
	v.State, v.Title, v.Paragraphs = "form", f.Title, paragraphs(f.Intro)
	v.Form = &formView{FormPage: f, Request: q.id, PINValue: q.pin, Values: map[string]string{}}
	for _, field := range f.Fields {
		if field.Kind == "text" || field.Kind == "choice" || field.Kind == "check" {
			v.Form.Values[field.Name] = q.values[field.Name].Reveal()
		}
	}
}

func (p *Pages) resultView(k flows.Key, out flows.Outcome) view {
	page := p.frame(k)
	page.State, page.Title, page.Paragraphs, page.Link, page.Status = out.State, out.Title, paragraphs(out.Text), out.Link, http.StatusOK
	return page
}

// refuse shows why there is no form, and what to do now.
func (p *Pages) refuse(w http.ResponseWriter, k flows.Key, end ending) {
	page := p.frame(k)
	page.State, page.Title, page.Paragraphs = string(end), page.Say(string(end)+"_title"), paragraphs(page.Say(string(end)+"_text"))
	p.show(w, page, end.status())
}

// again shows the form with what went wrong above it; the same button repeats the same request.
func (p *Pages) again(ctx context.Context, w http.ResponseWriter, v visit, q request, end ending) {
	if end == superseded {
		p.refuse(w, v.key, end)
		return
	}
	page := p.formView(ctx, v, q)
	page.Alert = page.Say(string(end) + "_text")
	p.show(w, page, end.status())
}

//go:embed page.html
var pageFile embed.FS

var pageTemplate = template.Must(template.ParseFS(pageFile, "page.html"))

func (p *Pages) show(w http.ResponseWriter, v view, status int) {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, v); err != nil {
		p.Log.Error("a page could not be drawn", "state", v.State, "err", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", v.Locale)
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func paragraphs(s string) (all []string) {
	for p := range strings.SplitSeq(s, "\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

func number(n int) string { return strconv.Itoa(n) }
