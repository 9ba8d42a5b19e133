package measure

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

const (
	roleVariable = "AUDITSHIP_BENCH_ROLE"
	launcherRole = "launch"
	reportFD     = 3
)

// Launch runs the launcher and exits, if this process was started as one. TestMain calls it first.
func Launch() {
	if os.Getenv(roleVariable) == launcherRole {
		os.Exit(launch(os.Args[1:]))
	}
}

// launch starts a command, tells its process ID, waits for it and tells its usage: two JSON values on descriptor 3.
func launch(command []string) (code int) {
	runtime.LockOSThread() // the parent-death signal comes when the starting thread ends
	report := json.NewEncoder(os.NewFile(reportFD, "report"))
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Env = append(os.Environ(), roleVariable+"=")
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		for range stop {
			_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		}
	}()
	err := report.Encode(cmd.Process.Pid)
	_ = cmd.Wait() // the usage has the exit code
	if err == nil {
		err = report.Encode(usage(cmd.ProcessState, time.Since(begin)))
	}
	if err != nil {
		return 1
	}
	return 0
}

func usage(state *os.ProcessState, wall time.Duration) Usage {
	kernel := state.SysUsage().(*syscall.Rusage)
	return Usage{
		Wall: wall, User: state.UserTime(), System: state.SystemTime(),
		PeakRSS: kernel.Maxrss << 10, Switches: kernel.Nvcsw, Code: state.ExitCode(),
	}
}
