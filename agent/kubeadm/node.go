package kubeadm

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Host is the node that the process runs on. It needs /proc of the node, so not that of a pod without hostPID.
type Host struct {
	livez     string
	client    *http.Client
	proc, log string // /proc and /var/log/pods
}

// NewHost looks at the API server of a manifest. livez is where; empty: where kubelet's probe asks. read reads a file of the
// node.
func NewHost(m *Manifest, livez string, read func(name string) ([]byte, error)) (*Host, error) {
	h := &Host{livez: livez, proc: "/proc", log: "/var/log/pods"}
	if livez == "" {
		h.livez = m.livez()
	}
	at, err := url.Parse(h.livez)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" {
		return nil, fmt.Errorf("--livez %q is no URL: give one like https://127.0.0.1:6443/livez", h.livez)
	}
	roots, known := m.roots(read)
	if !known && at.Scheme == "https" {
		return nil, errors.New("neither the certificate authority (--client-ca-file) nor the certificate (--tls-cert-file) of the API server can be read: it could not be told whether it comes back")
	}
	h.client = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig:   trusting(roots),
		DisableKeepAlives: true, // an old connection would tell of the old process
		DialContext:       (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
	}}
	return h, nil
}

// livez is where kubelet's probe asks. kubeadm names the port since 1.34 ("probe-port"); a probe without a host is of the pod's
// address, which is the node's (hostNetwork).
func (m *Manifest) livez() string {
	c := m.server()
	for _, p := range []*probe{c.Liveness, c.Startup} {
		if p == nil || p.Get == nil {
			continue
		}
		port := p.Get.Port
		for _, named := range c.Ports {
			if named.Name == port {
				port = strconv.Itoa(named.Port)
			}
		}
		host := p.Get.Host
		if host == "" {
			host = "127.0.0.1"
		}
		scheme := "http"
		if strings.EqualFold(p.Get.Scheme, "https") {
			scheme = "https"
		}
		return scheme + "://" + net.JoinHostPort(host, port) + "/livez"
	}
	port := "6443"
	if f, there := lastOf(m.flags(), "secure-port"); there {
		port = f.value
	}
	return "https://127.0.0.1:" + port + "/livez"
}

// roots are what the API server's certificate is checked against: the cluster's certificate authority, and its own
// certificate, which may be somebody else's.
func (m *Manifest) roots(read func(string) ([]byte, error)) (pool *x509.CertPool, known bool) {
	pool = x509.NewCertPool()
	for _, name := range []string{"client-ca-file", "tls-cert-file"} {
		f, there := lastOf(m.flags(), name)
		if !there {
			continue
		}
		if text, err := read(m.locate(f.value).host); err == nil {
			known = pool.AppendCertsFromPEM(text) || known
		}
	}
	return pool, known
}

// trusting checks the certificate but for its name: the address is the node's own, taken from its manifest, and kubeadm's
// certificate need not have it (127.0.0.1 is not among its names).
func trusting(roots *x509.CertPool) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // the name; the chain is checked below
		VerifyConnection: func(state tls.ConnectionState) error {
			between := x509.NewCertPool()
			for _, c := range state.PeerCertificates[1:] {
				between.AddCert(c)
			}
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
			return err
		},
	}
}

// Live asks /livez. Nothing of the answer but its code is read.
func (h *Host) Live(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.livez, nil)
	if err != nil {
		return 0, err
	}
	answer, err := h.client.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// Servers finds the processes of kube-apiserver.
func (h *Host) Servers() (found []Process, err error) {
	entries, err := os.ReadDir(h.proc)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if strings.Trim(entry.Name(), "0123456789") != "" {
			continue
		}
		line, err := os.ReadFile(filepath.Join(h.proc, entry.Name(), "cmdline"))
		if err != nil || len(line) == 0 {
			continue // it has ended, or is the kernel's
		}
		args := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
		if path.Base(args[0]) == apiServer {
			found = append(found, Process{entry.Name(), h.start(entry.Name()), args})
		}
	}
	return found, nil
}

// start is when a process began, in ticks since the boot: field 22 of /proc/PID/stat, the 20th behind the name in brackets
// (proc(5)).
func (h *Host) start(id string) string {
	line, err := os.ReadFile(filepath.Join(h.proc, id, "stat"))
	if err != nil {
		return ""
	}
	fields := bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
	if len(fields) < 20 {
		return ""
	}
	return string(fields[19])
}

// Stop sends SIGTERM: kube-apiserver answers what it is asked before it ends, and kubelet starts it again.
func (h *Host) Stop(p Process) error {
	id, err := strconv.Atoi(p.ID)
	if err != nil || h.start(p.ID) != p.Start {
		return nil // it has ended, and the number may be another's
	}
	return syscall.Kill(id, syscall.SIGTERM)
}

// lastWords is how many lines are told.
const lastWords = 10

// LastWords reads the newest log of the API server's container.
func (h *Host) LastWords() []string {
	logs, err := filepath.Glob(filepath.Join(h.log, "kube-system_"+apiServer+"-*", "*", "*.log"))
	if err != nil || len(logs) == 0 {
		return nil
	}
	newest := slices.MaxFunc(logs, func(a, b string) int { return changed(a).Compare(changed(b)) })
	text, err := tail(newest, 64<<10)
	if err != nil {
		return nil
	}
	var words []string
	for line := range strings.Lines(string(text)) {
		if said, ok := ownWords(line); ok {
			words = append(words, said)
		}
	}
	return words[max(0, len(words)-lastWords):]
}

func changed(name string) time.Time {
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

func tail(name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := file.Seek(-most, io.SeekEnd); err != nil && !errors.Is(err, os.ErrInvalid) {
		if _, err := file.Seek(0, io.SeekStart); err != nil { // it is shorter
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(file, most))
}

// ownWords is a line of a container's log without what the runtime put before it (TIME STREAM TAG; k8s.io/cri-client
// pkg/logs), and whether the server says it of itself: events on standard output are not repeated.
func ownWords(line string) (string, bool) {
	parts := strings.SplitN(strings.TrimRight(line, "\n"), " ", 4)
	if len(parts) < 4 || parts[1] != "stderr" {
		return "", false
	}
	return parts[3][:min(len(parts[3]), 400)], true
}
