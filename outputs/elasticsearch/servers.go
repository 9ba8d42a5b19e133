package elasticsearch

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

// servers are the addresses of one cluster, each asked in its turn, and what proves us to them. Its transport retries
// nothing: who calls knows what may be sent again.
type servers struct {
	username string

	mu       sync.Mutex // guards what follows; files with credentials are read under it, nothing else waits
	password *credentials.Secret
	apiKey   *credentials.Secret
	tls      *credentials.Client
	config   *tls.Config     // what transport was made with
	wire     *http.Transport // all connections
	list     []*server
	next     int
}

// server is one address.
type server struct {
	url       *url.URL
	transport *elastictransport.Client
	hasty     atomic.Bool // it does not know how to be asked before a body is sent: some proxies answer 417
	failures  int         // in a row
	aside     time.Time
}

func newServers(cfg Config) (*servers, error) {
	s := &servers{
		username: cfg.Username,
		password: credentials.NewSecret(cfg.Password, cfg.PasswordFile),
		apiKey:   credentials.NewSecret(cfg.APIKey, cfg.APIKeyFile),
		tls:      credentials.NewClient(cfg.TLS),
	}
	for _, text := range cfg.URLs {
		u, problem := parseURL(strings.TrimRight(text, "/"))
		if problem != "" {
			return nil, errors.New("parse urls: an address " + problem)
		}
		s.list = append(s.list, &server{url: u})
	}
	return s, nil
}

// expectAbove is the length of a body from which on we ask before sending it: who refuses it (413) while it is under way
// may cut the connection, and then the answer is lost with it.
const expectAbove = 2 << 20

// Perform sends a request to the server whose turn it is. It makes servers an esapi.Transport.
func (s *servers) Perform(r *http.Request) (*http.Response, error) {
	chosen, transport, authorization, err := s.choose(time.Now())
	if err != nil {
		return nil, &outputs.Fault{Reason: secrets, Blocked: true, Err: err}
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	if p, ok := r.Body.(*payload); ok {
		r.ContentLength = p.Size()
		r.GetBody = p.again
		// Sent to nobody (it is empty), it lets net/http use another connection where the server closed one that was
		// idle. A repeat at once (see again) meets the same index, and so a 409 (see http.Transport).
		r.Header["Idempotency-Key"] = nil
		if p.of.gzip != nil {
			r.Header.Set("Content-Encoding", "gzip")
		}
		if p.Size() > expectAbove && !chosen.hasty.Load() {
			r.Header.Set("Expect", "100-continue")
			r.Close = true // else net/http sends the body even after a 413, to keep the connection in step
		}
	}
	response, err := transport.Perform(r)
	if err == nil && response.StatusCode == http.StatusExpectationFailed {
		chosen.hasty.Store(true) // the next try does without (RFC 9110, section 10.1.1)
	}
	if !errors.Is(err, context.Canceled) {
		s.note(chosen, err != nil || response.StatusCode >= http.StatusBadGateway && response.StatusCode <= http.StatusGatewayTimeout)
	}
	return response, err
}

// choose is the next server which is not set aside; if all are, the one that has waited longest.
func (s *servers) choose(now time.Time) (*server, *elastictransport.Client, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(); err != nil {
		return nil, nil, "", err
	}
	authorization, err := s.authorization()
	if err != nil {
		return nil, nil, "", err
	}
	best := s.list[s.next%len(s.list)]
	for i := range s.list {
		candidate := s.list[(s.next+i)%len(s.list)]
		if !candidate.aside.After(now) {
			best = candidate
			break
		}
		if candidate.aside.Before(best.aside) {
			best = candidate
		}
	}
	s.next++
	return best, best.transport, authorization, nil
}

// note sets a failing server aside: half a minute at first, doubled up to eight, so that a dead one, which costs a whole
// timeout each time, is asked ever more seldom.
func (s *servers) note(chosen *server, failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !failed {
		chosen.failures, chosen.aside = 0, time.Time{}
		return
	}
	chosen.aside = time.Now().Add(30 * time.Second << min(chosen.failures, 4))
	chosen.failures++
	s.wire.CloseIdleConnections() // they may be as dead, or lead to where the name pointed before
}
