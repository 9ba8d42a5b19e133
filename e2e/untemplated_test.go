package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
)

// TestWithoutTemplate ships a log to indices that nobody has set up. Its first request is one whose every text looks like a date, after
// which an index without the template takes nothing else in these fields. An agent that may install the template does; one that may not
// stores every event in the form that the index takes.
func TestWithoutTemplate(t *testing.T) {
	startElasticsearch(t)
	for name, c := range map[string]struct {
		user, password string
		whole          bool
		told           string
	}{
		"refused": {backend.ElasticAgent, backend.ElasticAgentPassword, false, "there is no index template for the events"},
		"allowed": {backend.ElasticAdmin, backend.ElasticAdminPassword, true, "installed the index template"},
	} {
		dir := newDir(t)
		path, rest := datedLog(t, dir)
		bare := "audit-bare-" + name
		d := toElasticsearch(t, agent.Elasticsearch{Index: bare}, bare)
		d.Elasticsearch.Username, d.Elasticsearch.Password = c.user, c.password
		config, err := agent.New(dir, path, d.Output)
		must(t, err)
		must(t, start(t, config, "--once").Wait(t.Context())) // alone: a batch that goes beside it could be the first one there
		if told, err := os.ReadFile(filepath.Join(dir, "agent.log")); err != nil || !bytes.Contains(told, []byte(c.told)) {
			t.Errorf("%s: %v, told\n%s", name, err, told)
		}
		appendTo(t, path, rest)
		must(t, start(t, config, "--once").Wait(t.Context()))

		lines := 1 + bytes.Count(rest, []byte("\n"))
		index := searchReader(t, bare, 0)
		must(t, index.Call(t.Context(), http.MethodPost, "/"+index.Index+"/_refresh", nil, &struct{}{}))
		stored, whole := count(t, index, `{"match_all":{}}`), count(t, index, `{"exists":{"field":"auditship.actor.kind"}}`)
		if stored != lines || c.whole && whole != lines || !c.whole && whole == lines {
			t.Errorf("%s: of %d lines %d are stored, and %d say who acted", name, lines, stored, whole)
		}
		if texts := count(t, index, `{"exists":{"field":"auditship.record"}}`); !c.whole && texts < lines-whole {
			t.Errorf("%s: %d of %d events that are not whole have a text", name, texts, lines-whole)
		}
	}
}

// datedLog is a log of one event, which a client has given the form of dates, and what is to follow.
func datedLog(t *testing.T, dir string) (path string, rest []byte) {
	t.Helper()
	logs := filepath.Join(dir, "log")
	must(t, auditlog.Copy(corpus(t), logs))
	path = filepath.Join(logs, "audit.log")
	rest, err := os.ReadFile(path)
	must(t, err)
	const date = `"2026-11-22"`
	first := auditLine(0, map[string]string{"auditID": date, "userAgent": date, "verb": date, "requestURI": date, "user": `{"username":` + date + `}`,
		"objectRef": `{"resource":` + date + `,"name":` + date + `,"namespace":` + date + `}`})
	must(t, os.RemoveAll(logs))
	must(t, os.Mkdir(logs, 0o755))
	must(t, os.WriteFile(path, []byte(first+"\n"), 0o644))
	return path, rest
}

func appendTo(t *testing.T, path string, lines []byte) {
	t.Helper()
	log, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = log.Write(lines)
	must(t, err)
	must(t, log.Close())
}
