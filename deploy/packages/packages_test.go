package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sassoftware/go-rpmutils"
)

// built is where TestMain put the packages of this machine's architecture, and in a whole run those of the other one.
var built string

func arches() []string {
	if testing.Short() {
		return []string{runtime.GOARCH}
	}
	return []string{"amd64", "arm64"}
}

func only(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(built, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v", pattern, found, err)
	}
	return found[0]
}

// need skips where a program is missing, loudly.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("NOT TESTED: there is no %s on this machine", program)
	}
}

// common are the files of both formats, with mode.
var common = []string{
	"0755 /usr/bin/auditship", "0640 /etc/auditship/auditship.yaml",
	"0644 /usr/share/bash-completion/completions/auditship", "0644 /usr/share/fish/vendor_completions.d/auditship.fish",
	"0644 /usr/share/man/man1/auditship.1.gz", "0644 /usr/share/doc/auditship/changelog.gz", "0644 /usr/share/doc/auditship/README.md",
	"0644 /usr/share/doc/auditship/docs/operations.md", "0644 /usr/share/doc/auditship/examples/elasticsearch.yaml",
}

func TestRPM(t *testing.T) {
	f, err := os.Open(only(t, "*."+rpmArch()+".rpm"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rpm, err := rpmutils.ReadRpm(f)
	if err != nil {
		t.Fatal(err)
	}
	files, err := rpm.Header.GetFiles()
	if err != nil {
		t.Fatal(err)
	}
	there := []string{}
	for _, file := range files {
		there = append(there, fmt.Sprintf("%04o %s", file.Mode()&0o777, file.Name()))
		if file.UserName() != "root" || file.GroupName() != "root" || strings.HasSuffix(file.Name(), ".go") {
			t.Errorf("%s of %s:%s", file.Name(), file.UserName(), file.GroupName())
		}
		const config, noreplace = 1, 16 // RPMFILE_ flags
		if file.Name() == "/etc/auditship/auditship.yaml" && file.Flags()&(config|noreplace) != config|noreplace {
			t.Errorf("flags %d of %s", file.Flags(), file.Name())
		}
	}
	holds(t, there, append([]string{"0644 /usr/lib/systemd/system/auditship.service", "0644 /usr/share/zsh/site-functions/_auditship",
		"0644 /usr/share/licenses/auditship/LICENSE", "0750 /etc/auditship"}, common...))
	for tag, want := range map[int]string{rpmutils.POSTIN: "daemon-reload", rpmutils.PREUN: "disable --now", rpmutils.POSTUN: "try-restart"} {
		script, err := rpm.Header.GetString(tag)
		if err != nil || !strings.Contains(script, want) {
			t.Errorf("script %d: %v, %s", tag, err, script)
		}
	}
}

func holds(t *testing.T, there, want []string) {
	t.Helper()
	for _, file := range want {
		if !slices.Contains(there, file) {
			t.Errorf("the package has no %s", file)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(there, "\n"))
	}
}

func TestDeb(t *testing.T) {
	need(t, "dpkg-deb")
	listed, err := exec.Command("dpkg-deb", "--contents", only(t, "*_"+runtime.GOARCH+".deb")).Output()
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]string{"-rwxr-xr-x": "0755", "-rw-r-----": "0640", "-rw-r--r--": "0644", "drwxr-x---": "0750", "drwxr-xr-x": "0755"}
	there := []string{}
	for line := range strings.Lines(string(listed)) {
		field := strings.Fields(line)
		there = append(there, modes[field[0]]+" "+strings.TrimSuffix(strings.TrimPrefix(field[5], "."), "/"))
		if field[1] != "root/root" || strings.HasSuffix(field[5], ".go") {
			t.Error(line)
		}
	}
	holds(t, there, append([]string{"0644 /lib/systemd/system/auditship.service", "0644 /usr/share/zsh/vendor-completions/_auditship",
		"0644 /usr/share/doc/auditship/copyright", "0750 /etc/auditship"}, common...))
}

// The same commit makes the same bytes, whenever and wherever it is built.
func TestReproducible(t *testing.T) {
	again := t.TempDir()
	if err := run(filepath.Join("..", ".."), again, arches()); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(built)
	if err != nil || len(entries) != 2*len(arches()) {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, entry := range entries {
		first, second := digest(t, filepath.Join(built, entry.Name())), digest(t, filepath.Join(again, entry.Name()))
		if first != second {
			t.Errorf("%s differs", entry.Name())
		}
		if info, err := entry.Info(); err != nil || info.Size() > 25<<20 {
			t.Errorf("%s: %v, %v", entry.Name(), info, err)
		} else {
			t.Logf("%s: %.1f MB, SHA-256 %x…", entry.Name(), float64(info.Size())/1e6, first[:6])
		}
	}
}

func digest(t *testing.T, path string) (sum [sha256.Size]byte) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func TestVersions(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	order := []string{}
	for _, c := range [][2]string{
		{"1a2b3c4", "0.0.0~20260102030405.1a2b3c4"}, {"v1.2.0-rc.1", "1.2.0~rc.1"}, {"v1.2.0", "1.2.0"},
		{"v1.2.0-4-gabcdef0", "1.2.0+4.gabcdef0"}, {"v1.2.1-rc.1-2-gabcdef0-dirty", "1.2.1~rc.1+2.gabcdef0+dirty"},
	} {
		if got := packageVersion(c[0], at); got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
		order = append(order, c[1])
	}
	need(t, "dpkg")
	for i := 1; i < len(order); i++ {
		if err := exec.Command("dpkg", "--compare-versions", order[i-1], "lt", order[i]).Run(); err != nil {
			t.Errorf("%s is not before %s: %v", order[i-1], order[i], err)
		}
	}
}

// The man page tells of every command, also of those below others, and renders where there is a man.
func TestManual(t *testing.T) {
	page, err := manual(ownBinary(t), "1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{".SS run\n", ".SS checkpoint set\n", ".SS policy lint\n", "Exit codes: 0 done"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("it has no %q", want)
		}
	}
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "'") || strings.HasPrefix(line, "...") {
			t.Errorf("roff takes this for a request: %q", line)
		}
	}
}

// ownBinary is the one out of the deb.
func ownBinary(t *testing.T) string {
	t.Helper()
	need(t, "dpkg-deb")
	dir := t.TempDir()
	if err := exec.Command("dpkg-deb", "--extract", only(t, "*_"+runtime.GOARCH+".deb"), dir).Run(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "usr/bin/auditship")
}
