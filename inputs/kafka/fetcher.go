package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/inputs"
)

const (
	fetchBytes = 4 << 20 // of one request

	// answerWithin is how long a fetch may go unanswered before the connection is given up, twice as long as the broker is told to wait
	// for messages. A broker that is busy or collects garbage answers late.
	answerWithin = 2 * time.Second

	bodyWithin = 30 * time.Second // the part of an answer that becomes one chunk
	again      = time.Second      // after a failure
)

// fetcher reads a partition while a generation lasts.
type fetcher struct {
	*member
	by *generation
	place
	offset int64 // of the next message; or kafka.FirstOffset or LastOffset
	commit func(offsets map[string]map[int]int64) error
}

// run goes from connection to connection: leaders change.
func (f *fetcher) run(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; inputs.Pause(ctx, again) {
		before := f.offset
		err := f.connected(ctx)
		if f.offset != before {
			failures = 0
		}
		if failures++; failures > patience && ctx.Err() == nil {
			f.r.complain(fmt.Errorf("read partition %d of %s: %w", f.partition, f.topic, err))
		}
		f.in.log.Debug("read partition", "topic", f.topic, "partition", f.partition, "error", err)
	}
}

// connected reads from the leader until it fails.
func (f *fetcher) connected(ctx context.Context) error {
	conn, err := f.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := f.seek(ctx, conn); err != nil {
		return err
	}
	for {
		if err := f.fetch(ctx, conn); err != nil { // the rest of the answer may be unread: the connection is of no more use
			return err
		}
	}
}

// dial asks one broker after another who leads the partition.
func (f *fetcher) dial(ctx context.Context) (conn *kafka.Conn, err error) {
	for _, broker := range f.in.cfg.Brokers {
		if conn, err = f.in.dialer().DialLeader(ctx, "tcp", broker, f.topic, f.partition); err == nil || ctx.Err() != nil {
			return conn, err
		}
	}
	return nil, err
}

// seek finds where to begin: at the offset, or where the partition begins or ends if the offset is not in it any more, of which it tells.
func (f *fetcher) seek(ctx context.Context, conn *kafka.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return err
	}
	first, last, err := conn.ReadOffsets()
	if err != nil {
		return fmt.Errorf("ask for offsets: %w", err)
	}
	if err := f.settle(ctx, first, last); err != nil {
		return err
	}
	_, err = conn.Seek(f.offset, kafka.SeekAbsolute|kafka.SeekDontCheck)
	return err
}

// settle makes the offset one that can be asked for, of a partition that begins at first and ends at last.
func (f *fetcher) settle(ctx context.Context, first, last int64) error {
	if f.offset < 0 {
		if err := f.begin(ctx, first); err != nil {
			return err
		}
		last = max(last, f.offset) // it may have grown
	}
	switch {
	case f.offset < first:
		return f.move(ctx, first, fmt.Sprintf("Kafka deleted %d messages before they were read", first-f.offset))
	case f.offset > last:
		return f.back(ctx, last)
	}
	return nil
}

// back goes on at the end of a partition that is shorter than what was read of it: after an unclean election, or made anew. It does not wait
// for the offset to be there again: other messages would have it, and those before them would never be read. So the group's offset is
// that end before anything is read: after a crash it would be the former one. A leader that is
// new, and has not caught up with what the one before it showed, is no such case: it does not say where the partition ends until it has
// (KIP-207, Kafka 2.2); from an older one some messages come again.
func (f *fetcher) back(ctx context.Context, last int64) error {
	f.in.log.Error("Kafka has cut off a partition: messages that were in it may be lost; goes on at its end", "topic", f.topic, "partition", f.partition, "offset", f.offset, "end", last)
	cut, err := f.by.cut(f.place, last, f.commit)
	if err != nil {
		return fmt.Errorf("commit where the partition ends: %w", err)
	}
	reason := fmt.Sprintf("Kafka cut the partition off at offset %d, %d messages before the next one to be read: there may have been more that are lost", last, f.offset-last)
	f.place, f.offset = cut, last
	return f.move(ctx, last, reason)
}

// move goes on at another offset, and tells why, as a gap.
func (f *fetcher) move(ctx context.Context, offset int64, reason string) error {
	gap := &inputs.GapError{File: fmt.Sprintf("%s/%d", f.topic, f.partition), From: -1, To: -1, Reason: reason}
	if !f.r.hand(ctx, chunk{by: f.by, place: f.place, gap: gap, behind: offset}) {
		return ctx.Err()
	}
	f.offset = offset
	return nil
}

// fetch asks for messages once, and hands on what comes.
func (f *fetcher) fetch(ctx context.Context, conn *kafka.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return err
	}
	batch := conn.ReadBatchWith(kafka.ReadBatchConfig{MinBytes: 1, MaxBytes: fetchBytes, IsolationLevel: kafka.ReadCommitted})
	defer batch.Close()
	for {
		if err := conn.SetReadDeadline(time.Now().Add(bodyWithin)); err != nil {
			return err
		}
		c, err := f.collect(batch)
		if len(c.messages) > 0 && !f.r.hand(ctx, c) {
			return ctx.Err()
		}
		if err == io.EOF || errors.Is(err, kafka.RequestTimedOut) { // all of the answer, or there is none: nothing new
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// collect makes a chunk of messages.
func (f *fetcher) collect(batch *kafka.Batch) (chunk, error) {
	c := chunk{by: f.by, place: f.place, messages: make([]kafka.Message, 0, chunkMessages)}
	for size := 0; len(c.messages) < chunkMessages && size < chunkBytes; {
		m, err := batch.ReadMessage()
		if err != nil {
			return c, err
		}
		c.messages = append(c.messages, m)
		f.offset, size = m.Offset+1, size+len(m.Value)
	}
	return c, nil
}
