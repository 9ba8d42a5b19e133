package main

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestUnderSystemd installs the packages where systemd is the first process, a real one in namespaces of its own: it starts the unit,
// reloads, restarts and kills it, the package is upgraded and removed. testdata/systemd.sh says what must hold.
func TestUnderSystemd(t *testing.T) {
	sample, err := filepath.Abs("../../agent/demo/sample.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for format, pattern := range map[string]string{"deb": "*_" + runtime.GOARCH + ".deb", "rpm": "*." + rpmArch() + ".rpm"} {
		t.Run(format, func(t *testing.T) {
			need(t, map[string]string{"deb": "dpkg", "rpm": "rpm"}[format])
			output := onCopy(t, []string{"-b", "testdata/systemd.sh"}, "OLD="+only(t, pattern), "NEW="+upgrade(t, format), "SAMPLE="+sample, "FORMAT="+format, "PASS=FORMAT")
			for _, want := range []string{"started", "reloaded", "restarted", "killed and back", "upgraded", "wrong configuration", "removed"} {
				if !strings.Contains(output, "ok: "+want) {
					t.Errorf("it did not come to %q", want)
				}
			}
		})
	}
}

// rpmArch is this machine's architecture as rpm names it.
func rpmArch() string {
	return map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
}
