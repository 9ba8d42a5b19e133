package spool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/auditship/auditship/inputs"
)

// RunFed is Run with what feeds the log. The log is looked after until ctx has ended and feed has returned.
func (l *Log) RunFed(ctx context.Context, feed func(context.Context) error) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ran := make(chan error, 1)
	go func() { ran <- l.Run(background) }()
	err := feed(ctx)
	<-ctx.Done()
	stop()
	return errors.Join(err, <-ran)
}

// Fed tells that nothing will be appended any more: readers that end with the log, end.
func (l *Log) Fed() { l.fed() }

// AppendGap tells all pipelines of records that were lost before they came here.
func (l *Log) AppendGap(ctx context.Context, gap *inputs.GapError) error {
	line, err := GapLine(gap)
	if err != nil {
		return err
	}
	return l.Append(ctx, [][]byte{line})
}

// GapLine is the record that tells of a gap.
func GapLine(gap *inputs.GapError) ([]byte, error) {
	text, err := json.Marshal(gap)
	if err != nil {
		return nil, fmt.Errorf("encode gap: %w", err)
	}
	return append(append(bytes.Clone(gapPrefix), text...), '}'), nil
}

// gapPrefix is what the line of a gap begins with. No event does: those who make records see to it that theirs begin with
// {"kind":"Event".
var gapPrefix = []byte(`{"kind":"auditship.Gap","gap":`)

// reader knows the gaps among the records, and the end of what is fed.
type reader struct {
	inputs.Reader
	fed  context.Context // ends when nothing is appended any more
	ends bool            // with what is fed
}

// Next is inputs.Reader's.
func (r *reader) Next(ctx context.Context) (inputs.Record, error) {
	rec, err := r.next(ctx)
	if err == nil && rec.Torn == "" && bytes.HasPrefix(rec.Data, gapPrefix) {
		gap := &inputs.GapError{}
		if json.Unmarshal(bytes.TrimSuffix(rec.Data[len(gapPrefix):], []byte{'}'}), gap) == nil {
			return inputs.Record{}, gap
		}
	}
	return rec, err
}

func (r *reader) next(ctx context.Context) (inputs.Record, error) {
	if !r.ends {
		return r.Reader.Next(ctx)
	}
	for {
		over := r.fed.Err() != nil // before it is looked what there is
		rec, err := r.Reader.Next(inputs.Ended)
		if !errors.Is(err, context.Canceled) {
			return rec, err
		}
		if over {
			return inputs.Record{}, io.EOF
		}
		either, stop := context.WithCancel(ctx)
		unhook := context.AfterFunc(r.fed, stop)
		rec, err = r.Reader.Next(either)
		unhook()
		stop()
		if !errors.Is(err, context.Canceled) || ctx.Err() != nil {
			return rec, err
		}
	}
}
