package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
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
	roots  []*x509.Certificate // who may sign certificates of clients
	failed func(error)
}

// NewServer makes a Server. Nothing is read before Config.
func NewServer(from ServerTLS) *Server {
	return &Server{from: from, watched: files{from.CertFile, from.KeyFile, from.ClientCAFile}}
}

// Config is a configuration that looks at the files again at every handshake. Where changed files can't be read, or do not
// fit together, those before stay in use, and failed is told once for each change.
func (s *Server) Config(failed func(error)) (*tls.Config, error) {
	s.mu.Lock()
	s.failed = failed
	s.mu.Unlock()
	if _, err := s.present(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return s.present()
	}}, nil
}

// Admits tells whether the client of a connection would still be let in: connections live long, and a client's authority or time may be
// gone since the handshake.
func (s *Server) Admits(c *tls.ConnectionState, now time.Time) bool {
	if s.from.Anonymous() {
		return true
	}
	if _, err := s.present(); err != nil || c == nil || len(c.VerifiedChains) == 0 {
		return false
	}
	s.mu.Lock()
	roots := s.roots
	s.mu.Unlock()
	return slices.ContainsFunc(c.VerifiedChains, func(chain []*x509.Certificate) bool {
		expired := slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return now.After(c.NotAfter) })
		return !expired && slices.ContainsFunc(roots, chain[len(chain)-1].Equal)
	})
}

func (s *Server) present() (*tls.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.watched.stamp()
	if s.config != nil && now == s.seen {
		return s.config, nil
	}
	config, roots, err := s.load()
	if s.seen = now; err == nil {
		s.config, s.roots = config, roots
		return config, nil
	}
	if s.config == nil {
		return nil, err
	}
	s.failed(err)
	return s.config, nil
}

func (s *Server) load() (config *tls.Config, roots []*x509.Certificate, err error) {
	certificate, err := loadPair(s.from.CertFile, s.from.KeyFile)
	if err != nil {
		return nil, nil, fmt.Errorf("read cert_file and key_file: %w", err)
	}
	config = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2", "http/1.1"}}
	config.SessionTicketsDisabled = true // a resumed session would be one of a client whose CA is gone since
	if s.from.Anonymous() {
		return config, nil, nil
	}
	roots, err = loadCertificates(s.from.ClientCAFile)
	if err != nil {
		return nil, nil, fmt.Errorf("read client_ca_file: %w", err)
	}
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	for _, root := range roots {
		config.ClientCAs.AddCert(root)
	}
	return config, roots, nil
}

// loadCertificates reads all that are in a PEM file. What else is in there, and what can't be parsed, is passed over as
// x509.CertPool.AppendCertsFromPEM does; none at all is an error.
func loadCertificates(path string) (all []*x509.Certificate, err error) {
	rest, err := readFile(path)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); block.Type == "CERTIFICATE" && err == nil {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no PEM certificate in " + path)
	}
	return all, nil
}
