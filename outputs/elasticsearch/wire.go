package elasticsearch

import (
	"crypto/tls"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
)

// refresh makes new connections where the TLS files changed; requests under way end on the old ones.
func (s *servers) refresh() error {
	config, err := s.tls.Config()
	if err != nil || s.wire != nil && config == s.config {
		return err
	}
	if s.wire != nil {
		s.wire.CloseIdleConnections()
	}
	s.config, s.wire = config, newWire(config)
	for _, one := range s.list {
		one.transport, err = elastictransport.NewClient(elastictransport.WithURLs(one.url), elastictransport.WithTransport(s.wire),
			elastictransport.WithDisableRetry(), elastictransport.WithUserAgent("auditship"))
		if err != nil {
			return err
		}
	}
	return nil
}

// newWire speaks HTTP/1.1 only: with HTTP/2 a half-open connection would outlive the requests that time out on it.
func newWire(config *tls.Config) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSClientConfig:       config.Clone(),
		Protocols:             protocols,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       time.Minute,
		MaxIdleConnsPerHost:   writes,
		DisableCompression:    true, // answers are short, and their length is bounded
		WriteBufferSize:       64 << 10,
	}
}

func (s *servers) authorization() (string, error) {
	key, err := s.apiKey.Value()
	if err != nil {
		return "", err
	}
	if key != "" {
		if strings.Contains(key, ":") { // ID:KEY; the encoded form has no colon
			key = base64.StdEncoding.EncodeToString([]byte(key))
		}
		return "ApiKey " + key, nil
	}
	password, err := s.password.Value()
	if err != nil || s.username == "" {
		return "", err
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(s.username+":"+password)), nil
}

func (s *servers) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wire != nil {
		s.wire.CloseIdleConnections()
	}
}
