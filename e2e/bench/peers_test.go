package bench_test

import (
	"fmt"
	"testing"

	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/bench/check"
	"github.com/auditship/auditship/e2e/bench/corpus"
	"github.com/auditship/auditship/e2e/bench/peers"
)

// shippers are the peers that can be had here; who cannot is named, and left out.
func shippers(t *testing.T) (all []*peers.Peer) {
	t.Helper()
	cache, err := backend.Cache()
	must(t, err)
	for name, have := range map[string]func() (*peers.Peer, error){
		"auditship": func() (*peers.Peer, error) { return peers.Auditship(t.Context(), repository(), workDir) },
		"rsyslog":   func() (*peers.Peer, error) { return peers.Rsyslog(t.Context(), cache) },
		"syslog-ng": func() (*peers.Peer, error) { return peers.SyslogNG(t.Context(), cache) },
		"otelcol":   func() (*peers.Peer, error) { return collector(t) },
	} {
		if !wants(name) {
			continue
		}
		peer, err := have()
		if err != nil {
			fmt.Printf("%s is left out: %v\n", name, err)
			continue
		}
		all = append(all, peer)
		if name == "auditship" {
			all = append(all, peers.Unredacted(peer))
		}
	}
	return all
}

func collector(t *testing.T) (*peers.Peer, error) {
	t.Helper()
	binary, err := backend.BuildCollector(t.Context(), "../collector")
	if err != nil {
		return nil, err
	}
	return peers.Collector(t.Context(), binary)
}

// TestPeers ships one log through every shipper, to a file and to the bulk sink, one after the other and again from the
// start, so that whatever else the machine does hits all of them.
func TestPeers(t *testing.T) {
	needed(t)
	path, facts := makeLog(t, corpus.Spec{Bytes: *size * 1e6})
	expected, err := check.FromLog(path, corpus.Noise)
	must(t, err)
	if expected.Len() != facts.Kept {
		t.Fatalf("%d events are expected, %d were made", expected.Len(), facts.Kept)
	}
	results := newResults(facts)
	all := shippers(t)
	unread := &work{paths: []string{path}, bytes: facts.Bytes}
	file := &work{paths: unread.paths, bytes: facts.Bytes, expected: expected}
	bulk := &work{paths: unread.paths, bytes: facts.Bytes, expected: expected, bulk: true}
	for range *runs {
		for _, peer := range peers.Yardsticks() {
			if wants(peer.Name) {
				results.add(t, peer, toFile, unread)
			}
		}
		for _, peer := range all {
			results.add(t, peer, toFile, file)
			results.add(t, peer, toBulk, bulk)
		}
	}
	results.print()
}

func (r *results) add(t *testing.T, peer *peers.Peer, to string, w *work) {
	t.Helper()
	u, err := w.run(t, peer)
	if err != nil {
		t.Errorf("%s to a %s: %v", peer.Name, to, err)
		return
	}
	fmt.Printf("%s to a %s: %.3f s user, %.3f s system, %.2f s, %d KiB\n", peer.Name, to, u.User.Seconds(), u.System.Seconds(), u.Wall.Seconds(), u.PeakRSS>>10)
	r.put(peer, to, u)
}
