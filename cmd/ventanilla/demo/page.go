package demo

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed page
var pageFiles embed.FS

// pagePolicy lets the page use its own files only; mails are framed, and shut in by a policy of their own.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page serves the demo's own page and its files.
func page(name string) http.Handler {
	files, _ := fs.Sub(pageFiles, "page") // a constant name: cannot fail
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file := name
		if file == "" {
			file = r.PathValue("file")
		}
		data, err := fs.ReadFile(files, file)
		if err != nil {
			refuse(w, http.StatusNotFound, "there is no such file")
			return
		}
		h := w.Header()
		h.Set("Content-Type", contentType(file))
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write(data)
	})
}

// contentType does not ask the machine, whose tables differ.
func contentType(file string) string {
	types := map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
		".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".pdf": "application/pdf"}
	if t, ok := types[strings.ToLower(path.Ext(file))]; ok {
		return t
	}
	return "application/octet-stream"
}

// serveFile gives a document from a chat: a PDF opens in the browser, anything else is saved.
func serveFile(w http.ResponseWriter, name string, data []byte) {
	h := w.Header()
	kind, how := contentType(name), "attachment"
	if kind == "application/pdf" {
		how = "inline"
	} else {
		kind = "application/octet-stream"
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(data)
}
