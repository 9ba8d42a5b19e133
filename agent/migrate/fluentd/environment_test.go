package fluentd

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/migrate"
)

// TestEnvironment: the variables of the image are a configuration, which passes auditship validate.
func TestEnvironment(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
	for name, vars := range map[string][]string{
		"elasticsearch": {"K8S_NODE_NAME=cp-1", "FLUENT_ELASTICSEARCH_HOST=es.example.org", "FLUENT_ELASTICSEARCH_PORT=9200", "FLUENT_ELASTICSEARCH_SCHEME=https", "FLUENT_ELASTICSEARCH_SSL_VERIFY=false", "FLUENT_ELASTICSEARCH_SSL_VERSION=TLSv1_2",
			"FLUENT_ELASTICSEARCH_USER=elastic", "FLUENT_ELASTICSEARCH_PASSWORD=s3cret${x}", "FLUENT_ELASTICSEARCH_LOGSTASH_PREFIX=K8s", "FLUENT_ELASTICSEARCH_PATH=/es/", "FLUENT_ELASTICSEARCH_BUFFER_CHUNK_LIMIT_SIZE=1M", "FLUENT_ELASTICSEARCH_BUFFER_FLUSH_INTERVAL=2s",
			"FLUENT_ELASTICSEARCH_INCLUDE_TIMESTAMP=true", "FLUENT_ELASTICSEARCH_CLIENT_CERT=/certs/tls.crt", "FLUENT_ELASTICSEARCH_CLIENT_KEY=/certs/tls.key", "FLUENT_ELASTICSEARCH_TARGET_INDEX_KEY=x", "FLUENT_UID=0", "FLUENT_CONTAINER_TAIL_EXCLUDE_PATH=/x", "FLUENT_STRANGE=1", "FLUENTD_SYSTEMD_CONF=disable"},
		"kafka2":  {"NODE_NAME=cp-1", "FLUENT_KAFKA2_BROKERS=kafka-1:9092,kafka-2:9092", "FLUENT_KAFKA2_DEFAULT_TOPIC=audit", "FLUENT_BUFFER_FLUSH_INTERVAL=5s", "FLUENT_KAFKA2_OUTPUT_TAG_KEY=tag", LogVariable + "=/var/log/my audit.log"},
		"loki":    {"NODE_NAME=cp-1", "LOKI_URL=https://loki.example.org", "FLUENT_LOKI_USERNAME=u", "FLUENT_LOKI_PASSWORD=x", `FLUENT_LOKI_EXTRA_LABELS={"env":"prod"}`},
		"several": {"NODE_NAME=cp-1", "FLUENT_OPENSEARCH_HOST=os.example.org", "FLUENT_OPENSEARCH_PORT=9200", "FLUENT_OPENSEARCH_LOGSTASH_FORMAT=false", "FLUENT_OPENSEARCH_INDEX_NAME=audit", "FLUENT_FOWARD_HOST=aggregator", "FLUENT_FOWARD_PORT=24224"},
	} {
		for _, v := range vars {
			key, value, _ := strings.Cut(v, "=")
			t.Setenv(key, value)
		}
		result, err := Environment(vars, func(path string) bool { return path == "/var/log/kubernetes/audit/audit.log" })
		if err != nil {
			t.Fatal(err)
		}
		var report bytes.Buffer
		if err := result.Report.Write(&report); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(report.String()+string(result.YAML), "s3cret") {
			t.Errorf("%s: the password is told:\n%s%s", name, result.YAML, report.String())
		}
		golden(t, "testdata/environment-"+name+".golden", append(result.YAML, report.Bytes()...))
		if _, err := config.Parse("environment", result.YAML); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, v := range vars {
			if key, _, _ := strings.Cut(v, "="); strings.HasPrefix(key, "FLUENT") {
				if !strings.Contains(report.String(), key) {
					t.Errorf("%s: nothing is said of %s", name, key)
				}
				os.Unsetenv(key)
			}
		}
	}
}

func TestNoEnvironment(t *testing.T) {
	for _, vars := range [][]string{nil, {"FLUENT_UID=0"}, {"FLUENT_ELASTICSEARCH_HOST="}} {
		if result, err := Environment(vars, Here); err == nil {
			t.Errorf("%q: got %s", vars, result.YAML)
		}
	}
	result, err := Environment([]string{"FLUENT_ELASTICSEARCH_HOST=a", "FLUENT_X=1"}, Here)
	if err != nil || result.Report.Count(migrate.Warning) == 0 {
		t.Errorf("got %+v, %v", result, err)
	}
}
