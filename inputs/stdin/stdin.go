// Package stdin takes audit events from standard input or a named pipe: a kube-apiserver whose --audit-log-path is a FIFO, the
// output of `journalctl -o cat`, a recorded log. Lines that are no events go by, see [stdout.Splitter].
//
// A pipe can't be read again: what was read is in a [spool] before more is read, so no more than what a pipe holds (64 KiB
// on Linux, or what its writer holds back) can be lost with the agent.
package stdin

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/auditship/auditship/inputs/spool"
	"github.com/auditship/auditship/inputs/stdout"
)

// Config is the stdin block of an input.
type Config struct {
	Path string `yaml:"path"` // of a named pipe, whose writers may come and go; default: standard input, which ends
}

// Validate reports what is wrong with the configuration, each with the path of the key below this one.
func (c *Config) Validate(report func(path, problem string)) {
	if c.Path != "" && !filepath.IsAbs(c.Path) {
		report("path", "must be absolute")
	}
}

// Input is the pipe.
type Input struct {
	*spool.Log
	cfg   Config
	open  func() (io.ReadCloser, error)
	log   *slog.Logger
	count func(anomaly string)

	splitter stdout.Splitter
	records  *spool.Gatherer
}

// New makes an input that keeps in the spool what it reads. count is called for each line that is no event: foreign_line; and for
// one that is too long: line_too_long.
func New(cfg Config, kept *spool.Log, log *slog.Logger, count func(anomaly string)) *Input {
	in := &Input{Log: kept, cfg: cfg, log: log, count: count}
	in.open = in.source
	in.records = kept.Gather(func(err error) {
		log.Error("store events from standard input; it is not read further meanwhile", "error", err)
	})
	in.splitter = stdout.Splitter{Event: in.records.Add, Other: func([]byte) { count("foreign_line") }}
	return in
}

func (in *Input) source() (io.ReadCloser, error) {
	if in.cfg.Path == "" {
		return os.Stdin, nil
	}
	// For reading and writing: else open waits for a writer, and the pipe ends with its last one.
	f, err := os.OpenFile(in.cfg.Path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("open named pipe: %w", err)
	}
	if info, err := f.Stat(); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		f.Close()
		return nil, fmt.Errorf("open %s: it is no named pipe", in.cfg.Path)
	}
	return f, nil
}

// Run reads until ctx ends or the pipe does, and does what the spool needs until ctx ends.
func (in *Input) Run(ctx context.Context) error { return in.RunFed(ctx, in.feed) }

// feed is one life of the pipe. A reader can't be told that ctx has ended but by closing what it reads.
func (in *Input) feed(ctx context.Context) error {
	defer in.Fed()
	from, err := in.open()
	if err != nil {
		in.log.Error("read events from a pipe", "error", err)
		return err
	}
	lines := make(chan error, 1)
	go func() { lines <- in.read(ctx, from) }()
	select {
	case err = <-lines:
		return errors.Join(err, from.Close())
	case <-ctx.Done():
	}
	from.Close() // a terminal or a file on standard input may go on to block: it ends with the process
	select {
	case <-lines:
	case <-time.After(time.Second):
	}
	return nil
}

const (
	block   = 64 << 10 // what a pipe holds
	maxLine = 64 << 20
)

// read takes lines until there are no more. It stores what it has before it waits.
func (in *Input) read(ctx context.Context, from io.Reader) error {
	lines := bufio.NewReaderSize(from, block)
	for {
		line, err := in.line(lines)
		if err == nil || len(line) > 0 {
			in.splitter.Add(line)
		}
		over := err != nil
		if over {
			in.splitter.Flush()
		}
		if over || in.records.Full() || bytes.IndexByte(buffered(lines), '\n') < 0 {
			if !in.records.Store(ctx) {
				return nil
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
	}
}

func buffered(lines *bufio.Reader) []byte {
	b, _ := lines.Peek(lines.Buffered())
	return b
}

// line reads up to the next newline. Of a line that is longer than any event, only the beginning is kept.
func (in *Input) line(lines *bufio.Reader) (line []byte, err error) {
	for {
		part, err := lines.ReadSlice('\n')
		if len(line) < maxLine {
			line = append(line, part...)
		} else if err == nil {
			in.count("line_too_long")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(line, []byte{'\n'}), err
		}
	}
}
