package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// Process is one running agent.
type Process struct {
	cmd    *exec.Cmd
	client *http.Client
	url    string
	usage  usage
	done   chan struct{} // closed when it has ended
	err    error         // how; set before done is closed
}

// Start runs the agent until it is stopped or killed, or with --once among the flags until everything is shipped. Its log
// goes to agent.log beside its state directory.
func (b Binary) Start(config *Config, flags ...string) (*Process, error) {
	return b.StartUnder(nil, config, flags...)
}

// StartUnder starts it by a command that becomes the agent, such as env(1) with its arguments.
func (b Binary) StartUnder(command []string, config *Config, flags ...string) (*Process, error) {
	path, err := config.write()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(filepath.Dir(path), "agent.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command = slices.Concat(command, []string{string(b), "run", "-c", path}, flags)
	p := &Process{
		cmd:    exec.Command(command[0], command[1:]...),
		client: &http.Client{Timeout: 5 * time.Second},
		url:    "http://" + config.Listen,
		done:   make(chan struct{}),
	}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go p.run(started)
	return p, <-started
}

// run starts the process and waits for it on one thread: the parent-death signal comes when that thread ends.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	if err == nil {
		go p.usage.watch(p.cmd.Process.Pid, p.done)
	}
	started <- err
	if err == nil {
		p.err = p.cmd.Wait()
		p.client.CloseIdleConnections()
		close(p.done)
	}
}

// Wait waits for its end: nil is exit code 0.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return fmt.Errorf("wait for the agent: %w", ctx.Err())
	}
}

// Stop asks for a graceful stop and waits for it.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return p.Wait(ctx)
}

// Kill ends it as a power cut would, and waits until it is gone. Afterwards it does nothing.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.done
}

// PeakRSS is the most memory it ever had resident, in bytes.
func (p *Process) PeakRSS() int64 { return p.usage.peak.Load() }

// CPU is the processor time that it took; it must have ended.
func (p *Process) CPU() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}
