package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/verify"
)

// TestPrinted has a recording of what kube-apiserver prints, events and klog's lines in one stream, go through a container's log: long lines in
// parts, standard error between them, rotation and compression by kubelet's scheme, while the agent is killed again and again, and
// stays away for a while each time. What the stream holds arrives, each event once, none torn, none invented.
func TestPrinted(t *testing.T) {
	const parts, backups = 24, 4
	stream, err := auditlog.Printed("..")
	must(t, err)
	log, ends := printedEvents(t, stream)
	dir := newDir(t)
	printed, err := auditlog.NewContainerLog(filepath.Join(dir, "pods", "kube-system_kube-apiserver-cp-1_0a1b", "kube-apiserver"), backups)
	must(t, err)
	archive := toFile(dir, "archive", agent.File{})
	config := newConfig(t, dir, "", []destination{archive})
	config.Inputs = []agent.Input{{Name: "printed", ContainerLog: &agent.ContainerLogInput{Path: filepath.Join(dir, "pods", "*", "kube-apiserver", "*.log")}}}
	process := start(t, config)
	done, kills := 0, 0
	more := func() { done += printPart(t, printed, stream[done:], len(stream)/parts) }
	for ; done < len(stream); kills++ {
		time.AfterFunc(rand.N(300*time.Millisecond), process.Kill)
		more()
		process.Kill()
		more() // nobody reads
		process = start(t, config)
		whole, _ := slices.BinarySearch(ends, done)
		await(t, process, func(m agent.Metrics) bool { return m.Events("archive", "read") >= whole })
	}
	must(t, printed.Close())
	await(t, process, func(m agent.Metrics) bool { return m.Events("archive", "delivered") >= log.Len() })
	if torn := scrape(t, process).Events("archive", "dead_lettered"); torn > 0 {
		t.Errorf("%d dead letters", torn)
	}
	must(t, process.Stop(t.Context()))
	t.Logf("%d rotations, %d kills", printed.Rotations, kills)
	checkExact(t, log, []destination{archive})
}

func await(t *testing.T, process *agent.Process, done func(agent.Metrics) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	must(t, process.Await(ctx, done))
}

// printPart prints lines of so many bytes, at least one. The log is rotated once on the way: within a line in parts, if there is one.
func printPart(t *testing.T, to *auditlog.ContainerLog, stream []byte, size int) (printed int) {
	t.Helper()
	rotated := false
	for line := range bytes.Lines(stream) {
		if printed > 0 && printed+len(line) > size {
			break
		}
		if !rotated && (len(line) > 20_000 || printed > size*3/4) {
			to.Rotate()
			rotated = true
		}
		must(t, to.Print(bytes.TrimSuffix(line, []byte{'\n'})))
		printed += len(line)
	}
	return printed
}

// printedEvents finds the events in what was printed, and where they end, by a way of its own: it reads JSON from wherever an event begins, which no text
// in an event can look like. So it does not know of lines; where an event was cut it ends the test.
func printedEvents(t *testing.T, stream []byte) (log *verify.Log, ends []int) {
	t.Helper()
	begin := []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/v1"`)
	log = &verify.Log{}
	for at := bytes.Index(stream, begin); at >= 0; {
		var event json.RawMessage
		must(t, json.NewDecoder(bytes.NewReader(stream[at:])).Decode(&event))
		log.Add(event)
		ends = append(ends, at+len(event))
		next := bytes.Index(stream[at+1:], begin)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	t.Logf("%d events in %d bytes", log.Len(), len(stream))
	return log, ends
}
