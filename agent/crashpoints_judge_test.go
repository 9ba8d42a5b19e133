package agent_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk/disktest"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/pipeline/pipelinetest"
)

// judge holds what is on the disk against what was written to the log: at once what is committed, in the end everything.
func (m *machine) judge(last bool) {
	holds := [2][]string{m.archived(last), m.server.held}
	for i, place := range places {
		done := m.committed(place.dir)
		if last {
			done = len(m.log.records)
		}
		books, delivered, letters := pipelinetest.Fates(m.log.records[:done])
		if saved := m.load(place.dir); saved != nil {
			got := saved.Counts
			if got.Duplicate = 0; got != books {
				m.Damaged("%s: the books are %+v, want %+v", place.output, got, books)
			}
		}
		m.compare(place.output, "events", holds[i], delivered, last)
		m.compare(place.output, "dead letters", m.letters(place.dir), letters, last)
	}
	if last {
		m.tally.histories++
		m.tally.repeats += m.server.repeats
	}
}

// compare wants what is there to begin with what must be there, and to go on as the log does; in the end it is that.
func (m *machine) compare(output, what string, got, want []string, last bool) {
	if len(got) < len(want) || last && len(got) > len(want) || !slices.Equal(got[:len(want)], want) {
		m.Damaged("%s: of the committed %s there are\n%v, want\n%v", output, what, got, want)
	}
}

func (m *machine) load(dir string) *checkpoint.Checkpoint {
	c, err := checkpoint.NewStore(m.Admin(), dir, quiet).Load()
	if err != nil {
		m.Damaged("load: %v", err)
	}
	return c
}

func (m *machine) committed(dir string) int {
	if c := m.load(dir); c != nil {
		return int(c.Counts.Read)
	}
	return 0
}

func (m *machine) letters(dir string) (all []string) {
	if err := deadletter.Read(m.Admin(), pipelinetest.Letters(dir), func(l deadletter.Letter) bool { all = append(all, string(l.Record)); return true }); err != nil {
		m.Damaged("dead letters: %v", err)
	}
	return all
}

// archived are the audit IDs in the files of the archive. A torn end is no event, and in the end there is none.
func (m *machine) archived(last bool) []string {
	ids, err := pipelinetest.Shipped(m.Admin(), shipped)
	if err != nil && last {
		m.Damaged("archive: %v", err)
	}
	return ids
}

// open opens a pipeline. If a slot of its checkpoint is torn, by what we can tell without the agent, it has to say so.
func (m *machine) open(p *pipeline.Pipeline, dir string) error {
	torn := 0
	for _, slot := range checkpoint.Slots {
		if content, err := disktest.Read(m.Admin(), filepath.Join(dir, slot)); err == nil && !whole(content) {
			torn++
		}
	}
	m.told.Reset()
	if err := p.Open(); err != nil {
		return err
	}
	if torn > 0 && !strings.Contains(m.told.String(), "checkpoint is damaged") {
		m.Damaged("%s goes on from another checkpoint than the newest, and does not say so", p.Name())
	}
	m.tally.fallbacks += torn
	return nil
}

// whole checks a slot as a reader of the format would who does not know the agent.
func whole(slot []byte) bool {
	header, body, _ := bytes.Cut(slot, []byte("\n"))
	var generation, length int
	var sum string
	if _, err := fmt.Sscanf(string(header), "auditship checkpoint v1 generation %d bytes %d sha256 %s", &generation, &length, &sum); err != nil || length > len(body) {
		return false
	}
	return sum == fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%d\n%s", generation, body[:length])))
}

// tally is what happened in all histories.
type tally struct{ histories, kills, losses, stops, repeats, fallbacks int }

// ended counts how a life has ended: in the middle of a call, or by a stop.
func (a *tally) ended(crashed bool, how disktest.How) {
	switch {
	case !crashed:
		a.stops++
	case how == disktest.PowerLoss:
		a.losses++
	default:
		a.kills++
	}
}

func (a *tally) report(t *testing.T) {
	t.Logf("%d seeds: %d kills and %d power losses in the middle of a call, %d stops; %d batches came again and were hidden, %d torn checkpoints were told of",
		a.histories, a.kills, a.losses, a.stops, a.repeats, a.fallbacks)
	if a.histories >= crashPoints && (a.repeats == 0 || a.fallbacks == 0) {
		t.Error("the crashes did not come at the moments that count")
	}
}

// journal is what the agent logged in one life.
type journal struct {
	mu sync.Mutex
	bytes.Buffer
}

func (j *journal) Enabled(context.Context, slog.Level) bool { return true }
func (j *journal) WithAttrs([]slog.Attr) slog.Handler       { return j }
func (j *journal) WithGroup(string) slog.Handler            { return j }

func (j *journal) Handle(_ context.Context, r slog.Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.WriteString(r.Message + "\n")
	return nil
}
