package measure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// Command is what to run. The log has what it prints.
type Command struct {
	Args, Env []string // Env beside this process's own
	Log       string
	Stdout    string // where its standard output goes; default: Log
}

// Process is a running command.
type Process struct {
	PID      int
	launcher *exec.Cmd
	report   *json.Decoder
	pipe     *os.File
}

// Start starts a command under a launcher. It ends with ctx, and with this process.
func Start(ctx context.Context, command Command) (p *Process, err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p = &Process{report: json.NewDecoder(read), pipe: read}
	p.launcher = exec.CommandContext(ctx, "/proc/self/exe", command.Args...)
	p.launcher.Env = append(append(os.Environ(), command.Env...), roleVariable+"="+launcherRole)
	p.launcher.ExtraFiles = []*os.File{write} // descriptor 3
	p.launcher.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	closeFiles, err := p.redirect(command)
	defer closeFiles()
	if err == nil {
		err = p.launcher.Start()
	}
	if err = errors.Join(err, write.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", command.Args[0], err), read.Close())
	}
	if err := p.report.Decode(&p.PID); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s (log: %s): %w", command.Args[0], command.Log, err), p.launcher.Wait(), read.Close())
	}
	return p, nil
}

func (p *Process) redirect(command Command) (done func(), err error) {
	var files []*os.File
	done = func() {
		for _, file := range files {
			file.Close()
		}
	}
	log, err := os.OpenFile(command.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return done, err
	}
	files = append(files, log)
	p.launcher.Stdout, p.launcher.Stderr = log, log
	if command.Stdout != "" {
		out, err := os.Create(command.Stdout)
		if err != nil {
			return done, err
		}
		files = append(files, out)
		p.launcher.Stdout = out
	}
	return done, nil
}

// Stop asks it to end, and waits.
func (p *Process) Stop() (Usage, error) {
	if err := p.launcher.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return Usage{}, err
	}
	return p.Wait()
}

// Wait waits for its end and tells what it took. How it ended is in the usage.
func (p *Process) Wait() (u Usage, err error) {
	defer p.pipe.Close()
	err = p.report.Decode(&u)
	return u, errors.Join(err, p.launcher.Wait())
}
