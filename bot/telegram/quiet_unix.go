//go:build unix

package telegram

import (
	"net"
	"syscall"
)

// quiet tells whether an idle connection is open and nothing came on it: who says
// something unasked, or nothing any more, takes no further call.
func quiet(c net.Conn) bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	nothing := false
	err = raw.Read(func(fd uintptr) bool { // never waits: the runtime's sockets do not block
		var b [1]byte
		_, err := syscall.Read(int(fd), b[:])
		nothing = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true
	})
	return err == nil && nothing
}
