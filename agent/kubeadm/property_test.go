package kubeadm

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestAnyManifest puts together half right set-ups by chance: each is put right, and once; or the reason is told, and no two
// edits get in each other's way.
func TestAnyManifest(t *testing.T) {
	base := v136(t)
	done := 0
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		text := chance(rng, base)
		m, err := Parse("m.yaml", []byte(text))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		node := files{"/etc/kubernetes/audit/policy.yaml": goodPolicy, "/etc/kubernetes/p.yaml": goodPolicy, "/srv/a/b/p.yaml": strings.Replace(goodPolicy, "/v1", "/v1alpha1", 1)}
		plan, err := Make(m, Settings{}, node.read)
		var unusable *UnusableError
		switch {
		case err == nil:
			done++
			sound(t, plan, Settings{}, node)
			unrelated(t, seed, plan)
		case !errors.As(err, &unusable) || strings.Contains(err.Error(), "second edit") || strings.Contains(err.Error(), "two edits") || strings.Contains(err.Error(), "would not be YAML"):
			t.Errorf("seed %d: %v\n%s", seed, err, text)
		}
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, text)
		}
	}
	if done < 150 {
		t.Errorf("only %d of 200 were done", done)
	}
}

func pick(rng *rand.Rand, from ...string) string { return from[rng.IntN(len(from))] }

// chance is a manifest with some flags, mounts and volumes about audit, right or wrong, written in one way or another.
func chance(rng *rand.Rand, base string) string {
	var flags, mounts, volumes []string
	for name, values := range map[string][]string{
		"audit-policy-file": {DefaultPolicyPath, "/etc/kubernetes/p.yaml", "/srv/a/b/p.yaml", "p.yaml", "/etc/kubernetes/pki/p.yaml"},
		"audit-log-path":    {DefaultLogPath, "-", "/var/log/audit.log", "/srv/a/b/audit.log", "audit.log"},
		"audit-log-maxsize": {"100", "0", "x", "-1"}, "audit-log-maxbackup": {"5", "0", ""}, "audit-log-maxage": {"7", "0x10"},
		"feature-gates": {"AdvancedAuditing=true", "A=true,AdvancedAuditing=false", "B=true"}, "audit-log-format": {"json", "legacy"}, "audit-log-version": {"audit.k8s.io/v1beta1"},
	} {
		if rng.IntN(2) == 0 {
			flags = append(flags, written(rng, name, pick(rng, values...))...)
		}
	}
	paths := []string{"/etc/kubernetes/audit", DefaultPolicyPath, "/etc/kubernetes/p.yaml", "/srv/a/b", "/var/log/kubernetes/audit", DefaultLogPath, "/var/log/audit.log", "/srv/a"}
	for i, path := range paths {
		name := "v" + string(rune('a'+i))
		if rng.IntN(3) == 0 {
			mounts = append(mounts, mountOf(name, pick(rng, path, path+"/"))+pick(rng, "", "\nreadOnly: true", "\nreadOnly: false # really"))
		}
		if rng.IntN(3) == 0 {
			volumes = append(volumes, pick(rng, hostVolume(name, path, pick(rng, "", "File", "FileOrCreate", "Directory", "DirectoryOrCreate", "Socket")), "name: "+name+"\nemptyDir: {}"))
		}
	}
	return with(base, flags, mounts, volumes)
}

// written is a flag in one of the ways in which people write it.
func written(rng *rand.Rand, name, value string) []string {
	switch rng.IntN(5) {
	case 0:
		return []string{"\"--" + name + "=" + value + "\" # by hand"}
	case 1:
		return []string{"'--" + name + "=" + value + "'"}
	case 2:
		return []string{"--" + name, "\"" + value + "\""}
	}
	return []string{"--" + name + "=" + value}
}

// unrelated: all that is not about audit means what it meant.
func unrelated(t *testing.T, seed uint64, plan *Plan) {
	t.Helper()
	var before, after map[string]any
	if err := errors.Join(yaml.Unmarshal(plan.Manifest.text, &before), yaml.Unmarshal(plan.Text, &after)); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for _, line := range strings.Split(plan.Diff(), "\n") {
		if strings.HasPrefix(line, "-") && strings.Contains(line, "--") && !strings.HasPrefix(line, "---") && !strings.Contains(line, "audit") && !strings.Contains(line, "Audit") && !strings.Contains(line, "feature-gates") {
			t.Errorf("seed %d: this goes: %s", seed, line)
		}
	}
	if len(before) != len(after) {
		t.Errorf("seed %d: the pod has other keys", seed)
	}
}
