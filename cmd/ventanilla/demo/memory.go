package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// memory keeps what the emulators have in memory in files, so that phones look the
// same when the world is opened again. Mails are kept as they come: see mail.Mailbox.KeepIn.
type memory struct {
	file string
	keep interface {
		Save(w io.Writer) error
		Load(r io.Reader) error
	}
	rev   func() int // what changed since it was saved
	saved int
}

// load brings back what was kept; a new world has nothing.
func (m *memory) load() error {
	f, err := os.Open(m.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening what the demo remembers: %w", err)
	}
	defer func() { _ = f.Close() }()
	if err := m.keep.Load(f); err != nil {
		return fmt.Errorf("reading %s: %w", m.file, err)
	}
	m.saved = m.rev()
	return nil
}

// save writes a new file in place of the old one, if anything changed.
func (m *memory) save() error {
	rev := m.rev()
	if rev == m.saved {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(m.file), ".demo-*")
	if err != nil {
		return fmt.Errorf("keeping the demo's memory: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if err := errors.Join(m.keep.Save(f), f.Close()); err != nil {
		return fmt.Errorf("keeping the demo's memory: %w", err)
	}
	if err := os.Rename(f.Name(), m.file); err != nil {
		return fmt.Errorf("keeping the demo's memory: %w", err)
	}
	m.saved = rev
	return nil
}

// remember loads what the emulators knew the last time.
func (w *World) remember(data string) error {
	w.memories = []*memory{
		{file: filepath.Join(data, "demo.phones"), keep: w.telegram, rev: w.telegram.Rev},
		{file: filepath.Join(data, "demo.whatsapp"), keep: w.whatsapp, rev: w.whatsapp.Rev},
	}
	for _, m := range w.memories {
		if err := m.load(); err != nil {
			return err
		}
	}
	return nil
}

// keepEvery is how much of the phones a killed demo may forget.
const keepEvery = 2 * time.Second

// keepSaving saves now and then until ctx ends, and once more then.
func (w *World) keepSaving(ctx context.Context) error {
	every := time.NewTicker(keepEvery)
	defer every.Stop()
	for {
		stop := ctx.Err() != nil
		var err error
		for _, m := range w.memories {
			err = errors.Join(err, m.save())
		}
		if stop || err != nil {
			return err
		}
		select {
		case <-every.C:
		case <-ctx.Done():
		}
	}
}
