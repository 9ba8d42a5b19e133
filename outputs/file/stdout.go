package file

import (
	"context"
	"io"
	"os"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// stdout delivers to standard output: at least once, since nobody can look there for what is there already.
type stdout struct {
	to     io.Writer
	buffer []byte
}

func newStdout() *stdout { return &stdout{to: os.Stdout} }

func (s *stdout) Open(context.Context, outputs.Resume) error { return nil }

func (s *stdout) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	if err := ctx.Err(); err != nil {
		return outputs.Ack{}, err
	}
	s.buffer = s.buffer[:0]
	for i := range events {
		s.buffer = append(events[i].AppendJSON(s.buffer), '\n')
	}
	if err := s.flush(ctx); err != nil {
		return outputs.Ack{}, err
	}
	if cap(s.buffer) > keptBuffer {
		s.buffer = nil // grown for a huge event
	}
	return outputs.Ack{}, nil
}

// keptBuffer is more than a usual batch.
const keptBuffer = 8 << 20

// flush does not wait longer than ctx for who does not read what we write. Standard output can't be given a deadline: what is
// stuck there goes with the process, which is about to end, and its buffer is not touched any more.
func (s *stdout) flush(ctx context.Context) error {
	written := make(chan error, 1)
	go func(buffer []byte) {
		_, err := s.to.Write(buffer)
		written <- err
	}(s.buffer)
	select {
	case err := <-written:
		if err != nil {
			return &outputs.Fault{Reason: "write_failed", Err: err}
		}
		return nil
	case <-ctx.Done():
		s.buffer = nil
		return ctx.Err()
	}
}

func (s *stdout) Traits() outputs.Traits {
	return outputs.Traits{Writes: 1, MaxEventBytes: defaultMaxEventBytes}
}

func (s *stdout) Close() error { return nil }
