package doctor

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// now is when the hosts of testdata are examined.
var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// TestHosts examines hosts that are right, and wrong in several ways. Each is the directory right, with the files of its own
// directory in it and what its host.txt says; what comes of it is in NAME.golden.
func TestHosts(t *testing.T) {
	hosts, err := filepath.Glob("testdata/*/host.txt")
	if err != nil || len(hosts) < 10 {
		t.Fatalf("%q, %v", hosts, err)
	}
	for _, host := range hosts {
		name := filepath.Base(filepath.Dir(host))
		t.Run(name, func(t *testing.T) {
			results := Examine(t.Context(), options(makeHost(t, name)))
			var text bytes.Buffer
			if err := Write(&text, results); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", name+".golden"), text.Bytes())
			if failed := Failed(results); failed == (name == "right" || name == "forever" || name == "process") {
				t.Errorf("failed: %v", failed)
			}
		})
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v; got\n%s", err, got)
	}
}

func options(root string) Options {
	return Options{
		Root: root, Manifest: "/etc/kubernetes/manifests/kube-apiserver.yaml", Config: "/etc/auditship/auditship.yaml",
		Now: func() time.Time { return now }, Free: func(string) (int64, error) { return 5 << 30, nil },
	}
}

// makeHost makes a host in a directory of its own, with the modes that Git does not keep.
func makeHost(t *testing.T, name string) (root string) {
	t.Helper()
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	root = t.TempDir()
	for _, from := range []string{"right", name} {
		copyTree(t, filepath.Join("testdata", from), root)
	}
	unit, err := os.ReadFile("../../deploy/systemd/auditship.service")
	must(t, err)
	put(t, filepath.Join(root, "lib/systemd/system/auditship.service"), unit)
	must(t, os.MkdirAll(filepath.Join(root, "var/log/kubernetes/audit"), 0o700))
	said, err := os.ReadFile(filepath.Join("testdata", name, "host.txt"))
	must(t, err)
	for line := range strings.Lines(string(said)) {
		word := strings.Fields(line)
		switch {
		case len(word) == 0 || word[0] == "#":
		case word[0] == "log":
			put(t, filepath.Join(root, "var/log/kubernetes/audit", word[1]), logOf(t, word[2], word[3], word[4]))
		case word[0] == "mode":
			mode, err := strconv.ParseUint(word[1], 8, 32)
			must(t, err)
			must(t, os.Chmod(filepath.Join(root, word[2]), fs.FileMode(mode)))
		case word[0] == "gone":
			must(t, os.RemoveAll(filepath.Join(root, word[1])))
		default:
			t.Fatalf("host.txt: %s", line)
		}
	}
	return root
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	must(t, filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "host.txt" {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil {
			name, _ := filepath.Rel(from, path)
			put(t, filepath.Join(to, name), content)
		}
		return err
	}))
}

func put(t *testing.T, file string, content []byte) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o700))
	must(t, os.WriteFile(file, content, 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// logOf is a log of so many bytes, with two events at least; - is one of which no events are seen.
func logOf(t *testing.T, length, first, last string) []byte {
	t.Helper()
	n, err := strconv.Atoi(length)
	must(t, err)
	if first == "-" {
		return make([]byte, n)
	}
	begin, end := eventAt(first, 0), eventAt(last, 0)
	return append(append(begin, eventAt(first, n-2*len(begin)-len(end))...), append(end, `{"kind":"Event","torn`...)...)
}

// eventAt is an event that is filled up by its user agent.
func eventAt(at string, fill int) []byte {
	return fmt.Appendf(nil, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"5c9d1f3e-0000-4000-8000-000000000001","stage":"ResponseComplete","requestURI":"/api/v1/nodes","verb":"list","user":{"username":"planted-user"},"userAgent":"%s","responseStatus":{"code":200},"requestReceivedTimestamp":"%s","stageTimestamp":"%s"}`+"\n",
		strings.Repeat("x", max(0, fill)), at, at)
}

// TestNothingIsLeft: the link is gone, and no file has changed.
func TestNothingIsLeft(t *testing.T) {
	root := makeHost(t, "right")
	list := func() (names []string) {
		must(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			info, failed := entry.Info()
			names = append(names, fmt.Sprint(path, info.Size(), info.Mode(), info.ModTime()))
			return failed
		}))
		return names
	}
	before := list()
	dir := filepath.Join(root, "var/log/kubernetes/audit")
	Examine(t.Context(), options(root))
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Fatal(err)
	}
	for i, name := range list() {
		if name != before[i] && !strings.HasPrefix(name, dir) { // its time has changed
			t.Errorf("%s, before %s", name, before[i])
		}
	}
	if after := list(); len(after) != len(before) {
		t.Errorf("%d files, before %d", len(after), len(before))
	}
}

// TestNoEventIsTold: not a word of any event, or of a secret, gets into a result.
func TestNoEventIsTold(t *testing.T) {
	for _, name := range []string{"right", "open"} {
		var text bytes.Buffer
		must(t, WriteJSON(&text, Examine(t.Context(), options(makeHost(t, name)))))
		for _, word := range []string{"planted-user", "planted-password", "no-such-key", "5c9d1f3e"} {
			if strings.Contains(text.String(), word) {
				t.Errorf("%s: %s is told:\n%s", name, word, text.String())
			}
		}
	}
}
