package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// slow is a request of which half has been sent.
type slow struct {
	t    *testing.T
	rest *io.PipeWriter
	left []byte
	code chan int
}

// send begins a request; -1: the server is not told how long it is.
func send(t *testing.T, client *http.Client, url string, body []byte, length int64) *slow {
	r, w := io.Pipe()
	s := &slow{t: t, rest: w, left: body[len(body)/2:], code: make(chan int, 1)}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, r)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = length
	go func() {
		defer close(s.code)
		answer, err := client.Do(request)
		if err != nil {
			t.Error(err)
			return
		}
		answer.Body.Close()
		s.code <- answer.StatusCode
	}()
	if _, err := w.Write(body[:len(body)/2]); err != nil {
		t.Fatal(err)
	}
	return s
}

// end sends the other half. It returns the answer.
func (s *slow) end() int {
	if _, err := s.rest.Write(s.left); err != nil {
		s.t.Error(err)
	}
	s.rest.Close()
	return <-s.code
}

// await waits until an input holds so much.
func (in *Input) await(held int64) {
	m := in.server.memory
	for now := int64(-1); now != held; runtime.Gosched() {
		m.mu.Lock()
		now = in.held
		m.mu.Unlock()
	}
}

// TestManySmallOnes: in blocking mode an API server sends each event by itself, as many at a time as it serves requests. None of them
// is sent away, which would hold a request of somebody's up for seconds.
func TestManySmallOnes(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cert := a.issue("apiserver")
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}, room)
	url, client := "https://"+serve(t, in)+"/", a.client(&cert)
	var sending []*slow
	for n := range 50 {
		body := listOf(`{"n":` + strconv.Itoa(n) + `}`)
		sending = append(sending, send(t, client, url, body, int64(len(body))))
	}
	in.await(50 * lightest)
	var ends sync.WaitGroup
	for _, s := range sending {
		ends.Go(func() {
			if code := s.end(); code != http.StatusOK {
				t.Errorf("got %d", code)
			}
		})
	}
	ends.Wait()
	if got := len(stored(t, in)); got != 50 {
		t.Errorf("%d events are stored", got)
	}
}

// TestFull: a body that there is no room for is told to come again, and nothing of it is stored before all of it can be: what was stored
// could be forgotten by then, and be stored twice. As soon as outputs have read what is in the way there is room.
func TestFull(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cert := a.issue("apiserver")
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}, 8<<20)
	url, client := "https://"+serve(t, in)+"/", a.client(&cert)
	r, err := in.Open(inputs.Options{Pipeline: "in/out"})
	a.must(err)
	defer r.Close()
	first, second := manyItems("a", 60), manyItems("b", 30)
	if code := post(t, client, url, first); code != http.StatusOK {
		t.Fatalf("got %d", code)
	}
	answer, err := client.Post(url, "application/json", bytes.NewReader(second))
	a.must(err)
	if answer.Body.Close(); answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Fatalf("%s, %v", answer.Status, answer.Header)
	}
	if n := drain(t, r); n != 60 {
		t.Errorf("%d events are stored, want 60", n)
	}
	r.Commit(r.Cursor())
	for {
		kept, err := in.Reserve(int64(len(second)))
		if err == nil {
			kept.Release()
			break
		}
		runtime.Gosched()
	}
	if code := post(t, client, url, second); code != http.StatusOK {
		t.Errorf("then: %d", code)
	}
	if n := drain(t, r); n != 30 {
		t.Errorf("%d more events are stored, want 30", n)
	}
}

// TestTwoLarge: of two bodies that do not both have room the one that came later is refused before anything of it is stored, and the other
// one gets all of the room that it needs, although it is slower.
func TestTwoLarge(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cert := a.issue("apiserver")
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}, 8<<20)
	url, client := "https://"+serve(t, in)+"/", a.client(&cert)
	r, err := in.Open(inputs.Options{Pipeline: "in/out"})
	a.must(err)
	defer r.Close()
	if code := post(t, client, url, manyItems("a", 10)); code != http.StatusOK {
		t.Fatalf("got %d", code)
	}
	body := manyItems("b", 35)
	sending := send(t, client, url, body, int64(len(body)))
	for n := 10; n < 20; {
		n += drain(t, r) // some of it is stored
	}
	if code := post(t, client, url, manyItems("c", 60)); code != http.StatusServiceUnavailable {
		t.Errorf("beside it: %d", code)
	}
	if code := sending.end(); code != http.StatusOK {
		t.Errorf("what came first: %d", code)
	}
	again, err := in.Open(inputs.Options{Pipeline: "in/again"})
	a.must(err)
	defer again.Close()
	if n := drain(t, again); n != 45 {
		t.Errorf("%d events are stored, want 45", n)
	}
}

// manyItems is a list of items of 100 kB.
func manyItems(name string, n int) []byte {
	var items []string
	for i := range n {
		items = append(items, `{"name":"`+name+strconv.Itoa(i)+`","pad":"`+strings.Repeat("x", 100_000)+`"}`)
	}
	return listOf(items...)
}

// drain takes what there is to read.
func drain(t *testing.T, r inputs.Reader) (n int) {
	t.Helper()
	for {
		_, err := r.Next(inputs.Ended)
		if errors.Is(err, context.Canceled) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
}
