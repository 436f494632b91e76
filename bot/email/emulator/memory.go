package emulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// kept is a line of the file that a mailbox is kept in: one mail in one hand.
type kept struct {
	Address string `json:"address"`
	Mail    Mail   `json:"mail"`
}

// KeepIn brings back the mails of a file, without their raw form, and from now on writes each
// mail there before it is taken: who is killed the next moment has it. What of the last one was
// cut off by that is left out, as it was never taken. Call it before anything else came.
func (m *Mailbox) KeepIn(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("opening the mails: %w", err)
	}
	mails, whole, err := load(f)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("reading the mails: %w", err), f.Close())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails, m.file = mails, f
	return nil
}

// load reads mails line by line, and returns up to where they are whole.
func load(r io.Reader) (mails map[string][]Mail, whole int64, err error) {
	mails = map[string][]Mail{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return mails, whole, nil
		}
		if err != nil {
			return nil, 0, err
		}
		var k kept
		if err := json.Unmarshal(line, &k); err != nil {
			return nil, 0, err
		}
		mails[key(k.Address)] = append(mails[key(k.Address)], k.Mail)
		whole += int64(len(line))
	}
}

// write puts a mail into the file, if there is one: in one write for all who get it.
func (m *Mailbox) write(to []string, mail Mail) error {
	if m.file == nil {
		return nil
	}
	var b bytes.Buffer
	for _, address := range to {
		mail.To = address
		if err := json.NewEncoder(&b).Encode(kept{address, mail}); err != nil {
			return fmt.Errorf("keeping a mail: %w", err)
		}
	}
	if _, err := m.file.Write(b.Bytes()); err != nil {
		return fmt.Errorf("keeping a mail: %w", err)
	}
	return nil
}
