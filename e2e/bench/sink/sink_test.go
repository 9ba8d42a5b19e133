package sink_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/bench/sink"
)

func TestMain(m *testing.M) {
	sink.Main()
	os.Exit(m.Run())
}

type answer struct {
	Errors bool
	Items  []map[string]struct{ Status int }
}

func post(t *testing.T, p *sink.Process, body, encoding string) (code int, a answer) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, "http://"+p.Address+"/_bulk", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Encoding", encoding)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode == http.StatusOK {
		if err := json.Unmarshal(text, &a); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	return response.StatusCode, a
}

func TestBulk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "docs")
	p, err := sink.Start(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	code, a := post(t, p, `{"create":{"_index":"i","_id":"1"}}`+"\n"+`{"a":1}`+"\n"+`{"index":{}}`+"\n"+`{"b":2}`+"\n", "")
	if code != 200 || a.Errors || len(a.Items) != 2 || a.Items[0]["create"].Status != 201 || a.Items[1]["index"].Status != 201 {
		t.Errorf("two new documents: %d %+v", code, a)
	}
	code, a = post(t, p, `{"create":{"_index":"i","_id":"1"}}`+"\n"+`{"a":1}`+"\n", "")
	if code != 200 || !a.Errors || a.Items[0]["create"].Status != 409 {
		t.Errorf("the same ID again: %d %+v", code, a)
	}
	for _, bad := range []string{"{}\n{}\n", `{"create":{}}` + "\n" + `{"a":1}`, `{"create":{}}` + "\nno\n"} {
		if code, _ := post(t, p, bad, ""); code != 400 {
			t.Errorf("%q: %d", bad, code)
		}
	}
	if code, _ := post(t, p, "", "gzip"); code != 415 {
		t.Errorf("compressed: %d", code)
	}
	if n, err := p.Count(); n != 2 || err != nil {
		t.Errorf("%d documents, %v", n, err)
	}
	if docs, err := os.ReadFile(path); err != nil || string(docs) != "{\"a\":1}\n{\"b\":2}\n" {
		t.Errorf("file: %q, %v", docs, err)
	}
}

func TestFilterPath(t *testing.T) {
	p, err := sink.Start(t.Context(), filepath.Join(t.TempDir(), "docs"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	body := `{"create":{"_index":"i","_id":"1"}}` + "\n{}\n"
	for _, c := range []struct{ path, want string }{
		{"errors,items.create.status,items.create.error.type", `{"errors":false,"items":[{"create":{"status":201}}]}`},
		{"took,items.*._index,items.*.error.type", `{"took":1,"items":[{"create":{"_index":"i",` +
			`"error":{"type":"version_conflict_engine_exception","reason":"document already exists"}}}]}`},
		{"errors", `{"errors":true}`},
	} {
		response, err := http.Post("http://"+p.Address+"/_bulk?filter_path="+c.path, "application/x-ndjson", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v", c.path, got, err)
		}
	}
}
