package e2e_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/e2e/auditlog"
)

// leastRemoved is the share of the recorded run that has to go.
const leastRemoved = 0.85

// TestNoise ships the recorded run with the ready noise policy, and with that and rules for the automation of that cluster
// (configs/automation.yaml), and holds what is left against the list of what people did.
func TestNoise(t *testing.T) {
	run := readRun(t)
	table := &strings.Builder{}
	w := tabwriter.NewWriter(table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "policy\tevents\tremoved\tshare\tMB\tremoved\tshare\tby people\tremoved\t")
	left := run.count(func(string) bool { return true })
	fmt.Fprint(w, left.row("as recorded", left))
	for _, tt := range []struct {
		name, policy string
		least        float64
	}{{"noise.yaml", "policy_file", 0.1}, {"noise.yaml and automation.yaml", "", leastRemoved}} {
		kept := shipQuietly(t, tt.policy)
		got := run.count(func(id string) bool { return kept[id] })
		fmt.Fprint(w, got.row(tt.name, left))
		if removed := 1 - float64(got.events)/float64(left.events); removed < tt.least {
			t.Errorf("%s removes %.1f%% of the events, want %.0f%%", tt.name, 100*removed, 100*tt.least)
		}
		for place, id := range run.people {
			if !kept[id] {
				t.Errorf("%s removes what a person did: %s", tt.name, place)
			}
		}
	}
	must(t, w.Flush())
	t.Logf("\n%s", table)
}

// recordedRun are the lines of the recorded log and those of them that people are the reason of.
type recordedRun struct {
	lines  map[string]int    // lengths by event ID
	people map[string]string // event IDs by file and line: audit IDs are chosen by clients, and repeat
}

// readRun reads the log and actions.jsonl beside its directory.
func readRun(t *testing.T) *recordedRun {
	t.Helper()
	dir, err := auditlog.Corpus(t.Context())
	must(t, err)
	actions, err := os.Open(filepath.Join(dir, "..", "actions.jsonl"))
	if err != nil {
		t.Skipf("what people did in this recording is not written down: %v", err)
	}
	defer actions.Close()
	run := &recordedRun{map[string]int{}, map[string]string{}}
	ids := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "audit*.log"))
	must(t, err)
	for _, file := range files {
		eachLine(t, file, func(number int, line []byte) {
			id := eventID(line)
			run.lines[id] = len(line) + 1
			ids[place(filepath.Base(file), number)] = id
		})
	}
	run.readActions(t, actions, ids)
	return run
}

// action is what actions.jsonl says of one; see the README.md beside it.
type action struct {
	Requests []struct {
		Events []struct {
			File string
			Line int
			User string
		}
	}
}

func (r *recordedRun) readActions(t *testing.T, from *os.File, ids map[string]string) {
	t.Helper()
	decoder := json.NewDecoder(from)
	for decoder.More() {
		var a action
		must(t, decoder.Decode(&a))
		for _, request := range a.Requests {
			for _, e := range request.Events {
				at := place(e.File, e.Line)
				if ids[at] == "" {
					t.Fatalf("%s is not in the log", at)
				}
				if !strings.HasPrefix(e.User, "system:node:") { // the kubelets of the scenario are no people
					r.people[at] = ids[at]
				}
			}
		}
	}
	if len(r.people) < 100 {
		t.Fatalf("only %d events of people", len(r.people))
	}
}

func place(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }

func eventID(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:16])
}

func eachLine(t *testing.T, file string, do func(number int, line []byte)) {
	t.Helper()
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for number := 1; lines.Scan(); number++ {
		do(number, lines.Bytes())
	}
	must(t, lines.Err())
}

// remainder is what is left of a run.
type remainder struct{ events, bytes, people int }

func (r *recordedRun) count(kept func(id string) bool) (left remainder) {
	for id, length := range r.lines {
		if kept(id) {
			left.events, left.bytes = left.events+1, left.bytes+length
		}
	}
	for _, id := range r.people {
		if kept(id) {
			left.people++
		}
	}
	return left
}

// row is a line of the table; bytes are those of the recorded lines.
func (r remainder) row(name string, all remainder) string {
	share := func(part, whole int) float64 { return 100 * float64(whole-part) / float64(whole) }
	return fmt.Sprintf("%s\t%d\t%d\t%.1f%%\t%.1f\t%.1f\t%.1f%%\t%d\t%d\t\n", name, r.events, all.events-r.events, share(r.events, all.events),
		float64(r.bytes)/1e6, float64(all.bytes-r.bytes)/1e6, share(r.bytes, all.bytes), r.people, all.people-r.people)
}

// shipQuietly ships the recorded log with configs/automation.yaml, or with one of its keys alone, and gives the IDs of what arrives.
func shipQuietly(t *testing.T, key string) map[string]bool {
	t.Helper()
	dir := newDir(t)
	corpus, err := auditlog.Corpus(t.Context())
	must(t, err)
	must(t, auditlog.Copy(corpus, filepath.Join(dir, "log")))
	config := filepath.Join(dir, "auditship.yaml")
	must(t, os.WriteFile(config, noiseConfig(t, dir, key), 0o600))
	command := exec.CommandContext(t.Context(), string(binary), "run", "--once", "-c", config)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	kept := map[string]bool{}
	eachLine(t, filepath.Join(dir, "events.jsonl"), func(_ int, line []byte) {
		var e struct{ Auditship struct{ ID string } }
		must(t, json.NewDecoder(bytes.NewReader(line)).Decode(&e))
		kept[e.Auditship.ID] = true
	})
	return kept
}

// noiseConfig is the example with other paths. What protects and redacts is as the example has it: on.
func noiseConfig(t *testing.T, dir, only string) []byte {
	t.Helper()
	text, err := os.ReadFile("../configs/automation.yaml")
	must(t, err)
	var config map[string]any
	must(t, yaml.Unmarshal(text, &config))
	if only != "" {
		delete(config, "policy")
	}
	noise, err := filepath.Abs("../configs/policies/noise.yaml")
	must(t, err)
	for key, value := range map[string]any{
		"policy_file": noise, "node": "node-1", "state_dir": filepath.Join(dir, "state"), "listen": "127.0.0.1:0", "admin": "unix://" + filepath.Join(dir, "admin.sock"),
		"inputs":  []any{map[string]any{"name": "apiserver", "file": map[string]any{"path": filepath.Join(dir, "log", "audit.log")}}},
		"outputs": []any{map[string]any{"name": "archive", "file": map[string]any{"path": filepath.Join(dir, "events.jsonl")}}},
	} {
		config[key] = value
	}
	changed, err := yaml.Marshal(config)
	must(t, err)
	return changed
}

// TestPolicyVolume weighs the ready policies for kube-apiserver on the recorded run: docs/audit-policy.md has the table.
func TestPolicyVolume(t *testing.T) {
	corpus, err := auditlog.Corpus(t.Context())
	must(t, err)
	output, err := exec.CommandContext(t.Context(), string(binary), "policy", "volume", "../configs/policies/minimal.yaml", "../configs/policies/recommended.yaml",
		"../configs/policies/strict.yaml", "--log", corpus).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	t.Logf("\n%s", output)
}
