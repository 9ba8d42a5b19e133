package agent

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gauge is the one value of a metric; 0 where it is not there.
func gauge(t *testing.T, metrics prometheus.Collector, name string) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return 0
}

// TestIdentitiesAreTakenIn: a changed file of identities holds without a restart, a broken one changes nothing and is shown.
func TestIdentitiesAreTakenIn(t *testing.T) {
	s := newSite(t)
	write := func(content string) { s.must(os.WriteFile(s.path("people.csv"), []byte(content), 0o600)) }
	for _, once := range []bool{false, true} {
		write("user,person\njane,Jane\n")
		cfg := s.config(archive + "]\nidentities: {file: people.csv}\noidc: [{username_prefix: \"oidc:\"}")
		synctest.Test(t, func(t *testing.T) {
			a := newAgent(cfg, Options{Log: quiet, Once: once})
			watching := a.watch(identities(cfg))
			synctest.Wait()
			person := func() string {
				time.Sleep(15 * time.Second)
				synctest.Wait()
				if m := cfg.People.Map().Find([]byte("jane"), nil); m != nil {
					return string(m.Person)
				}
				return ""
			}
			write("user,person\njane,another\n")
			if got := person(); strings.Contains(got, "another") == once {
				t.Errorf("once %v: Jane is %s", once, got)
			}
			before := person()
			write("user,person\njane\n")
			if got := person(); got != before {
				t.Errorf("a broken file made Jane %s", got)
			}
			if failed := gauge(t, a.metrics, "auditship_reload_failed"); failed != 1 && !once {
				t.Errorf("the metric is %v", failed)
			}
			watching.stop()
		})
	}
}
