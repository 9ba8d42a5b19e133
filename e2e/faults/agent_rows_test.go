package faults

import (
	"net/http"
	"syscall"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/backend"
)

// secretRows are credentials that stop being right, and then are again, in the same files.
func secretRows() []row {
	return []row{
		{name: "Elasticsearch: wrong password, then the right one in the same file", hits: []string{"search"}, quick: true, lasts: 5 * time.Second,
			cause: func(r *run) { r.setPassword("search", "wrong") },
			end:   func(r *run) { r.setPassword("search", backend.ElasticAgentPassword) }},
		{name: "Elasticsearch: client certificate expired, then a new one in the same file", hits: []string{"search"}, quick: true, lasts: 5 * time.Second,
			cause: func(r *run) { r.issue(-time.Hour) },
			end:   func(r *run) { r.issue(12 * time.Hour) }},
		{name: "Kafka: wrong password, then the right one in the same file", hits: []string{"bus"}, quick: true, lasts: 5 * time.Second,
			cause: func(r *run) {
				r.setPassword("bus", "wrong")
				for _, p := range r.kafka.proxies {
					p.Cut() // a broker asks for it once in a connection
				}
			},
			end: func(r *run) { r.setPassword("bus", backend.KafkaPassword) }},
	}
}

// issue gives the agent another certificate, and has it log in again.
func (r *run) issue(life time.Duration) {
	must(r.T, r.authority.Issue(r.clientCert, r.clientKey, time.Now().Add(life)))
	r.search.Cut()
}

// agentRows are what happens to the agent itself.
func agentRows() (rows []row) {
	for _, s := range sides() {
		rows = append(rows, row{name: "agent killed (-9) mid-batch of " + s.name + ", 3 times", quick: true, cause: s.killAgent(3)})
	}
	return append(rows,
		row{name: "agent stopped (SIGTERM) mid-batch", quick: true, cause: stopAgent},
		row{name: "answer lost, agent killed (-9), data stream rolled over before the replay, 3 times", stream: true, quick: true, cause: rollOver(3)},
		row{name: "agent paused (SIGSTOP) for a minute", lasts: time.Minute, backups: 20,
			cause: func(r *run) { must(r.T, r.process.Signal(syscall.SIGSTOP)) },
			end:   func(r *run) { must(r.T, r.process.Signal(syscall.SIGCONT)) }},
	)
}

func (s side) killAgent(times int) func(*run) {
	return func(r *run) {
		for range times {
			s.midRequest(r)
			r.process.Kill()
			r.start()
			r.await("progress", func(m agent.Metrics) bool { return delivered(m, all, 1) })
		}
	}
}

func stopAgent(r *run) {
	s := sideOf("search")
	s.midRequest(r)
	must(r.T, r.process.Stop(r.Context()))
	r.start()
}

func rollOver(times int) func(*run) {
	s := sideOf("search")
	return func(r *run) {
		for range times {
			s.meet(r, Fault{Match: Bulk, Times: 1})
			r.process.Kill()
			s.set(r, Fault{})
			r.ask(http.MethodPost, "/"+r.index()+"/_rollover", "")
			r.start()
			r.await("progress", func(m agent.Metrics) bool { return delivered(m, all, 1) })
		}
	}
}
