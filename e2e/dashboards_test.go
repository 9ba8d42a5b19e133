package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// board is what a Grafana dashboard asks. Its form is held by a test of the agent's own module.
type board struct{ Panels []boardPanel }

type boardPanel struct {
	Type, Title string
	Targets     []struct{ Expr string }
}

func readBoard(t *testing.T, name string) board {
	t.Helper()
	text, err := os.ReadFile("../deploy/dashboards/" + name)
	must(t, err)
	var b board
	must(t, json.Unmarshal(text, &b))
	return b
}

// TestAgentDashboard: every query is PromQL, and asks for metrics that a running agent has.
func TestAgentDashboard(t *testing.T) {
	dir := newDir(t)
	logs := filepath.Join(dir, "log")
	must(t, auditlog.Copy(corpus(t), logs))
	config, err := agent.New(dir, filepath.Join(logs, "audit.log"), toFile(dir, "archive", agent.File{}).Output)
	must(t, err)
	process := start(t, config)
	must(t, process.AwaitSettled(t.Context(), 1, "archive"))
	metrics := scrape(t, process)
	must(t, process.Stop(t.Context()))
	now := []string{ // what shows only in trouble, or where it is configured; agent's own tests hold these against the docs
		"auditship_blocked", "auditship_retries_total", "auditship_input_anomalies_total", "auditship_rule_events_total", "auditship_reloads_total",
		"auditship_server_missing_events", "auditship_server_surplus_events", "auditship_server_unwritten_events_total", "auditship_server_check_age_seconds",
	}
	histogram := regexp.MustCompile(`_(bucket|sum|count)$`)
	queries := 0
	for _, panel := range readBoard(t, "grafana-agent.json").Panels {
		for _, target := range panel.Targets {
			queries++
			text := strings.NewReplacer("$__rate_interval", "5m", "$__interval", "1m", "$pod", ".*", "$input", ".*", "$output", ".*").Replace(target.Expr)
			expr, err := parser.ParseExpr(text)
			if err != nil {
				t.Errorf("%s: %v", panel.Title, err)
				continue
			}
			parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
				if v, ok := node.(*parser.VectorSelector); ok && !metrics.Has(histogram.ReplaceAllString(v.Name, "")) && !slices.Contains(now, v.Name) {
					t.Errorf("%s asks for %s, which the agent does not have", panel.Title, v.Name)
				}
				return nil
			})
		}
	}
	t.Logf("%d queries", queries)
}

// views are what the views of both dashboards show, and what of the log that is.
var views = map[string]func(event map[string]any) bool{
	"denied": func(e map[string]any) bool { return answered(e) && (code(e) == 401 || code(e) == 403) },
	"secrets": func(e map[string]any) bool {
		return answered(e) && at(e, "objectRef", "resource") == "secrets"
	},
	"logins":        func(e map[string]any) bool { return code(e) == 401 && at(e, "user", "username") == nil },
	"impersonation": func(e map[string]any) bool { return answered(e) && at(e, "impersonatedUser", "username") != nil },
	"rbac": func(e map[string]any) bool {
		verb, _ := e["verb"].(string)
		return answered(e) && at(e, "objectRef", "apiGroup") == "rbac.authorization.k8s.io" && slices.Contains([]string{"create", "update", "patch", "delete", "deletecollection"}, verb)
	},
	"all": answered,
}

// answered: an event of the stage RequestReceived has no answer, and its request another event.
func answered(e map[string]any) bool { return e["stage"] != "RequestReceived" }

func expected(t *testing.T, log *verify.Log) map[string]int {
	t.Helper()
	want := map[string]int{}
	for _, line := range log.Lines() {
		event := parseDocument(t, line)
		for name, shows := range views {
			if shows(event) {
				want[name]++
			}
		}
	}
	return want
}

// TestAuditDashboards ships a whole recorded log to Loki and Elasticsearch, and asks what the dashboards ask.
func TestAuditDashboards(t *testing.T) {
	startElasticsearch(t)
	startLoki(t)
	dir := newDir(t)
	logs := filepath.Join(dir, "log")
	must(t, auditlog.Copy(corpus(t), logs))
	log, err := verify.ReadLog(logs)
	must(t, err)
	destinations := []destination{toDataStream(t, "dashboards"), toLoki(t, "dashboards")}
	config := newConfig(t, dir, filepath.Join(logs, "audit.log"), destinations)
	must(t, start(t, config, "--once").Wait(t.Context()))
	checkExact(t, log, destinations)
	want := expected(t, log)
	t.Run("Grafana", func(t *testing.T) { checkLokiBoard(t, want) })
	t.Run("Kibana", func(t *testing.T) { checkKibana(t, want) })
	t.Run("Actions", checkActions)
}

// lokiViews are the panels whose events can be counted in the log.
var lokiViews = map[string]string{
	"Events": "all", "Denied": "denied", "Denials": "denied", "Failed logins": "logins", "Secrets": "secrets", "Changes of RBAC": "rbac", "Impersonation": "impersonation",
}

func checkLokiBoard(t *testing.T, want map[string]int) {
	counted := 0
	for _, panel := range readBoard(t, "grafana-audit-loki.json").Panels {
		query := strings.NewReplacer("$job", "dashboards", "$user", ".*", "$namespace", ".*", "$verb", ".*", "$__range", "168h", "$__auto", "168h").Replace(panel.Targets[0].Expr)
		if panel.Type == "logs" {
			query = "sum(count_over_time(" + query + " [168h]))"
		}
		got := lokiSum(t, query)
		t.Logf("%8.0f %s", got, panel.Title)
		view, known := lokiViews[panel.Title]
		if known && got != float64(want[view]) {
			t.Errorf("%s: %v events, want %d", panel.Title, got, want[view])
		}
		if got == 0 {
			t.Errorf("%s finds nothing: %s", panel.Title, query)
		}
		if known {
			counted++
		}
	}
	if counted < len(lokiViews) {
		t.Errorf("only %d panels were counted", counted)
	}
}

// lokiSum asks for the sum of all values.
func lokiSum(t *testing.T, query string) (sum float64) {
	t.Helper()
	client, err := backend.Client("")
	must(t, err)
	values := url.Values{"query": {query}, "time": {strconv.FormatInt(time.Now().UnixNano(), 10)}}
	response, err := client.Get(loki.URL + "/loki/api/v1/query?" + values.Encode())
	must(t, err)
	defer response.Body.Close()
	var answer struct {
		Status string
		Data   struct {
			Result []struct{ Value [2]any }
		}
	}
	if response.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", query, response.Status)
		return 0
	}
	must(t, json.NewDecoder(response.Body).Decode(&answer))
	for _, r := range answer.Data.Result {
		value, err := strconv.ParseFloat(fmt.Sprint(r.Value[1]), 64)
		must(t, err)
		sum += value
	}
	return sum
}
