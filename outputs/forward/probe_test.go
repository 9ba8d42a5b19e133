package forward

import (
	"crypto/tls"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

// TestProbe: what would keep a receiver from taking events is found out, and nothing is sent.
func TestProbe(t *testing.T) {
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	defer certified.Close()
	secured := &tls.Config{Certificates: certified.TLS.Certificates}
	withKey := func(c *Config) { c.SharedKey = "k" }
	byTLS := func(insecure bool) func(*Config) {
		return func(c *Config) { c.TLS = &credentials.TLS{InsecureSkipVerify: insecure} }
	}
	for name, c := range map[string]struct {
		receiver func(*receiver)
		config   func(*Config)
		found    string
		reason   string
	}{
		"plain":             {func(*receiver) {}, func(*Config) {}, "takes connections", ""},
		"a key":             {func(s *receiver) { s.key = "k" }, withKey, "takes connections and knows the shared key", ""},
		"another key":       {func(s *receiver) { s.key = "other" }, withKey, "", unauthorized},
		"a key we have not": {func(s *receiver) { s.key = "k" }, func(*Config) {}, "", unauthorized},
		"TLS":               {func(s *receiver) { s.tls = secured }, byTLS(true), "takes connections by TLS", ""},
		"an unknown CA":     {func(s *receiver) { s.tls = secured }, byTLS(false), "", certificate},
	} {
		s := receive(t, c.receiver)
		p, err := s.output(t, c.config).Probe(t.Context())
		if c.reason == "" && (err != nil || len(p.Found) != 1 || !strings.HasSuffix(p.Found[0], c.found) || len(p.Doubts) > 0) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if f := outputs.FaultOf(err); c.reason != "" && (err == nil || f.Reason != c.reason || !f.Blocked || len(p.Found) > 0) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if len(s.sentIDs()) > 0 {
			t.Errorf("%s: something was sent", name)
		}
	}
}

// TestProbeOfSeveral: one that is dead is a doubt as long as another is not.
func TestProbeOfSeveral(t *testing.T) {
	dead := silent(t)
	dead.Close()
	s := receive(t)
	both := s.output(t, func(c *Config) { c.Addresses = append(c.Addresses, dead.Addr().String()) })
	if p, err := both.Probe(t.Context()); err != nil || len(p.Found) != 1 || len(p.Doubts) != 1 || !strings.Contains(p.Doubts[0], "("+unreachable+")") {
		t.Errorf("%+v, %v", p, err)
	}
	s.Close()
	if p, err := both.Probe(t.Context()); err == nil || outputs.FaultOf(err).Reason != unreachable || len(p.Doubts) > 0 {
		t.Errorf("%+v, %v", p, err)
	}
}
