// Package secret holds what must not be shown: passwords, codes, tokens and keys.
//
// A [Text] refuses to be printed, logged or marshalled, so that a secret leaves
// the program only where somebody wrote Reveal. The package never compares,
// stores or generates secrets.
package secret

import (
	"errors"
	"fmt"
	"log/slog"
)

// Text is a secret string. The zero value is the empty secret.
type Text string

// ErrMarshal is returned when something tries to turn a [Text] into JSON, YAML or text.
var ErrMarshal = errors.New("secret: a secret cannot be marshalled")

const hidden = "[secret]"

// Reveal returns the secret itself. Call it only where the secret is used.
func (s Text) Reveal() string { return string(s) }

// String implements [fmt.Stringer] without showing the secret.
func (Text) String() string { return hidden }

// GoString implements [fmt.GoStringer] without showing the secret.
func (Text) GoString() string { return hidden }

// Format implements [fmt.Formatter], so that no verb shows the secret.
func (Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue implements [slog.LogValuer] without showing the secret.
func (Text) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText implements [encoding.TextMarshaler] by refusing with [ErrMarshal].
func (Text) MarshalText() ([]byte, error) { return nil, ErrMarshal }
