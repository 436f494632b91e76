package coretest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

// Hear waits on l for one event that a core tells, answers it as Ventanilla would, and returns one
// result per sentence that holds of it or does not. For a signature that is not right it says what was
// signed instead, where that can be told. It returns the error of ctx if none comes.
func Hear(ctx context.Context, l net.Listener, portal string, key secret.Text, now func() time.Time) ([]Result, error) {
	heard := make(chan []Result, 1)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, backend.MaxEvent))
		results := judgeEvent(r, body, err, portal, key, now())
		status := http.StatusNoContent
		if slices.ContainsFunc(results, func(r Result) bool { return !r.OK }) {
			status = http.StatusBadRequest
		}
		w.WriteHeader(status)
		select {
		case heard <- results:
		default: // a second one is of no interest
		}
	})}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	defer func() { _ = server.Shutdown(context.WithoutCancel(ctx)) }()
	select {
	case results := <-heard:
		return results, nil
	case err := <-failed:
		return nil, fmt.Errorf("listening for events: %w", err)
	case <-ctx.Done():
		return nil, fmt.Errorf("no event came: %w", ctx.Err())
	}
}

func judgeEvent(r *http.Request, body []byte, unread error, portal string, key secret.Text, now time.Time) []Result {
	results := []Result{
		result("it is posted", wanted("the method", r.Method, http.MethodPost)),
		result("to the address of the portal", wanted("the path", r.URL.Path, "/core/"+portal+"/events")),
		result("its body is whole and not too large", unread),
	}
	headers := r.Header.Values(backend.SignatureHeader)
	if len(headers) != 1 {
		return append(results, result("it is signed", fmt.Errorf("it has %d headers %s, want one", len(headers), backend.SignatureHeader)))
	}
	e, err := backend.ReadEvent(key, headers[0], body, now)
	if errors.Is(err, backend.ErrSignature) {
		return append(results, result("it is signed", misSigned(key, headers[0], body, now)))
	}
	results = append(results, Result{Name: "it is signed", OK: true}, result("its body is an event of the contract", err))
	if err == nil {
		results[len(results)-1].Detail = fmt.Sprintf("%s of account %s, id %s", e.Type, e.Account, e.ID)
	}
	return results
}

func wanted(what, got, want string) error {
	if got != want {
		return fmt.Errorf("%s is %q, want %q", what, got, want)
	}
	return nil
}

// misSigned says what is wrong with a signature. The right one is not told: the key is enough to make it.
func misSigned(key secret.Text, header string, body []byte, now time.Time) error {
	var t, v1 string
	for part := range strings.SplitSeq(header, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "t":
			t = value
		case "v1":
			v1 = value
		}
	}
	seconds, err := strconv.ParseInt(t, 10, 64)
	switch {
	case t == "" || v1 == "":
		return fmt.Errorf("the header is %q, want t=<Unix seconds>,v1=<hex>", header)
	case err != nil:
		return fmt.Errorf("t is %q, want whole seconds since 1970", t)
	case now.Sub(time.UnixMilli(seconds)).Abs() <= backend.EventWindow:
		return fmt.Errorf("t is %s, which are milliseconds; want seconds", t)
	case now.Sub(time.Unix(seconds, 0)).Abs() > backend.EventWindow:
		return fmt.Errorf("t is %s from now, want at most %s: the clocks do not agree, or the event was signed long ago", now.Sub(time.Unix(seconds, 0)).Round(time.Second), backend.EventWindow)
	}
	for _, x := range signedInstead(t, body) {
		what, text := x[0], x[1]
		h := hmac.New(sha256.New, []byte(key.Reveal()))
		h.Write([]byte(text))
		sum := h.Sum(nil)
		right := text == t+"."+string(body)
		switch {
		case !right && strings.EqualFold(v1, hex.EncodeToString(sum)):
			return fmt.Errorf("v1 is the signature of %s, want that of the seconds, a dot and the body", what)
		case right && (v1 == base64.StdEncoding.EncodeToString(sum) || v1 == base64.URLEncoding.EncodeToString(sum)):
			return errors.New("v1 is right, but in base64; want hex")
		}
	}
	return fmt.Errorf("v1 is not the HMAC-SHA-256 of t, a dot and these %d bytes of body under this key; is the key the same, and is the body signed byte by byte as it is sent?", len(body))
}

// signedInstead is what is to be signed, and what programs sign by mistake: what it is, and the text.
func signedInstead(t string, body []byte) [][2]string {
	instead := [][2]string{{"", t + "." + string(body)}, {"the body alone", string(body)}, {"the seconds and the body without a dot", t + string(body)},
		{"a body with a line break behind it", t + "." + string(body) + "\n"}, {"a body without the white space around it", t + "." + strings.TrimSpace(string(body))}}
	var v any
	if json.Unmarshal(body, &v) == nil {
		if compact, err := json.Marshal(v); err == nil {
			instead = append(instead, [2]string{"the body in another notation of the same JSON", t + "." + string(compact)})
		}
	}
	return instead
}
