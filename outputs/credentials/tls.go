// Package credentials holds what proves who we are and who the server is: secrets and certificates in files, read again
// when the files change, so that a rotated password or certificate needs no restart.
package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// TLS is how to talk to a server. Servers are verified unless InsecureSkipVerify says otherwise.
type TLS struct {
	CAFile             string `yaml:"ca_file"`   // PEM; default: the system's roots
	CertFile           string `yaml:"cert_file"` // PEM; our certificate, for mutual TLS
	KeyFile            string `yaml:"key_file"`
	ServerName         string `yaml:"server_name"` // default: the host in the address
	InsecureSkipVerify bool   `yaml:"insecure_skip_verify"`
}

// Validate reports what is wrong with the configuration, each with the path of the key below this one.
func (t *TLS) Validate(report func(path, problem string)) {
	if t == nil {
		return
	}
	if t.CertFile != "" && t.KeyFile == "" {
		report("cert_file", "needs key_file beside it")
	}
	if t.KeyFile != "" && t.CertFile == "" {
		report("key_file", "needs cert_file beside it")
	}
}

// Client is the client side of TLS, kept up to date with the files. It belongs to one goroutine.
type Client struct {
	from    TLS
	watched files
	seen    stamp
	config  *tls.Config
}

// NewClient makes a Client; nil stands for the defaults. Nothing is read before Config.
func NewClient(from *TLS) *Client {
	c := &Client{}
	if from != nil {
		c.from = *from
	}
	c.watched = files{c.from.CAFile, c.from.CertFile, c.from.KeyFile}
	return c
}

// Config is the present configuration: the same pointer as before as long as no file has changed, else a new one.
// Where a changed file can't be read, the one before stays in use, if there is one.
func (c *Client) Config() (*tls.Config, error) {
	now := c.watched.stamp()
	if c.config != nil && now == c.seen {
		return c.config, nil
	}
	config, err := c.load()
	if err != nil {
		if c.config != nil {
			return c.config, nil
		}
		return nil, err
	}
	c.config, c.seen = config, now
	return config, nil
}

func (c *Client) load() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.from.ServerName, InsecureSkipVerify: c.from.InsecureSkipVerify}
	if c.from.CAFile != "" {
		pem, err := readFile(c.from.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("read ca_file: no PEM certificate in " + c.from.CAFile)
		}
	}
	if c.from.CertFile != "" {
		certificate, err := loadPair(c.from.CertFile, c.from.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read cert_file and key_file: %w", err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}

func loadPair(certFile, keyFile string) (tls.Certificate, error) {
	certificate, err := readFile(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := readFile(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(certificate, key)
}
