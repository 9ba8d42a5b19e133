package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/auditship/auditship/agent/status"
)

// serve begins to answer on the two addresses; stop ends that. With Once nobody is there to ask.
func (a *agent) serve() (stop func(), err error) {
	if a.options.Once {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", a.cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	a.log.Info("listening", "address", listener.Addr().String(), "paths", "/metrics /healthz /readyz")
	public := a.start(listener, a.public())
	admin, err := a.listenAdmin()
	if err != nil {
		a.log.Warn("no admin socket: `auditship status` can only read the state directory", "error", err)
		return public, nil
	}
	private := a.start(admin, a.private())
	return func() { private(); public() }, nil
}

func (a *agent) start(l net.Listener, handler http.Handler) (stop func()) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 2 * time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("serve", "address", l.Addr().String(), "error", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
		<-ended
	}
}

// public is what anybody who reaches the port may see.
func (a *agent) public() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(a.metrics, checkers{a}, a.buildInfo(), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", a.readyz)
	return mux
}

func (a *agent) buildInfo() prometheus.Gauge {
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "auditship_build_info", Help: "1, labelled with the version.", ConstLabels: prometheus.Labels{"version": a.options.Version}})
	info.Set(1)
	return info
}

// readyz: the configuration is loaded (or nobody would answer) and the inputs can be read. A dead output is no reason to
// stop a rollout.
func (a *agent) readyz(w http.ResponseWriter, _ *http.Request) {
	for _, f := range a.crew.Load().feeds {
		if err := f.readable(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintf(w, "input %s: %v\n", f.made.Name, err)
			return
		}
	}
	fmt.Fprintln(w, "ok")
	for _, l := range a.loads.snapshot() {
		if l.Failed != "" { // what is wrong with it is in the log: it may repeat what is in the file
			fmt.Fprintf(w, "%s: what is in %s now is not in force, but what was there at %s; the log tells why\n", l.Target, strings.Join(l.Files, ", "), l.Loaded.UTC().Format(time.RFC3339))
		}
	}
}

// readable tells whether a log can be read. One that does not exist (yet, or for a moment while it is rotated) is no
// trouble where its directory can be listed.
func readable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		path = filepath.Dir(path)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// private is what only who may open the admin socket can see.
func (a *agent) private() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := status.Write(w, a.status()); err != nil {
			a.log.Debug("answer status", "error", err)
		}
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

func (a *agent) status() []status.Pipeline {
	var all []status.Pipeline
	c := a.crew.Load()
	checkers := c.checkers()
	for _, p := range c.lanes {
		all = append(all, status.Of(p.InputName, p.OutputName, p.Ledger().Snapshot(), p.Lag()))
		last := &all[len(all)-1]
		last.Server = checkers.Report(p.InputName)
		last.Loads = a.loads.snapshot()
		if err := last.Measure(a.disk, c.cfg.StateDir, status.DirName(p.InputName, p.OutputName)); err != nil {
			a.log.Warn("count dead letters", "pipeline", p.Name(), "error", err)
		}
	}
	return all
}
