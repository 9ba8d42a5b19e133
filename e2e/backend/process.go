package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	prepareLimit = 45 * time.Minute // a first build of Kubernetes or Loki takes minutes
	startLimit   = 10 * time.Minute // on a machine with other work
	stopLimit    = 30 * time.Second
	readyPoll    = 100 * time.Millisecond
)

// Spec is how a server is started.
type Spec struct {
	Name    string                      // of its log: NAME.log
	Command []string                    // the first is a script in e2e/backends, or an absolute path
	Env     []string                    // beside this process's own
	Dir     string                      // for its log
	Ready   func(context.Context) error // nil as soon as it serves; polled
}

// Process is one running server.
type Process struct {
	Spec
	cmd   *exec.Cmd
	alive *os.File      // the guard stops everything when this end of the pipe closes
	done  chan struct{} // closed when the server and its guard have ended
	err   error         // how it ended; set before done is closed
}

// Start runs the server under guard.sh and returns when it is ready.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	p := &Process{Spec: spec, done: make(chan struct{})}
	if err := p.launch(); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	if err := p.awaitReady(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s (log: %s): %w", spec.Name, p.LogFile(), err), p.Stop())
	}
	return p, nil
}

// LogFile is where the server's output goes.
func (p *Process) LogFile() string { return filepath.Join(p.Dir, p.Name+".log") }

func (p *Process) launch() error {
	scripts, err := Scripts()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(p.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	watched, alive, err := os.Pipe()
	if err != nil {
		return err
	}
	defer watched.Close()
	p.cmd = exec.Command(filepath.Join(scripts, "guard.sh"), resolve(scripts, p.Command)...)
	p.cmd.Env = append(os.Environ(), p.Env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.ExtraFiles = []*os.File{watched} // file descriptor 3
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.alive = alive
	if err := p.cmd.Start(); err != nil {
		return errors.Join(err, alive.Close())
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return nil
}

func resolve(scripts string, command []string) []string {
	if filepath.IsAbs(command[0]) {
		return command
	}
	return append([]string{filepath.Join(scripts, command[0])}, command[1:]...)
}

func (p *Process) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	poll := time.NewTicker(readyPoll)
	defer poll.Stop()
	for {
		err := p.Ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("ended before it was ready: %w", p.err)
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-poll.C:
		}
	}
}

// Stop ends the server's whole process group: SIGTERM, and SIGKILL to what is left after a while. How the server took
// it is not told; a second Stop does nothing.
func (p *Process) Stop() error {
	group := -p.cmd.Process.Pid
	select {
	case <-p.done:
		return nil
	default:
	}
	defer p.alive.Close()
	if err := syscall.Kill(group, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop %s: %w", p.Name, err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(stopLimit):
	}
	err := syscall.Kill(group, syscall.SIGKILL)
	<-p.done
	return errors.Join(fmt.Errorf("stop %s: killed after %v", p.Name, stopLimit), err)
}

// prepare runs a script that only fills the cache, and returns what it prints.
func prepare(ctx context.Context, script string, env ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, prepareLimit)
	defer cancel()
	scripts, err := Scripts()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(scripts, script))
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", script, err)
	}
	return out, nil
}
