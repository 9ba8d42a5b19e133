package elasticsearch

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auditship/auditship/outputs"
)

// fake is a model of Elasticsearch, as far as the output needs it: bulk creates into indices or one data stream, whose
// documents can be searched only after a refresh, and got lost to creates after a rollover.
type fake struct {
	t *testing.T
	*httptest.Server
	stream string

	mu        sync.Mutex
	indices   map[string]map[string]json.RawMessage // documents by index and ID
	refreshed map[string]map[string]json.RawMessage // what a search sees
	current   int                                   // the index which the data stream writes to
	calls     []string                              // path and query of each request
	sent      [][]byte                              // plain bodies of bulk requests

	// before may answer a request itself.
	before func(w http.ResponseWriter, r *http.Request, body []byte) bool
	// refuse may refuse a document; status 0 stores it.
	refuse func(id string, doc []byte) (status int, kind string)
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t, stream: "stream", indices: map[string]map[string]json.RawMessage{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// output makes an Output for the data stream of the fake, unless change says otherwise. It is open and nothing is in doubt.
func (f *fake) output(change func(*Config, *outputs.Env)) *Output {
	f.t.Helper()
	return f.resumed(outputs.Resume{}, change)
}

func (f *fake) resumed(r outputs.Resume, change func(*Config, *outputs.Env)) *Output {
	f.t.Helper()
	o := f.unopened(change)
	if err := o.Open(f.t.Context(), r); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { o.Close() })
	return o
}

func (f *fake) unopened(change func(*Config, *outputs.Env)) *Output {
	f.t.Helper()
	cfg, env := Config{URLs: []string{f.URL}, DataStream: f.stream, Template: templateOff}, outputs.Env{Timeout: 10 * time.Second, MaxBytes: 1 << 20}
	if change != nil {
		change(&cfg, &env)
	}
	cfg.Validate(func(path, problem string) { f.t.Errorf("%s: %s", path, problem) })
	o, err := New(cfg, env)
	if err != nil {
		f.t.Fatal(err)
	}
	return o
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := plainBody(r)
	if err != nil {
		return // the client went away
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, r.URL.String())
	if f.before != nil && f.before(w, r, body) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	index, api, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch api {
	case "_bulk":
		f.sent = append(f.sent, body)
		f.bulk(w, index, body)
	case "_refresh":
		f.refresh()
		fmt.Fprint(w, `{"_shards":{"failed":0}}`)
	case "_search":
		f.search(w, body)
	default:
		f.t.Errorf("unexpected request %s", r.URL)
	}
}

func plainBody(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(unpacked)
	}
	return io.ReadAll(r.Body)
}

func (f *fake) bulk(w http.ResponseWriter, index string, body []byte) {
	lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	var items []string
	for i := 0; i+1 < len(lines); i += 2 {
		var action struct{ Create map[string]string }
		if err := json.Unmarshal(lines[i], &action); err != nil || !json.Valid(lines[i+1]) {
			f.t.Errorf("not a bulk body: %v: %.200s", err, lines[i])
		}
		into := index
		if named := action.Create["_index"]; named != "" {
			into = named
		}
		items = append(items, f.create(into, action.Create["_id"], lines[i+1]))
	}
	fmt.Fprintf(w, `{"took":1,"errors":false,"items":[%s]}`, strings.Join(items, ","))
}

func (f *fake) create(index, id string, doc []byte) string {
	if index == f.stream {
		index = fmt.Sprintf(".ds-%s-%06d", index, f.current)
	}
	if f.indices[index] == nil {
		f.indices[index] = map[string]json.RawMessage{}
	}
	status, kind := 201, ""
	if f.refuse != nil {
		if refusal, why := f.refuse(id, doc); refusal != 0 {
			status, kind = refusal, why
		}
	}
	if _, found := f.indices[index][id]; found && status == 201 {
		status, kind = 409, "version_conflict_engine_exception"
	}
	if status == 200 {
		return `{"create":{"status":200}}`
	}
	if status != 201 {
		return fmt.Sprintf(`{"create":{"status":%d,"error":{"type":%q,"reason":"[secret]"}}}`, status, kind)
	}
	f.indices[index][id] = bytes.Clone(doc)
	return `{"create":{"status":201}}`
}

func (f *fake) refresh() {
	f.refreshed = map[string]map[string]json.RawMessage{}
	for index, docs := range f.indices {
		f.refreshed[index] = maps.Clone(docs)
	}
}

func (f *fake) search(w http.ResponseWriter, body []byte) {
	var query struct {
		Query struct{ IDs struct{ Values []string } }
	}
	if err := json.Unmarshal(body, &query); err != nil {
		f.t.Error(err)
	}
	var hits []string
	for _, docs := range f.refreshed {
		for _, id := range query.Query.IDs.Values {
			if _, found := docs[id]; found {
				hits = append(hits, fmt.Sprintf(`{"_id":%q}`, id))
			}
		}
	}
	fmt.Fprintf(w, `{"timed_out":false,"_shards":{"failed":0},"hits":{"hits":[%s]}}`, strings.Join(hits, ","))
}

// arrived are the IDs of all documents.
func (f *fake) arrived() (ids []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, docs := range f.indices {
		for id := range docs {
			ids = append(ids, id)
		}
	}
	return ids
}

// count is how many requests had this in their path or query.
func (f *fake) count(part string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, call := range f.calls {
		if strings.Contains(call, part) {
			n++
		}
	}
	return n
}
