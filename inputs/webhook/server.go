package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auditship/auditship/outputs/credentials"
)

// server is one listener and the inputs that share it.
type server struct {
	log      *slog.Logger
	inputs   []*Input // those with longer paths first
	listener net.Listener
	ended    chan struct{}
	trouble  atomic.Pointer[error]
	busy     chan struct{} // a place for each request that is read
}

// maxRequests are read at a time; each holds an item of the list and what is stored of it next.
const maxRequests = 8

// Share lets inputs with the same address share a listener. It is to be called once, with all of them, before one runs.
func Share(inputs []*Input, log *slog.Logger) {
	servers := map[string]*server{}
	for _, in := range inputs {
		s := servers[in.cfg.Listen]
		if s == nil {
			s = &server{log: log, ended: make(chan struct{}), busy: make(chan struct{}, maxRequests)}
			servers[in.cfg.Listen] = s
		}
		in.server, s.inputs = s, append(s.inputs, in)
	}
	for _, s := range servers {
		slices.SortStableFunc(s.inputs, func(a, b *Input) int { return len(b.cfg.Path) - len(a.cfg.Path) })
	}
}

// listen opens the port. Requests wait until serve answers them.
func (s *server) listen() error {
	cfg := s.inputs[0].cfg
	config, err := credentials.NewServer(cfg.TLS).Config(func(err error) {
		s.log.Error("read changed TLS files of the webhook; those before stay in use", "address", cfg.Listen, "error", err)
	})
	if err != nil {
		return fmt.Errorf("listen on %s: %w", cfg.Listen, err)
	}
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen for webhooks: %w", err)
	}
	s.listener = tls.NewListener(l, config)
	return nil
}

func (s *server) address() string { return s.listener.Addr().String() }

// again is how soon it is tried again to open the port: the agent before may not have let go of it yet.
const again = time.Second

// run listens and answers until ctx ends. What keeps it from that is an alarm: the inputs are not ready, and all else goes on.
func (s *server) run(ctx context.Context) {
	told := ""
	for {
		err := s.listen()
		s.setTrouble(err)
		if err == nil {
			err = s.serve(ctx)
			s.setTrouble(err)
		}
		if ctx.Err() != nil {
			return
		}
		if err.Error() != told {
			told = err.Error()
			s.log.Error("take audit events from webhooks; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		}
	}
}

func (s *server) setTrouble(err error) { s.trouble.Store(&err) }

// Ready tells why no API server can send at present; nil: it can.
func (in *Input) Ready() error {
	if err := in.server.trouble.Load(); err != nil {
		return *err
	}
	return errors.New("not listening yet")
}

// stopWithin is how long requests under way may take at the end.
const stopWithin = 5 * time.Second

// serve answers until ctx ends.
func (s *server) serve(ctx context.Context) error {
	answering := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, WriteTimeout: 6 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	for _, in := range s.inputs {
		s.log.Info("taking audit events", "input", in.name, "address", s.address(), "path", in.cfg.Path)
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	var err error
	failed := make(chan struct{})
	serving.Go(func() {
		err = answering.Serve(s.listener)
		close(failed)
	})
	select {
	case <-failed:
		return fmt.Errorf("serve webhooks on %s: %w", s.address(), err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if answering.Shutdown(stopping) != nil {
		answering.Close()
	}
	return nil
}

// retryAfter is in how many seconds a sender shall come back.
const retryAfter = "2"

// ServeHTTP takes one list of events.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := s.input(r)
	if in == nil {
		s.refuse(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "POST an EventList of audit.k8s.io/v1", http.StatusMethodNotAllowed)
		return
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		http.Error(w, "a body must not be compressed", http.StatusUnsupportedMediaType)
		return
	}
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	default:
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "too many requests at a time", http.StatusTooManyRequests)
		return
	}
	in.answer(w, r, in.take(r.Context(), newList(http.MaxBytesReader(w, r.Body, int64(in.cfg.MaxBodyBytes)))))
}

func (in *Input) answer(w http.ResponseWriter, r *http.Request, err error) {
	var (
		store *storeError
		bad   *malformedError
		long  *http.MaxBytesError
	)
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.As(err, &store):
		in.log.Error("store events from the webhook; the API server is told to send them again", "error", err)
		if store.full() {
			in.count("webhook_full")
		}
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "can't store events at present", http.StatusServiceUnavailable)
	case errors.As(err, &long):
		in.drop(r, "a body longer than max_body_bytes")
		http.Error(w, "longer than max_body_bytes", http.StatusRequestEntityTooLarge)
	case errors.As(err, &bad):
		in.drop(r, bad.problem)
		http.Error(w, bad.problem, http.StatusBadRequest)
	default: // the body broke off
		in.log.Debug("read webhook request", "remote", r.RemoteAddr, "error", err)
		http.Error(w, "the body broke off", http.StatusServiceUnavailable)
	}
}

// drop tells of events that are lost, since nobody will send them again.
func (in *Input) drop(r *http.Request, problem string) {
	in.count("webhook_malformed")
	in.log.Error("refuse webhook request: what it holds is lost here", "remote", r.RemoteAddr, "problem", problem)
}

// refuse tells a client that it may not send, or not there.
func (s *server) refuse(w http.ResponseWriter, r *http.Request) {
	s.inputs[0].count("webhook_refused")
	s.log.Warn("refuse webhook request: no input takes it from this client at this path", "remote", r.RemoteAddr, "client", strings.Join(namesOf(r), ", "))
	http.Error(w, "this client may not send here", http.StatusForbidden)
}

// input is the one that the client may send to at this path; nil: none.
func (s *server) input(r *http.Request) *Input {
	names := namesOf(r)
	for _, in := range s.inputs {
		if in.covers(r.URL.Path) && in.admits(names) {
			return in
		}
	}
	return nil
}

// covers tells whether a path is the input's or lies below it.
func (in *Input) covers(asked string) bool {
	own := strings.TrimSuffix(in.cfg.Path, "/")
	asked = path.Clean("/" + asked)
	return asked == own || strings.HasPrefix(asked, own+"/")
}

func (in *Input) admits(names []string) bool {
	return len(in.cfg.Clients) == 0 || slices.ContainsFunc(in.cfg.Clients, func(c string) bool { return slices.Contains(names, c) })
}

// namesOf are those that the certificate of a client gives it, verified.
func namesOf(r *http.Request) []string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil
	}
	return certified(r.TLS.VerifiedChains[0][0])
}

func certified(c *x509.Certificate) []string {
	names := append([]string{}, c.DNSNames...)
	if c.Subject.CommonName != "" {
		names = append(names, c.Subject.CommonName)
	}
	for _, uri := range c.URIs {
		names = append(names, uri.String())
	}
	return names
}
