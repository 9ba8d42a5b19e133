package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/verify"
)

// TestHostileEvents ships what nobody but an attacker writes, to a file and, but for short runs, to all servers. Each line is
// delivered once or set aside with a reason, in the file exactly as the table says; what comes behind it is delivered; one
// that is longer than the reader's limit is a gap; and memory stays bounded.
func TestHostileEvents(t *testing.T) {
	dir := newDir(t)
	large := pick(5_000_000, 50_000_000)
	destinations := []destination{toFile(dir, "archive", agent.File{})}
	if !testing.Short() {
		startServers(t)
		destinations = toAll(t, dir, "hostile")
	}
	events := hostileEvents(large)
	log := writeHostile(t, dir, events, pick(140_000_000, 200_000_000))
	config := newConfig(t, dir, log.path, destinations)
	begin := time.Now()
	process := start(t, config, "--once")
	must(t, process.Wait(t.Context()))
	t.Logf("%d lines, %.0f MB in %.1f s, peak RSS %.0f MiB", len(log.fates), float64(log.bytes)/1e6, time.Since(begin).Seconds(), mebibytes(process.PeakRSS()))
	checkRSS(t, process, pick[int64](96, 384)<<20)
	for _, d := range destinations {
		log.check(t, d, letters(t, config, d.Name))
	}
	checkBooks(t, config, len(log.fates))
	checkPrinted(t, dir, config)
}

// hostileLog is what was written, and what must become of it.
type hostileLog struct {
	path  string
	bytes int
	fates map[verify.ID]hostile // by the ID of the record
}

// writeHostile puts a harmless event behind each hostile one. One line is longer than the reader takes.
func writeHostile(t *testing.T, dir string, events []hostile, tooLong int) *hostileLog {
	t.Helper()
	must(t, os.Mkdir(filepath.Join(dir, "log"), 0o700))
	l := &hostileLog{path: filepath.Join(dir, "log", "audit.log"), fates: map[verify.ID]hostile{}}
	file, err := os.Create(l.path)
	must(t, err)
	out := bufio.NewWriterSize(file, 1<<20)
	for i, h := range events {
		l.write(out, h)
		if i == len(events)/2 {
			n, _ := io.WriteString(out, strings.Repeat("x", tooLong)+"\n")
			l.bytes += n
		}
		l.write(out, hostile{name: "behind " + h.name, line: auditLine(1_000_000+i, nil)})
	}
	must(t, out.Flush())
	must(t, file.Close())
	return l
}

func (l *hostileLog) write(to io.Writer, h hostile) {
	n, _ := io.WriteString(to, h.line+"\n") // Flush tells
	l.bytes += n
	for part := range strings.SplitSeq(strings.Trim(h.line, "\x00"), "\x00") { // the reader cuts at NULs: no JSON has any
		l.fates[verify.Sum([]byte(part))] = h
	}
}

// letter is a dead letter as the state directory holds it.
type letter struct{ ID, Reason string }

func letters(t *testing.T, config *agent.Config, output string) map[verify.ID]string {
	t.Helper()
	reasons := map[verify.ID]string{}
	file, err := os.Open(filepath.Join(config.StateDir, "pipelines", "apiserver--"+output, "dead-letters.jsonl"))
	if os.IsNotExist(err) {
		return reasons
	}
	must(t, err)
	defer file.Close()
	for decoder := json.NewDecoder(file); ; {
		var l letter
		if err := decoder.Decode(&l); err == io.EOF {
			return reasons
		} else {
			must(t, err)
		}
		id, err := verify.ParseID(l.ID)
		must(t, err)
		if _, there := reasons[id]; there {
			t.Errorf("%s: %v is set aside twice", output, id)
		}
		reasons[id] = l.Reason
	}
}

// A reason is one of a few phrases and repeats nothing that an event or a server says.
var reasonForm = regexp.MustCompile(`^[A-Za-z][A-Za-z_ ]{2,60}$`)

func (l *hostileLog) check(t *testing.T, d destination, letters map[verify.ID]string) {
	t.Helper()
	times := map[verify.ID]int{}
	for delivery, err := range d.read(t.Context()) {
		must(t, err)
		id, err := deliveredID(delivery)
		must(t, err)
		times[id]++
	}
	refused := map[string][]string{}
	for id, h := range l.fates {
		reason, aside := letters[id]
		switch {
		case times[id] > 1 || times[id] == 1 && aside:
			t.Errorf("%s: %s is there %d times, and set aside: %v", d.Name, h.name, times[id], aside)
		case times[id] == 0 && !aside:
			t.Errorf("%s: %s is lost", d.Name, h.name)
		case aside && h.reason == "" && (d.File != nil || strings.HasPrefix(h.name, "behind ")):
			t.Errorf("%s: %s is set aside: %s", d.Name, h.name, reason)
		case h.reason != "" && !aside:
			t.Errorf("%s: %s is delivered, want %q", d.Name, h.name, h.reason)
		case h.reason != "" && reason != h.reason && h.reason != nulInside, aside && !reasonForm.MatchString(reason):
			t.Errorf("%s: %s is set aside with %q, want %q", d.Name, h.name, reason, h.reason)
		case aside && h.reason == "":
			refused[reason] = append(refused[reason], h.name)
		}
		delete(times, id)
	}
	for id := range times {
		t.Errorf("%s: %v is of no line", d.Name, id)
	}
	for _, reason := range slices.Sorted(maps.Keys(refused)) {
		slices.Sort(refused[reason])
		t.Logf("%s refuses for %s: %q", d.Name, reason, refused[reason])
	}
	t.Logf("%s: %d delivered, %d set aside", d.Name, len(l.fates)-len(letters), len(letters))
}

// deliveredID is the event ID in the agent's own object, which is the last in the body: what stands before it was written by
// attackers.
func deliveredID(d verify.Delivery) (verify.ID, error) {
	mark := []byte(`"auditship":{"id":"`)
	at := bytes.LastIndex(d.Body, mark)
	if at < 0 {
		return verify.ID{}, fmt.Errorf("%.100q has no object of the agent's", d.Body)
	}
	id, err := verify.ParseID(string(d.Body[at+len(mark):][:32]))
	if err == nil && d.ID != "" && d.ID != id.String() {
		err = fmt.Errorf("%v is named %q", id, d.ID)
	}
	return id, err
}

// checkBooks wants the ledger to account for every line, and for the gap.
func checkBooks(t *testing.T, config *agent.Config, lines int) {
	t.Helper()
	var all []struct {
		Output                          string
		Read, Delivered, Filtered, Gaps int
		DeadLettered                    int `json:"dead_lettered"`
		InFlight                        int `json:"in_flight"`
	}
	must(t, json.Unmarshal([]byte(command(t, config, "status", "--json")), &all))
	if len(all) != len(config.Outputs) {
		t.Errorf("%d pipelines have books, want %d", len(all), len(config.Outputs))
	}
	for _, b := range all {
		if b.Read != lines || b.Delivered+b.Filtered+b.DeadLettered != lines || b.Gaps != 1 || b.InFlight != 0 {
			t.Errorf("%d lines and one gap; the books say %+v", lines, b)
		}
	}
}

// checkPrinted wants nothing in what people read that a terminal would obey.
func checkPrinted(t *testing.T, dir string, config *agent.Config) {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(dir, "agent.log"))
	must(t, err)
	if bytes.Contains(log, []byte("panic")) || !bytes.Contains(log, []byte("line longer than 128 MiB")) {
		t.Errorf("the log is\n%s", log)
	}
	for name, text := range map[string]string{
		"agent.log": string(log), "status": command(t, config, "status"), "list": command(t, config, "dead-letters", "list"), "list --json": command(t, config, "dead-letters", "list", "--json"),
		"status --json": command(t, config, "status", "--json"), "checkpoint": command(t, config, "checkpoint", "show"),
	} {
		if at := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); at >= 0 {
			t.Errorf("%s prints %q", name, text[max(at-50, 0):min(at+50, len(text))])
		}
	}
}

// command runs one that ends by itself, and returns what it prints.
func command(t *testing.T, config *agent.Config, words ...string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(config.StateDir), "auditship.yaml")
	run := exec.CommandContext(t.Context(), string(binary), append(words, "-c", path)...)
	run.Stderr = io.Discard
	out, err := run.Output()
	must(t, err)
	return string(out)
}
