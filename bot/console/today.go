package console

import (
	"net/http"
	"time"

	"ventanilla/store"
)

// figures are what happened on a day.
type figures struct {
	Waiting, Stuck, Held, Running                       int // now
	Cases, Proofs, Passwords, Unlocked, Taken, Returned int // today
	Closed                                              int
	Sets                                                int // messages that were set aside
	Longest                                             string
}

// counted is which figure a line of the trail counts for.
func (f *figures) counted(what string) *int {
	return map[string]*int{"case_opened": &f.Cases, "proof": &f.Proofs, "password_set": &f.Passwords, "unlocked": &f.Unlocked,
		"taken_over": &f.Taken, "handed_back": &f.Returned, "freed": &f.Returned, "closed_by_agent": &f.Closed}[what]
}

// today counts what the audit trail of today (UTC) says, and what is so now.
func (c *Console) today(w http.ResponseWriter, r *http.Request, v visit) {
	var n figures
	err := c.Store.Day(r.Context(), c.Now(), func(portal string, l store.AuditLine) error {
		if to := n.counted(l.What); to != nil && portal != "" && v.agent.Sees(portal) {
			*to++
		}
		return nil
	})
	if err != nil {
		c.fail(w, err)
		return
	}
	var longest time.Duration
	for _, r := range c.live.all(func(r row) bool { return v.agent.Sees(r.Portal) }) {
		switch r.need() {
		case waits:
			n.Waiting++
			longest = max(longest, c.Now().Sub(r.Since))
		case stuck:
			n.Stuck++
		case held:
			n.Held++
		case running:
			n.Running++
		}
	}
	if n.Waiting > 0 {
		n.Longest = v.words.ago(longest)
	}
	f := c.frame(v, "today_title")
	f.Figures = n
	c.show(w, http.StatusOK, "today", f)
}
