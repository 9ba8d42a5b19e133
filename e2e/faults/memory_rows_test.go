package faults

import "time"

// The API server writes more than the limit while the output is down.
const (
	memoryLimit = 96 << 20
	downFor     = 3*time.Minute + 30*time.Second
)

// memoryRows limit the agent's memory while an output is away.
func memoryRows() []row {
	s := sideOf("search")
	away := func(r *run) { r.search.Set(Fault{Refuse: true}) }
	back := func(r *run) { r.search.Set(Fault{}) }
	return []row{
		{name: "GOMEMLIMIT=64MiB, Elasticsearch away for a minute", hits: []string{"search"}, lasts: time.Minute,
			under: []string{"env", "GOMEMLIMIT=64MiB"}, cause: away, end: back, check: memoryBounded},
		{name: "control group of 96 MiB, Elasticsearch down for 3.5 minutes", hits: []string{"search"}, lasts: downFor, fast: true,
			prepare: limitMemory, cause: s.kill, end: s.restart, check: nothingKilled},
	}
}

// limitMemory needs the right to make a control group; without it the row is skipped.
func limitMemory(r *run) {
	group, err := NewGroup(memoryLimit)
	if err != nil {
		r.Skip(err)
	}
	r.Cleanup(func() { must(r.T, group.Close()) })
	r.group, r.under = group, group.Command()
}

func nothingKilled(r *run) {
	r.Logf("peak RSS %.0f MiB", r.peak())
	kills, err := r.group.Kills()
	must(r.T, err)
	if kills > 0 {
		r.Errorf("%d processes killed for want of memory", kills)
	}
}

func memoryBounded(r *run) {
	r.Logf("peak RSS %.0f MiB", r.peak())
	if peak := r.peak(); peak == 0 || peak > 150 {
		r.Errorf("peak RSS %.0f MiB, want at most 150", peak)
	}
}

// peak is in MiB.
func (r *run) peak() float64 { return float64(r.process.PeakRSS()) / (1 << 20) }
