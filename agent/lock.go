package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/auditship/auditship/agent/trust"
)

// errHeld says that another process has the state directory.
var errHeld = errors.New("another agent uses it; see lock_timeout")

const lockPoll = 200 * time.Millisecond

// lock takes the state directory for this process. Another agent that still holds it, such as the pod that is being
// replaced, is given time to finish.
func (a *agent) lock(ctx context.Context) (unlock func() error, err error) {
	if err := a.disk.MkdirAll(a.cfg.StateDir, 0o700); err != nil {
		return nil, fmt.Errorf("make state_dir: %w", err)
	}
	a.warnOfOthers()
	f, err := a.disk.OpenFile(filepath.Join(a.cfg.StateDir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock state_dir: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, a.cfg.LockTimeout)
	defer cancel()
	for told := false; ; told = true {
		err := f.Lock()
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock state_dir: %w", err), f.Close())
		}
		if ctx.Err() != nil {
			return nil, errors.Join(fmt.Errorf("lock state_dir %s: %w", a.cfg.StateDir, errHeld), f.Close())
		}
		if !told {
			a.log.Info("waiting for another agent to let go of the state directory", "state_dir", a.cfg.StateDir, "at_most", a.cfg.LockTimeout)
		}
		select {
		case <-ctx.Done():
		case <-time.After(lockPoll):
		}
	}
}

// warnOfOthers tells of a state directory that is not ours alone: who can exchange checkpoints decides what is shipped, and
// in the dead letters are secrets.
func (a *agent) warnOfOthers() {
	info, err := a.disk.Stat(a.cfg.StateDir)
	if err == nil && (info.Mode().Perm()&0o022 != 0 || !trust.Owner(info)) {
		a.log.Warn("others can write to the state directory; give it to the agent's user alone, with mode 0700", "state_dir", a.cfg.StateDir)
	}
}
