package kubeadm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Load reads a manifest of this node. Where it is on a node that kubeadm did not make, the error tells where auditing is
// turned on there.
func Load(name string) (*Manifest, error) {
	return load(name, "/")
}

func load(name, root string) (*Manifest, error) {
	if where := managed(name); where != "" {
		return nil, &UnusableError{Path: name, Text: where}
	}
	real, err := filepath.EvalSymlinks(name) // the link stays: what it leads to is replaced
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &UnusableError{Path: name, Text: "is not there: " + elsewhere(root)}
	}
	if err != nil {
		return nil, fmt.Errorf("find manifest: %w", err)
	}
	text, err := ReadFile(real)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	m, err := Parse(real, text)
	if err == nil && strings.Contains(m.server().Image, "rancher/hardened-kubernetes") {
		return nil, &UnusableError{Path: name, Text: rke2}
	}
	return m, err
}

const (
	rke2 = "RKE2 writes this manifest anew at every start. Put into /etc/rancher/rke2/config.yaml: kube-apiserver-arg: [audit-policy-file=…, audit-log-path=/var/lib/rancher/rke2/server/logs/audit.log, audit-log-maxsize=100, audit-log-maxbackup=20, audit-log-maxage=30] " +
		"(audit-policy-file is an option of its own), and restart rke2-server. auditship enable-audit -o kubeadm-v1beta4 shows the values on a kubeadm node"
	k3s = "this is a k3s server, which has kube-apiserver in its own process. Put into /etc/rancher/k3s/config.yaml: kube-apiserver-arg: [audit-policy-file=/var/lib/rancher/k3s/server/audit.yaml, audit-log-path=/var/lib/rancher/k3s/server/logs/audit.log, audit-log-maxsize=100, audit-log-maxbackup=20, audit-log-maxage=30], and restart k3s"
)

// managed tells of a manifest that another distribution keeps.
func managed(name string) string {
	if strings.Contains(name, "/rancher/rke2/") {
		return rke2
	}
	return ""
}

// elsewhere tells, from what is on the node, where auditing is turned on there.
func elsewhere(root string) string {
	for _, d := range []struct{ dir, where string }{
		{"var/lib/rancher/rke2/server", rke2},
		{"var/lib/rancher/k3s/server", k3s},
		{"var/snap/microk8s", "this is MicroK8s: add the flags to /var/snap/microk8s/current/args/kube-apiserver, and restart it"},
		{"var/lib/k0s", "this is k0s: put spec.api.extraArgs into /etc/k0s/k0s.yaml, and restart k0scontroller"},
	} {
		if _, err := os.Stat(filepath.Join(root, d.dir)); err == nil {
			return d.where
		}
	}
	return "run it on a control-plane node made by kubeadm, or name the manifest with --manifest. Where the control plane is managed (EKS, GKE, AKS), the provider turns auditing on"
}
