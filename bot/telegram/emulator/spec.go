package emulator

import (
	_ "embed" // the Bot API's description
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// The Bot API as published at core.telegram.org/bots/api, in machine-readable form
// by github.com/PaulSonOfLars/telegram-bot-api-spec (MIT, see spec/LICENSE).
//
//go:embed spec/api.min.json
var description []byte

// spec is what the Bot API's description says of methods and types.
type spec struct {
	Version string             `json:"version"`
	Methods map[string]element `json:"methods"`
	Types   map[string]element `json:"types"`
}

type element struct {
	Fields   []field  `json:"fields"`
	Subtypes []string `json:"subtypes"`
}

type field struct {
	Name     string   `json:"name"`
	Types    []string `json:"types"`
	Required bool     `json:"required"`
}

var loadSpec = sync.OnceValues(func() (*spec, error) {
	var s spec
	if err := json.Unmarshal(description, &s); err != nil {
		return nil, fmt.Errorf("reading the Bot API's description: %w", err)
	}
	return &s, nil
})

// check judges the parameters of a method by the description, and returns them with
// their types: int64, float64, bool, string, []any, map[string]any or *upload.
func (s *spec) check(method string, in map[string]any) (map[string]any, error) {
	m, ok := s.Methods[method]
	if !ok {
		return nil, fmt.Errorf("method %s is not described", method)
	}
	return s.object(m.Fields, in, true)
}

// object judges the fields of an object. Those of a method (top) may come as strings, which
// is how forms carry numbers and JSON.
func (s *spec) object(fields []field, in map[string]any, top bool) (map[string]any, error) {
	out := make(map[string]any, len(in))
	known := make(map[string]bool, len(fields))
	for _, f := range fields {
		known[f.Name] = true
		v, given := in[f.Name]
		if !given || v == nil {
			if f.Required {
				return nil, fmt.Errorf("parameter %q is required", f.Name)
			}
			continue
		}
		clean, err := s.value(f.Types, v, top)
		if err != nil {
			return nil, fmt.Errorf("can't parse %s: %w", f.Name, err)
		}
		out[f.Name] = clean
	}
	for name := range in {
		if !known[name] {
			return nil, fmt.Errorf("parameter %q is unknown", name)
		}
	}
	return out, nil
}

// value takes the first of several types that fits.
func (s *spec) value(types []string, v any, top bool) (any, error) {
	var errs []error
	for _, t := range types {
		clean, err := s.typed(t, v, top)
		if err == nil {
			return clean, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func (s *spec) typed(t string, v any, top bool) (any, error) {
	switch t {
	case "Integer":
		return integer(v, top)
	case "Float":
		return float(v, top)
	case "Boolean":
		return boolean(v, top)
	case "String":
		if text, ok := v.(string); ok {
			return text, nil
		}
		return nil, errors.New("must be of type String")
	case "InputFile":
		if file, ok := v.(*upload); ok {
			return file, nil
		}
		return nil, errors.New("must be an uploaded file")
	}
	if text, ok := v.(string); ok && top {
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("can't parse JSON encoded %s", t)
		}
	}
	if of, ok := strings.CutPrefix(t, "Array of "); ok {
		return s.array(of, v)
	}
	return s.structure(t, v)
}

func (s *spec) array(of string, v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, errors.New("must be an Array of " + of)
	}
	out := make([]any, len(list))
	for i, e := range list {
		clean, err := s.typed(of, e, false)
		if err != nil {
			return nil, err
		}
		out[i] = clean
	}
	return out, nil
}

func (s *spec) structure(t string, v any) (any, error) {
	e, known := s.Types[t]
	m, ok := v.(map[string]any)
	if !ok || !known {
		return nil, errors.New("must be a " + t)
	}
	if len(e.Subtypes) > 0 {
		return s.value(e.Subtypes, v, false)
	}
	return s.object(e.Fields, m, false)
}

func integer(v any, top bool) (any, error) {
	text, ok := v.(string)
	if number, isNumber := v.(json.Number); isNumber {
		text, ok = number.String(), true
	} else {
		ok = ok && top
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil {
		return nil, errors.New("must be of type Integer")
	}
	return n, nil
}

func float(v any, top bool) (any, error) {
	text, ok := v.(string)
	if number, isNumber := v.(json.Number); isNumber {
		text, ok = number.String(), true
	} else {
		ok = ok && top
	}
	n, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		return nil, errors.New("must be of type Float")
	}
	return n, nil
}

func boolean(v any, top bool) (any, error) {
	if b, ok := v.(bool); ok {
		return b, nil
	}
	if text, ok := v.(string); ok && top {
		switch strings.ToLower(text) { // as the telegram-bot-api server reads them
		case "true", "yes", "1":
			return true, nil
		case "false", "no", "0":
			return false, nil
		}
	}
	return nil, errors.New("must be of type Boolean")
}
