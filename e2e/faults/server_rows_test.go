package faults

import (
	"slices"
	"syscall"
	"time"

	"github.com/auditship/auditship/e2e/backend"
)

// side is a server as seen by the rows that are the same for each.
type side struct {
	output, name string
	set          func(Fault)
	met          func() int
	write        func(request []byte) bool // matches what stores events
	times        int                       // answers to lose: after each one the agent leaves Loki alone for 20 s
	process      func() **backend.Process
}

func sides() []side {
	return []side{
		{"search", "Elasticsearch", search.Set, search.Met, Bulk, 3, func() **backend.Process { return &elasticsearch.Process }},
		{"logs", "Loki", logs.Set, logs.Met, Push, 2, func() **backend.Process { return &loki.Process }},
		{"bus", "Kafka", func(f Fault) { kafka.set(f) }, func() int { return kafka.met() }, Produce, 3,
			func() **backend.Process { return &kafka.brokers[0] }},
	}
}

// answerRows are the case that nobody can tell from a failure: the request was carried out, and its answer is lost.
func answerRows() (rows []row) {
	for _, s := range sides() {
		rows = append(rows, row{
			name: s.name + ": answers lost after requests were applied", hits: []string{s.output}, quick: true,
			cause: func(r *run) { s.meet(r, Fault{Match: s.write, Times: s.times}) },
			end:   func(*run) { s.set(Fault{}) },
		})
	}
	return rows
}

// serverRows are what any server does to any client.
func serverRows() (rows []row) {
	for _, s := range sides() {
		pass := func(*run) { s.set(Fault{}) }
		set := func(f Fault) func(*run) { return func(*run) { s.set(f) } }
		for _, r := range []row{
			{name: "connections reset and refused", quick: true, lasts: 5 * time.Second, cause: set(Fault{Refuse: true}), end: pass},
			{name: "server down", lasts: 20 * time.Second, cause: s.kill, end: s.restart},
			{name: "server killed (-9) mid-request", cause: s.killMidRequest, end: s.restart},
			{name: "black hole (half-open TCP)", lasts: 15 * time.Second, cause: set(Fault{BlackHole: true}), end: pass},
			{name: "server hangs (SIGSTOP)", lasts: 12 * time.Second, cause: s.signal(syscall.SIGSTOP), end: s.signal(syscall.SIGCONT)},
			{name: "slow reader", quick: true, lasts: 10 * time.Second, cause: set(Fault{BytesPerSecond: 8 << 10}), end: pass},
		} {
			r.name, r.hits = s.name+": "+r.name, []string{s.output}
			rows = append(rows, r)
		}
	}
	return rows
}

// meet sets a fault and waits until as many requests as it is for have met it.
func (s *side) meet(r *run, fault Fault) {
	r.Helper()
	s.set(fault)
	deadline := time.Now().Add(progressLimit)
	for s.met() < fault.Times {
		if time.Now().After(deadline) {
			r.Fatalf("%d requests met the fault, want %d", s.met(), fault.Times)
		}
		r.pause(5 * time.Millisecond)
	}
}

// midRequest returns when the next request that stores events is on its way to the server.
func (s *side) midRequest(r *run) {
	sent := make(chan struct{}, 1)
	s.set(Fault{Match: s.write, Times: 1, Sent: func() { sent <- struct{}{} }})
	defer s.set(Fault{})
	select {
	case <-sent:
	case <-time.After(progressLimit):
		r.Fatal("no request")
	}
}

func (s *side) kill(r *run) { must(r.T, (*s.process()).Kill()) }

func (s *side) killMidRequest(r *run) {
	s.midRequest(r)
	s.kill(r)
}

func (s *side) restart(r *run) { must(r.T, restart(r.Context(), s.process())) }

func (s *side) signal(signal syscall.Signal) func(*run) {
	return func(r *run) {
		must(r.T, (*s.process()).Signal(signal))
		if signal == syscall.SIGSTOP {
			r.Cleanup(func() { _ = (*s.process()).Signal(syscall.SIGCONT) }) // or it could not be stopped
		}
	}
}

func sideOf(output string) side {
	all := sides()
	return all[slices.IndexFunc(all, func(s side) bool { return s.output == output })]
}
