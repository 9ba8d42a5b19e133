package faults

import (
	"strings"
	"time"

	"github.com/auditship/auditship/e2e/agent"
)

// row is one fault: what it hits, how it is caused and ended, and what must hold beside "all there, once".
type row struct {
	number   int // in the table
	name     string
	hits     []string // outputs; nil: all; or none
	quick    bool     // may be drawn by a short run
	brokers  []int32  // replicas of the topic, the leader first; nil: the first broker alone
	stream   bool     // Elasticsearch gets a data stream
	backups  int      // that the log keeps, of 2 MiB; 0: 5, so that the agent has to guard some
	fast     bool     // the log grows twice as fast
	under    []string // a command under which the agent runs
	named    bool     // the agent knows servers by name
	prepare  func(*run)
	cause    func(*run)
	lasts    time.Duration
	end      func(*run)
	after    time.Duration             // for which the log goes on when all is well again
	dead     map[string]int            // dead letters that are expected
	gaps     bool                      // may be told although nothing is lost
	check    func(*run)                // when all is settled, and the agent still runs
	settings func(*run, *agent.Config) // of the agent
}

var (
	all  = []string{"search", "logs", "bus", "archive"}
	none = []string{}
)

func (r row) hit() []string {
	if r.hits == nil {
		return all
	}
	return r.hits
}

// rate is how many bytes are written in a second.
func (r row) rate() int {
	if r.fast {
		return 2 * perSecond
	}
	return perSecond
}

// replicas are the brokers that have the topic.
func (r row) replicas() []int32 {
	if r.brokers == nil {
		return []int32{1}
	}
	return r.brokers
}

func (r row) hitNames() string {
	switch len(r.hit()) {
	case len(all):
		return "all"
	case 0:
		return "none"
	}
	return strings.Join(r.hits, ", ")
}
