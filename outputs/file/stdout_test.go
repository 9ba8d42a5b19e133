package file

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

func TestStandardOutput(t *testing.T) {
	var to bytes.Buffer
	s, events := &stdout{to: &to}, outputtest.Events(t)[:5]
	for _, part := range [][]event.Event{events[:2], events[2:]} {
		if _, err := s.Write(t.Context(), part); err != nil {
			t.Fatal(err)
		}
	}
	if lines := strings.Split(to.String(), "\n"); len(lines) != 6 || lines[5] != "" || lines[4] != string(events[4].AppendJSON(nil)) {
		t.Errorf("got %q", lines)
	}
	s.to = failing{}
	if _, err := s.Write(t.Context(), events); outputs.FaultOf(err).Reason != "write_failed" {
		t.Errorf("got %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// Nobody reads what we write, and the agent is told to stop: it does.
func TestStandardOutputIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		s := &stdout{to: writer}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := s.Write(ctx, outputtest.Events(t)[:3])
			ended <- err
		}()
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("got %v while nobody has read", err)
		default:
		}
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if s.buffer != nil {
			t.Error("the buffer that is being written may be used again")
		}
		reader.Close()
	})
}

// The memory for a huge event is let go.
func TestStandardOutputForgetsHugeEvents(t *testing.T) {
	s := &stdout{to: io.Discard, buffer: make([]byte, 0, keptBuffer+1)}
	if _, err := s.Write(t.Context(), outputtest.Events(t)[:1]); err != nil || s.buffer != nil {
		t.Errorf("%v, %d bytes are kept", err, cap(s.buffer))
	}
}
