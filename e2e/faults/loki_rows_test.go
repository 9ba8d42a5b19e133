package faults

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const tooOld = 20 // events

func lokiRows() []row {
	hits := []string{"logs"}
	return []row{
		{name: "Loki: 429, ingestion limit below the rate of events", hits: hits, fast: true, lasts: 15 * time.Second,
			cause: relimited("ingestion_rate_mb: 64", "ingestion_rate_mb: 0.2", "ingestion_burst_size_mb: 128", "ingestion_burst_size_mb: 0.3"),
			end:   relimited()},
		{name: "Loki: 400 for 20 events that are too old", hits: hits, dead: map[string]int{"logs": tooOld},
			prepare: relimited("reject_old_samples: false", "reject_old_samples: true\n  reject_old_samples_max_age: 1h"),
			cause:   func(r *run) { r.writeOld(tooOld, 3*time.Hour) }, lasts: 5 * time.Second, end: relimited()},
		{name: "Loki: 500 after the push was accepted", hits: hits, quick: true,
			cause: func(r *run) {
				s := sideOf("logs")
				s.meet(r, Fault{Match: Push, Times: 2, Answer: Response("500 Internal Server Error", "context canceled")})
			},
			end: func(r *run) { r.logs.Set(Fault{}) }},
	}
}

// relimited restarts Loki with pairs of old and new text in its configuration; without any, as it was.
func relimited(pairs ...string) func(*run) {
	return func(r *run) {
		data := filepath.Join(r.home, "loki")
		text, err := os.ReadFile(filepath.Join(data, "loki.yaml"))
		must(r.T, err)
		changed := filepath.Join(data, "changed.yaml")
		must(r.T, os.WriteFile(changed, []byte(strings.NewReplacer(pairs...).Replace(string(text))), 0o644))
		must(r.T, r.loki.Stop())
		must(r.T, restart(r.Context(), &r.loki.Process, "LOKI_CONFIG="+changed))
	}
}

// renewLoki lets Loki begin a new write-ahead log once the row is judged. A kill can tear the last record of the old one, and
// at each later start Loki replays no further than that: it would lose what it acknowledged afterwards.
func (r *run) renewLoki() {
	must(r.T, r.loki.Stop())
	must(r.T, os.RemoveAll(filepath.Join(r.home, "loki", "wal")))
	must(r.T, restart(context.Background(), &r.loki.Process))
}

// writeOld has n events in the log that happened some time ago.
func (r *run) writeOld(n int, ago time.Duration) {
	r.apiserver.stop(r)
	r.apiserver.spec.Old, r.apiserver.spec.Ago = n, ago
	r.apiserver.start(r)
	r.apiserver.spec.Old = 0
}
