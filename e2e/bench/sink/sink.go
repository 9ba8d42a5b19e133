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
	answer, err := s.take(body.Bytes(), parseFilter(r.URL.Query().Get("filter_path")))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	w.Write(answer)
}

// take stores the documents of a body and makes the answer.
func (s *server) take(body []byte, show filter) (answer []byte, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	items, failed := make([]byte, 0, 256<<10), false
	for len(body) > 0 {
		action, rest, _ := bytes.Cut(body, []byte{'\n'})
		doc, rest, ended := bytes.Cut(rest, []byte{'\n'})
		if body = rest; len(bytes.TrimSpace(action)) == 0 {
			break
		}
		if !ended {
			return nil, errors.New("the bulk request must be terminated by a newline")
		}
		i, err := s.put(action, doc)
		if err != nil {
			return nil, err
		}
		failed = failed || i.refused
		items = i.append(items, show)
	}
	return appendAnswer(nil, failed, items, show), nil
}

// put stores one document.
func (s *server) put(action, doc []byte) (i item, err error) {
	var op map[string]struct {
		Index string `json:"_index"`
		ID    string `json:"_id"`
	}
	if err := json.Unmarshal(action, &op); err != nil || len(op) != 1 || len(doc) == 0 || doc[0] != '{' {
		return i, fmt.Errorf("malformed action of %d bytes or document of %d", len(action), len(doc))
	}
	for name, target := range op {
		i = item{op: name, index: target.Index, id: target.ID}
	}
	if i.id == "" {
		i.id = strconv.Itoa(s.count)
	} else if i.refused = i.op == "create" && s.ids[i.id]; i.refused {
		return i, nil
	}
	s.ids[i.id] = true
	s.count++
	s.docs.Write(doc)
	return i, s.docs.WriteByte('\n')
}
