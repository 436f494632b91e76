package webform

import (
	"encoding/json"
	"net/http"

	"ventanilla/flows"
)

// checked is the answer to a page that asks what is thought of values being
// typed. It repeats nothing of them.
type checked struct {
	Rules    []checkedRule     `json:"rules"`
	Strength int               `json:"strength"`
	Word     string            `json:"word"`    // the strength in words
	Summary  string            `json:"summary"` // for who cannot see the list
	Problems map[string]string `json:"problems"`
}

type checkedRule struct {
	Text string `json:"text"`
	OK   bool   `json:"ok"`
	Core bool   `json:"core"`
}

// check judges values while they are typed (RULES: pw.page). It asks for no PIN,
// keeps nothing and changes nothing.
func (p *Pages) check(w http.ResponseWriter, r *http.Request) {
	v, end := p.find(r.Context(), r.PathValue("token"))
	if end != open {
		w.WriteHeader(end.status())
		return
	}
	if p.meter.over("check/"+v.name+"/"+v.entered, mostChecks) {
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	q := p.read(r, v.page.Fields, v.name+v.entered)
	j, err := v.engine.Check(r.Context(), p.call(v, "check/"+v.entered), q.values)
	p.verdict(w, r, v.key, v.page.Name, j, err)
}

// checkGrant is check of the page of a mailed link. It uses nothing up.
func (p *Pages) checkGrant(w http.ResponseWriter, r *http.Request) {
	m, end := p.findGrant(r.Context(), r.PathValue("token"))
	if end != open {
		w.WriteHeader(end.status())
		return
	}
	if p.meter.over("check/grant/"+m.id, mostChecks) {
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	q := p.read(r, m.page.Fields, m.id)
	j, err := m.engine.CheckGrant(r.Context(), p.callGrant(m, "check"), m.record.Grant, q.values)
	p.verdict(w, r, m.record.Key, m.page.Name, j, err)
}

// verdict answers a page that asks.
func (p *Pages) verdict(w http.ResponseWriter, r *http.Request, k flows.Key, form string, j flows.Judgement, err error) {
	if err != nil {
		p.Log.WarnContext(r.Context(), "a form could not be judged", "key", k, "form", form, "err", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(p.judged(k, j)); err != nil {
		p.Log.DebugContext(r.Context(), "a judgement was not read", "err", err)
	}
}

func (p *Pages) judged(k flows.Key, j flows.Judgement) checked {
	page := p.frame(k)
	c := checked{Rules: []checkedRule{}, Strength: min(max(j.Strength, 0), 4), Problems: j.Problems}
	missing := 0
	for _, r := range j.Rules {
		c.Rules = append(c.Rules, checkedRule(r))
		if !r.OK {
			missing++
		}
	}
	c.Word = page.Say("strength_" + number(c.Strength))
	c.Summary = page.Say("summary", "n", number(missing), "word", c.Word)
	if missing == 0 {
		c.Summary = page.Say("summary_ok", "word", c.Word)
	}
	return c
}
