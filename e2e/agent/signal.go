package agent

import "syscall"

// Signal sends a signal: SIGSTOP and SIGCONT make it pause.
func (p *Process) Signal(signal syscall.Signal) error { return p.cmd.Process.Signal(signal) }
