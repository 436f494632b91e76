package door

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"syscall"
)

// ErrNobody is returned when no program runs on the store, as far as its door tells.
var ErrNobody = errors.New("no program runs on this store")

// Client knocks at the door of one store.
type Client struct{ http *http.Client }

// Knock returns a client for the door of a store; whether somebody is there shows
// with the first call.
func Knock(store string) Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", Path(store))
	}
	return Client{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Status asks how the program is doing.
func (c Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.ask(ctx, http.MethodGet, "/status", &s)
}

// Rotate asks for a new sealing key and for everything to be sealed with it.
func (c Client) Rotate(ctx context.Context) (sealed int, err error) {
	var n counted
	err = c.ask(ctx, http.MethodPost, "/keys/rotate", &n)
	return n.N, err
}

// Forget asks for the older sealing keys to be taken out of the key file.
func (c Client) Forget(ctx context.Context) (keys int, err error) {
	var n counted
	err = c.ask(ctx, http.MethodPost, "/keys/forget", &n)
	return n.N, err
}

// Backup returns the stream of a backup. Reading it to its end without an error
// means that it is whole. Close it.
func (c Client) Backup(ctx context.Context) (io.ReadCloser, error) {
	resp, err := c.do(ctx, http.MethodGet, "/backup")
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func (c Client) ask(ctx context.Context, method, path string, into any) error {
	resp, err := c.do(ctx, method, path)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("reading what the running program answered: %w", err)
	}
	return nil
}

func (c Client) do(ctx context.Context, method, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://door"+path, nil)
	if err != nil {
		return nil, fmt.Errorf("asking the running program: %w", err)
	}
	resp, err := c.http.Do(req)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNobody
	case err != nil:
		return nil, fmt.Errorf("asking the running program: %w", err)
	case resp.StatusCode != http.StatusOK:
		return nil, refused(resp)
	}
	return resp, nil
}

// refused is the error that the program answered with.
func refused(resp *http.Response) error {
	defer func() { _ = resp.Body.Close() }()
	var f failure
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&f); err != nil || f.Error == "" {
		return fmt.Errorf("the running program answered %s", resp.Status)
	}
	return fmt.Errorf("the running program: %s", f.Error)
}
