package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/backend"
)

// reloading is an agent whose configuration changes, as kubelet changes a mounted ConfigMap.
type reloading struct {
	t       *testing.T
	config  *agent.Config
	process *agent.Process
	mount   string // what the file links into
	version int
	taken   int // changes that the agent has judged
	longest time.Duration
}

// mountConfig makes the links that kubelet makes: FILE -> ..data/FILE, ..data -> VERSION.
func mountConfig(t *testing.T, config *agent.Config) *reloading {
	t.Helper()
	r := &reloading{t: t, config: config, mount: filepath.Join(filepath.Dir(config.Path()), "mount")}
	must(t, os.Mkdir(r.mount, 0o755))
	r.swap()
	must(t, os.RemoveAll(config.Path()))
	must(t, os.Symlink(filepath.Join("mount", "..data", "auditship.yaml"), config.Path()))
	return r
}

// swap puts a new version in place of the one before, in one step, and removes that.
func (r *reloading) swap(more ...string) {
	r.t.Helper()
	text, err := r.config.Text()
	must(r.t, err)
	r.version++
	name := func(version int) string { return fmt.Sprintf("..%d", version) }
	must(r.t, os.Mkdir(filepath.Join(r.mount, name(r.version)), 0o755))
	must(r.t, os.WriteFile(filepath.Join(r.mount, name(r.version), "auditship.yaml"), append(text, strings.Join(more, "")...), 0o600))
	must(r.t, os.Symlink(name(r.version), filepath.Join(r.mount, "..tmp")))
	must(r.t, os.Rename(filepath.Join(r.mount, "..tmp"), filepath.Join(r.mount, "..data")))
	must(r.t, os.RemoveAll(filepath.Join(r.mount, name(r.version-1))))
}

// judged waits until the agent has taken in the change, or refused it. It asks for that unless it is to be seen without.
func (r *reloading) judged(result string, ask bool) {
	r.t.Helper()
	began := time.Now()
	if ask {
		must(r.t, r.process.Signal([]syscall.Signal{syscall.SIGHUP, syscall.SIGUSR2}[r.taken%2]))
	}
	r.taken++
	for labels := (agent.Labels{"target": "config"}); ; time.Sleep(5 * time.Millisecond) {
		metrics, err := r.process.Metrics(r.t.Context())
		if err != nil && time.Since(began) < 3*time.Minute {
			continue // the machine is busy
		}
		must(r.t, err)
		if got := metrics.Sum("auditship_reloads_total", labels); int(got) >= r.taken {
			failed := metrics.Sum("auditship_reload_failed", labels) == 1
			if int(got) > r.taken || failed != (result == "failed") {
				r.t.Errorf("change %d: %v changes were judged, failed %v; want %s", r.taken, got, failed, result)
			}
			break
		}
		if time.Since(began) > 3*time.Minute {
			r.t.Fatalf("change %d was not judged in three minutes", r.taken)
		}
	}
	if ask {
		r.longest = max(r.longest, time.Since(began))
	}
}

func (r *reloading) output(name string) *agent.Output {
	for i := range r.config.Outputs {
		if r.config.Outputs[i].Name == name {
			return &r.config.Outputs[i]
		}
	}
	return nil
}

// TestReloads changes the configuration again and again while the log is written and rotates, with one real server.
func TestReloads(t *testing.T) {
	startElasticsearch(t)
	dir := newDir(t)
	changes := pick(40, 200)
	writer := newWriter(t, dir, 4, 20)
	search, archive, still := toIndices(t, "reloads"), toFile(dir, "archive", agent.File{}), toFile(dir, "still", agent.File{})
	extra := toFile(dir, "extra", agent.File{})
	secret := filepath.Join(dir, "password")
	giveSecret(t, secret, backend.ElasticAgentPassword)
	config := newConfig(t, dir, writer.Path, []destination{search, archive, still, extra})
	search.Elasticsearch.Password, search.Elasticsearch.Secret = "", secret
	config.Memory = map[string]string{"max_bytes": "96MiB"} // with less, the usual size of batches to files depends on how many outputs there are
	r := mountConfig(t, config)
	r.process = start(t, r.config)
	must(t, r.process.Await(t.Context(), func(agent.Metrics) bool { return true }))
	end := generateUntil(t, writer, generator(t, 7), 300<<10)
	for i := range changes {
		r.change(i, extra.Output)
		switch i {
		case changes / 2:
			giveSecret(t, secret, "not-the-password")
		case changes/2 + 2:
			giveSecret(t, secret, backend.ElasticAgentPassword)
		}
	}
	end()
	if r.output("extra") == nil {
		r.config.Outputs = append(r.config.Outputs, extra.Output)
		r.swap()
		r.judged("done", true)
	}
	all := []destination{search, archive, still, extra}
	settle(t, r.process, writer.Lines, 5*time.Minute, names(all)...)
	checkExact(t, readJournal(t, writer), all)
	log, err := os.ReadFile(filepath.Join(dir, "agent.log"))
	must(t, err)
	stops := func(output string) int {
		return strings.Count(string(log), `msg="pipeline stopped" pipeline=apiserver/`+output+" ")
	}
	t.Logf("%d changes, the longest %v; stops: search %d, archive %d, extra %d, still %d", r.taken, r.longest.Round(time.Millisecond), stops("search"), stops("archive"), stops("extra"), stops("still"))
	// Each change of five concerns one of them; the fourth output comes with one and goes with the next.
	if stops("still") != 1 || stops("search") < changes/6 || stops("archive") < changes/6 || stops("extra") < changes/10 {
		t.Error("not those pipelines were stopped that the changes concerned")
	}
}

// change makes the n-th change.
func (r *reloading) change(n int, extra agent.Output) {
	r.t.Helper()
	result, more := "done", ""
	switch n % 5 {
	case 0:
		r.output("search").Timeout = fmt.Sprintf("%ds", 20+n%10)
	case 1:
		r.output("archive").Timeout = fmt.Sprintf("%ds", 20+n%10)
	case 2: // one that was removed comes again, where it ended
		if r.output("extra") == nil {
			r.config.Outputs = append(r.config.Outputs, extra)
		} else {
			r.config.Outputs = r.config.Outputs[:3]
		}
	case 3:
		result, more = "failed", "clutser: x\n"
	case 4: // rules need no stop
		more = fmt.Sprintf("policy: [{name: rule-%d, level: None, users: [nobody-at-all]}]\n", n)
	}
	r.swap(more)
	r.judged(result, n%50 != 49)
}

// giveSecret puts another password into the agent's file, in one step.
func giveSecret(t *testing.T, file, password string) {
	t.Helper()
	must(t, os.WriteFile(file+".new", []byte(password), 0o600))
	must(t, os.Rename(file+".new", file))
}
