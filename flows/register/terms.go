package register

import (
	"context"
	"regexp"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/flows"
)

// terms fills what is to be accepted, and where all of it stands.
func (r register) terms(t *flows.Turn) []string {
	parts := []string{}
	if text := r.Profile.Terms.Text; text != "" {
		parts = append(parts, text)
	}
	if url := r.Profile.Terms.URL; url != "" {
		parts = append(parts, t.Text("terms_at", "url", url))
	}
	return []string{"terms", strings.Join(parts, " ")}
}

// aboutTerms is what people say who want to read them first: nobody who writes "los términos" wants to end.
var aboutTerms = regexp.MustCompile(` (terminos?|condiciones|aviso|privacidad|letra chica|letras chiquitas|leer(los)?|leo|terms) `)

// takeTerms reads yes and no: "no acepto" must never be taken for a yes.
func takeTerms(_ *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	said := " " + flows.Plain(in.Text) + " "
	switch {
	case aboutTerms.MatchString(said) && !strings.Contains(said, " acepto ") && !strings.Contains(said, " de acuerdo "):
		return "read", ""
	case strings.HasPrefix(said, " no ") || strings.Contains(said, " no acepto ") || strings.Contains(said, " rechazo "):
		return "decline", ""
	case strings.Contains(said, " acepto ") || strings.Contains(said, " aceptar ") || strings.Contains(said, " de acuerdo "):
		return "accept", ""
	}
	return "", "terms_again"
}

// accept keeps which terms were accepted and when, in the audit and for the core.
func (r register) accept(_ context.Context, t *flows.Turn) (string, error) {
	version := r.Profile.Terms.Version
	t.Values["accepted"], t.Values["accepted_at"] = version, t.At.UTC().Format(time.RFC3339)
	t.Note(flows.Audit{What: "terms_accepted", Detail: map[string]string{"version": version}})
	return "", nil
}

// acceptance is what the core keeps of it; nil where there is nothing to accept.
func acceptance(t *flows.Turn) *backend.Acceptance {
	at, err := time.Parse(time.RFC3339, t.Values["accepted_at"])
	if err != nil {
		return nil
	}
	return &backend.Acceptance{Version: t.Values["accepted"], At: at}
}
