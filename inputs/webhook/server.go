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
	tls      *credentials.Server
	trouble  atomic.Pointer[error]
}

// Share lets inputs with the same address share a listener. It is to be called once, with all of them, before one runs.
func Share(inputs []*Input, log *slog.Logger) {
	servers := map[string]*server{}
	for _, in := range inputs {
		s := servers[in.cfg.Listen]
		if s == nil {
			s = &server{log: log, ended: make(chan struct{}), tls: credentials.NewServer(in.cfg.TLS)}
			servers[in.cfg.Listen] = s
		}
		in.server, s.inputs = s, append(s.inputs, in)
	}
	for _, s := range servers {
		slices.SortStableFunc(s.inputs, func(a, b *Input) int { return len(b.cfg.Path) - len(a.cfg.Path) })
		for _, in := range s.inputs {
			in.share = max(most/int64(len(s.inputs)), heaviest)
		}
	}
}

// listen opens the port. Requests wait until serve answers them.
func (s *server) listen() error {
	cfg := s.inputs[0].cfg
	config, err := s.tls.Config(func(err error) {
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

// readWithin is how long a body may take. kube-apiserver gives a request up after 30 s.
const readWithin = time.Minute

// serve answers until ctx ends.
func (s *server) serve(ctx context.Context) error {
	answering := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: readWithin, WriteTimeout: 2 * readWithin, IdleTimeout: 2 * time.Minute,
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

// later tells a sender to come back.
func later(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Retry-After", "2")
	http.Error(w, why, status)
}

// ServeHTTP takes one list of events.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.tls.Admits(r.TLS, time.Now()) {
		w.Header().Set("Connection", "close") // another one will be refused, or has another certificate
		later(w, http.StatusServiceUnavailable, "the certificate of this connection is not valid any more")
		return
	}
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
	weight := weigh(r.ContentLength)
	defer in.held.Add(-weight)
	if in.held.Add(weight) > in.share {
		later(w, http.StatusTooManyRequests, "too much at a time")
		return
	}
	in.answer(w, r, in.take(r.Context(), newList(http.MaxBytesReader(w, r.Body, int64(in.cfg.MaxBodyBytes))), r.ContentLength))
}

// How much of requests is held at a time, counted in bytes: of each an item of the list, and what is stored of it next. The inputs of
// a listener divide it between them, so that one whose senders are slow leaves the others their part.
const (
	most     = 8 * heaviest
	heaviest = maxItem + enough
	lightest = 64 << 10 // a connection is not for nothing
)

// weigh is how much a request may have to be held of; -1: its length is not known.
func weigh(length int64) int64 {
	if length < 0 {
		return heaviest
	}
	return min(max(length, lightest), heaviest)
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
		later(w, http.StatusServiceUnavailable, "can't store events at present")
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
