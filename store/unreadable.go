package store

import (
	"encoding/json"
	"errors"
)

// Unreadable tells whether an error says that a value is broken for good: it does not open with the keys there are, was written
// by a newer version, or makes no sense. Trying again does not help; another value may well be read.
func Unreadable(err error) bool {
	if errors.Is(err, ErrSealed) || errors.Is(err, ErrNewer) {
		return true
	}
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, sort := errors.AsType[*json.UnmarshalTypeError](err)
	return syntax || sort
}
