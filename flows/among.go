package flows

import (
	"context"
	"slices"
	"strings"
)

// What people say about a list besides naming one of it: "los dos", "ninguno", "el otro". What
// it means is done only where it can mean one thing; elsewhere the list is asked again.

var (
	allOf   = phrasesOf("los dos|las dos|los tres|las tres|ambos|ambas|todos|todas|los dos por favor|las dos por favor|a los dos|el primero y el segundo|la primera y la segunda")
	noneOf  = phrasesOf("ninguno|ninguna|ninguno de los dos|ninguna de las dos|ninguno de esos|ninguna de esas|ninguno de estos|ninguna de estas|ni uno ni otro|ni una ni otra|no es ninguno|no es ninguna")
	otherOf = phrasesOf("otro|otra|el otro|la otra|ese no|esa no|ese no el otro|esa no la otra|no el otro|no la otra|mejor el otro|mejor la otra|ese|esa|esta|este|cualquiera")
)

// phrasesOf reads phrases between bars.
func phrasesOf(phrases string) map[string]bool {
	set := map[string]bool{}
	for p := range strings.SplitSeq(phrases, "|") {
		set[p] = true
	}
	return set
}

// among answers what was said about all of a list, or about none of it in particular; false if nothing was.
func (r *run) among() bool {
	if r.s.Offers == nil || len(r.s.Offers(r.t)) < 2 {
		return false
	}
	switch s := Plain(r.t.Input.Text); {
	case allOf[s]:
		r.remark(r.e.own("one_at_a_time"), r.offers())
	case noneOf[s]:
		r.remark(r.e.own("none_of_these"), r.ways(r.offers()))
	case otherOf[s]:
		r.remark(r.e.own("which_of_these"), r.offers())
	default:
		return false
	}
	return true
}

// otherwise reads "sí, pero el otro correo" and "no, la segunda" about the one list that was chosen from
// before. Of two the other one is meant; of more, the list is asked again.
func (r *run) otherwise(ctx context.Context) (bool, error) {
	in := r.t.Input.Choice
	if r.d.Asking != "" || r.s.Keep || in != "" && !strings.HasPrefix(in, "word/") {
		return false, nil
	}
	words := strings.Fields(Plain(r.t.Input.Text))
	if len(words) < 2 || len(words) > 8 || !slices.ContainsFunc(words, func(w string) bool { return w == "pero" || w == "no" || w == "mejor" }) {
		return false, nil
	}
	lists := r.lists()
	if len(lists) == 0 {
		return false, nil
	}
	latest := lists[len(lists)-1]
	all := latest.Offers(r.t)
	rest := strings.Join(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return turning[w] }), " ")
	if id := r.e.match(rest, all); id != "" && len(lists) == 1 {
		if id == r.d.Values[latest.Name] {
			return false, nil
		}
		return true, r.amend(ctx, latest, id)
	}
	noun, turned := other(words)
	if !turned || noun != "" && !speaksOf(noun, all, Plain(latest.Label(r.t))) {
		return false, nil
	}
	i := slices.IndexFunc(all, func(o Option) bool { return o.ID == r.d.Values[latest.Name] })
	if i >= 0 && len(all) == 2 {
		return true, r.amend(ctx, latest, all[1-i].ID)
	}
	if noun == "" && len(lists) > 1 {
		return false, nil
	}
	return true, r.revisit(latest.Name)
}

// turning are words that take a choice back, and choose nothing.
var turning = setOf("si pero no mejor ese esa eso era es perdon")

// lists are the questions answered so far that offered a list.
func (r *run) lists() (all []*Step) {
	for _, s := range r.path() {
		if s.Offers != nil && s.Label != nil && len(s.Offers(r.t)) > 1 {
			all = append(all, s)
		}
	}
	return all
}

// other finds what another one is wanted of: "correo" in "el otro correo", "" in "el otro".
func other(words []string) (noun string, ok bool) {
	i := slices.IndexFunc(words, func(w string) bool { return w == "otro" || w == "otra" })
	if i < 0 {
		return "", false
	}
	for _, w := range words[i+1:] {
		if !courteous[w] && !turning[w] {
			return w, true
		}
	}
	return "", true
}

// speaksOf tells whether a list is one of what a word names.
func speaksOf(noun string, all []Option, label string) bool {
	if strings.Contains(" "+label+" ", " "+noun+" ") {
		return true
	}
	return slices.ContainsFunc(all, func(o Option) bool {
		return strings.Contains(" "+Plain(o.Label)+" ", " "+noun+" ") || strings.Contains(o.Label, "@") && mails[noun]
	})
}

var mails = setOf("correo mail email casilla direccion")

// provider finds the one address, whole or shown by parts ("a•••a@g•••.com"), that "el de gmail" means.
func provider(s string, all []Option) string {
	said := ""
	for w := range strings.FieldsSeq(bared(s)) {
		switch {
		case providers[w] && said == "":
			said = w
		case !mails[w] && w != "com" && w != "ar" && w != "mx" && w != "ec":
			return ""
		}
	}
	if said == "" {
		return ""
	}
	return only(all, func(i int) bool {
		_, domain, ok := strings.Cut(all[i].Label, "@")
		head, tail, masked := strings.Cut(domain, "•")
		if !masked {
			return ok && strings.HasPrefix(domain, said+".")
		}
		return ok && head != "" && strings.HasPrefix(said, head) && strings.Contains(tail, ".com")
	})
}

var providers = setOf("gmail hotmail outlook yahoo live icloud")
