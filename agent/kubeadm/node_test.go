package kubeadm

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func parsed(t *testing.T, text string) *Manifest {
	t.Helper()
	m, err := Parse("m.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestLivez: where kubelet asks, by number and by name of the port, and where there is no probe.
func TestLivez(t *testing.T) {
	old, base := read(t, "testdata/v1.28.yaml"), v136(t)
	probes := strings.Index(base, "    livenessProbe:")
	for name, tt := range map[string]struct{ manifest, want string }{
		"named port":  {base, "https://10.0.0.11:6443/livez"},
		"number":      {old, "https://10.0.0.11:6443/livez"},
		"no host":     {strings.ReplaceAll(base, "        host: 10.0.0.11\n", ""), "https://127.0.0.1:6443/livez"},
		"IPv6":        {strings.ReplaceAll(base, "host: 10.0.0.11", "host: fd00::1"), "https://[fd00::1]:6443/livez"},
		"plain HTTP":  {strings.ReplaceAll(old, "scheme: HTTPS", "scheme: HTTP"), "http://10.0.0.11:6443/livez"},
		"no probe":    {strings.Replace(base[:probes], "secure-port=6443", "secure-port=8443", 1) + base[strings.Index(base, "    volumeMounts:"):], "https://127.0.0.1:8443/livez"},
		"nor a port":  {strings.Replace(base[:probes], "    - --secure-port=6443\n", "", 1) + base[strings.Index(base, "    volumeMounts:"):], "https://127.0.0.1:6443/livez"},
		"exec probes": {strings.NewReplacer("livenessProbe:\n      failureThreshold: 8\n      httpGet:", "livenessProbe:\n      other:", "startupProbe:\n      failureThreshold: 24\n      httpGet:", "startupProbe:\n      other:").Replace(base), "https://127.0.0.1:6443/livez"},
	} {
		if got := parsed(t, tt.manifest).livez(); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

// TestLive: the certificate must be of the cluster's authority, or the API server's own, whatever names it has; an answer is a
// code, and a dead server an error.
func TestLive(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(answer http.ResponseWriter, asked *http.Request) {
		if asked.URL.Path != "/livez" {
			answer.WriteHeader(http.StatusForbidden)
		}
	}))
	defer server.Close()
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	m := parsed(t, v136(t))
	host, err := NewHost(m, server.URL+"/livez", files{"/etc/kubernetes/pki/apiserver.crt": string(own)}.read)
	if err != nil {
		t.Fatal(err)
	}
	if code, err := host.Live(t.Context()); code != 200 || err != nil {
		t.Errorf("got %d, %v", code, err)
	}
	other, err := os.ReadFile("testdata/other-ca.crt")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := NewHost(m, server.URL+"/livez", files{"/etc/kubernetes/pki/ca.crt": string(other)}.read)
	if err != nil {
		t.Fatal(err)
	}
	var unknown x509.UnknownAuthorityError
	if code, err := foreign.Live(t.Context()); !errors.As(err, &unknown) {
		t.Errorf("got %d, %v", code, err)
	}
	server.Close()
	if code, err := host.Live(t.Context()); err == nil {
		t.Errorf("a dead server answers %d", code)
	}
	for _, url := range []string{"6443", "ftp://x/livez", "https:///livez"} {
		if _, err := NewHost(m, url, files{}.read); err == nil {
			t.Errorf("%s is taken", url)
		}
	}
	if _, err := NewHost(m, "", files{}.read); err == nil || !strings.Contains(err.Error(), "--client-ca-file") {
		t.Errorf("got %v", err)
	}
}

// TestServers finds processes by their command line, in a real /proc, and ends one of them: the one that was seen.
func TestServers(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("there is no sleep(1)")
	}
	command := &exec.Cmd{Path: sleep, Args: []string{"kube-apiserver", "600"}}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = command.Process.Kill() }()
	host := &Host{proc: "/proc"}
	i, servers := -1, []Process(nil)
	for i < 0 && err == nil { // for a moment a new process has no command line
		servers, err = host.Servers()
		i = slices.IndexFunc(servers, func(p Process) bool { return p.ID == strconv.Itoa(command.Process.Pid) })
	}
	if err != nil || servers[i].Start == "" || !slices.Equal(servers[i].Args, command.Args) {
		t.Fatalf("got %v, %v", servers, err)
	}
	if err := host.Stop(Process{ID: servers[i].ID, Start: "1"}); err != nil || !host.runs(servers[i]) {
		t.Errorf("a process with a number that is given again was stopped, or: %v", err)
	}
	if err := host.Stop(servers[i]); err != nil {
		t.Error(err)
	}
	if err := command.Wait(); err == nil || !strings.Contains(err.Error(), "terminated") {
		t.Errorf("it ended with %v", err)
	}
	if err := host.Stop(servers[i]); err != nil {
		t.Errorf("one that has ended: %v", err)
	}
}

func (h *Host) runs(p Process) bool { return h.start(p.ID) == p.Start }

// TestLastWords: the newest log, and of that only what the server says of itself.
func TestLastWords(t *testing.T) {
	host := &Host{log: t.TempDir()}
	if words := host.LastWords(); words != nil {
		t.Errorf("got %v of nothing", words)
	}
	dir := filepath.Join(host.log, "kube-system_kube-apiserver-cp-1_8e", "kube-apiserver")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for i := range 2000 {
		log.WriteString("2026-11-23T03:00:00.1Z stderr F line " + strconv.Itoa(i) + " " + strings.Repeat("x", 100) + "\n")
		log.WriteString("2026-11-23T03:00:00.1Z stdout F {\"kind\":\"Event\"}\n")
	}
	log.WriteString("torn")
	if err := os.WriteFile(filepath.Join(dir, "1.log"), []byte(log.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	words := host.LastWords()
	if len(words) != lastWords || !strings.HasPrefix(words[lastWords-1], "line 1999 ") {
		t.Errorf("got %q", words)
	}
}
