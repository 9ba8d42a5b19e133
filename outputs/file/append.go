package file

import (
	"fmt"

	"github.com/auditship/auditship/agent/buffers"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// chunk is how many bytes are written at a time, from one multiple of it to the next: few enough to be in the processor's cache
// still when the kernel copies them, and enough for a system call to cost nothing. Pieces that lie like this take the kernel
// a quarter less time than others: its page cache can hold each of them in one piece, too.
const chunk = 256 << 10

// append writes and syncs what is new. What an earlier attempt has already made durable is known, and counts as written,
// not as a duplicate.
func (o *Output) append(events []event.Event) (duplicates int, err error) {
	if err := room(o.env, o.dir, total(events)); err != nil {
		return 0, err
	}
	o.buffer = buffers.Get(2 * chunk)[:0]
	defer o.letGo()
	for i := range events {
		e := &events[i]
		if o.known.has(e.ID) {
			continue
		}
		if err := o.add(e); err != nil {
			return 0, err
		}
	}
	if err := o.write(len(o.buffer)); err != nil {
		return 0, err
	}
	if err := o.sync(); err != nil {
		return 0, err
	}
	return o.known.succeeded(), nil
}

// letGo gives back the memory that lines are written from. What could not be written is written anew.
func (o *Output) letGo() {
	buffers.Put(o.buffer)
	o.buffer = nil
}

// total is how many bytes the lines of the events have.
func total(events []event.Event) (bytes int64) {
	for i := range events {
		bytes += int64(events[i].Size() + len("\n"))
	}
	return bytes
}

// add puts one line behind the others, into a new file where it does not fit.
func (o *Output) add(e *event.Event) error {
	start := len(o.buffer)
	o.buffer = append(e.AppendJSON(buffers.Grow(o.buffer, e.Size()+len("\n"))), '\n')
	if o.overfull() {
		if err := o.rotateBefore(start); err != nil {
			return err
		}
	}
	o.ids = append(o.ids, e.ID)
	return o.write(o.whole())
}

// whole is how many bytes there are to write up to the last multiple of chunk that they reach. The last line may go on behind it.
func (o *Output) whole() int {
	from := o.state.Size + o.unsynced
	end := from + int64(len(o.buffer))
	return int(max(0, end-end%o.chunk-from))
}

func (o *Output) overfull() bool {
	return o.cfg.MaxSize > 0 && o.state.Size+o.unsynced+int64(len(o.buffer)) > int64(o.cfg.MaxSize)
}

// rotateBefore makes the lines before start durable, and goes on with those behind it in a new file.
func (o *Output) rotateBefore(start int) error {
	if err := o.write(start); err != nil {
		return err
	}
	if err := o.sync(); err != nil {
		return err
	}
	if o.state.Size == 0 {
		return nil // a line longer than a whole file has a file of its own
	}
	return o.rotate()
}

// write writes the first bytes of the buffer.
func (o *Output) write(bytes int) error {
	if bytes == 0 {
		return nil
	}
	if _, err := o.active.WriteAt(o.buffer[:bytes], o.state.Size+o.unsynced); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	o.unsynced += int64(bytes)
	o.buffer = append(o.buffer[:0], o.buffer[bytes:]...)
	return nil
}

// sync makes all lines that were written durable; they are those of the ids.
func (o *Output) sync() error {
	if o.unsynced == 0 {
		return nil
	}
	if err := settle(o.active); err != nil {
		return err
	}
	o.state.Size, o.unsynced = o.state.Size+o.unsynced, 0
	o.state.Last = o.ids[len(o.ids)-1].String()
	o.known.wrote(o.ids)
	o.ids = o.ids[:0]
	return nil
}

// room makes sure that the disk keeps its last free space.
func room(env outputs.Env, dir string, bytes int64) error {
	free, err := env.Disk.Free(dir)
	if err != nil {
		return err
	}
	if free-bytes < env.MinFree {
		return &outputs.Fault{Reason: "disk_full", Blocked: true, Detail: fmt.Sprintf("%d bytes free, %d must stay (disk.min_free)", free, env.MinFree)}
	}
	return nil
}

// rotate makes the active file a backup and begins a new one.
func (o *Output) rotate() error {
	name, err := o.backups.next()
	if err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	if err := o.closeActive(); err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	if err := o.env.Disk.Rename(o.cfg.Path, name); err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	if err := o.open(); err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	o.backups.tidy()
	return nil
}
