package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"ventanilla/store"
)

func TestWhatIsBrokenForGoodIsToldFromWhatMayPass(t *testing.T) {
	var number int
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"sealed with another key": {fmt.Errorf("opening: %w", store.ErrSealed), true},
		"of a newer version":      {fmt.Errorf("opening: %w", store.ErrNewer), true},
		"cut in the middle":       {fmt.Errorf("decoding: %w", json.Unmarshal([]byte(`{"a":`), &number)), true},
		"of another kind":         {fmt.Errorf("decoding: %w", json.Unmarshal([]byte(`"a"`), &number)), true},
		"somebody was faster":     {store.ErrConflict, false},
		"a full disk":             {errors.New("no space left"), false},
		"nothing":                 {nil, false},
	} {
		if got := store.Unreadable(c.err); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
