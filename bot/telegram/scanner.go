package telegram

// scanner goes through JSON (RFC 8259) once, and stops where it is none: json.Valid, which
// looks at everything before anything is read, took as long as all the rest of reading an update.
type scanner struct {
	b  []byte
	at int
}

// mostDeep is how deep what is skipped may be nested; what is deeper is left to encoding/json.
const mostDeep = 32

// next skips space and returns the byte it is at; 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// end tells whether nothing follows.
func (s *scanner) end() bool { return s.next() == 0 && s.at >= len(s.b) }

// is skips a byte that must come next but for space.
func (s *scanner) is(c byte) bool {
	if s.next() != c || s.at >= len(s.b) {
		return false
	}
	s.at++
	return true
}

// object reads an object: visit is called with each key, as it is written, and reads the value.
// It is over when that returns false.
func (s *scanner) object(visit func(key []byte) bool) bool {
	if !s.is('{') {
		return false
	}
	if s.is('}') {
		return true
	}
	for {
		s.next()
		from := s.at
		if !s.text() {
			return false
		}
		key := s.b[from+1 : s.at-1]
		if !s.is(':') || !visit(key) {
			return false
		}
		if s.is('}') {
			return true
		}
		if !s.is(',') {
			return false
		}
	}
}

// value reads any value.
func (s *scanner) value() ([]byte, bool) {
	s.next()
	from := s.at
	ok := s.skip()
	return s.b[from:s.at], ok
}

func (s *scanner) skip() bool { return s.skipBelow(mostDeep) }

func (s *scanner) skipBelow(deep int) bool {
	switch c := s.next(); {
	case c == '"':
		return s.text()
	case c == '{' && deep > 0:
		return s.object(func([]byte) bool { return s.skipBelow(deep - 1) })
	case c == '[' && deep > 0:
		return s.array(deep - 1)
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	}
	return s.digits()
}

func (s *scanner) array(deep int) bool {
	s.at++
	if s.is(']') {
		return true
	}
	for s.skipBelow(deep) {
		if s.is(']') {
			return true
		}
		if !s.is(',') {
			return false
		}
	}
	return false
}

func (s *scanner) literal(word string) bool {
	if len(s.b)-s.at < len(word) || string(s.b[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

// text skips a string.
func (s *scanner) text() bool {
	if s.at >= len(s.b) || s.b[s.at] != '"' {
		return false
	}
	for s.at++; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; {
		case c == '"':
			s.at++
			return true
		case c < ' ':
			return false
		case c == '\\' && !s.escape():
			return false
		}
	}
	return false
}

// escape skips what follows a backslash but for its last byte.
func (s *scanner) escape() bool {
	if s.at++; s.at >= len(s.b) {
		return false
	}
	switch s.b[s.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		if len(s.b)-s.at < 5 {
			return false
		}
		for range 4 {
			s.at++
			if c := s.b[s.at] | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') || s.b[s.at] < '0' {
				return false
			}
		}
		return true
	}
	return false
}

// digits skips a number.
func (s *scanner) digits() bool {
	if s.at < len(s.b) && s.b[s.at] == '-' {
		s.at++
	}
	if zero := s.at < len(s.b) && s.b[s.at] == '0'; zero {
		s.at++
	} else if !s.run() {
		return false
	}
	if s.at < len(s.b) && s.b[s.at] == '.' {
		if s.at++; !s.run() {
			return false
		}
	}
	if s.at < len(s.b) && s.b[s.at]|0x20 == 'e' {
		if s.at++; s.at < len(s.b) && (s.b[s.at] == '+' || s.b[s.at] == '-') {
			s.at++
		}
		return s.run()
	}
	return true
}

// run skips one digit or more.
func (s *scanner) run() bool {
	from := s.at
	for s.at < len(s.b) && s.b[s.at] >= '0' && s.b[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}
