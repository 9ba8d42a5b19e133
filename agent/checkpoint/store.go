package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/auditship/auditship/agent/disk"
)

// maxSlot bounds what is read of a slot; a cursor over a thousand files has some 200 KB.
const maxSlot = 64 << 20

// ErrDamaged says that there was a checkpoint, and nothing of it can be read any more.
var ErrDamaged = errors.New("both checkpoints are damaged")

// Damaged is the reason of a pipeline that stands still for it, in one word.
const Damaged = "checkpoint_damaged"

// Slots are the names of a store's files.
var Slots = [2]string{"checkpoint.a", "checkpoint.b"}

// Store keeps the checkpoint of one pipeline in a directory. It belongs to one goroutine at a time.
type Store struct {
	fs         disk.FS
	dir        string
	log        *slog.Logger
	generation uint64 // of the newest slot
	found      []byte // the newest slot as Load read it, until it is known to be on the disk
	slots      [2]disk.File
}

// NewStore makes a store; nothing is read or written yet.
func NewStore(f disk.FS, dir string, log *slog.Logger) *Store {
	return &Store{fs: f, dir: dir, log: log}
}

func (s *Store) path(slot int) string { return filepath.Join(s.dir, Slots[slot]) }

// Load reads the newest checkpoint that is whole; nil where there never was one. Where only damaged ones are left it
// gives ErrDamaged, since starting anew would ship everything again.
func (s *Store) Load() (*Checkpoint, error) {
	var newest *Checkpoint
	var damaged []error
	present := 0
	for slot := range s.slots {
		content, err := s.read(slot)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read checkpoint: %w", err)
		}
		present++
		c, generation, err := decode(content)
		if err != nil {
			damaged = append(damaged, fmt.Errorf("%s: %w", s.path(slot), err))
			continue
		}
		if newest == nil || generation > s.generation {
			newest, s.generation, s.found = c, generation, content
		}
	}
	switch {
	case len(damaged) == 0:
	case newest != nil:
		s.log.Error("a checkpoint is damaged; going on from the other one", "damage", errors.Join(damaged...), "generation", s.generation)
	case present == 1: // the first commit ever was torn: there is nothing before it to go back to
		s.log.Error("the first checkpoint is damaged; starting as if there was none", "damage", errors.Join(damaged...))
	default:
		return nil, fmt.Errorf("%w (%w; %w): put the pipeline to a position with `auditship checkpoint set` or `skip`, or move the files away to start anew, which ships again what is still there", ErrDamaged, damaged[0], damaged[1])
	}
	return newest, nil
}

func (s *Store) read(slot int) ([]byte, error) {
	f, err := s.fs.OpenFile(s.path(slot), os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSlot))
}

// Save writes a checkpoint over the older of the two, and returns when it is durable. After an error the newer one still
// stands, and Save may be tried again. Load comes first.
func (s *Store) Save(c *Checkpoint) error {
	content, err := encode(c, s.generation+1)
	if err != nil {
		return err
	}
	if err := s.confirm(); err != nil {
		return err
	}
	if err := s.write(s.generation+1, content); err != nil {
		return err
	}
	s.generation++
	return nil
}

// confirm writes what Load found once more. A process that was killed may have left it in the page cache alone; it has
// to be on the disk before the other slot may be torn.
func (s *Store) confirm() error {
	if s.found == nil {
		return nil
	}
	if err := s.write(s.generation, s.found); err != nil {
		return err
	}
	s.found = nil
	return nil
}

// write makes a slot durable.
func (s *Store) write(generation uint64, content []byte) error {
	f, err := s.open(int(generation % 2))
	if err != nil {
		return fmt.Errorf("open checkpoint: %w", err)
	}
	if _, err := f.WriteAt(content, 0); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	if err := settle(f); err != nil {
		return fmt.Errorf("sync checkpoint: %w", err)
	}
	return nil
}

// open gives the file of a slot, made durable in its directory where it is new. One that somebody has removed is made anew.
func (s *Store) open(slot int) (disk.File, error) {
	if f := s.slots[slot]; f != nil {
		held, err := disk.Holds(s.fs, s.path(slot), f)
		if held || err != nil {
			return f, err
		}
		f.Close()
		s.slots[slot] = nil
	}
	if err := disk.MakeDir(s.fs, s.dir, 0o700); err != nil {
		return nil, err
	}
	f, err := s.fs.OpenFile(s.path(slot), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := s.fs.SyncDir(s.dir); err != nil {
		f.Close()
		return nil, err
	}
	s.slots[slot] = f
	return f, nil
}

// Close closes the files. A later Save opens them again.
func (s *Store) Close() error {
	var errs []error
	for i, f := range s.slots {
		if f != nil {
			errs = append(errs, f.Close())
			s.slots[i] = nil
		}
	}
	return errors.Join(errs...)
}
