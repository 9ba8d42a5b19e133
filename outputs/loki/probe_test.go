package loki

import (
	"net/http"
	"strings"
	"testing"

	"github.com/auditship/auditship/outputs"
)

func TestProbe(t *testing.T) {
	for status, reason := range map[int]string{0: "", 204: "", 401: "unauthorized", 404: "not_found", 500: "server_error", 302: "unexpected_answer"} {
		s := start(t)
		if status != 0 {
			s.before = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
				w.WriteHeader(status)
				return true
			}
		}
		p, err := s.output(t, func(c *Config) { c.Tenant = "team" }).Probe(t.Context())
		switch {
		case reason == "" && (err != nil || len(p.Found) != 2):
			t.Errorf("status %d: %+v, %v", status, p, err)
		case reason != "" && (err == nil || outputs.FaultOf(err).Reason != reason):
			t.Errorf("status %d: %v", status, err)
		}
		if s.count() > 0 {
			t.Errorf("status %d: something was pushed", status)
		}
	}
}

func TestProbeOfNobody(t *testing.T) {
	s := start(t)
	o := s.output(t)
	s.Close()
	if _, err := o.Probe(t.Context()); err == nil || outputs.FaultOf(err).Reason != "unreachable" || strings.Contains(err.Error(), pushPath) {
		t.Errorf("got %v", err)
	}
}
