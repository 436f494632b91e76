package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"ventanilla/store"
)

// asideView is a message that could not be processed, for its page.
type asideView struct {
	store.Broken
	Org   Organisation
	Name  string // of the conversation
	Ago   string
	Why   string // in words
	Where string // the step at which it was
	Said  string // as the transcript shows it
}

// mostAside is how many messages that were set aside are shown.
const mostAside = 200

// asides are the messages that were set aside at the organisations that a visitor sees, the latest first: those
// that a page shows, and how many there are.
func (c *Console) asides(ctx context.Context, v visit) (latest []store.Broken, n int, err error) {
	newest := func() {
		slices.SortFunc(latest, func(a, b store.Broken) int { return b.At.Compare(a.At) })
		latest = latest[:min(len(latest), mostAside)]
	}
	err = c.Store.EachBroken(ctx, func(x store.Broken) error {
		if !v.agent.Sees(x.Key.Portal) {
			return nil
		}
		n++
		if latest = append(latest, x); len(latest) >= 2*mostAside {
			newest()
		}
		return nil
	})
	newest()
	return latest, n, err
}

func (c *Console) asideCount(ctx context.Context, v visit) (int, error) {
	_, n, err := c.asides(ctx, v)
	return n, err
}

// asidePage lists the messages that were set aside as broken (RULES: talk.stuck).
func (c *Console) asidePage(w http.ResponseWriter, r *http.Request, v visit) {
	c.asideShow(w, r, v, "")
}

func (c *Console) asideShow(w http.ResponseWriter, r *http.Request, v visit, alert string) {
	all, n, err := c.asides(r.Context(), v)
	if err != nil {
		c.fail(w, err)
		return
	}
	f := c.frame(v, "aside_title")
	f.Watch = supervision{Part: "aside", AsideN: n, Leads: v.may(store.Supervises)}
	if done := r.URL.Query().Get("done"); slices.Contains(asideDone, done) {
		f.Watch.Done = v.words.T("aside_done_" + done)
	}
	for _, x := range all {
		a := asideView{Broken: x, Org: c.organisation(x.Key.Portal), Name: c.Store.Name(x.Key), Ago: v.words.Length(c.Now().Sub(x.At)),
			Why: v.words.asideWhy(x.Kind), Said: unaddressed(cmp.Or(x.In.Input.Shown, x.In.Input.Text))}
		if x.Flow != "" {
			a.Where = v.words.Where(x.Flow, x.Step)
		}
		if x.In.Input.Event != "" {
			a.Said = v.words.EventName(x.In.Input.Event)
		}
		f.Watch.Aside = append(f.Watch.Aside, a)
	}
	status := http.StatusOK
	if alert != "" {
		f.Alert, status = v.words.T(alert), http.StatusConflict
	}
	c.show(w, status, "aside", f)
}

// whyAside are the kinds of trouble that have words of their own. What a reason says beyond its kind is
// for the program's log, where it stands under the case number.
var whyAside = []store.Trouble{store.TroubleBug, store.TroubleNoBot, store.TroubleCore}

func (w words) asideWhy(kind store.Trouble) string {
	if !slices.Contains(whyAside, kind) {
		return w.T("aside_unknown")
	}
	return w.T("aside_" + string(kind))
}

// asideDone is what the page says was done, when it comes back.
var asideDone = []string{"retry", "dismiss"}

// asideRetry puts a message back where it was read, once.
func (c *Console) asideRetry(w http.ResponseWriter, r *http.Request, v visit) {
	c.asideEnd(w, r, v, "retry", func(id string) error { return c.Store.Retry(r.Context(), id, v.agent.Name) })
}

// asideDismiss lets a message go, for a reason.
func (c *Console) asideDismiss(w http.ResponseWriter, r *http.Request, v visit) {
	why := r.PostFormValue("reason")
	if !slices.Contains(store.DismissReasons, why) {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_request")
		return
	}
	c.asideEnd(w, r, v, "dismiss", func(id string) error { return c.Store.Dismiss(r.Context(), id, v.agent.Name, why) })
}

// asideEnd does something with a message of an organisation that the visitor sees.
func (c *Console) asideEnd(w http.ResponseWriter, r *http.Request, v visit, done string, do func(id string) error) {
	id := r.PathValue("id")
	x, err := c.Store.SetAsideOf(r.Context(), id)
	if err == nil && !v.agent.Sees(x.Key.Portal) {
		err = store.ErrNotFound
	}
	if err == nil {
		err = do(id)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.refuse(w, v.words, http.StatusNotFound, "aside_gone")
	case errors.Is(err, store.ErrHeld):
		c.asideShow(w, r, v, "aside_held")
	case err != nil:
		c.fail(w, err)
	default:
		http.Redirect(w, r, Path+"aside?done="+done, http.StatusSeeOther)
	}
}
