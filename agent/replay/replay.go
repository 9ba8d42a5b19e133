// Package replay keeps what it takes to send dead letters again so that a crash at any point neither loses a letter nor
// shows an event twice.
//
// The letters that are to be sent are moved out of the dead letters into a file of their own. That file is the log of a
// pipeline like any other, with a cursor and an output's state of its own beside it; what is refused again becomes a dead
// letter in the usual way. When it is through, the outcome is booked in the checkpoint of the pipeline that the letters came
// from, and the file is removed. At every moment each letter is in one of the two files, or delivered, or filtered:
//
//	Take    copy to replay/dead-letters.jsonl          (renamed: from here on there is a replay)
//	Begin   remove from dead-letters.jsonl
//	        write the first checkpoint of the replay   (from here on its letters may be sent)
//	…       run a pipeline over them
//	Settle  book the outcome, with the number of the replay: once
//	        remove the letters                         (from here on there is none), then the checkpoint
//
// The state is not that of the pipeline itself: that one has positions in the output which go with its own cursor.
package replay

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/inputs"
)

const (
	dirName     = "replay"
	lettersName = "dead-letters.jsonl"
)

// Letters is the file of the letters that are being replayed, by the state directory of their pipeline.
func Letters(pipelineDir string) string { return filepath.Join(pipelineDir, dirName, lettersName) }

// Replay is that of one pipeline. There is one at a time, and nobody else may use the pipeline's state meanwhile.
type Replay struct {
	on      disk.FS
	dir     string
	from    string // the dead letters
	letters string // those that are sent again
	minFree int64  // bytes that stay free on the disk
	log     *slog.Logger
}

// New makes a replay of the dead letters in a file; nothing is read or written yet.
func New(on disk.FS, deadLetters string, minFree int64, log *slog.Logger) *Replay {
	dir := filepath.Dir(deadLetters)
	return &Replay{on: on, dir: filepath.Join(dir, dirName), from: deadLetters, letters: Letters(dir), minFree: minFree, log: log}
}

// Store has the checkpoint of the replay.
func (r *Replay) Store() *checkpoint.Store { return checkpoint.NewStore(r.on, r.dir, r.log) }

// Input reads the records of the letters. Begin comes first.
func (r *Replay) Input() inputs.Input { return input{r.on, r.letters} }

// Unfinished tells whether letters have been taken that are not settled yet.
func (r *Replay) Unfinished() (bool, error) {
	_, err := r.on.Stat(r.letters)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Take takes the wanted letters, if there is no unfinished replay. Begin has to follow, in this process or another one.
func (r *Replay) Take(wanted func(*deadletter.Letter) bool) error {
	if err := disk.MakeDir(r.on, r.dir, 0o700); err != nil {
		return fmt.Errorf("take dead letters: %w", err)
	}
	if err := r.clear(); err != nil {
		return fmt.Errorf("take dead letters: %w", err)
	}
	return deadletter.Copy(r.on, r.from, r.letters, r.minFree, func(l *deadletter.Letter) bool { return l != nil && wanted(l) })
}

// clear removes the checkpoint of an earlier replay. First it makes sure that its letters are gone for good: with them and
// without it they would all be sent again.
func (r *Replay) clear() error {
	if err := r.on.SyncDir(r.dir); err != nil {
		return err
	}
	for _, slot := range checkpoint.Slots {
		if err := r.on.Remove(filepath.Join(r.dir, slot)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return r.on.SyncDir(r.dir)
}

// Begin makes ready to send the letters that were taken, as the replay that follows the last one which the pipeline's
// checkpoint knows. Where that was done already, it changes nothing.
func (r *Replay) Begin(pipeline *checkpoint.Store) (err error) {
	store := r.Store()
	defer func() { err = errors.Join(err, store.Close()) }()
	last, err := store.Load()
	if err != nil || last != nil {
		return err
	}
	if err := disk.MakeDir(r.on, r.dir, 0o700); err != nil { // and syncs it: Take may have died before it did
		return fmt.Errorf("begin replay: %w", err)
	}
	if err := r.on.SyncDir(r.dir); err != nil {
		return fmt.Errorf("begin replay: %w", err)
	}
	taken := map[event.ID]struct{}{}
	if err := deadletter.Read(r.on, r.letters, func(l deadletter.Letter) bool { taken[l.ID()] = struct{}{}; return true }); err != nil {
		return err
	}
	_, err = deadletter.Remove(r.on, r.from, r.minFree, func(l *deadletter.Letter) bool { _, there := taken[l.ID()]; return there })
	if err != nil {
		return err
	}
	c, err := pipeline.Load()
	if err != nil {
		return err
	}
	first := cursor{Replay: 1}
	if c != nil {
		first.Replay = c.Replayed + 1
	}
	position, err := first.MarshalJSON()
	if err != nil {
		return err
	}
	return store.Save(&checkpoint.Checkpoint{Cursor: position, Time: time.Now().UTC()}) // not clean: outputs look for repeats from the start
}
