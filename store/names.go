package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
	"sync"
)

// Prefixes of the keys of entries. What follows them is a keyed hash, never a
// person, an account or an address (RULES: data.sealed).
const (
	conversations = "c."      // conversation
	transcript    = "t."      // time, conversation, number of its first line; until version 1 conversation, number of the line: expires after 90 days
	seen          = "s."      // conversation, block of marks; until version 1 message id in a conversation: expires after 24 hours
	away          = "o."      // conversation, outbound id: due
	guards        = "a."      // subject and budget
	grants        = "g."      // grant id
	trail         = "u."      // conversation, audit line number
	trailDays     = "d."      // day, conversation: the head of the trail on that day
	checkpoints   = "k."      // day: the signature over all heads of that day
	links         = "l."      // account, conversation: expires after 12 months
	setAside      = "x."      // case number, message id in a conversation
	waiting       = "w."      // organisation, since when, conversation: who waits for a human
	summaries     = "i."      // conversation: at most 200 bytes
	cases         = "b."      // case number, conversation: expires after 90 days
	idents        = "e."      // organisation and identifier, conversation: expires after 90 days
	cares         = "q."      // conversation: what agents arranged about it
	agents        = "n."      // who works at the console
	sessions      = "y."      // token of a browser: expires after 12 hours
	figures       = "f."      // organisation, its day: expires after 400 days
	pleas         = "j."      // what waits for a second agent: expires after 15 minutes
	returnable    = "r."      // receipt, conversation: what was sent elsewhere and may come back; expires then
	probed        = "p.probe" // what [Store.Probe] writes, and nothing else
	keysEntry     = "meta.keys"
)

// namer makes the keyed hashes that stand in entries' keys.
type namer struct{ pool sync.Pool }

// hasher is a keyed hash with room for what goes in and comes out.
type hasher struct {
	hash.Hash
	buf []byte
}

func newNamer(k *Keyring) *namer {
	key := []byte(k.naming.Reveal())
	return &namer{sync.Pool{New: func() any {
		return &hasher{hmac.New(sha256.New, key), make([]byte, 0, 256)}
	}}}
}

// sum is an HMAC-SHA-256 (RFC 2104) over parts, each preceded by its length so that two
// lists never read the same, cut to 128 bits (RFC 2104, section 5).
func (n *namer) sum(parts ...string) (out [16]byte) {
	h := n.pool.Get().(*hasher)
	defer n.pool.Put(h)
	h.Reset()
	h.buf = h.buf[:0]
	for _, p := range parts {
		h.buf = append(binary.AppendUvarint(h.buf, uint64(len(p))), p...)
	}
	h.Write(h.buf)
	h.buf = h.Sum(h.buf[:0])
	copy(out[:], h.buf)
	return out
}

// nameLen is how long a name is.
const nameLen = 32

// name is sum in hex.
func (n *namer) name(parts ...string) string {
	sum := n.sum(parts...)
	var digits [nameLen]byte
	hex.Encode(digits[:], sum[:])
	return string(digits[:])
}

// numbered makes keys whose order is that of their numbers.
func numbered(prefix, name string, n uint64) string {
	digits := strconv.FormatUint(n, 10)
	return prefix + name + "." + "0000000000"[min(len(digits), 10):] + digits
}
