package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/rules"
)

// world is a log that grows, a destination, and a pipeline between them that crashes and stops at random moments.
type world struct {
	t      *testing.T
	random *rand.Rand
	log    *log
	server *server
	dir    string
	noise  *rules.Rules
	lines  []string // to come
}

func newWorld(t *testing.T, seed uint64) *world {
	random := rand.New(rand.NewPCG(seed, 0))
	noise, err := rules.Compile(rules.List{Name: "policy", NoMatch: rules.RequestResponse, Rules: []rules.Rule{{Level: "None", Verbs: []string{"get"}}}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, random: random, log: newLog(), dir: t.TempDir(), noise: noise, lines: lines(t, 600)}
	for i := 0; i < len(w.lines); i += 1 + random.IntN(40) {
		w.lines[i] = fmt.Sprintf("no event %d", i)
	}
	for i := 1; i < len(w.lines); i += 1 + random.IntN(3) {
		w.lines[i] = tokenLine(random, i)
	}
	w.server = &server{t: t, random: rand.New(rand.NewPCG(seed, 1)), shown: map[event.ID]int{}, forms: map[event.ID]string{}, intents: seed%2 == 0, side: 1}
	if !w.server.intents {
		w.server.side += random.IntN(3)
	}
	return w
}

// tokenLine is an event that has a token made, or one of a call with such a token: it tells who had it made.
func tokenLine(random *rand.Rand, i int) string {
	const made = `{"auditID":"%d","stage":"ResponseComplete","verb":"%s","user":{"username":"jane-%d"},"objectRef":{"resource":"serviceaccounts","subresource":"token"},` +
		`"annotations":{"authentication.kubernetes.io/issued-credential-id":"JTI=%d"}}`
	const used = `{"auditID":"%d","stage":"ResponseComplete","verb":"list","user":{"username":"system:serviceaccount:ci:b","extra":{"authentication.kubernetes.io/credential-id":["JTI=%d"]}}}`
	if random.IntN(2) == 0 {
		return fmt.Sprintf(made, i, []string{"create", "get"}[random.IntN(2)], i, i)
	}
	return fmt.Sprintf(used, i, max(0, i-random.IntN(40)))
}

// live is one life of the agent: it ends at end of the log, with a stop, or with a crash.
func (w *world) live(once bool) ledger.Snapshot {
	w.server.life++
	alive := &mortal{}
	w.server.disk = alive
	quiet := slog.New(slog.DiscardHandler)
	p := New(Config{
		InputName: "in", OutputName: "out", Once: once, MaxBytes: 64 << 10, MaxEvents: 1 + w.random.IntN(30), MaxEventBytes: 16 << 20,
		Linger: time.Duration(w.random.IntN(3)) * 200 * time.Millisecond, StopWithin: time.Duration(w.random.IntN(3)) * time.Second,
	}, Parts{
		Input: w.log, Output: w.server, Rules: w.noise, Enricher: enrich.New(enrich.Config{Cluster: "c", Node: "n"}), Store: checkpoint.NewStore(alive, w.dir, quiet),
		DeadLetters: deadletter.NewFile(alive, filepath.Join(w.dir, "dead"), deadletter.Limits{MaxBytes: 1 << 30}),
		Gate:        NewGate(), Metrics: ledger.NewMetrics(), Log: quiet,
	})
	if err := p.Open(); err != nil {
		w.t.Fatal(err)
	}
	if w.random.IntN(5) == 0 {
		p.StopWithin = 0
	}
	w.log.hidden, w.log.slow = !once && w.random.IntN(5) == 0, time.Duration(w.random.IntN(50))*time.Millisecond
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	ended := make(chan error)
	go func() { ended <- p.Run(ctx) }()
	if !once {
		w.write()
		if w.random.IntN(2) == 0 {
			alive.dead.Store(true)
		}
		stop()
	}
	if err := <-ended; err != nil {
		w.t.Fatal(err)
	}
	return p.Ledger().Snapshot()
}

// write has the log grow for a while.
func (w *world) write() {
	for range w.random.IntN(12) {
		n := min(w.random.IntN(20), len(w.lines))
		w.log.append(w.lines[:n]...)
		w.lines = w.lines[n:]
		time.Sleep(time.Duration(w.random.IntN(1500)) * time.Millisecond)
	}
}

// fates are what must become of the first n records.
func (w *world) fates(n int) (want ledger.Counts, delivered []event.ID, letters []string) {
	for _, r := range w.log.records[:n] {
		id := event.Sum(r.Data)
		want.Read++
		switch {
		case strings.Contains(string(r.Data), `"verb":"get"`):
			want.Filtered++
		case r.Data[0] != '{' || doomed(id):
			want.DeadLettered++
			letters = append(letters, string(r.Data))
		default:
			want.Delivered++
			delivered = append(delivered, id)
		}
	}
	return want, delivered, letters
}

// check holds the checkpoint against what happened: nothing before the cursor is missing, and its books are right.
func (w *world) check() (at int) {
	w.t.Helper()
	s := checkpoint.NewStore(disk.OS{}, w.dir, slog.New(slog.DiscardHandler))
	c, err := s.Load()
	if err != nil || c == nil {
		return 0
	}
	if err := json.Unmarshal(c.Cursor, &at); err != nil {
		w.t.Fatal(err)
	}
	want, delivered, letters := w.fates(at)
	for i, id := range delivered {
		if w.server.shown[id] == 0 {
			w.t.Fatalf("life %d: the checkpoint is at %d, and event %d was not accepted", w.server.life, at, i)
		}
	}
	var set []string
	if err := deadletter.Read(disk.OS{}, filepath.Join(w.dir, "dead"), func(l deadletter.Letter) bool { set = append(set, string(l.Record)); return true }); err != nil {
		w.t.Fatal(err)
	}
	for _, record := range letters {
		if !slices.Contains(set, record) {
			w.t.Fatalf("life %d: the checkpoint is at %d, and a dead letter is missing", w.server.life, at)
		}
	}
	got := c.Counts
	got.Duplicate = 0
	if got != want {
		w.t.Fatalf("life %d: books at %d: %+v, want %+v", w.server.life, at, got, want)
	}
	return at
}

// TestNoCrashLosesOrHidesAnything crashes and stops a pipeline at random moments, until all is shipped.
func TestNoCrashLosesOrHidesAnything(t *testing.T) {
	repeats, traced := 0, 0
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, seed)
				for before := 0; len(w.lines) > 0; {
					w.live(false)
					at := w.check()
					if at < before {
						t.Fatalf("life %d: the checkpoint went back from %d to %d", w.server.life, before, at)
					}
					before = at
				}
				s := w.live(true)
				if at := w.check(); at != 600 || s.InFlight() != 0 || s.BytesInFlight != 0 || s.Read != 600 {
					t.Errorf("at the end: checkpoint at %d, books %+v", at, s)
				}
				repeats += w.server.repeats
				for _, form := range w.server.forms {
					traced += strings.Count(form, `"minted_by":"jane-`)
				}
			})
		})
	}
	if traced == 0 {
		t.Error("no event tells who had its token made")
	}
	if repeats == 0 {
		t.Error("no crash fell into the time in which events are sent and not committed")
	}
}
