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
	proxies      func(*lab) []*Proxy
	write        func(request []byte) bool // matches what stores events
	times        int                       // answers to lose: after each one the agent leaves Loki alone for 20 s
	process      func(*lab) **backend.Process
}

func sides() []side {
	return []side{
		{"search", "Elasticsearch", func(l *lab) []*Proxy { return []*Proxy{l.search} }, Bulk, 3,
			func(l *lab) **backend.Process { return &l.elasticsearch.Process }},
		{"logs", "Loki", func(l *lab) []*Proxy { return []*Proxy{l.logs} }, Push, 2,
			func(l *lab) **backend.Process { return &l.loki.Process }},
		{"bus", "Kafka", func(l *lab) []*Proxy { return l.kafka.proxies }, Produce, 3,
			func(l *lab) **backend.Process { return &l.kafka.brokers[0] }},
	}
}

// set sets what all its proxies do.
func (s *side) set(r *run, fault Fault) {
	for _, p := range s.proxies(r.lab) {
		p.Set(fault)
	}
}

func (s *side) met(r *run) (n int) {
	for _, p := range s.proxies(r.lab) {
		n += p.Met()
	}
	return n
}

// answerRows are the case that nobody can tell from a failure: the request was carried out, and its answer is lost.
func answerRows() (rows []row) {
	for _, s := range sides() {
		rows = append(rows, row{
			name: s.name + ": answers lost after requests were applied", hits: []string{s.output}, quick: true,
			cause: func(r *run) { s.meet(r, Fault{Match: s.write, Times: s.times}) },
			end:   func(r *run) { s.set(r, Fault{}) },
		})
	}
	return rows
}

// serverRows are what any server does to any client.
func serverRows() (rows []row) {
	for _, s := range sides() {
		pass := func(r *run) { s.set(r, Fault{}) }
		set := func(f Fault) func(*run) { return func(r *run) { s.set(r, f) } }
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
	loki, kafka := sideOf("logs"), sideOf("bus")
	return append(rows, row{name: "Loki and Kafka: both servers down for two minutes", hits: []string{"logs", "bus"}, lasts: 2 * time.Minute,
		cause: func(r *run) { loki.kill(r); kafka.kill(r) }, end: func(r *run) { loki.restart(r); kafka.restart(r) }})
}

// meet sets a fault and waits until as many requests as it is for have met it.
func (s *side) meet(r *run, fault Fault) {
	r.Helper()
	s.set(r, fault)
	deadline := time.Now().Add(progressLimit)
	for s.met(r) < fault.Times {
		if time.Now().After(deadline) {
			r.Fatalf("%d requests met the fault, want %d", s.met(r), fault.Times)
		}
		r.pause(5 * time.Millisecond)
	}
}

// midRequest returns when the next request that stores events is on its way to the server.
func (s *side) midRequest(r *run) {
	sent := make(chan struct{}, 1)
	s.set(r, Fault{Match: s.write, Times: 1, Sent: func() { sent <- struct{}{} }})
	defer s.set(r, Fault{})
	select {
	case <-sent:
	case <-time.After(progressLimit):
		r.Fatal("no request")
	}
}

func (s *side) kill(r *run) {
	if s.output == "logs" {
		r.Cleanup(r.renewLoki)
	}
	must(r.T, (*s.process(r.lab)).Kill())
}

func (s *side) killMidRequest(r *run) {
	s.midRequest(r)
	s.kill(r)
}

func (s *side) restart(r *run) { must(r.T, restart(r.Context(), s.process(r.lab))) }

func (s *side) signal(signal syscall.Signal) func(*run) {
	return func(r *run) {
		must(r.T, (*s.process(r.lab)).Signal(signal))
		if signal == syscall.SIGSTOP {
			r.Cleanup(func() { _ = (*s.process(r.lab)).Signal(syscall.SIGCONT) }) // or it could not be stopped
		}
	}
}

func sideOf(output string) side {
	all := sides()
	return all[slices.IndexFunc(all, func(s side) bool { return s.output == output })]
}
