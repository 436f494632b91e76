package emulator

import (
	"encoding/json"
	"fmt"
	"io"
)

// Save writes the mails of everybody, without their raw form.
func (m *Mailbox) Save(w io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := json.NewEncoder(w).Encode(m.mails); err != nil {
		return fmt.Errorf("saving the mails: %w", err)
	}
	return nil
}

// Load brings back what [Mailbox.Save] wrote, before anything else came.
func (m *Mailbox) Load(r io.Reader) error {
	mails := map[string][]Mail{}
	if err := json.NewDecoder(r).Decode(&mails); err != nil {
		return fmt.Errorf("loading the mails: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails = mails
	return nil
}
