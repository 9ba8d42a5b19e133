package fluentd

import (
	"strconv"
	"time"

	"github.com/auditship/auditship/agent/migrate"
)

// Bounds that a converted batch keeps to: the least and most of the configuration, and no more than what fits into the default memory with
// a few outputs.
const (
	leastBatch = 64 << 10
	mostBatch  = 4 << 20
	mostLinger = 5 * time.Second
)

// buffer converts <buffer> (https://docs.fluentd.org/configuration/buffer-section) and the older parameters for the same in the output itself: how large a
// request is and how long events wait. All else is for a queue that auditship does not have: the log is the queue.
func (c *converter) buffer(s section, out *output) {
	for _, b := range s.sub("buffer") {
		b.tell(migrate.Converted, "is batch, as far as it says how large a request is and how long events wait; the log itself is the queue")
		b.kind = b.now("@type")
		c.batch(b, out)
		if b.kind == "file" || b.kind == "file_single" {
			b.warn("path", "may hold events that were read and not sent: flush before the switch (kill -USR1, or flush_at_shutdown true), and look that the directory is empty; positions count them as done")
		}
		b.finish(bufferTable)
	}
	c.batch(s, out)
	for _, secondary := range s.sub("secondary") {
		c.leave(secondary.Element, migrate.Unneeded, "took what could not be delivered; that is retried for ever, and what a server refuses for good becomes a dead letter (auditship dead-letters)")
	}
}

func (c *converter) batch(s section, out *output) {
	for _, key := range []string{"chunk_limit_size", "buffer_chunk_limit"} {
		if size, ok := parseSize(s.now(key)); ok && s.has(key) {
			kept := min(max(size, leastBatch), mostBatch)
			out.batch.Set("max_bytes", sizeText(kept))
			if kept == size {
				s.to(key, "batch.max_bytes")
			} else {
				s.param(key, migrate.Converted, "is batch.max_bytes, of %s, which does as well for one request", sizeText(kept))
			}
		}
	}
	if n, err := strconv.Atoi(s.now("chunk_limit_records")); err == nil && n > 0 {
		out.batch.Set("max_events", min(n, 100_000))
		s.to("chunk_limit_records", "batch.max_events")
	}
	if d, ok := parseTime(s.now("flush_interval")); ok && s.has("flush_interval") {
		if d > mostLinger {
			s.param("flush_interval", migrate.Converted, "is batch.linger, of 5s: events that nobody waits for may as well arrive sooner")
		}
		out.batch.Set("linger", timeText(min(d, mostLinger)))
		s.to("flush_interval", "batch.linger")
	}
	if s.now("flush_mode") == "immediate" {
		s.to("flush_mode", "batch.linger, which is 20ms to 500ms without a value")
	}
	switch action := s.now("overflow_action"); action {
	case "", "block":
	default:
		s.param("overflow_action", migrate.Unneeded, "%s lost events, or stopped reading, when the buffer was full; here nothing overflows: what is not delivered waits in the log", migrate.Brief(action))
	}
}

var bufferTable = tables(
	group(migrate.Unneeded, "the log itself is the queue; disk.max_bytes bounds what is kept of it while a server is away", "@type", "buffer_type", "path", "buffer_path", "path_suffix", "total_limit_size", "queue_limit_length", "buffer_queue_limit",
		"queued_chunks_limit_size", "chunk_full_threshold", "queue_limit", "buffer_queue_full_action", "overflow_action", "calc_num_records", "symlink_path", "chunk_format"),
	group(migrate.Unneeded, "each output has its own way of sending several requests at a time", "flush_thread_count", "num_threads", "flush_thread_interval", "flush_thread_burst_interval", "flush_burst_interval", "queued_chunk_flush_interval", "try_flush_interval"),
	group(migrate.Unneeded, "delivery is retried for ever, with growing pauses", "retry_*", "max_retry_wait", "disable_retry_limit", "slow_flush_log_threshold", "disable_chunk_backup"),
	group(migrate.Unneeded, "batch says when a request is sent", "flush_mode", "flush_interval", "delayed_commit_timeout", "chunk_limit_size", "buffer_chunk_limit", "chunk_limit_records"),
	group(migrate.Unneeded, "a stop delivers what was read, as far as shutdown_timeout allows, and the rest comes next time", "flush_at_shutdown", "flush_at_cleanup"),
	group(migrate.Unneeded, "an index is named by each event's own time", "timekey", "timekey_wait", "timekey_use_utc", "timekey_zone"),
	group(migrate.Unneeded, "outputs compress what they send", "compress"),
)
