package agent

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// metricNames are those of all metrics of our own that an agent can have.
func metricNames(t *testing.T) (names []string) {
	t.Helper()
	a := newAgent(newSite(t).config(archive), Options{Log: quiet})
	descriptions := make(chan *prometheus.Desc, 1000)
	for _, c := range []prometheus.Collector{a.metrics, checkers{a}, a.buildInfo()} {
		c.Describe(descriptions)
	}
	close(descriptions)
	name := regexp.MustCompile(`fqName: "(auditship_\w+)"`)
	for d := range descriptions {
		names = append(names, name.FindStringSubmatch(d.String())[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

var (
	metricName   = regexp.MustCompile(`\bauditship_[a-z_]*[a-z]\b`)
	seriesSuffix = regexp.MustCompile(`_(bucket|sum|count)$`)
)

// named are the metrics that a text speaks of.
func named(text string) (names []string) {
	for _, n := range metricName.FindAllString(text, -1) {
		names = append(names, seriesSuffix.ReplaceAllString(n, ""))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestMetricsAreDocumented: docs/operations.md has every metric, and nothing speaks of one that does not exist.
func TestMetricsAreDocumented(t *testing.T) {
	metrics, documented := metricNames(t), named(readText(t, "../docs/operations.md"))
	for _, name := range metrics {
		if !slices.Contains(documented, name) {
			t.Errorf("docs/operations.md does not tell of %s", name)
		}
	}
	for _, file := range []string{"../docs/operations.md", "../docs/install.md", "../docs/security.md", "../deploy/dashboards/grafana-agent.json", "../deploy/alerts/prometheusrule.yaml"} {
		for _, name := range named(readText(t, file)) {
			if !slices.Contains(metrics, name) {
				t.Errorf("%s speaks of %s, which no agent has", file, name)
			}
		}
	}
}

// TestEveryAlertHasARunbook: what an alert links to is there.
func TestEveryAlertHasARunbook(t *testing.T) {
	alerts := regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllStringSubmatch(readText(t, "../deploy/alerts/prometheusrule.yaml"), -1)
	links := regexp.MustCompile(`docs/operations\.md#(\w+)`).FindAllStringSubmatch(readText(t, "../deploy/alerts/prometheusrule.yaml"), -1)
	headings := map[string]bool{}
	for _, h := range regexp.MustCompile(`(?m)^### (Auditship\w+)$`).FindAllStringSubmatch(readText(t, "../docs/operations.md"), -1) {
		headings[h[1]] = true
	}
	if len(alerts) == 0 || len(alerts) != len(links) {
		t.Fatalf("%d alerts with %d links", len(alerts), len(links))
	}
	for i, a := range alerts {
		if !headings[a[1]] || links[i][1] != strings.ToLower(a[1]) {
			t.Errorf("%s links to #%s; there is a runbook: %v", a[1], links[i][1], headings[a[1]])
		}
		delete(headings, a[1])
	}
	for h := range headings {
		t.Errorf("docs/operations.md has a runbook for %s, which is no alert", h)
	}
}

// TestDashboardsAreWellFormed: each panel has a number and a place of its own, and asks the data source that is chosen.
func TestDashboardsAreWellFormed(t *testing.T) {
	for _, file := range []string{"../deploy/dashboards/grafana-agent.json", "../deploy/dashboards/grafana-audit-loki.json"} {
		var board struct {
			UID    string
			Panels []struct {
				ID         int
				Type       string
				Datasource struct{ UID string }
				GridPos    struct{ X, Y, W, H int }
				Targets    []struct{ Expr string }
			}
		}
		text := readText(t, file)
		if err := json.Unmarshal([]byte(text), &board); err != nil || board.UID == "" || strings.Contains(text, "://") {
			t.Errorf("%s: %v, UID %q; it must not have absolute URLs", file, err, board.UID)
		}
		ids := map[int]bool{}
		taken := map[[2]int]int{}
		for _, p := range board.Panels {
			if ids[p.ID] || p.Type != "row" && (p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 || p.Targets[0].Expr == "") {
				t.Errorf("%s: panel %d is there twice, or asks nothing", file, p.ID)
			}
			ids[p.ID] = true
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := taken[[2]int{x, y}]; other != 0 || x >= 24 {
						t.Fatalf("%s: panels %d and %d lie one over the other, or beside the page", file, other, p.ID)
					}
					taken[[2]int{x, y}] = p.ID
				}
			}
		}
	}
}
