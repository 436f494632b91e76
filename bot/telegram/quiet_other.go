//go:build !unix

package telegram

import "net"

// quiet cannot be told here: a connection that the network closed fails one call, which is tried again.
func quiet(net.Conn) bool { return true }
