package doctor

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/kubeadm"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/outputs"
)

// find are the results of one check.
func find(results []Result, check string) (found []Result) {
	for _, r := range results {
		if r.Check == check {
			found = append(found, r)
		}
	}
	return found
}

func TestOutputs(t *testing.T) {
	o := options(makeHost(t, "right"))
	o.Probe = func(_ context.Context, _ *config.Config, out *config.Output) (p outputs.Probe, asked bool, err error) {
		if out.Name == "search" {
			return p, true, &outputs.Fault{Reason: "unauthorized", Detail: "status 401", Blocked: true}
		}
		return outputs.Probe{Found: []string{"room", "rights"}, Doubts: []string{"it grows: stop it"}}, true, nil
	}
	got := find(Examine(t.Context(), o), "output")
	want := []Result{
		{"output", Failure, "outputs[search].elasticsearch", "unauthorized (status 401)", remedy(&outputs.Fault{Reason: "unauthorized"})},
		{"output", Warning, "outputs[archive].file", "it grows", "stop it"},
		{"output", OK, "outputs[archive].file", "room, rights", ""},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

func TestRunningAgent(t *testing.T) {
	soon, bytes, old := 120.0, int64(3<<20), 900.0
	for _, c := range []struct {
		p    status.Pipeline
		want map[Level]int
	}{
		{status.Pipeline{Running: true}, map[Level]int{OK: 1}},
		{status.Pipeline{Blocked: "forbidden", SecondsUntilLoss: &soon}, map[Level]int{Failure: 2}},
		{status.Pipeline{LagBytes: &bytes, LagSeconds: &old}, map[Level]int{Warning: 1}},
	} {
		o := options(makeHost(t, "right"))
		o.Ask = func(_ context.Context, socket string) ([]status.Pipeline, error) {
			if socket != "/run/auditship/admin.sock" {
				t.Errorf("asked %s", socket)
			}
			return []status.Pipeline{c.p}, nil
		}
		count := map[Level]int{}
		for _, r := range find(Examine(t.Context(), o), "agent") {
			count[r.Level]++
		}
		for level, want := range c.want {
			if count[level] != want {
				t.Errorf("%+v: %v", c.p, count)
			}
		}
	}
	o := options(makeHost(t, "right"))
	o.Ask = func(context.Context, string) ([]status.Pipeline, error) { return nil, errors.New("connection refused") }
	if got := find(Examine(t.Context(), o), "agent"); len(got) != 1 || got[0].Level != Warning || !strings.Contains(got[0].What, "connection refused") {
		t.Errorf("got %+v", got)
	}
}

func TestDisk(t *testing.T) {
	for free, want := range map[int64]Level{1 << 20: Failure, 2 << 30: Warning, 4 << 30: OK} {
		o := options(makeHost(t, "right"))
		o.Free = func(string) (int64, error) { return free, nil }
		if got := find(Examine(t.Context(), o), "disk"); len(got) != 1 || got[0].Level != want {
			t.Errorf("%d free: %+v", free, got)
		}
	}
}

// TestGuard: where a link can't be made the agent copies; a link that a killed run left is in nobody's way.
func TestGuard(t *testing.T) {
	root := makeHost(t, "right")
	link := filepath.Join(root, "var/log/kubernetes/audit", probeLink)
	put(t, link, nil)
	if got := find(Examine(t.Context(), options(root)), "guard"); len(got) != 1 || got[0].Level != OK {
		t.Errorf("with a link that was left: %+v", got)
	}
	must(t, os.Mkdir(link, 0o700))
	if got := find(Examine(t.Context(), options(root)), "guard"); len(got) != 1 || got[0].Level != Warning || !strings.Contains(got[0].What, "file exists") {
		t.Errorf("where there can be no link: %+v", got)
	}
}

func TestRunningServer(t *testing.T) {
	root := makeHost(t, "right")
	for args, want := range map[string]Level{
		"kube-apiserver --audit-log-maxage=30 --audit-log-maxsize 100 --audit-log-maxbackup=20 --audit-policy-file=/etc/kubernetes/audit/policy.yaml --audit-log-path=/var/log/kubernetes/audit/audit.log --v=2": OK,
		"/usr/bin/kube-apiserver --audit-log-path=/other": Warning,
	} {
		put(t, filepath.Join(root, "proc/77/cmdline"), []byte(strings.ReplaceAll(args, " ", "\x00")+"\x00"))
		if got := find(Examine(t.Context(), options(root)), "running"); len(got) != 1 || got[0].Level != want || got[0].Where != "process 77" {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// TestServersInPods: the API server of another cluster, whose control plane runs in pods here, is not the manifest's.
func TestServersInPods(t *testing.T) {
	root := makeHost(t, "right")
	put(t, filepath.Join(root, "proc/66/cmdline"), []byte("kube-apiserver\x00--audit-log-path=/other\x00"))
	put(t, filepath.Join(root, "proc/77/cmdline"), []byte("kube-apiserver\x00--audit-log-maxage=30\x00--audit-log-maxsize=100\x00--audit-log-maxbackup=20\x00--audit-policy-file=/etc/kubernetes/audit/policy.yaml\x00--audit-log-path=/var/log/kubernetes/audit/audit.log\x00"))
	if got := find(Examine(t.Context(), options(root)), "running"); len(got) != 1 || got[0].Level != OK || got[0].Where != "process 77" {
		t.Errorf("%+v", got)
	}
}

func TestRotationDefaults(t *testing.T) {
	for _, c := range []struct {
		minor int
		flags []string
		want  rotation
		room  time.Duration // at 1 MiB/s
	}{
		{36, nil, rotation{100 << 20, 100, 366}, 10000 * time.Second},
		{34, []string{"kube-apiserver", "--audit-log-maxsize=0"}, rotation{100 << 20, 0, 0}, math.MaxInt64},
		{36, []string{"kube-apiserver", "--audit-log-maxsize=0"}, rotation{0, 100, 366}, math.MaxInt64},
		{0, []string{"kube-apiserver", "--audit-log-maxsize=1", "--audit-log-maxage=1"}, rotation{1 << 20, 0, 1}, 24 * time.Hour},
		{36, []string{"kube-apiserver", "--audit-log-maxsize", "7", "--audit-log-maxbackup=3", "--audit-log-maxbackup=2", "--audit-log-maxage=x"}, rotation{7 << 20, 2, 366}, 14 * time.Second},
	} {
		s := &server{minor: c.minor, flags: kubeadm.FlagsOf(c.flags)}
		if got := s.rotation(); got != c.want || got.room(1<<20) != c.room {
			t.Errorf("%v: got %+v, %v", c.flags, got, got.room(1<<20))
		}
	}
	if (rotation{1, 1, 0}).room(0) != math.MaxInt64 {
		t.Error("a log that does not grow fills up")
	}
}

// TestWriteEscapes: what stands in files reaches no terminal raw.
func TestWriteEscapes(t *testing.T) {
	var text strings.Builder
	must(t, Write(&text, []Result{{"audit-log", Failure, "a\x1b[2J", "b\u202e\nok  fake", "c\r"}}))
	if strings.ContainsAny(text.String(), "\x1b\u202e\r") || strings.Count(text.String(), "\n") != 3 {
		t.Errorf("%q", text.String())
	}
	text.Reset()
	if must(t, WriteJSON(&text, nil)); text.String() != "[]\n" {
		t.Errorf("%q", text.String())
	}
}

// TestNoLog: with a webhook alone there is nothing to read again, and with nothing at all no audit.
func TestNoLog(t *testing.T) {
	for flags, want := range map[string]Level{
		"--audit-webhook-config-file=/w --audit-policy-file=/p": Warning, "--audit-policy-file=/p": Failure, "--audit-log-path=": Failure, "--audit-log-path /a": OK,
	} {
		e := &examination{server: &server{name: "process 1", flags: kubeadm.FlagsOf(append([]string{"kube-apiserver"}, strings.Fields(flags)...))}}
		if e.checkLogFlags(); e.results[0].Check != "audit-log" || e.results[0].Level != want {
			t.Errorf("%s: %+v", flags, e.results)
		}
	}
}

// TestWhatIsNoLog: what others have put in the log's place is told, and waited for by nobody.
func TestWhatIsNoLog(t *testing.T) {
	for name, put := range map[string]func(string) error{
		"FIFO":      func(path string) error { return unix.Mkfifo(path, 0o600) },
		"link":      func(path string) error { return os.Symlink("/etc/shadow", path) },
		"directory": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		root := makeHost(t, "right")
		dir := filepath.Join(root, "var/log/kubernetes/audit")
		for _, file := range []string{"audit.log", "audit-2026-11-22T00-00-00.000.log"} {
			must(t, os.RemoveAll(filepath.Join(dir, file)))
			must(t, put(filepath.Join(dir, file)))
		}
		results := Examine(t.Context(), options(root))
		if !slices.ContainsFunc(results, func(r Result) bool { return r.Level == Failure && (r.Check == "log" || r.Check == "mount") }) {
			t.Errorf("%s: %+v", name, results)
		}
	}
}

// TestHostileManifest: flags that are no flags, and numbers that are none, end no examination.
func TestHostileManifest(t *testing.T) {
	root := makeHost(t, "right")
	file := filepath.Join(root, "etc/kubernetes/manifests/kube-apiserver.yaml")
	text, err := os.ReadFile(file)
	must(t, err)
	for _, flag := range []string{"--", "---", "--audit-log-path", "--audit-log-maxbackup=-9223372036854775808", "--audit-log-maxsize=9999999999999999999999", "--audit-log-path=../../../etc", "--audit-log-path=/", "--feature-gates=,,="} {
		put(t, file, []byte(strings.Replace(string(text), "--audit-log-maxage=30", flag, 1)))
		if results := Examine(t.Context(), options(root)); len(results) < 5 {
			t.Errorf("%s: %+v", flag, results)
		}
	}
}
