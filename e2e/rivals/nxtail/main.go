// Command nxtail follows a file by github.com/nxadm/tail, as many log shippers do, and appends its lines to another
// file. It is a program of its own because the library may end the process that it runs in.
//
//	usage: nxtail FOLLOWED OUTPUT
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nxadm/tail"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: nxtail FOLLOWED OUTPUT")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := follow(ctx, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "nxtail:", err)
		os.Exit(1)
	}
}

func follow(ctx context.Context, followed, output string) error {
	file, err := os.Create(output)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	tailed, err := tail.TailFile(followed, tail.Config{
		Follow: true, ReOpen: true, CompleteLines: true, Logger: tail.DiscardingLogger,
	})
	if err == nil {
		err = copyLines(ctx, tailed.Lines, out)
		err = errors.Join(err, tailed.Stop())
	}
	return errors.Join(err, out.Flush(), file.Close())
}

// copyLines flushes a few times in a second, so that its progress can be seen.
func copyLines(ctx context.Context, lines <-chan *tail.Line, out *bufio.Writer) error {
	flush := time.NewTicker(250 * time.Millisecond)
	defer flush.Stop()
	for {
		select {
		case line, open := <-lines:
			if !open {
				return errors.New("the library ended by itself")
			}
			if line.Err != nil {
				return line.Err
			}
			if _, err := out.WriteString(line.Text + "\n"); err != nil {
				return err
			}
		case <-flush.C:
			if err := out.Flush(); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}
