package stress

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/verify"
)

// found is what one reader of a log has of it.
type found struct {
	lines, missing, doubled int
	gaps                    []gap
	unexplained             int // lines that are missing and in no gap
}

func (f *found) add(o found) {
	f.lines += o.lines
	f.missing += o.missing
	f.doubled += o.doubled
	f.unexplained += o.unexplained
	f.gaps = append(f.gaps, o.gaps...)
}

// percent is how much of the lines arrived.
func (f *found) percent() string {
	return fmt.Sprintf("%.2f %%", 100*float64(f.lines-f.missing)/float64(max(f.lines, 1)))
}

// gap is a loss that the agent told of, in its log.
type gap struct {
	Msg         string
	File        string
	From, To    int64
	First, Last time.Time
	Reason      string
}

// judge holds what arrived against the journal. A missing line is explained by a gap in whose time it was written.
func judge(t *testing.T, l *log, arrived map[verify.ID]int, gaps []gap) found {
	t.Helper()
	f := found{gaps: gaps}
	for _, line := range linesOf(t, l.journal) {
		f.lines++
		switch times := arrived[verify.Sum(line)]; {
		case times == 0:
			f.missing++
			if !explained(line, gaps) {
				f.unexplained++
			}
		case times > 1:
			f.doubled++
		}
	}
	return f
}

func explained(line []byte, gaps []gap) bool {
	var event struct{ StageTimestamp time.Time }
	if json.Unmarshal(line, &event) != nil {
		return false
	}
	for _, g := range gaps {
		if g.First.IsZero() || g.Last.IsZero() {
			continue // it would explain everything
		}
		if !event.StageTimestamp.Before(g.First) && !event.StageTimestamp.After(g.Last) {
			return true
		}
	}
	return false
}

// shipped are the events in an output of the agent.
func shipped(t *testing.T, path string) map[verify.ID]int {
	t.Helper()
	ids := map[verify.ID]int{}
	for _, line := range linesOf(t, path) {
		var event struct{ Auditship struct{ ID string } }
		must(t, json.Unmarshal(line, &event))
		id, err := verify.ParseID(event.Auditship.ID)
		must(t, err)
		ids[id]++
	}
	return ids
}

// followed are the lines that nxadm/tail gave.
func followed(t *testing.T, path string) map[verify.ID]int {
	t.Helper()
	ids := map[verify.ID]int{}
	for _, line := range linesOf(t, path) {
		ids[verify.Sum(line)]++
	}
	return ids
}

// toldGaps are the gaps in the agent's log.
func toldGaps(t *testing.T, dir string) (all []gap) {
	t.Helper()
	for _, line := range linesOf(t, filepath.Join(dir, "agent.log")) {
		var g gap
		if json.Unmarshal(line, &g) == nil && g.Msg == "records are lost" {
			all = append(all, g)
		}
	}
	return all
}

func linesOf(t *testing.T, path string) (lines [][]byte) {
	t.Helper()
	file, err := os.Open(path)
	must(t, err)
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		lines = append(lines, bytes.Clone(scanner.Bytes()))
	}
	must(t, scanner.Err())
	return lines
}
