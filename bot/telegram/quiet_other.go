//go:build !unix

package telegram

import "net"

// quietness cannot be told here: a connection that the network closed fails one call, which is tried again.
func quietness(net.Conn) func() bool { return func() bool { return true } }
