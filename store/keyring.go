package store

import (
	"bufio"
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"ventanilla/backend/secret"
)

// Keyring holds every key of an installation: the naming key, which hashes the
// keys of entries and never changes; the root, from which keys for other
// purposes are derived; and the sealing keys, of which the first seals and all
// open. It cannot print.
type Keyring struct {
	naming secret.Text
	root   secret.Text
	seals  []sealKey
}

// sealKey is one sealing key. Its id follows from the key, so that who has the id right has the key.
type sealKey struct {
	id  [4]byte
	key secret.Text
}

const (
	keySize    = 32
	keyringTop = "ventanilla-keys 1"
)

// NewKeyring draws new keys.
func NewKeyring(random io.Reader) (*Keyring, error) {
	naming, err := drawKey(random)
	if err != nil {
		return nil, err
	}
	root, err := drawKey(random)
	if err != nil {
		return nil, err
	}
	k := &Keyring{naming: naming, root: root}
	return k, k.Rotate(random)
}

// ParseKeyring reads what [Keyring.Marshal] wrote. Its errors name a line, never a key.
func ParseKeyring(b []byte) (*Keyring, error) {
	k := &Keyring{}
	lines := bufio.NewScanner(bytes.NewReader(b))
	top := false
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#':
		case !top && line != keyringTop:
			return nil, fmt.Errorf("key file, line %d: want %q first", n, keyringTop)
		case !top:
			top = true
		default:
			if err := k.parse(line); err != nil {
				return nil, fmt.Errorf("key file, line %d: %w", n, err)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, errors.New("key file: a line is too long")
	}
	if k.naming == "" || k.root == "" || len(k.seals) == 0 {
		return nil, errors.New("key file: it must hold a naming, a root and at least one sealing key")
	}
	return k, nil
}

func (k *Keyring) parse(line string) error {
	what, digits, _ := strings.Cut(line, " ")
	raw, err := hex.DecodeString(strings.TrimSpace(digits))
	if err != nil || len(raw) != keySize {
		return fmt.Errorf("want a word and %d hex digits", 2*keySize)
	}
	key := secret.Text(raw)
	switch {
	case what == "naming" && k.naming == "":
		k.naming = key
	case what == "root" && k.root == "":
		k.root = key
	case what == "sealing":
		return k.add(newSealKey(key))
	default:
		return errors.New("want naming or root (once each) or sealing")
	}
	return nil
}

func (k *Keyring) add(s sealKey) error {
	if slices.ContainsFunc(k.seals, func(x sealKey) bool { return x.id == s.id }) {
		return errors.New("the same sealing key twice")
	}
	k.seals = append(k.seals, s)
	return nil
}

// Marshal writes the keys as text, for a file that only its owner reads.
func (k *Keyring) Marshal() []byte {
	var b bytes.Buffer
	b.WriteString("# Keys of a ventanilla store. Without this file its data cannot be read: keep a copy apart from the data.\n")
	b.WriteString("# The first sealing key seals, all of them open.\n" + keyringTop + "\n")
	_, _ = fmt.Fprintf(&b, "naming %x\nroot %x\n", k.naming.Reveal(), k.root.Reveal())
	for _, s := range k.seals {
		_, _ = fmt.Fprintf(&b, "sealing %x\n", s.key.Reveal())
	}
	return b.Bytes()
}

// Rotate adds a sealing key, which seals from now on. The older ones still open
// until [Keyring.Retire].
func (k *Keyring) Rotate(random io.Reader) error {
	key, err := drawKey(random)
	if err != nil {
		return err
	}
	s := newSealKey(key)
	if slices.ContainsFunc(k.seals, func(x sealKey) bool { return x.id == s.id }) {
		return k.Rotate(random)
	}
	k.seals = append([]sealKey{s}, k.seals...)
	return nil
}

// Retire forgets all sealing keys but the first. Call it when [Store.Rekey] is done.
func (k *Keyring) Retire() { k.seals = k.seals[:1:1] }

// Older is how many sealing keys only open and do not seal any more.
func (k *Keyring) Older() int { return len(k.seals) - 1 }

// Derive returns the 32 bytes of a key for one purpose, such as "codes" or
// "links", by HKDF-SHA-256 (RFC 5869) from the root. Rotation does not change it.
func (k *Keyring) Derive(purpose string) secret.Text {
	b, err := hkdf.Key(sha256.New, []byte(k.root.Reveal()), nil, "ventanilla "+purpose, keySize)
	if err != nil { // only if more is asked for than HKDF gives
		return ""
	}
	return secret.Text(b)
}

// Format implements [fmt.Formatter] without showing a key.
func (Keyring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[keys]") }

// MarshalText implements [encoding.TextMarshaler] by refusing with [secret.ErrMarshal].
func (Keyring) MarshalText() ([]byte, error) { return nil, secret.ErrMarshal }

func drawKey(random io.Reader) (secret.Text, error) {
	b := make([]byte, keySize)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("drawing a key: %w", err)
	}
	return secret.Text(b), nil
}

func newSealKey(key secret.Text) sealKey {
	sum := sha256.Sum256([]byte("ventanilla sealing key id" + key.Reveal()))
	return sealKey{id: [4]byte(sum[:4]), key: key}
}
