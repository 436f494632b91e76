package email_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// secureServer takes mail over TLS, from those who sign in.
type secureServer struct {
	addr  string
	roots *x509.CertPool

	mu             sync.Mutex
	user, password string
	encrypted      bool
}

func newSecureServer(t *testing.T, implicit bool) *secureServer {
	t.Helper()
	web := httptest.NewTLSServer(nil) // lends its certificate, made for example.com
	t.Cleanup(web.Close)
	s := &secureServer{roots: x509.NewCertPool()}
	s.roots.AddCert(web.Certificate())
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &secureSession{s, c}, nil }))
	server.TLSConfig = &tls.Config{Certificates: web.TLS.Certificates}
	server.ErrorLog = silent{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	if implicit {
		l = tls.NewListener(l, server.TLSConfig)
	}
	var done sync.WaitGroup
	done.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() { _ = server.Close(); done.Wait() })
	return s
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

type secureSession struct {
	server *secureServer
	conn   *smtp.Conn
}

var _ smtp.AuthSession = (*secureSession)(nil)

func (s *secureSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *secureSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		_, encrypted := s.conn.TLSConnectionState()
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		s.server.user, s.server.password, s.server.encrypted = user, password, encrypted
		return nil
	}), nil
}

func (s *secureSession) Reset()                               {}
func (s *secureSession) Logout() error                        { return nil }
func (s *secureSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *secureSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *secureSession) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
