package kafka

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

// fixture are real events, each as it would reach an output.
func fixture(t testing.TB) []event.Event { return outputtest.Events(t)[:60] }

func decode(t testing.TB, line []byte) event.Event {
	t.Helper()
	var (
		e       event.Event
		decoder event.Decoder
	)
	if err := decoder.Decode(line, &e); err != nil {
		t.Fatal(err)
	}
	e.ID = event.Sum(line)
	e.Enrichment = fmt.Appendf(nil, `{"id":%q`, e.ID)
	return e
}

// noise is n bytes of text that no codec makes much smaller.
func noise(n int) []byte {
	text, seed := make([]byte, n), uint64(n)
	for i := range text {
		seed = seed*6364136223846793005 + 1442695040888963407
		text[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[seed>>58]
	}
	return text
}

// large is an event with a body of n bytes that no codec makes much smaller.
func large(t testing.TB, n int) event.Event {
	t.Helper()
	return decode(t, fmt.Appendf(nil, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"%d","stage":"ResponseComplete",`+
		`"requestURI":"/api/v1/configmaps","verb":"create","user":{"username":"bob"},"requestObject":{"data":"%s"},`+
		`"requestReceivedTimestamp":"2026-11-22T11:50:28.000000Z","stageTimestamp":"2026-11-22T11:50:28.000000Z"}`, n, noise(n)))
}

// disk is what the pipeline keeps for an output, and the clock.
type disk struct {
	state     []byte
	pending   int
	writing   int // events in the Write under way
	saves     int
	unchecked int // sum of what the Acks said
	fail      error
	now       time.Time
}

func newDisk() *disk {
	return &disk{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
}

func (d *disk) save(_ context.Context, state []byte) error {
	if d.fail != nil {
		return d.fail
	}
	d.saves++
	d.state, d.pending = bytes.Clone(state), d.writing
	return nil
}

// start makes an output that resumes from the disk, as after a crash.
func (d *disk) start(t testing.TB, b kafka.RoundTripper, cfg Config) *Output {
	t.Helper()
	o := newOutput(t, b, cfg)
	o.now = func() time.Time { return d.now }
	if err := o.Open(t.Context(), outputs.Resume{State: d.state, Pending: d.pending, Save: d.save}); err != nil {
		t.Fatal(err)
	}
	return o
}

func newOutput(t testing.TB, b kafka.RoundTripper, cfg Config) *Output {
	t.Helper()
	cfg.Brokers, cfg.Topic = []string{"kafka:9092"}, "audit"
	o, err := New(cfg, outputs.Env{Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Cluster: "prod", Node: "cp-1", Timeout: time.Minute, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	o.link.trips = b
	return o
}

// write writes as the pipeline does: what is acknowledged is committed.
func (d *disk) write(ctx context.Context, o *Output, events []event.Event) (outputs.Ack, error) {
	d.writing = len(events)
	ack, err := o.Write(ctx, events)
	d.unchecked += ack.Unchecked
	if _, partial := err.(*outputs.PartialError); err == nil || partial {
		d.state, d.pending = bytes.Clone(ack.State), 0
	}
	return ack, err
}

// cut has events stored whose answers never come, so that all of them are in doubt.
func (b *broker) cut(t *testing.T, d *disk, o *Output, events []event.Event) {
	t.Helper()
	b.after = func(int32, int) (kafka.Error, error) { return 0, errCut }
	if _, err := d.write(t.Context(), o, events); err == nil {
		t.Fatal("no error")
	}
	b.after = nil
}

// ids are the IDs in the topic, with how often they stand there.
func (b *broker) ids() map[string]int {
	ids := make(map[string]int)
	for _, l := range b.logs {
		for _, r := range l.records {
			ids[r.id]++
		}
	}
	return ids
}

// holds checks that the topic holds exactly these events, once each.
func (b *broker) holds(t testing.TB, events []event.Event) {
	t.Helper()
	ids := b.ids()
	for i := range events {
		if n := ids[events[i].ID.String()]; n != 1 {
			t.Errorf("event %d stands %d times in the topic", i, n)
		}
		delete(ids, events[i].ID.String())
	}
	if len(ids) > 0 {
		t.Errorf("%d other events stand in the topic", len(ids))
	}
}
