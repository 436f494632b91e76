package emulator

import (
	"context"
	_ "embed"
	"html/template"
	"net/http"

	"ventanilla/backend"
	"ventanilla/backend/coreapi"
	"ventanilla/backend/secret"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// shown is what the sign-in page shows.
type shown struct {
	Portal   *portal
	Username string
	Change   bool // ask for a new password
	Good     bool
	Message  string
}

// The page's sentences, by how a sign-in ended.
var sentences = map[Result]string{
	OK:         "Entraste. La contraseña es correcta.",
	Wrong:      "El usuario o la contraseña no son correctos.",
	LockedNow:  "La cuenta está bloqueada.",
	MustChange: "La contraseña es correcta, pero antes de seguir tenés que elegir una nueva.",
	Expired:    "La contraseña es correcta, pero venció: elegí una nueva.",
}

// servePage serves the page where a password can be tried.
func (e *Emulator) servePage(mux *http.ServeMux) {
	mux.HandleFunc("GET /signin/{portal}", e.onPage(func(context.Context, *http.Request, *shown) error { return nil }))
	mux.HandleFunc("POST /signin/{portal}", e.onPage(e.pageSignIn))
	mux.HandleFunc("POST /signin/{portal}/change", e.onPage(e.pageChange))
}

// onPage runs act and shows what it left.
func (e *Emulator) onPage(act func(context.Context, *http.Request, *shown) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := e.portals[r.PathValue("portal")]
		if p == nil {
			http.NotFound(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		s := &shown{Portal: p, Username: r.PostFormValue("username")}
		if err := act(r.Context(), r, s); err != nil {
			e.opt.Log.Error("the sign-in page failed", "err", err)
			http.Error(w, "El portal no responde. Probá de nuevo en un rato.", http.StatusServiceUnavailable)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'self'")
		if err := pageTemplate.Execute(w, s); err != nil {
			e.opt.Log.Error("the sign-in page could not be shown", "err", err)
		}
	}
}

func (e *Emulator) pageSignIn(ctx context.Context, r *http.Request, s *shown) error {
	result, err := e.SignIn(ctx, s.Portal.ID, s.Username, secret.Text(r.PostFormValue("password")))
	if err != nil {
		return err
	}
	s.Message, s.Good = sentences[result], result == OK
	s.Change = result == MustChange || result == Expired
	return nil
}

// pageChange is the change that the portal demands after signing in.
func (e *Emulator) pageChange(ctx context.Context, r *http.Request, s *shown) error {
	err := e.changeOnPage(ctx, s.Portal, s.Username, coreapi.ChangeRequest{
		Current: r.PostFormValue("current"), Password: r.PostFormValue("password")})
	if err != nil && !final(err) {
		return err
	}
	switch backend.CodeOf(err) {
	case "":
		s.Good, s.Message = true, "Listo: ya podés entrar con la contraseña nueva."
	case backend.WeakPassword:
		s.Change, s.Message = true, "Esa contraseña no cumple las reglas del portal. Probá con otra."
	case backend.RateLimited:
		s.Change, s.Message = true, "Probaste muchas veces. Esperá un rato."
	case backend.Locked:
		s.Message = sentences[LockedNow]
	default:
		s.Change, s.Message = true, "La contraseña actual no es correcta."
	}
	return nil
}

func (e *Emulator) changeOnPage(ctx context.Context, p *portal, username string, q coreapi.ChangeRequest) error {
	c := call{portal: p, name: "change", key: "signin", now: e.opt.Now()}
	err := e.view(func(b *book) error {
		r, err := b.byUsername(p.ID, username)
		if err == nil {
			c.account = r.ID
		}
		return err
	})
	if err != nil {
		return err
	}
	do, err := e.changePassword(ctx, c, q)
	if err != nil {
		return err
	}
	var refused error
	err = e.update(c.key, func(b *book) error {
		if _, refused = do(b); refused != nil && !final(refused) {
			return refused
		}
		return nil // a wrong one is counted, so what was written stays
	})
	if err != nil {
		return err
	}
	return refused
}
