package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/inputs"
)

// survey is what a reader finds at a position, without reading on.
type survey struct {
	cursor inputs.Cursor
	unread int64     // bytes behind it; -1: unknown
	oldest time.Time // when the first event behind it happened, where known
	gaps   []ledger.Gap
}

// errGroup: to look would be to join the group.
var errGroup = errors.New("where a kafka input stands is its consumer group's matter: see kafka-consumer-groups.sh --reset-offsets")

func (a *agent) survey(ctx context.Context, w way, o inputs.Options) (s survey, err error) {
	if w.in.Kafka != nil {
		return s, errGroup
	}
	o.Pipeline = w.name()
	r, err := a.newInput(w.in).Open(o)
	if err != nil {
		return s, err
	}
	defer r.Close()
	s.cursor = r.Cursor()
	for {
		record, err := r.Next(inputs.Ended)
		s.unread = r.Lag().Bytes
		var gap *inputs.GapError
		switch {
		case errors.As(err, &gap):
			s.gaps = append(s.gaps, ledger.Gap{Noticed: time.Now().UTC(), File: gap.File, From: gap.From, To: gap.To, First: gap.First, Last: gap.Last, Reason: gap.Reason})
		case err == nil:
			s.oldest = timeOf(record.Data)
			return s, nil
		case err == io.EOF, ctx.Err() == nil && errors.Is(err, context.Canceled):
			return s, nil
		default:
			return s, fmt.Errorf("read input %s: %w", w.in.Name, err)
		}
	}
}

func timeOf(record []byte) (t time.Time) {
	var e event.Event
	if new(event.Decoder).Decode(record, &e) == nil {
		t, _ = e.Time(event.StageTimestamp)
	}
	return t
}

// standing surveys what lies behind a pipeline's checkpoint. Trouble with it is no reason not to leave it.
func (a *agent) standing(ctx context.Context, w way) survey {
	o := inputs.Options{Start: w.out.StartOf(w.in)}
	var last *checkpoint.Checkpoint
	var s survey
	store, err := a.store(w)
	if err == nil {
		last, err = store.Load()
	}
	if last != nil {
		o.Cursor = last.Cursor
	}
	if err == nil {
		s, err = a.survey(ctx, w, o)
	}
	if err != nil {
		a.log.Warn("what lies behind the present position can't be told", "pipeline", w.name(), "error", err)
		s.unread = -1
	}
	return s
}
