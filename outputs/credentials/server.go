package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
)

// ServerTLS is how to be a server. Clients need a certificate unless ClientCertificates says otherwise.
type ServerTLS struct {
	CertFile           string `yaml:"cert_file"`           // PEM; our certificate, with what stands between it and a root
	KeyFile            string `yaml:"key_file"`            //
	ClientCAFile       string `yaml:"client_ca_file"`      // PEM; who may sign certificates of clients
	ClientCertificates string `yaml:"client_certificates"` // required (default), or none: whoever reaches the port may send
}

// The values of ServerTLS.ClientCertificates.
const (
	required = "required"
	none     = "none"
)

// Validate reports what is wrong with the configuration, each with the path of the key below this one.
func (t *ServerTLS) Validate(report func(path, problem string)) {
	if t.CertFile == "" {
		report("cert_file", "is missing: audit events are not taken without TLS")
	}
	if t.KeyFile == "" {
		report("key_file", "is missing")
	}
	switch t.ClientCertificates {
	case "", required:
		if t.ClientCAFile == "" {
			report("client_ca_file", "is missing: it says which clients may send (or set client_certificates: none)")
		}
	case none:
		if t.ClientCAFile != "" {
			report("client_ca_file", "has no use where client_certificates is none")
		}
	default:
		report("client_certificates", fmt.Sprintf("is %q, want required or none", t.ClientCertificates))
	}
}

// Anonymous tells whether clients are taken without a certificate.
func (t *ServerTLS) Anonymous() bool { return t.ClientCertificates == none }

// Server is the server side of TLS, kept up to date with the files. It is safe for concurrent use.
type Server struct {
	from    ServerTLS
	watched files

	mu     sync.Mutex
	seen   stamp
	config *tls.Config
}

// NewServer makes a Server. Nothing is read before Config.
func NewServer(from ServerTLS) *Server {
	return &Server{from: from, watched: files{from.CertFile, from.KeyFile, from.ClientCAFile}}
}

// Config is a configuration that looks at the files again at every handshake. Where changed files can't be read, or do not
// fit together, those before stay in use, and failed is told once for each change.
func (s *Server) Config(failed func(error)) (*tls.Config, error) {
	if _, err := s.present(failed); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return s.present(failed)
	}}, nil
}

func (s *Server) present(failed func(error)) (*tls.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.watched.stamp()
	if s.config != nil && now == s.seen {
		return s.config, nil
	}
	config, err := s.load()
	if s.seen = now; err == nil {
		s.config = config
		return config, nil
	}
	if s.config == nil {
		return nil, err
	}
	failed(err)
	return s.config, nil
}

func (s *Server) load() (*tls.Config, error) {
	certificate, err := loadPair(s.from.CertFile, s.from.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read cert_file and key_file: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2", "http/1.1"}}
	config.SessionTicketsDisabled = true // a resumed session would be one of a client whose CA is gone since
	if s.from.Anonymous() {
		return config, nil
	}
	pem, err := readFile(s.from.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("read client_ca_file: %w", err)
	}
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New("read client_ca_file: no PEM certificate in " + s.from.ClientCAFile)
	}
	return config, nil
}
