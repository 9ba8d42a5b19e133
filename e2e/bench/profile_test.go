package bench_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/bench/corpus"
	"github.com/auditship/auditship/e2e/bench/measure"
	"github.com/auditship/auditship/e2e/bench/peers"
	"github.com/auditship/auditship/e2e/bench/sink"
)

var (
	profile     = flag.String("profile", "", "where TestProfile writes a CPU profile")
	profileBulk = flag.Bool("profile-bulk", false, "of shipping to the bulk sink instead of a file")
)

const profileSeconds = 8 // of the start: shipping mostly takes less, and an idle agent leaves no samples

// TestProfile takes a CPU profile of an agent that ships a log, from its admin socket.
func TestProfile(t *testing.T) {
	if needed(t); *profile == "" {
		t.Skip("no -profile FILE")
	}
	path, _ := makeLog(t, corpus.Spec{Bytes: *size * 1e6})
	agent, err := peers.Auditship(t.Context(), repository(), workDir)
	must(t, err)
	dir := newDir(t)
	job := peers.Job{Dir: dir, Log: path, Out: filepath.Join(dir, "events.jsonl")}
	if *profileBulk {
		server, err := sink.Start(t.Context(), job.Out)
		must(t, err)
		defer func() { must(t, server.Stop()) }()
		job.Sink = server.Address
	}
	command, err := agent.Prepare(job, true)
	must(t, err)
	p, err := measure.Start(t.Context(), command)
	must(t, err)
	must(t, fetchProfile(filepath.Join(dir, "admin.sock")))
	u, err := p.Stop()
	must(t, err)
	fmt.Printf("%.0f MB, %v of processor time, profile in %s\n", float64(*size), u.CPU(), *profile)
}

// fetchProfile waits for the socket and keeps what it answers.
func fetchProfile(socket string) error {
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		for {
			conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
			if err == nil || ctx.Err() != nil {
				return conn, err
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Millisecond):
			}
		}
	}}}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 10*profileSeconds*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://agent/debug/pprof/profile?seconds=%d", profileSeconds), nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(*profile, content, 0o644)
}
