package kafka

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/inputs"
)

// apart is a reader without a group.
func apart() *reader {
	return &reader{fetched: make(chan chunk, 100), trouble: make(chan trouble, 1), at: map[place]int64{}}
}

func (r *reader) begun() *generation {
	g := newGeneration(nil)
	r.live.Store(g)
	return g
}

func message(partition int, offset int64) kafka.Message {
	return kafka.Message{Topic: "audit", Partition: partition, Offset: offset, HighWaterMark: offset + 3, Value: []byte(`{"kind":"Event"}`)}
}

func (r *reader) reads(t *testing.T, want ...int64) {
	t.Helper()
	for _, offset := range want {
		if _, err := r.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.at[place{topic: "audit", partition: int(offset / 1000)}]; got != offset+1 {
			t.Fatalf("behind offset %d: at %d", offset, got)
		}
	}
}

func (r *reader) fetches(g *generation, offsets ...int64) {
	for _, offset := range offsets {
		m := message(int(offset/1000), offset)
		r.fetched <- chunk{by: g, place: place{topic: m.Topic, partition: m.Partition}, messages: []kafka.Message{m}}
	}
}

// broker is the group's offsets.
type broker struct {
	offsets map[int]int64
	calls   int
	err     error
}

func (b *broker) commit(offsets map[string]map[int]int64) error {
	b.calls++
	if b.err == nil {
		maps.Copy(b.offsets, offsets["audit"])
	}
	return b.err
}

// TestRebalance: a partition that another member has got by now is no more in what is committed, neither what was read of it before nor
// what was on its way. The broker would take it, and the other's work would be done again.
func TestRebalance(t *testing.T) {
	r, b := apart(), &broker{offsets: map[int]int64{}}
	first := r.begun()
	r.fetches(first, 10, 11, 1005)
	r.reads(t, 10, 11, 1005)
	before := r.Cursor()
	r.fetches(first, 1006) // fetched, and not read yet

	second := r.begun() // without partition 1
	r.fetches(second, 11, 12)
	r.reads(t, 11, 12)
	r.Commit(before)
	if due := r.due(second); due != nil {
		t.Errorf("of the generation before, %v is due", due)
	}
	r.Commit(r.Cursor())
	if err := second.commit(r.due(second), b.commit); err != nil || !maps.Equal(b.offsets, map[int]int64{0: 13}) {
		t.Errorf("committed %v, %v", b.offsets, err)
	}
}

// TestCommit: what is committed already is not committed again, what failed is.
func TestCommit(t *testing.T) {
	r, b := apart(), &broker{offsets: map[int]int64{}, err: kafka.RebalanceInProgress}
	g := r.begun()
	r.fetches(g, 1, 1001)
	r.reads(t, 1, 1001)
	r.Commit(r.Cursor())
	if err := g.commit(r.due(g), b.commit); !errors.Is(err, kafka.RebalanceInProgress) {
		t.Error(err)
	}
	b.err = nil
	for range 2 {
		if err := g.commit(r.due(g), b.commit); err != nil {
			t.Error(err)
		}
	}
	if b.calls != 2 || !maps.Equal(b.offsets, map[int]int64{0: 2, 1: 1002}) {
		t.Errorf("%d commits: %v", b.calls, b.offsets)
	}
	delete(b.offsets, 0)
	r.fetches(g, 1002)
	r.reads(t, 1002)
	r.Commit(r.Cursor())
	if err := g.commit(r.due(g), b.commit); err != nil || !maps.Equal(b.offsets, map[int]int64{1: 1003}) {
		t.Errorf("committed %v, %v", b.offsets, err)
	}
}

// TestTrouble: a partition without a leader delays no other one; when there is nothing else it is told, as long as it is news.
func TestTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := apart()
		g := r.begun()
		lost, newer := errors.New("no leader"), errors.New("no leader yet")
		r.complain(lost)
		r.complain(newer)
		r.fetches(g, 1, 2)
		r.reads(t, 1, 2)
		if _, err := r.Next(t.Context()); err != newer {
			t.Errorf("got %v", err)
		}
		r.complain(lost)
		time.Sleep(telling)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("old trouble: %v", err)
		}
	})
}

// TestGap: what Kafka has deleted is told once, and the position is behind it; of a partition that another member has now, nothing is.
func TestGap(t *testing.T) {
	r, b := apart(), &broker{offsets: map[int]int64{}}
	gap := chunk{by: r.begun(), place: place{topic: "audit", partition: 1}, gap: &inputs.GapError{File: "audit/1", From: -1, To: -1, Reason: "deleted"}, behind: 1500}
	r.fetched <- gap
	g := r.begun()
	gap.by = g
	r.fetched <- gap
	r.fetches(g, 1500)
	if _, err := r.Next(t.Context()); err != error(gap.gap) {
		t.Errorf("got %v", err)
	}
	r.Commit(r.Cursor())
	if err := g.commit(r.due(g), b.commit); err != nil || !maps.Equal(b.offsets, map[int]int64{1: 1500}) {
		t.Errorf("committed %v, %v", b.offsets, err)
	}
	r.reads(t, 1500)
}

// TestNextAfterTheEnd: what is there is returned also when the context has ended.
func TestNextAfterTheEnd(t *testing.T) {
	r := apart()
	g := r.begun()
	r.fetches(g, 1, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		if _, err := r.Next(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if lag := r.Lag().Bytes; lag != 2*int64(len(message(0, 2).Value)) {
		t.Errorf("lag %d", lag)
	}
}

// TestLimited: a broker that takes a request and never answers is given up.
func TestLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		defer ours.Close()
		c := limited{ours}
		for name, try := range map[string]func() error{
			"read":  func() error { _, err := c.Read(make([]byte, 1)); return err },
			"write": func() error { _, err := c.Write(make([]byte, 1)); return err },
		} {
			if err := errors.Join(c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{})); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			if err := try(); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != dialTimeout {
				t.Errorf("%s: %v after %v", name, err, time.Since(begin))
			}
		}
	})
}

// TestUnreachable: kafka-go keeps its membership while no broker can be dialed, and what is told is why.
func TestUnreachable(t *testing.T) {
	m := newMember(New(Config{Brokers: []string{"127.0.0.1:1"}}, slog.New(slog.DiscardHandler)), "audit-search", "", apart())
	_, err := m.dialer().DialContext(t.Context(), "tcp", "127.0.0.1:1")
	if !errors.Is(err, kafka.RebalanceInProgress) || !errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "ebalance") {
		t.Errorf("got %v", err)
	}
}

// TestCloseAlone: a reader whose brokers are not there ends, and tells why it has nothing.
func TestCloseAlone(t *testing.T) {
	in := New(Config{Brokers: []string{"127.0.0.1:1"}, Topics: []string{"audit"}}, slog.New(slog.DiscardHandler))
	r, err := in.Open(inputs.Options{Pipeline: "tier/search"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := r.Next(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("got %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestTime: how long a generation lasted is known when it has ended, however it was begun.
func TestTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &generation{}
		ctx, cancel := context.WithTimeout(t.Context(), momentary)
		defer cancel()
		g.time(ctx)
		if got := time.Duration(g.lasted.Load()); got != momentary {
			t.Errorf("lasted %v", got)
		}
		g.time(ctx)
		if got := g.lasted.Load(); got != 0 {
			t.Errorf("begun when it had ended, lasted %v", got)
		}
	})
}
