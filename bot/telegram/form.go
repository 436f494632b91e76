package telegram

import "slices"

// form is a body of Content-Type application/x-www-form-urlencoded.
type form []byte

// add appends a field; the name needs no escaping.
func (f form) add(name, value string) form { return add(f, name, value) }

func add[text string | []byte](f form, name string, value text) form {
	f = slices.Grow(f, len(name)+2+3*len(value))
	if len(f) > 0 {
		f = append(f, '&')
	}
	f = append(append(f, name...), '=')
	for i := range len(value) {
		switch b := value[i]; {
		case unreserved[b]:
			f = append(f, b)
		case b == ' ':
			f = append(f, '+')
		default:
			f = append(f, '%', upperHex[b>>4], upperHex[b&15])
		}
	}
	return f
}

const upperHex = "0123456789ABCDEF"

// unreserved are the bytes that a form holds as they are (RFC 3986, 2.3).
var unreserved = func() (is [256]bool) {
	for _, b := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~") {
		is[b] = true
	}
	return is
}()
