package coretest_test

import (
	"io"
	"net/http"
	"strings"

	"ventanilla/backend/secret"
)

// roundTrip is a network that answers from memory.
type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func bodyOf(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }

func secretText(s string) secret.Text { return secret.Text(s) }
