// Package containerlog takes audit events from what kube-apiserver prints (--audit-log-path=-), as a container runtime
// keeps it: /var/log/pods/kube-system_kube-apiserver-NODE_UID/kube-apiserver/N.log, rotated and compressed by kubelet. Plain
// files into which standard output and error went together can be read as well.
//
// Events are put into a [spool] of the agent's own and read from there, for kubelet deletes a container's log within a
// fraction of a second after its static pod was replaced. While the agent runs it holds each log open and follows it at
// once; what kubelet deletes while it does not run is lost, and told as a gap where that can be known.
package containerlog

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/spool"
)

// DefaultPath is where kubelet keeps the log of a static pod made by kubeadm.
const DefaultPath = "/var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log"

// Format is how a file was written.
type Format string

// The formats.
const (
	CRI   Format = "cri"   // by a container runtime
	Plain Format = "plain" // by kube-apiserver itself
)

// Config is the container_log block of an input.
type Config struct {
	Path   string       `yaml:"path"`   // of the logs, with * and ?; default: DefaultPath. Their backups are found beside them
	Format Format       `yaml:"format"` // default: cri
	Rest   string       `yaml:"rest"`   // where lines go that are no events: drop (default), - for standard output, or a file that is appended to
	Start  inputs.Start `yaml:"start"`  // beginning (default) or end, of logs that are there when the agent runs for the first time
}

// Validate reports what is wrong with the configuration, each with the path of the key below this one.
func (c *Config) Validate(report func(path, problem string)) {
	if _, err := filepath.Match(c.Path, ""); err != nil {
		report("path", "is no pattern: "+err.Error())
	}
	if c.Path != "" && !filepath.IsAbs(c.Path) {
		report("path", "must be absolute")
	}
	if c.Format != "" && c.Format != CRI && c.Format != Plain {
		report("format", fmt.Sprintf("is %q, want cri or plain", c.Format))
	}
	if c.Rest != "" && c.Rest != Drop && c.Rest != "-" && !filepath.IsAbs(c.Rest) {
		report("rest", fmt.Sprintf("is %q, want drop, - or the absolute path of a file", c.Rest))
	}
}

// Input is all logs that the path matches.
type Input struct {
	*spool.Log
	cfg   Config
	fs    disk.FS
	dir   string // of the spool
	once  bool
	log   *slog.Logger
	count func(anomaly string)
	rest  *rest
}

// New makes an input that keeps in the spool, which is in dir, what it finds. Once: what is there now, and no more. count is
// called for each anomaly, beside a line in the log: foreign_line, container_log_gap, and those of inputs/file.
func New(cfg Config, dir string, once bool, kept *spool.Log, fs disk.FS, log *slog.Logger, count func(anomaly string)) *Input {
	if cfg.Path == "" {
		cfg.Path = DefaultPath
	}
	if cfg.Format == "" {
		cfg.Format = CRI
	}
	return &Input{Log: kept, cfg: cfg, fs: fs, dir: dir, once: once, log: log, count: count, rest: newRest(cfg.Rest, fs)}
}

// lookEvery is how often it is looked for new logs, and for growth of those that are known.
const lookEvery = 200 * time.Millisecond

// Run follows all logs, and does what the spool needs, until ctx ends.
func (in *Input) Run(ctx context.Context) error { return in.RunFed(ctx, in.followAll) }

// followAll starts a follower for each log, and ends those whose log is gone and read.
func (in *Input) followAll(ctx context.Context) error {
	defer in.rest.close()
	places, err := openPositions(in.fs, in.dir)
	if err != nil {
		in.log.Error("read positions in container logs; they are read from the beginning, and what was stored lately is known", "error", err)
	}
	start := inputs.Beginning
	if places.empty() {
		start = in.cfg.Start
	}
	followers := map[string]*follower{}
	var running sync.WaitGroup
	defer in.Fed()
	defer running.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ; ; start = inputs.Beginning {
		for _, path := range in.paths(places) {
			if followers[path] == nil {
				followers[path] = newFollower(ctx, in, path, start, places)
				running.Go(followers[path].run)
			}
		}
		if in.once {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for path, f := range followers {
			f.look()
			if f.over() {
				delete(followers, path)
			}
		}
	}
}

// paths are the logs that are there, and those that were when the agent ran last: a backup, or a loss, may be left.
func (in *Input) paths(places *positions) []string {
	found, _ := filepath.Glob(in.cfg.Path) // Validate knows that it is a pattern
	found = append(found, places.paths()...)
	slices.Sort(found)
	return slices.Compact(found)
}
