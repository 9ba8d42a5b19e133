// Package sink is a server that takes Elasticsearch's _bulk requests as fast as loopback allows: it keeps the documents in a
// file, to be verified afterwards, and answers as Elasticsearch would. It runs as a process of its own, whose processor
// time nobody counts.
package sink

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
)

// server collects documents.
type server struct {
	mutex sync.Mutex
	ids   map[string]bool // that were given by clients
	file  *os.File
	docs  *bufio.Writer
	count int
}

// Serve answers on a listener until it is closed, and writes each document as one line of a new file.
func Serve(listener net.Listener, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	s := &server{ids: map[string]bool{}, file: file, docs: bufio.NewWriterSize(file, 1<<20)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /_bulk", s.bulk)
	mux.HandleFunc("POST /{index}/_bulk", s.bulk)
	mux.HandleFunc("PUT /_bulk", s.bulk)
	mux.HandleFunc("GET /count", s.progress)
	mux.HandleFunc("/", hello)
	err = (&http.Server{Handler: mux}).Serve(listener)
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, file.Close())
}

// hello is what clients ask for before they trust a server.
func hello(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"name":"sink","cluster_name":"sink","version":{"number":"8.19.0","build_flavor":"default"},"tagline":"You Know, for Search"}`)
}

// progress flushes the documents to the file and tells how many there are.
func (s *server) progress(w http.ResponseWriter, _ *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.docs.Flush(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, s.count)
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (s *server) bulk(w http.ResponseWriter, r *http.Request) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		http.Error(w, "compressed bodies are not compared here", http.StatusUnsupportedMediaType)
		return
	}
	body := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := s.take(body.Bytes())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	w.Write(answer)
}

// take stores the documents of a body and makes the answer.
func (s *server) take(body []byte) (answer []byte, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	answer = append(make([]byte, 0, 256<<10), `{"took":1,"errors":false,"items":[`...)
	errorsAt := strings.Index(string(answer), "false")
	failed := false
	for len(body) > 0 {
		action, rest, _ := bytes.Cut(body, []byte{'\n'})
		doc, rest, ended := bytes.Cut(rest, []byte{'\n'})
		if body = rest; len(bytes.TrimSpace(action)) == 0 {
			break
		}
		if !ended {
			return nil, errors.New("the bulk request must be terminated by a newline")
		}
		refused, err := s.put(&answer, action, doc)
		if err != nil {
			return nil, err
		}
		failed = failed || refused
	}
	answer = append(bytes.TrimSuffix(answer, []byte{','}), `]}`...)
	if failed {
		answer = append(append(append([]byte(nil), answer[:errorsAt]...), "true"...), answer[errorsAt+len("false"):]...)
	}
	return answer, nil
}

// put stores one document; refused means that its ID is there already (409).
func (s *server) put(answer *[]byte, action, doc []byte) (refused bool, err error) {
	var op map[string]struct {
		Index string `json:"_index"`
		ID    string `json:"_id"`
	}
	if err := json.Unmarshal(action, &op); err != nil || len(op) != 1 || len(doc) == 0 || doc[0] != '{' {
		return false, fmt.Errorf("malformed action of %d bytes or document of %d", len(action), len(doc))
	}
	for name, target := range op {
		if target.ID == "" {
			target.ID = strconv.Itoa(s.count)
		} else if refused = name == "create" && s.ids[target.ID]; !refused {
			s.ids[target.ID] = true
		}
		*answer = appendItem(*answer, name, target.Index, target.ID, refused)
	}
	if refused {
		return true, nil
	}
	s.count++
	s.docs.Write(doc)
	return false, s.docs.WriteByte('\n')
}

func appendItem(to []byte, op, index, id string, refused bool) []byte {
	to = fmt.Appendf(to, `{%q:{"_index":%q,"_id":%q,`, op, index, id)
	if refused {
		return append(to, `"status":409,"error":{"type":"version_conflict_engine_exception","reason":"document already exists"}}},`...)
	}
	return append(to, `"_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":1,"_primary_term":1,"status":201}},`...)
}
