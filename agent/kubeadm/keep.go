package kubeadm

import (
	"fmt"
	"strings"
)

// kept is what kubeadm must know for the change to stay.
type kept struct {
	flags  []flag
	mounts []keptMount
}

type keptMount struct {
	name, host, path, kind string
	readOnly               bool
}

// kept finds it in the manifest as it is to be. What kubeadm mounts by itself needs no telling.
func (p *Plan) kept() (k kept) {
	m := p.After
	inside := map[string]bool{}
	flags := m.flags()
	for _, f := range flags {
		if last, _ := lastOf(flags, f.name); f != last {
			continue // it counts for nothing, and v1beta3 has a map
		}
		if strings.HasPrefix(f.name, "audit-") {
			k.flags = append(k.flags, f)
		}
		if f.name != "audit-policy-file" && f.name != "audit-log-path" && f.name != "audit-webhook-config-file" {
			continue
		}
		at := m.locate(f.value)
		if at.mount < 0 || at.host == "" || inside[m.server().Mounts[at.mount].Name] || kubeadms[m.server().Mounts[at.mount].Name] {
			continue
		}
		mt, v := m.server().Mounts[at.mount], m.pod.Volumes[at.volume]
		inside[mt.Name] = true
		k.mounts = append(k.mounts, keptMount{mt.Name, v.Host.Path, mt.Path, v.Host.Type, mt.ReadOnly})
	}
	return k
}

// kubeadms are volumes that kubeadm mounts by itself (cmd/kubeadm/app/phases/controlplane/volumes.go).
var kubeadms = map[string]bool{"k8s-certs": true, "ca-certs": true}

// ClusterConfiguration is what to put into kubeadm's configuration, of version v1beta4, where arguments are a list, or v1beta3,
// where they are a map (k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm).
func (p *Plan) ClusterConfiguration(version string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# For the ConfigMap kube-system/kubeadm-config (kubectl -n kube-system edit configmap kubeadm-config), or the file of kubeadm init:
# add these to what is under apiServer there. On each control-plane node the policy must be at %s before.
apiVersion: kubeadm.k8s.io/%s
kind: ClusterConfiguration
apiServer:
  extraArgs:
`, p.PolicyPath, version)
	k := p.kept()
	for _, f := range k.flags {
		if version == "v1beta3" {
			fmt.Fprintf(&b, "    %s: %s\n", f.name, quoteAlways(f.value))
		} else {
			fmt.Fprintf(&b, "  - name: %s\n    value: %s\n", f.name, quoteAlways(f.value))
		}
	}
	if len(k.mounts) > 0 {
		b.WriteString("  extraVolumes:\n")
	}
	for _, m := range k.mounts {
		fmt.Fprintf(&b, "  - name: %s\n    hostPath: %s\n    mountPath: %s\n", quote(m.name), quote(m.host), quote(m.path))
		if m.readOnly {
			b.WriteString("    readOnly: true\n")
		}
		if m.kind != "" {
			fmt.Fprintf(&b, "    pathType: %s\n", quote(m.kind))
		}
	}
	return b.String()
}

// quoteAlways: all values are strings to kubeadm, and 100 would be a number.
func quoteAlways(value string) string {
	if text := quote(value); text[0] == '"' || text[0] == '/' {
		return text
	}
	return `"` + value + `"`
}

// Patches are the files of a directory for kubeadm --patches, named as it wants them
// (cmd/kubeadm/app/util/patches: target, suffix, "+" and type). A strategic merge patch would put its list of flags in the
// place of kubeadm's, so those are added by a JSON patch; volumes are merged by name, mounts by path.
func (p *Plan) Patches() []File {
	k := p.kept()
	var flags, volumes strings.Builder
	fmt.Fprintf(&flags, "# Turns audit logging on. The policy must be at %s before.\n", p.PolicyPath)
	for _, f := range k.flags {
		fmt.Fprintf(&flags, "- op: add\n  path: /spec/containers/0/command/-\n  value: %s\n", quote("--"+f.name+"="+f.value))
	}
	volumes.WriteString("# The directories of the audit policy and the audit log.\nspec:\n  containers:\n  - name: kube-apiserver\n    volumeMounts:\n")
	for _, m := range k.mounts {
		fmt.Fprintf(&volumes, "    - mountPath: %s\n      name: %s\n", quote(m.path), quote(m.name))
		if m.readOnly {
			volumes.WriteString("      readOnly: true\n")
		}
	}
	volumes.WriteString("  volumes:\n")
	for _, m := range k.mounts {
		fmt.Fprintf(&volumes, "  - hostPath:\n      path: %s\n      type: %s\n    name: %s\n", quote(m.host), quoteAlways(m.kind), quote(m.name))
	}
	files := []File{{"kube-apiserver-audit-flags+json.yaml", []byte(flags.String())}}
	if len(k.mounts) > 0 {
		files = append(files, File{"kube-apiserver-audit-volumes+strategic.yaml", []byte(volumes.String())})
	}
	return files
}
