package demo

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Mail is a mail as its reader sees it.
type Mail struct {
	Subject string    `json:"subject"`
	From    string    `json:"from"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	Links   []string  `json:"links"`
	At      time.Time `json:"at"`
}

// mails lists what an address received, oldest first; with wait, as soon as there are more than after.
func (a *api) mails(r *http.Request) (any, error) {
	address := r.PathValue("address")
	if !strings.Contains(address, "@") {
		return nil, badRequest("%q is not a mail address", address)
	}
	list := []Mail{}
	for _, m := range a.world.mail.Mails(address) {
		list = append(list, Mail{m.Subject, m.From, m.Text, m.HTML, append([]string{}, m.Links...), m.At})
	}
	return list, nil
}

// mailPolicy shuts a mail's HTML in: no scripts, nothing from elsewhere, and links open in a tab of their own.
const mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

// mailHTML shows the body of a mail in the page's mailbox.
func (a *api) mailHTML(w http.ResponseWriter, r *http.Request) {
	list := a.world.mail.Mails(r.PathValue("address"))
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(list) {
		refuse(w, http.StatusNotFound, "there is no such mail")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(`<base target="_blank">` + list[n].HTML))
}
