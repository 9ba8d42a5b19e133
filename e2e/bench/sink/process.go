package sink

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const fileVariable = "AUDITSHIP_BENCH_SINK" // the file of documents, in the sink's environment

// Main serves and exits, if this process was started as a sink. TestMain calls it first.
func Main() {
	path := os.Getenv(fileVariable)
	if path == "" {
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		fmt.Println(listener.Addr())
		err = Serve(listener, path)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Process is a running sink.
type Process struct {
	Address string // HOST:PORT
	cmd     *exec.Cmd
	client  http.Client
}

// Start starts one that writes to a new file. It ends with ctx, and with this process.
func Start(ctx context.Context, path string) (*Process, error) {
	p := &Process{cmd: exec.CommandContext(ctx, "/proc/self/exe"), client: http.Client{Timeout: 10 * time.Second}}
	p.cmd.Env = append(os.Environ(), fileVariable+"="+path)
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the sink: %w", err), p.Stop())
	}
	p.Address = strings.TrimSpace(address)
	return p, nil
}

// Count is how many documents it has; they are in the file.
func (p *Process) Count() (int, error) {
	response, err := p.client.Get("http://" + p.Address + "/count")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// Stop ends it at once. Call Count before: it completes the file.
func (p *Process) Stop() error {
	p.client.CloseIdleConnections()
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil && p.cmd.ProcessState == nil {
		return err
	}
	return nil
}
