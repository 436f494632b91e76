package store

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// appendJSON appends what json.Marshal makes of *v, byte by byte. It asks each type once how it is
// written, and looks at times without putting them on the heap, which records are full of: encoding/json
// was measured at a twelfth of the processor time of a turn. What it does not know it leaves to
// encoding/json, such as what has a way of its own to be written.
func appendJSON(b []byte, v any) ([]byte, error) {
	at := reflect.ValueOf(v).Elem()
	b, err := encoderOf(at.Type())(b, at)
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", at.Type(), err)
	}
	return b, nil
}

// encoder appends the JSON of an addressable value of one type.
type encoder func(b []byte, v reflect.Value) ([]byte, error)

var encoders sync.Map // reflect.Type to encoder, of what is written whole

func encoderOf(t reflect.Type) encoder {
	if e, ok := encoders.Load(t); ok {
		return e.(encoder)
	}
	e := *making{}.of(t)
	encoders.Store(t, e)
	return e
}

// making are the encoders of a type and of those in it. They point at each other, because a type may hold itself.
type making map[reflect.Type]*encoder

func (m making) of(t reflect.Type) *encoder {
	e := m[t]
	if e == nil {
		e = new(encoder)
		m[t] = e
		*e = m.encoder(t)
	}
	return e
}

var (
	timeType  = reflect.TypeFor[time.Time]()
	ownJSON   = reflect.TypeFor[json.Marshaler]()
	ownText   = reflect.TypeFor[encoding.TextMarshaler]()
	ownZero   = reflect.TypeFor[interface{ IsZero() bool }]()
	words     = reflect.TypeFor[map[string]string]()
	bytesType = reflect.TypeFor[[]byte]()
)

func (m making) encoder(t reflect.Type) encoder {
	switch {
	case t == timeType:
		return appendTime
	case t.Kind() != reflect.Pointer && (reflect.PointerTo(t).Implements(ownJSON) || reflect.PointerTo(t).Implements(ownText)):
		return appendOther
	case t == words:
		return appendWords
	case t == bytesType:
		return appendBytes
	}
	switch t.Kind() {
	case reflect.String:
		return func(b []byte, v reflect.Value) ([]byte, error) { return appendString(b, v.String()), nil }
	case reflect.Bool:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(b, v.Bool()), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendInt(b, v.Int(), 10), nil }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendUint(b, v.Uint(), 10), nil }
	case reflect.Pointer:
		one := m.of(t.Elem())
		return func(b []byte, v reflect.Value) ([]byte, error) { return appendPointer(b, v, *one) }
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			one := m.of(t.Elem())
			return func(b []byte, v reflect.Value) ([]byte, error) { return appendSlice(b, v, *one) }
		}
	case reflect.Struct:
		if fields, ok := m.fields(t); ok {
			return func(b []byte, v reflect.Value) ([]byte, error) { return appendFields(b, v, fields) }
		}
	}
	return appendOther
}

func appendOther(b []byte, v reflect.Value) ([]byte, error) {
	j, err := json.Marshal(v.Addr().Interface())
	return append(b, j...), err
}

func appendTime(b []byte, v reflect.Value) ([]byte, error) {
	b, err := v.Addr().Interface().(*time.Time).AppendText(append(b, '"'))
	return append(b, '"'), err
}

func appendPointer(b []byte, v reflect.Value, one encoder) ([]byte, error) {
	if v.IsNil() {
		return append(b, "null"...), nil
	}
	return one(b, v.Elem())
}

func appendBytes(b []byte, v reflect.Value) ([]byte, error) {
	if v.IsNil() {
		return append(b, "null"...), nil
	}
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), v.Bytes()), '"'), nil
}

func appendSlice(b []byte, v reflect.Value, one encoder) (_ []byte, err error) {
	if v.IsNil() {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = one(b, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendWords(b []byte, v reflect.Value) ([]byte, error) {
	m := *v.Addr().Interface().(*map[string]string)
	if m == nil {
		return append(b, "null"...), nil
	}
	var room [16]string
	keys := slices.AppendSeq(room[:0], maps.Keys(m))
	slices.Sort(keys)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		b = appendString(b, m[k])
	}
	return append(b, '}'), nil
}

// field is one of a struct that is written.
type field struct {
	at     int
	name   string // with its quotes and colon
	encode *encoder
	omit   func(reflect.Value) bool // nil: never
}

// fields is false for a struct that has something which only encoding/json knows how to write.
func (m making) fields(t reflect.Type) (all []field, ok bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, named := f.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-", !f.IsExported() && !f.Anonymous:
			continue
		case f.Anonymous, !named, name == "", strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "":
			return nil, false
		}
		made := field{at: i, name: `"` + name + `":`, encode: m.of(f.Type)}
		switch options {
		case "":
		case "omitempty":
			made.omit = emptiness(f.Type)
		case "omitzero":
			made.omit = reflect.Value.IsZero
			if f.Type == timeType {
				made.omit = func(v reflect.Value) bool { return v.Addr().Interface().(*time.Time).IsZero() }
			} else if f.Type.Implements(ownZero) || reflect.PointerTo(f.Type).Implements(ownZero) {
				return nil, false
			}
		default:
			return nil, false
		}
		all = append(all, made)
	}
	return all, true
}

// emptiness is how "omitempty" looks at values of a type.
func emptiness(t reflect.Type) func(reflect.Value) bool {
	switch t.Kind() {
	case reflect.String:
		return func(v reflect.Value) bool { return v.String() == "" }
	case reflect.Map, reflect.Slice, reflect.Array:
		return func(v reflect.Value) bool { return v.Len() == 0 }
	case reflect.Struct:
		return nil
	}
	return reflect.Value.IsZero
}

func appendFields(b []byte, v reflect.Value, fields []field) (_ []byte, err error) {
	b = append(b, '{')
	first := true
	for i := range fields {
		f := &fields[i]
		at := v.Field(f.at)
		if f.omit != nil && f.omit(at) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		if b, err = (*f.encode)(append(b, f.name...), at); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendString leaves characters that are rare in what people write to encoding/json.
func appendString(b []byte, s string) []byte {
	start := len(b)
	b = append(b, '"')
	from := 0 // of what is copied as it is
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case verbatim[c]:
			i++
		case c == '\n' || c == '"' || c == '\\':
			if b = append(append(b, s[from:i]...), '\\', c); c == '\n' {
				b[len(b)-1] = 'n'
			}
			i++
			from = i
		case c < utf8.RuneSelf:
			return appendRare(b[:start], s)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
				return appendRare(b[:start], s)
			}
			i += size
		}
	}
	return append(append(b, s[from:]...), '"')
}

// verbatim are the bytes that stand for themselves in the JSON of a string.
var verbatim = func() (all [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		all[c] = !strings.ContainsRune(`"\<>&`, c)
	}
	return all
}()

func appendRare(b []byte, s string) []byte {
	j, _ := json.Marshal(s) // a string always has JSON
	return append(b, j...)
}
