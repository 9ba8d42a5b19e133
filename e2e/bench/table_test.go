package bench_test

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/auditship/auditship/e2e/bench/corpus"
	"github.com/auditship/auditship/e2e/bench/measure"
	"github.com/auditship/auditship/e2e/bench/peers"
)

const (
	toFile = "file"
	toBulk = "bulk"
	first  = "auditship" // the row that the others are held against
)

// results are the runs of a comparison.
type results struct {
	facts    corpus.Facts
	names    []string
	versions map[string]string
	usages   map[[2]string][]measure.Usage // by name and where to
}

func newResults(facts corpus.Facts) *results {
	return &results{facts: facts, versions: map[string]string{}, usages: map[[2]string][]measure.Usage{}}
}

func (r *results) put(peer *peers.Peer, to string, u measure.Usage) {
	if _, known := r.versions[peer.Name]; !known {
		r.names = append(r.names, peer.Name)
		r.versions[peer.Name] = peer.Version
	}
	key := [2]string{peer.Name, to}
	r.usages[key] = append(r.usages[key], u)
}

// median is that of the runs, one figure at a time.
func median[T cmp.Ordered](usages []measure.Usage, figure func(measure.Usage) T) T {
	var all []T
	for _, u := range usages {
		all = append(all, figure(u))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// perCPU is the speed in MB per CPU-second, perSecond that by the clock.
func (r *results) perCPU(name, to string) float64 {
	return float64(r.facts.Bytes) / 1e6 / median(r.usages[[2]string{name, to}], measure.Usage.CPU).Seconds()
}

func (r *results) perSecond(name, to string) float64 {
	wall := func(u measure.Usage) time.Duration { return u.Wall }
	return float64(r.facts.Bytes) / 1e6 / median(r.usages[[2]string{name, to}], wall).Seconds()
}

func (r *results) rss(name, to string) float64 {
	return float64(median(r.usages[[2]string{name, to}], func(u measure.Usage) int64 { return u.PeakRSS })) / (1 << 20)
}

// print writes the table in Markdown, the fastest first.
func (r *results) print() {
	slices.SortFunc(r.names, func(a, b string) int { return cmp.Compare(r.perCPU(b, toFile), r.perCPU(a, toFile)) })
	fmt.Printf("\n%s\n\n", environment())
	fmt.Printf("Log: %.0f MB, %d lines (%d real), %.1f %% kept by the filter (%.0f MB). Medians of %d runs; ratios are to %s's CPU.\n\n",
		float64(r.facts.Bytes)/1e6, r.facts.Lines, r.facts.Real, 100*float64(r.facts.Kept)/float64(r.facts.Lines),
		float64(r.facts.KeptBytes)/1e6, *runs, first)
	fmt.Println("| shipper | file: MB per CPU-s | × | file: MB/s | RSS MiB | bulk: MB per CPU-s | × | bulk: MB/s | RSS MiB |")
	fmt.Println("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, name := range r.names {
		fmt.Printf("| %s |%s%s\n", strings.TrimSpace(name+" "+r.versions[name]), r.columns(name, toFile), r.columns(name, toBulk))
	}
	fmt.Println()
}

func (r *results) columns(name, to string) string {
	if len(r.usages[[2]string{name, to}]) == 0 {
		return " – | – | – | – |"
	}
	ratio := "–"
	if len(r.usages[[2]string{first, to}]) > 0 {
		ratio = fmt.Sprintf("%.2f", r.perCPU(first, to)/r.perCPU(name, to))
	}
	return fmt.Sprintf(" %.0f | %s | %.0f | %.0f |", r.perCPU(name, to), ratio, r.perSecond(name, to), r.rss(name, to))
}

// environment is where and when this was measured, and what else the machine did.
func environment() string {
	model := field("/proc/cpuinfo", "model name")
	load, _ := os.ReadFile("/proc/loadavg")
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%s, %d × %s, memory %s, Linux %s, %s; nice %d, load average now %s", time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		runtime.NumCPU(), model, field("/proc/meminfo", "MemTotal"), bytes.TrimSpace(kernel), runtime.Version(), *nice,
		strings.Join(strings.Fields(string(load))[:3], " "))
}

// field is the value of the first line of a file of proc(5) that begins so.
func field(path, name string) string {
	content, _ := os.ReadFile(path)
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "?"
}
