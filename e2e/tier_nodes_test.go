package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// shipper is an agent or an aggregator through all of its lives.
type shipper struct {
	config  *agent.Config
	process *agent.Process
	cpu     time.Duration // of those that are over
	peak    int64         // RSS in bytes
}

func (s *shipper) kill() {
	s.process.Kill()
	s.account()
}

func (s *shipper) stop(ctx context.Context) error {
	err := s.process.Stop(ctx)
	s.account()
	return err
}

func (s *shipper) account() {
	s.cpu, s.peak = s.cpu+s.process.CPU(), max(s.peak, s.process.PeakRSS())
}

// node is a control-plane node: a log that rotates and is not kept, and the agent that ships it.
type node struct {
	shipper
	log     *lumberjack.Logger
	lines   *auditlog.Generator
	census  verify.Census // of what was written
	written atomic.Int64  // events
}

func startNode(r *tierRun, i int) *node {
	dir := newDir(r.T)
	n := &node{lines: smallLines(r.T, dir, uint64(i))}
	n.log = &lumberjack.Logger{Filename: filepath.Join(dir, "audit.log"), MaxSize: 50, MaxBackups: 3} // MiB
	bus := agent.Output{Name: "bus", Kafka: &agent.Kafka{
		Brokers: r.brokers.SASLTLS, Topic: clusterTopic, Key: "none", TLS: agent.TLS{CAFile: r.brokers.CAFile},
		SASL: agent.SASL{Mechanism: "SCRAM-SHA-512", Username: backend.KafkaUser, Password: backend.KafkaPassword},
	}}
	n.config = newConfig(r.T, dir, n.log.Filename, []destination{{Output: bus}})
	n.config.Node = fmt.Sprintf("cp-%d", i+1)
	n.process = start(r.T, n.config)
	return n
}

// smallLines makes lines like those that API servers write most: whole requests at level Metadata, 600 to 800 bytes each.
func smallLines(t *testing.T, dir string, seed uint64) *auditlog.Generator {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(corpus(t), "audit*.log"))
	must(t, err)
	var small []byte
	for _, path := range paths {
		content, err := os.ReadFile(path)
		must(t, err)
		for line := range bytes.Lines(content) {
			if len(line) >= 600 && len(line) <= 800 && bytes.Contains(line, []byte(`"level":"Metadata"`)) && bytes.Contains(line, []byte(`"stage":"ResponseComplete"`)) {
				small = append(small, line...)
			}
		}
	}
	templates := filepath.Join(dir, "templates")
	must(t, os.Mkdir(templates, 0o700))
	must(t, os.WriteFile(filepath.Join(templates, "audit.log"), small, 0o600))
	lines, err := auditlog.NewGenerator(templates, seed, 20<<20)
	must(t, err)
	return lines
}

// write has all nodes write their share, side by side.
func (r *tierRun) write() <-chan error {
	ended := make(chan error, 1)
	each := make(chan error)
	for i, n := range r.nodes {
		share := r.events*(i+1)/len(r.nodes) - r.events*i/len(r.nodes)
		go func() { each <- r.writeNode(n, share) }()
	}
	go func() {
		var err error
		for range r.nodes {
			err = errors.Join(err, <-each)
		}
		ended <- err
	}()
	return ended
}

// writeNode writes so many lines, but not further ahead of the tier than ahead allows: the nodes are to write until its end, so that
// nothing happens that concerns only some of it.
func (r *tierRun) writeNode(n *node, lines int) error {
	var line []byte
	for done := range lines {
		for done%100 == 0 && int64(done)*clusterNodes > r.committed.Load()+r.ahead() {
			select {
			case <-r.Context().Done():
				return r.Context().Err()
			case <-time.After(20 * time.Millisecond):
			}
		}
		line = n.lines.Append(line[:0], time.Now())
		if _, err := n.log.Write(line); err != nil {
			return err
		}
		n.census.Add(line[:len(line)-1])
		n.written.Add(1)
	}
	return n.log.Close()
}

// ahead is by how many events.
func (r *tierRun) ahead() int64 { return min(500_000, int64(r.events/5)) }
