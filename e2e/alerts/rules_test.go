package alerts_test

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"go.yaml.in/yaml/v3"
)

// alert is one of deploy/alerts, as Prometheus reads it.
type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         model.Duration    `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alerts(t *testing.T) []alert {
	t.Helper()
	text, err := os.ReadFile("../../deploy/alerts/prometheusrule.yaml")
	must(t, err)
	var file struct {
		Spec struct {
			Groups []struct {
				Rules []alert `yaml:"rules"`
			} `yaml:"groups"`
		} `yaml:"spec"`
	}
	must(t, yaml.Unmarshal(text, &file))
	return file.Spec.Groups[0].Rules
}

func (a *alert) rule(t *testing.T) *rules.AlertingRule {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(a.Expr)
	must(t, err)
	return rules.NewAlertingRule(a.Alert, expr, time.Duration(a.For), 0, labels.FromMap(a.Labels), labels.FromMap(a.Annotations), labels.EmptyLabels(), "", true, slog.New(slog.DiscardHandler))
}

// firing evaluates all alerts every 30 s until then, and is which fired, and their summaries. The series are in the language of Prometheus' own tests.
func firing(t *testing.T, series string, until time.Duration) map[string]string {
	t.Helper()
	storage := promqltest.LoadedStorage(t, "load 30s\n"+series)
	query := rules.EngineQueryFunc(promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery), storage)
	fired := map[string]string{}
	for _, a := range alerts(t) {
		rule := a.rule(t)
		for at := time.Unix(0, 0); !at.After(time.Unix(0, 0).Add(until)); at = at.Add(30 * time.Second) {
			_, err := rule.Eval(context.Background(), 0, at, query, nil, 0)
			must(t, err)
			rule.ForEachActiveAlert(func(active *rules.Alert) {
				if active.State == rules.StateFiring {
					fired[a.Alert] = active.Annotations.Get("summary")
				}
			})
		}
	}
	return fired
}

// agent are series of an agent that has nothing to complain of, from a time on: each is a metric with values in that language.
// Scenarios replace some. What is never lost is lost in a day, since +Inf can't be repeated.
func agent(pod string, start string) map[string]string {
	name := func(metric, more string) string {
		return metric + `{namespace="auditship",pod="` + pod + `",input="apiserver",output="search"` + more + "}"
	}
	return map[string]string{
		name("auditship_events_total", `,result="read"`):             start + "1000+50x240",
		name("auditship_events_total", `,result="delivered"`):        start + "1000+50x240",
		name("auditship_events_total", `,result="dead_lettered"`):    start + "7x240",
		name("auditship_gaps_total", ""):                             start + "3x240",
		name("auditship_last_gap_timestamp_seconds", ""):             start + "-90000x240", // a day before all of this
		name("auditship_lag_bytes", ""):                              start + "0x240",
		name("auditship_lag_seconds", ""):                            start + "0x240",
		name("auditship_seconds_until_loss", ""):                     start + "86400x240",
		`auditship_build_info{pod="` + pod + `",version="v1"}`:       start + "1x240",
		`auditship_reload_failed{pod="` + pod + `",target="config"}`: start + "0x240",
	}
}

// with replaces the values of series: the keys are parts of their names, and none is in a name that another one is in.
func with(series map[string]string, changes map[string]string) map[string]string {
	for part, values := range changes {
		for name := range series {
			if strings.Contains(name, part) {
				series[name] = values
			}
		}
	}
	return series
}

func text(all ...map[string]string) string {
	var b strings.Builder
	for _, series := range all {
		for _, name := range slices.Sorted(maps.Keys(series)) {
			b.WriteString("  " + name + " " + series[name] + "\n")
		}
	}
	return b.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
