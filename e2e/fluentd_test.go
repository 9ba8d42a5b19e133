package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"

	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

const fluentConf = `<source>
  @type tail
  path %s
  pos_file %s
  tag kube-apiserver-audit
  <parse>
    @type json
    time_key stageTimestamp
    keep_time_key true
  </parse>
</source>
<filter kube-apiserver-audit>
  @type grep
  <exclude>
    key verb
    pattern /^watch$/
  </exclude>
</filter>
<filter kube-apiserver-audit>
  @type record_transformer
  <record>
    cluster_name prod-eu
  </record>
</filter>
<match **>
  @type elasticsearch
  host %s
  port %s
  scheme https
  ca_file %s
  user %s
  password %s
  logstash_format true
  logstash_prefix Audit-fluentd
  include_tag_key true
  tag_key @log_name
</match>
`

// fluentdTemplate is what an index template of fluentd's time may be: auditship leaves it as it is.
const fluentdTemplate = `{"index_patterns":["audit-fluentd-*"],"priority":200,"template":{"mappings":{"dynamic":false,"properties":{"@timestamp":{"type":"date"},"verb":{"type":"keyword"}}}}}`

// TestFluentd switches from fluentd: its configuration converted, its position in the midst of a recorded log taken over, and the rest shipped to Elasticsearch. Every
// event behind the position that the grep filter keeps is there once, in the index that fluentd would have chosen, and is the API server's own record with the fields that
// fluentd added.
func TestFluentd(t *testing.T) {
	startElasticsearch(t)
	dir := newDir(t)
	logs := filepath.Join(dir, "log")
	must(t, auditlog.Copy(corpus(t), logs))
	server := elasticsearchAt(t, "audit-fluentd-*")
	must(t, server.Call(t.Context(), http.MethodPut, "/_index_template/fluentd", json.RawMessage(fluentdTemplate), nil))
	log, positions := filepath.Join(logs, "audit.log"), filepath.Join(dir, "audit.pos")
	before := stopFluentd(t, log, positions)
	config := convertFluentd(t, dir, log, positions)
	auditship(t, "migrate", "positions", "-c", config, positions)
	auditship(t, "run", "-c", config, "--once")
	checkFluentd(t, server, log, before)

	// Taken over again, all comes once more, and is hidden.
	auditship(t, "migrate", "positions", "-c", config, positions, "--anew")
	auditship(t, "run", "-c", config, "--once")
	checkFluentd(t, server, log, before)
}

// stopFluentd leaves the position that fluentd would leave in the midst of the live log. It returns what is before that.
func stopFluentd(t *testing.T, log, positions string) (before map[verify.ID]bool) {
	t.Helper()
	file, err := os.Open(log)
	must(t, err)
	defer file.Close()
	info, err := file.Stat()
	must(t, err)
	before = map[verify.ID]bool{}
	offset := 0
	for r := bufio.NewReader(file); offset < int(info.Size())/2; {
		line, err := r.ReadBytes('\n')
		must(t, err)
		offset += len(line)
		before[verify.Sum(line[:len(line)-1])] = true
	}
	inode := info.Sys().(*syscall.Stat_t).Ino
	must(t, os.WriteFile(positions, fmt.Appendf(nil, "%s\t%016x\t%016x\n", log, offset, inode), 0o600))
	return before
}

// convertFluentd writes fluentd's configuration, and gives that which auditship makes of it.
func convertFluentd(t *testing.T, dir, log, positions string) (config string) {
	t.Helper()
	address, err := url.Parse(elasticsearch.URL)
	must(t, err)
	conf, made := filepath.Join(dir, "fluent.conf"), filepath.Join(dir, "made.yaml")
	must(t, os.WriteFile(conf, fmt.Appendf(nil, fluentConf, log, positions, address.Hostname(), address.Port(), elasticsearch.CAFile, backend.ElasticAgent, backend.ElasticAgentPassword), 0o600))
	auditship(t, "migrate", "fluentd", conf, "-o", made)
	text, err := os.ReadFile(made)
	must(t, err)
	own := fmt.Sprintf("state_dir: %s/state\nlisten: 127.0.0.1:0\nadmin: unix://%s/a.sock\ndisk: {min_free: 1MiB}\nredact: off\n", dir, t.TempDir())
	config = filepath.Join(dir, "auditship.yaml")
	must(t, os.WriteFile(config, append([]byte(own), text...), 0o600))
	auditship(t, "validate", "-c", config)
	return config
}

func auditship(t *testing.T, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), string(binary), args...)
	command.Env = append(os.Environ(), "NODE_NAME=cp-1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("auditship %q: %v\n%s", args, err, out)
	}
}

func checkFluentd(t *testing.T, server *verify.Elasticsearch, log string, before map[verify.ID]bool) {
	t.Helper()
	one := filepath.Join(newDir(t), "log")
	must(t, os.Mkdir(one, 0o755))
	must(t, os.Link(log, filepath.Join(one, "audit.log"))) // the position is in the live log: what is older is done
	lines, err := verify.ReadLog(one)
	must(t, err)
	left := map[verify.ID]bool{}
	for id, line := range lines.Lines() {
		left[id] = !before[id] && at(parseDocument(t, line), "verb") != "watch"
	}
	shipped := 0
	for delivery, err := range server.Deliveries(t.Context()) {
		must(t, err)
		id, err := verify.ParseID(delivery.ID)
		must(t, err)
		if !left[id] {
			t.Fatalf("%s is there once more, or should not be", id)
		}
		left[id] = false
		shipped++
		checkFluentdShape(t, delivery, lines.Line(id))
	}
	for id, missing := range left {
		if missing {
			t.Fatalf("%s is missing; %d are there", id, shipped)
		}
	}
	t.Logf("%d events", shipped)
	if shipped < 100 {
		t.Errorf("only %d events were shipped", shipped)
	}
}

// checkFluentdShape wants the record, with what fluentd added.
func checkFluentdShape(t *testing.T, delivery verify.Delivery, line []byte) {
	t.Helper()
	got, want := parseDocument(t, delivery.Body), parseDocument(t, line)
	stamp, _ := want["stageTimestamp"].(string)
	want["@timestamp"], want["cluster_name"], want["@log_name"] = stamp, "prod-eu", "kube-apiserver-audit"
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("shipped\n%s\nfor\n%s", delivery.Body, line)
	}
}
