package demo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/auditship/auditship/agent/status"
)

// follow tells of every event that arrives in the file, until all of the sample is accounted for. It returns the books.
func follow(ctx context.Context, o Options, path string, books <-chan func() []status.Pipeline) status.Pipeline {
	var ask func() []status.Pipeline
	select {
	case ask = <-books:
	case <-ctx.Done():
		return status.Pipeline{}
	}
	total := uint64(strings.Count(strings.TrimSpace(sample), "\n") + 1)
	arrived := &arrivals{path: path}
	defer arrived.close()
	told := uint64(0)
	for {
		now := ask()[0]
		arrived.each(func(line []byte) { fmt.Fprintln(o.Out, o.tell(line)) })
		if left := now.Filtered; left >= told+25 {
			fmt.Fprintln(o.Out, o.dim(fmt.Sprintf("         … %d events of routine left out so far", left)))
			told = left
		}
		if now.Delivered+now.Filtered+now.DeadLettered >= total {
			return now
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return now
		}
	}
}

// arrivals reads whole lines from a file that grows.
type arrivals struct {
	path string
	file *os.File
	in   *bufio.Reader
	rest []byte
}

func (a *arrivals) each(see func(line []byte)) {
	if a.file == nil {
		f, err := os.Open(a.path)
		if err != nil {
			return // not yet
		}
		a.file, a.in = f, bufio.NewReader(f)
	}
	for {
		part, err := a.in.ReadBytes('\n')
		a.rest = append(a.rest, part...)
		if err == io.EOF || err != nil {
			return
		}
		see(a.rest)
		a.rest = a.rest[:0]
	}
}

func (a *arrivals) close() {
	if a.file != nil {
		a.file.Close()
	}
}

func printLedger(o Options, p status.Pipeline) {
	fmt.Fprintf(o.Out, "\nThe ledger:  %d read  =  %d delivered  +  %d filtered  +  %d dead-lettered  +  %d in flight;  %d gaps\n",
		p.Read, p.Delivered, p.Filtered, p.DeadLettered, p.InFlight, p.Gaps)
}
