package agent_test

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"time"

	"github.com/auditship/auditship/inputs"
)

// memoryLog is an audit log that no crash can damage; a cursor is a number of records.
type memoryLog []string

type cursor int

func (c cursor) MarshalJSON() ([]byte, error) { return json.Marshal(int(c)) }

func (l memoryLog) Open(o inputs.Options) (inputs.Reader, error) {
	r := &memoryReader{log: l}
	if o.Cursor == nil {
		return r, nil
	}
	return r, json.Unmarshal(o.Cursor, &r.at)
}

func (l memoryLog) Run(ctx context.Context) error { <-ctx.Done(); return nil }

func (memoryLog) Forget(string) {}

type memoryReader struct {
	log memoryLog
	at  int
}

// Next takes its time for some records, so that batches linger and commits fall between them.
func (r *memoryReader) Next(ctx context.Context) (inputs.Record, error) {
	if r.at == len(r.log) {
		return inputs.Record{}, io.EOF
	}
	if r.at%7 == 6 {
		select {
		case <-time.After(time.Duration(r.at%4) * 200 * time.Millisecond):
		case <-ctx.Done():
			return inputs.Record{}, ctx.Err()
		}
	}
	r.at++
	return inputs.Record{Data: []byte(r.log[r.at-1])}, nil
}

func (r *memoryReader) Cursor() inputs.Cursor { return cursor(r.at) }
func (r *memoryReader) Commit(inputs.Cursor)  {}
func (r *memoryReader) Lag() inputs.Lag       { return inputs.Lag{SecondsUntilLoss: math.Inf(1)} }
func (r *memoryReader) Close() error          { return nil }
