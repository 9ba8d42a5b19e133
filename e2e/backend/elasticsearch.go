package backend

import (
	"context"
	"fmt"
	"path/filepath"
)

// Elasticsearch is one node with TLS and users.
type Elasticsearch struct {
	*Process
	URL    string
	CAFile string
}

// Users of every Elasticsearch that this package starts.
const (
	ElasticAdmin         = "elastic" // may do everything
	ElasticAdminPassword = "elastic-secret"
	ElasticAgent         = "agent" // may create documents in audit-*, logs-kubernetes.audit-* and logs-kubernetes.audit_logs-*, and read them
	ElasticAgentPassword = "agent-secret"
)

// StartElasticsearch starts an empty node with its files in dir.
func StartElasticsearch(ctx context.Context, dir string) (*Elasticsearch, error) {
	if _, err := prepare(ctx, "elasticsearch-up.sh", "FETCH_ONLY=1"); err != nil {
		return nil, err
	}
	port, err := Ports(2)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "elasticsearch")
	e := &Elasticsearch{
		URL:    fmt.Sprintf("https://127.0.0.1:%d", port),
		CAFile: filepath.Join(data, "conf", "certs", "ca.crt"),
	}
	health := e.URL + "/_cluster/health?wait_for_status=yellow&timeout=1s"
	e.Process, err = Start(ctx, Spec{
		Name: "elasticsearch", Dir: dir, Command: []string{"elasticsearch-up.sh"},
		Env: []string{"ES_SECURITY=1", "ES_DATA=" + data, fmt.Sprintf("ES_PORT=%d", port),
			fmt.Sprintf("ES_TRANSPORT_PORT=%d", port+1), "ES_PASSWORD=" + ElasticAdminPassword},
		Ready: httpReady(health, ElasticAdmin, ElasticAdminPassword, e.CAFile),
	})
	return e, err
}
