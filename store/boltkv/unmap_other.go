//go:build !linux

package boltkv

// letGo does nothing where a map of a file does not count as memory of the process, or cannot be let go.
func (kv *KV) letGo() {}
