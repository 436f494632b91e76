//go:build unix

package telegram

import (
	"net"
	"syscall"
)

// quietness returns what tells whether an idle connection is open and nothing came on it: who says
// something unasked, or nothing any more, takes no further call. It is asked by one at a time.
func quietness(c net.Conn) func() bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return func() bool { return true }
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return func() bool { return false }
	}
	nothing := false
	look := func(fd uintptr) bool { // never waits: the runtime's sockets do not block
		var b [1]byte
		_, err := syscall.Read(int(fd), b[:])
		nothing = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true
	}
	return func() bool { return raw.Read(look) == nil && nothing }
}
