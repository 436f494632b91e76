// Package emulator is a core account system over HTTP, on its own bbolt file, for
// the demo, for tests, and as a program: what an organisation would have behind
// the contract of package backend. It holds invented people with their stories,
// locks accounts after wrong sign-ins, has a tiny page to sign in, makes payslips,
// and can fail on request.
//
// It never talks to anybody else's system and is not meant to hold real people.
package emulator

import (
	"cmp"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"go.etcd.io/bbolt"

	"ventanilla/backend/secret"
)

// Options say how the emulator behaves. Only Token is needed.
type Options struct {
	Token       secret.Text      // the bearer token that callers must show
	EvidenceKey secret.Text      // checks evidence; Token if empty
	PublicURL   string           // where people reach the sign-in page, for the capabilities; may be empty
	Now         func() time.Time // time.Now if nil
	Random      io.Reader        // crypto/rand if nil
	LockAfter   int              // wrong sign-ins that lock an account; 3 if 0
	Hashing     int              // how many argon2id computations at once; one per processor if 0
	HashMemory  int              // KiB that each takes, at most and if 0 19 MiB: less is for tests that hash much
	Admin       bool             // serve /admin/faults, /admin/events and /admin/effects, behind the token
	Events      Events           // where events go; nowhere if empty
	NoSync      bool             // do not wait for the disk: for tests on a file that dies with them
	Seeds       fs.FS            // *.yaml with portals and people; the built-in ones if nil
	Log         *slog.Logger     // discards if nil
}

// Events say where Ventanilla hears of them.
type Events struct {
	URL string      // of Ventanilla, without a slash at its end
	Key secret.Text // signs them
}

// What the emulator does by itself.
const (
	keepAnswers   = 7 * 24 * time.Hour // of an idempotency key
	temporaryLife = 24 * time.Hour     // RULES: temp.form
	trustWait     = 72 * time.Hour     // RULES: reg.proof
)

//go:embed seeds/*.yaml
var builtIn embed.FS

// Emulator is a core. Its methods are safe for concurrent use.
type Emulator struct {
	opt     Options
	db      *bbolt.DB
	portals map[string]*portal
	hash    *hasher
	faults  faults
	sumKey  []byte // of the idempotency store: keyed with the token, so that the file says nothing of a body
	sealKey []byte
}

// Open opens or makes the file at path and seeds the people it does not hold yet.
// It fails if another process holds the file.
func Open(path string, opt Options) (*Emulator, error) {
	if opt.Token == "" {
		return nil, errors.New("opening a core emulator: the token is empty")
	}
	opt = defaults(opt)
	portals, err := loadSeeds(opt.Seeds)
	if err != nil {
		return nil, fmt.Errorf("opening a core emulator: %w", err)
	}
	e := &Emulator{opt: opt, portals: portals, hash: newHasher(opt)}
	if err := e.deriveKeys(); err != nil {
		return nil, fmt.Errorf("opening a core emulator: %w", err)
	}
	e.db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType, NoSync: opt.NoSync, NoGrowSync: opt.NoSync})
	if err != nil {
		return nil, fmt.Errorf("opening a core emulator at %s: %w", path, err)
	}
	if err := e.seed(); err != nil {
		return nil, errors.Join(fmt.Errorf("seeding a core emulator: %w", err), e.db.Close())
	}
	return e, nil
}

func defaults(o Options) Options {
	o.EvidenceKey = cmp.Or(o.EvidenceKey, o.Token)
	o.LockAfter = cmp.Or(o.LockAfter, 3)
	o.HashMemory = cmp.Or(o.HashMemory, argonMemory)
	o.Hashing = cmp.Or(o.Hashing, runtime.NumCPU())
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Seeds == nil {
		o.Seeds = builtIn
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func (e *Emulator) deriveKeys() (err error) {
	token := []byte(e.opt.Token.Reveal())
	if e.sumKey, err = hkdf.Key(sha256.New, token, nil, "ventanilla core: sums of requests", 32); err != nil {
		return fmt.Errorf("deriving a key: %w", err)
	}
	if e.sealKey, err = hkdf.Key(sha256.New, token, nil, "ventanilla core: kept answers", 32); err != nil {
		return fmt.Errorf("deriving a key: %w", err)
	}
	return nil
}

// Close closes the file. Requests that are still running fail.
func (e *Emulator) Close() error {
	if err := e.db.Close(); err != nil {
		return fmt.Errorf("closing a core emulator: %w", err)
	}
	return nil
}

// Handler serves the contract under /v1, the sign-in page under /signin/{portal}
// and, if [Options].Admin, /admin.
func (e *Emulator) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v1/", e.authorised(e.faults.middleware(e.contract())))
	e.servePage(mux)
	if e.opt.Admin {
		mux.Handle("/admin/", e.authorised(e.admin()))
	}
	return mux
}
