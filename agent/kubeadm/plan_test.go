package kubeadm

import (
	goflag "flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = goflag.Bool("update", false, "write testdata/*.golden")

// files are those of a node.
type files map[string]string

func (f files) read(name string) ([]byte, error) {
	text, there := f[name]
	if !there {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(text), nil
}

const goodPolicy = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n- level: Metadata\n"

// with puts flags, mounts and volumes into a manifest, each as its YAML, the way people do by hand.
func with(base string, flags, mounts, volumes []string) string {
	put := func(before, item, indent string) {
		item = indent + "- " + strings.ReplaceAll(item, "\n", "\n"+indent+"  ") + "\n"
		base = strings.Replace(base, before, item+before, 1)
	}
	for _, f := range flags {
		put("    image: ", f, "    ")
	}
	for _, m := range mounts {
		put("  hostNetwork: ", m, "    ")
	}
	for _, v := range volumes {
		put("status: {}", v, "  ")
	}
	return base
}

func hostVolume(name, path, kind string) string {
	text := "hostPath:\n  path: " + path
	if kind != "" {
		text += "\n  type: " + kind
	}
	return text + "\nname: " + name
}

func mountOf(name, path string) string { return "mountPath: " + path + "\nname: " + name }

var allFlags = []string{"--audit-policy-file=/etc/kubernetes/audit/policy.yaml", "--audit-log-path=/var/log/kubernetes/audit/audit.log", "--audit-log-maxsize=100", "--audit-log-maxbackup=20", "--audit-log-maxage=30"}

// TestRotationBytes: numbers that nobody can mean must not pass for a small log.
func TestRotationBytes(t *testing.T) {
	for r, want := range map[Rotation]int64{
		{100, 20, 30}: 2100 << 20, {1, 1, 0}: 2 << 20, {math.MaxInt32, 1, 0}: math.MaxInt32 << 21,
		{math.MaxInt32, math.MaxInt32, 0}: math.MaxInt64, {1 << 50, 1, 0}: math.MaxInt64, {1, math.MaxInt64, 0}: math.MaxInt64,
	} {
		if got := r.Bytes(); got != want {
			t.Errorf("%+v: got %d, want %d", r, got, want)
		}
	}
}

// TestPlans holds the plans for many manifests, clean, half right and right, against the recorded ones, and each against the
// rules that are the same for all.
func TestPlans(t *testing.T) {
	for name, tt := range plans(t) {
		t.Run(name, func(t *testing.T) {
			m, err := Parse("kube-apiserver.yaml", []byte(tt.manifest))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := Make(m, tt.settings, tt.files.read)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, describe(plan))
			sound(t, plan, tt.settings, tt.files)
			if strings.Count(string(plan.Text), "#") != strings.Count(tt.manifest, "#") {
				t.Error("a comment is gone")
			}
		})
	}
}

// golden compares with testdata/NAME.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, path); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func describe(plan *Plan) string {
	var b strings.Builder
	for _, c := range plan.Changes {
		fmt.Fprintf(&b, "%s\n    %s\n", c.What, c.Why)
	}
	for _, note := range plan.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	fmt.Fprintf(&b, "policy %s, log %s, %+v\n", plan.PolicyPath, plan.LogPath, plan.Rotation)
	b.WriteString(plan.Diff())
	if plan.Policy != nil {
		fmt.Fprintf(&b, "=== %s\n%.60s\n", plan.Policy.Path, plan.Policy.Text)
	}
	return b.String()
}

// sound tells what is true of every plan: a second one is empty; the log and the policy are in directories of the node, the
// log's writable and no file.
func sound(t *testing.T, plan *Plan, s Settings, f files) {
	t.Helper()
	after, err := Parse(plan.Manifest.Path, plan.Text)
	if err != nil {
		t.Fatalf("it cannot be read back: %v\n%s", err, plan.Text)
	}
	for _, name := range []string{"audit-policy-file", "audit-log-path"} {
		f, there := lastOf(after.flags(), name)
		at := after.locate(f.value)
		if !there || at.host == "" || name == "audit-log-path" && (at.exact || after.server().Mounts[at.mount].ReadOnly) {
			t.Errorf("--%s=%s is at %+v", name, f.value, at)
		}
	}
	again := files{}
	for name, text := range f {
		again[name] = text
	}
	if plan.Policy != nil {
		again[plan.Policy.Path] = string(plan.Policy.Text)
	}
	second, err := Make(after, s, again.read)
	if err != nil || !second.Empty() || len(second.Changes) > 0 {
		t.Errorf("a second plan is not empty: %v, %+v", err, second)
	}
}
