package faults

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// nameRows need the right to listen at port 53 and to mount in a namespace of its own; without it they are skipped.
func nameRows() (rows []row) {
	for i, trouble := range []struct {
		Trouble
		name string
	}{{NoName, "NXDOMAIN"}, {Failure, "SERVFAIL"}, {Silence, "no answer"}} {
		s := sides()[i]
		rows = append(rows, row{
			name: s.name + ": name does not resolve (" + trouble.name + ")", hits: []string{s.output}, named: true, lasts: 10 * time.Second,
			cause: func(r *run) { r.misname(trouble.Trouble, s) }, end: func(r *run) { r.rename(s) },
		})
	}
	return append(rows, row{
		name: "agent killed (-9), and started while no name resolves", hits: []string{"search", "logs", "bus"}, named: true, lasts: 10 * time.Second,
		cause: func(r *run) {
			r.process.Kill()
			r.misname(NoName, sides()...)
			r.start()
		},
		end: func(r *run) { r.rename(sides()...) },
	})
}

// misname makes a trouble of servers' names, and has the agent ask for them.
func (r *run) misname(trouble Trouble, sides ...side) {
	for _, s := range sides {
		r.names.Set(s.output, trouble)
		for _, p := range s.proxies(r.lab) {
			p.Cut()
		}
	}
}

func (r *run) rename(sides ...side) {
	for _, s := range sides {
		if r.names.Met(s.output) == 0 {
			r.Errorf("the agent did not ask for the address of %s", s.name)
		}
		r.names.Set(s.output, Answers)
	}
}

// address is where the agent finds a proxy.
func (r *run) address(output string, p *Proxy) string {
	if r.names == nil {
		return p.Address()
	}
	return p.Named(output + "." + Zone)
}

// useNames has the agent ask a resolver of our own for the addresses of servers: a static Go binary reads the
// resolver's address from /etc/resolv.conf, which is another file in the agent's mount namespace.
func (r *run) useNames() {
	var err error
	if r.names, err = NewResolver(); err != nil {
		r.Skip(err)
	}
	r.Cleanup(func() { must(r.T, r.names.Close()) })
	if out, err := exec.Command("unshare", "--mount", "true").CombinedOutput(); err != nil {
		r.Skipf("unshare --mount: %v: %s", err, out)
	}
	conf := filepath.Join(r.dir, "resolv.conf")
	must(r.T, os.WriteFile(conf, fmt.Appendf(nil, "nameserver %s\n", r.names.Host()), 0o644))
	r.under = []string{"unshare", "--mount", "sh", "-c", `mount --bind "$0" /etc/resolv.conf && exec "$@"`, conf}
	r.advertise("bus." + Zone)
	r.Cleanup(func() { r.advertise("127.0.0.1") })
}

// advertise restarts the first broker, which tells clients to come to a host of that name from then on.
func (r *run) advertise(host string) {
	r.kafka.host = host
	first := &r.kafka.brokers[0]
	must(r.T, (*first).Stop())
	must(r.T, restart(context.Background(), first, "KAFKA_EXTRA="+r.kafka.properties(0)))
}
