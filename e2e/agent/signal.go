package agent

import "syscall"

// Signal sends a signal: SIGSTOP and SIGCONT make it pause.
func (p *Process) Signal(signal syscall.Signal) error { return p.cmd.Process.Signal(signal) }

// PID is its process ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }
