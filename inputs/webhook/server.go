package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs/credentials"
)

// server is one listener and the inputs that share it.
type server struct {
	log      *slog.Logger
	inputs   []*Input // those with longer paths first
	listener net.Listener
	ended    chan struct{}
	memory   *Memory
	handlers handlers
	tls      *credentials.Server
	trouble  atomic.Pointer[error]
}

// Share lets inputs with the same address share a listener, and all of them memory. It is to be called once, with all of them, before one
// runs.
func Share(inputs []*Input, memory *Memory, log *slog.Logger) {
	memory.divide(len(inputs))
	servers := map[string]*server{}
	for _, in := range inputs {
		s := servers[in.cfg.Listen]
		if s == nil {
			s = &server{log: log, ended: make(chan struct{}), memory: memory, tls: credentials.NewServer(in.cfg.TLS)}
			servers[in.cfg.Listen] = s
		}
		in.server, s.inputs = s, append(s.inputs, in)
	}
	for _, s := range servers {
		slices.SortStableFunc(s.inputs, func(a, b *Input) int { return len(b.cfg.root()) - len(a.cfg.root()) })
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
	defer s.handlers.end()
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
		if !inputs.Pause(ctx, again) {
			return
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
		MaxHeaderBytes: 16 << 10, ConnState: new(newcomers).note, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	for _, in := range s.inputs {
		s.log.Info("taking audit events", "input", in.name, "address", s.address(), "path", in.cfg.Path)
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer answering.Close()
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
	_ = answering.Shutdown(stopping) // what takes longer is cut off
	return nil
}
