package account

import (
	"slices"
	"strconv"

	"ventanilla/backend/portal"
	"ventanilla/flows"
)

// A registration is long enough that people want to know where they are: who they
// are, a code, what else the portal wants to know, a password.

// Stages is how many parts a registration has; 0 for other errands. The key of an
// invitation spares the code.
func (d Desk) Stages(t *flows.Turn) int {
	if Service(t) != portal.Register {
		return 0
	}
	n := 3
	if len(d.Profile.Given(portal.Register)) > 0 || d.Profile.Username == portal.NamedByEmail {
		n++
	}
	if d.byKey(t) {
		n--
	}
	return n
}

// byKey tells that the person has the key of an invitation, or says so.
func (d Desk) byKey(t *flows.Turn) bool {
	i := slices.IndexFunc(d.Fields(t), func(f portal.Field) bool { return f.Kind == portal.KindInvitation })
	if i < 0 {
		return false
	}
	f := d.Fields(t)[i]
	return t.Values[f.ID] != "" || f.Depends != "" && t.Values[f.Depends] != "" && f.Asked(t.Values)
}

// Stage says that part n begins: "Paso 2 de 4. " It is empty in errands that have no parts.
func (d Desk) Stage(t *flows.Turn, n int) string {
	all := d.Stages(t)
	if all == 0 {
		return ""
	}
	return t.Text("stage", "n", strconv.Itoa(n), "total", strconv.Itoa(all)) + " "
}

// StageOf says which of how many questions of part n this is, if there are several
// and it is known how many.
func (d Desk) StageOf(t *flows.Turn, n, question, questions int) string {
	if questions < 2 || d.open(t) {
		return d.Stage(t, n)
	}
	return t.Text("stage_of", "n", strconv.Itoa(n), "total", strconv.Itoa(d.Stages(t)), "which", strconv.Itoa(question), "of", strconv.Itoa(questions)) + " "
}

// open tells that an answer is still to come that decides which questions there are.
func (d Desk) open(t *flows.Turn) bool {
	return slices.ContainsFunc(d.Fields(t), func(f portal.Field) bool {
		skips := false
		for _, q := range f.Cases {
			skips = skips || q.Skip
		}
		return skips && t.Values[f.Depends] == ""
	})
}

// WhereOption asks where the answer to a question is found; it is the word "ayuda" under another name.
func WhereOption(t *flows.Turn) flows.Option {
	return flows.Option{ID: "word/ayuda", Label: t.Text("offer_where")}
}
