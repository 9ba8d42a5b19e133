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
	if _, err := s.to.Write(s.buffer); err != nil {
		return outputs.Ack{}, &outputs.Fault{Reason: "write_failed", Err: err}
	}
	return outputs.Ack{}, nil
}

func (s *stdout) Traits() outputs.Traits {
	return outputs.Traits{Writes: 1, MaxEventBytes: defaultMaxEventBytes}
}

func (s *stdout) Close() error { return nil }
