package backend

import (
	"fmt"
	"syscall"
)

// Signal sends a signal to everything that the server's start started: SIGSTOP and SIGCONT make it a server that hangs.
func (p *Process) Signal(signal syscall.Signal) error {
	if err := syscall.Kill(-p.cmd.Process.Pid, signal); err != nil {
		return fmt.Errorf("send %v to %s: %w", signal, p.Name, err)
	}
	return nil
}

// Kill ends it all at once, as a power cut would (but for the page cache), and waits until it is gone.
func (p *Process) Kill() error {
	err := p.Signal(syscall.SIGKILL)
	<-p.done
	_ = p.alive.Close() // its guard is dead too
	return err
}
