package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/inputs"
)

// memoryLog is an audit log that no crash can damage; a cursor is a number of records.
type memoryLog []string

// newMemoryLog has records to keep, to filter and to set aside.
func newMemoryLog(n int) (l memoryLog) {
	for i := range n {
		verb := "get"
		switch {
		case i%9 == 4:
			l = append(l, fmt.Sprint("no event ", i))
			continue
		case i%5 == 3:
			verb = "watch"
		}
		l = append(l, fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"%d","stage":"ResponseComplete","requestURI":"/%s","verb":"%s"}`,
			i, strings.Repeat("x", i*53%700), verb))
	}
	return l
}

// books are what the ledger must hold when the first n records are done.
func (l memoryLog) books(n int) (c ledger.Counts) {
	for _, record := range l[:n] {
		c.Read++
		switch {
		case record[0] != '{':
			c.DeadLettered++
		case strings.Contains(record, `"watch"`):
			c.Filtered++
		default:
			c.Delivered++
		}
	}
	return c
}

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
