package file

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRemainsOfACrash are removed, and nothing else.
func TestRemainsOfACrash(t *testing.T) {
	h, _ := copyHome(t, 1<<20)
	h.must(os.MkdirAll(h.in.cfg.GuardDir, 0o700))
	h.must(os.Mkdir(h.path(guardDir), 0o700))
	note := "audit.log.000000000007" + lostSuffix + tmpSuffix
	other := h.path(guardDir + "/other.log.000000000007" + lostSuffix + tmpSuffix)
	for _, path := range []string{filepath.Join(h.in.cfg.GuardDir, copyName+tmpSuffix), h.path(guardDir + "/" + note), other} {
		h.must(os.WriteFile(path, []byte("{"), 0o600))
	}
	h.must(h.in.Run(ended))
	if links := h.links(); fmt.Sprint(links) != fmt.Sprint([]string{other}) {
		t.Errorf("left: %v", links)
	}
	if _, err := os.Stat(filepath.Join(h.in.cfg.GuardDir, copyName+tmpSuffix)); err == nil {
		t.Error("half a copy is left")
	}
}

// TestTakenNames: one name that is no link of the guard's does not keep it from linking.
func TestTakenNames(t *testing.T) {
	h, g, _, slow := guardedHome(t)
	for _, seq := range []string{"1", "2", "4"} {
		h.must(os.MkdirAll(h.path(guardDir+"/audit.log.00000000000"+seq), 0o700))
	}
	h.must(os.Chmod(h.path(guardDir), 0o700))
	h.write(backup1, "a1\n")
	h.write("audit.log", "b1\n")
	if !g.pass() {
		t.Errorf("nothing is linked: %v", h.links())
	}
	h.wantLinks(5)
	h.remove(backup1)
	slow.want("a1", "b1")
}

// TestNameThatIsTakenMeanwhile, by whatever could not be listed.
func TestNameThatIsTakenMeanwhile(t *testing.T) {
	h, _, _, slow := guardedHome(t)
	h.in.sys = faulty{disk{}, func(call, path string) error {
		if call == "link" && !strings.HasSuffix(path, "3") {
			return os.ErrExist
		}
		return nil
	}}
	h.write("audit.log", "b1\n")
	if !newGuard(h.in).pass() {
		t.Errorf("nothing is linked: %v", h.links())
	}
	h.wantLinks(1)
	slow.want("b1")
}
