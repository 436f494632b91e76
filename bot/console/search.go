package console

import (
	"cmp"
	"net/http"
	"strings"

	"ventanilla/store"
)

// search finds conversations by a whole case number. Looking is noted in the agent's trail.
func (c *Console) search(w http.ResponseWriter, r *http.Request, v visit) {
	number := strings.ToUpper(strings.TrimSpace(r.URL.Query().Get("case")))
	f := c.frame(v, "search_title")
	f.Case = number
	if len(number) == 0 || len(number) > 16 {
		c.show(w, http.StatusOK, "search", f)
		return
	}
	err := c.agents.Update(r.Context(), v.agent.Name, func(a *store.Agent) error {
		a.Note("searched", c.Now(), "case", number)
		return nil
	})
	names, err2 := c.Store.Cases(r.Context(), number)
	if err = cmp.Or(err, err2); err != nil {
		c.fail(w, err)
		return
	}
	for _, name := range names {
		conv, err := c.Store.Find(r.Context(), name)
		if err != nil || !v.agent.Sees(conv.Key.Portal) {
			continue // it was erased, or is not for these eyes
		}
		f.Found = append(f.Found, c.rowView(v, c.rowOf(conv)))
	}
	c.show(w, http.StatusOK, "search", f)
}
