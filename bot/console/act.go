package console

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"ventanilla/flows"
	"ventanilla/store"
)

// take gives the conversation to the visitor, if nobody else has it.
func (c *Console) take(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if ok {
		c.acted(w, r, v, c.Desk.Takeover(r.Context(), conv.Key, v.agent.Name))
	}
}

// giveBack lets the bot go on where the dialog stands.
func (c *Console) giveBack(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if ok {
		c.acted(w, r, v, c.Desk.Handback(r.Context(), conv.Key, v.agent.Name))
	}
}

// outcomes are how a conversation can be closed.
var outcomes = []string{"solved", "elsewhere", "no_answer"}

// finish ends the errand and gives the conversation back.
func (c *Console) finish(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	outcome := r.PostFormValue("outcome")
	if !slices.Contains(outcomes, outcome) {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_request")
		return
	}
	c.acted(w, r, v, c.Desk.Finish(r.Context(), conv.Key, v.agent.Name, outcome))
}

// free gives back what another agent holds.
func (c *Console) free(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if ok {
		c.acted(w, r, v, c.Desk.Free(r.Context(), conv.Key, r.PostFormValue("holder"), v.agent.Name))
	}
}

// acted shows how things stand after an act.
func (c *Console) acted(w http.ResponseWriter, r *http.Request, v visit, err error) {
	alert := ""
	switch {
	case errors.Is(err, store.ErrHeld):
		alert = "held_by_other"
	case err != nil:
		c.fail(w, err)
		return
	}
	c.back(w, r, v, alert)
}

// back shows the state to a page that is open, and draws the page anew for one without scripts.
func (c *Console) back(w http.ResponseWriter, r *http.Request, v visit, alert string) {
	if r.Header.Get("HX-Request") == "" && alert == "" {
		http.Redirect(w, r, Path+"c/"+r.PathValue("name"), http.StatusSeeOther)
		return
	}
	if r.Header.Get("HX-Request") == "" {
		c.refuse(w, v.words, http.StatusConflict, alert)
		return
	}
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	t := c.view(v, conv)
	if alert != "" {
		t.Alert = v.words.T(alert)
	}
	c.show(w, http.StatusOK, "state", t)
}

// mostText is the longest line that an agent can send (RULES: wa.limits).
const mostText = 1500

// written reads a line of the visitor, and names what is wrong with it.
func written(r *http.Request) (text, problem string) {
	text = strings.TrimSpace(strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n"))
	switch {
	case text == "":
		return "", "say_nothing"
	case utf8.RuneCountInString(text) > mostText:
		return "", "say_long"
	case flows.Secret(text):
		return "", "say_secret" // RULES: agent.never: it is neither sent nor kept
	}
	return text, ""
}

// say sends a line to the chat, if the visitor holds the conversation at that moment. A
// request that is repeated sends it once.
func (c *Console) say(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	t := c.view(v, conv)
	if x := slices.IndexFunc(t.Canned, func(x Canned) bool { return x.Key == r.PostFormValue("canned") }); x >= 0 && strings.TrimSpace(r.PostFormValue("text")) == "" {
		r.PostForm.Set("text", t.Canned[x].Text) // chosen where there are no scripts
	}
	text, problem := written(r)
	if problem == "" && t.Shut && !(t.Template && isCanned(t.Canned, text)) {
		problem = "window_shut"
	}
	id := r.PostFormValue("request")
	if problem == "" && !requestID(id) {
		problem = "bad_request"
	}
	if problem == "" {
		err := c.accepts(r, v, conv)
		if err == nil {
			err = c.Store.Speak(r.Context(), conv.Key, store.Inbound{ID: "console/" + v.agent.Name + "/" + id, At: c.Now(), Name: v.agent.Name,
				Input: flows.Input{From: flows.Agent, Text: text}})
		}
		switch {
		case errors.Is(err, store.ErrHeld):
			problem = "not_holding"
		case err != nil:
			c.fail(w, err)
			return
		}
	}
	c.said(w, r, v, problem)
}

// said tells the composer whether its line went.
func (c *Console) said(w http.ResponseWriter, r *http.Request, v visit, problem string) {
	switch {
	case problem == "" && r.Header.Get("X-Composer") != "":
		w.WriteHeader(http.StatusNoContent)
	case problem == "":
		http.Redirect(w, r, Path+"c/"+r.PathValue("name"), http.StatusSeeOther)
	case r.Header.Get("X-Composer") != "":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(v.words.T(problem)))
	default:
		c.refuse(w, v.words, http.StatusUnprocessableEntity, problem)
	}
}

func requestID(s string) bool {
	return len(s) == 16 && strings.Trim(s, "0123456789abcdef") == ""
}

// note keeps a line that only agents see.
func (c *Console) note(w http.ResponseWriter, r *http.Request, v visit) {
	conv, ok := c.talk(w, r, v)
	if !ok {
		return
	}
	text, problem := written(r)
	if problem == "" {
		err := c.Store.Update(r.Context(), conv.Key, func(conv *store.Conversation) error {
			conv.Jot(v.agent.Name, text, c.Now())
			conv.Audit(flows.Audit{What: "noted", Who: v.agent.Name}, c.Now())
			return nil
		})
		if err != nil {
			c.fail(w, err)
			return
		}
	}
	c.said(w, r, v, problem)
}
