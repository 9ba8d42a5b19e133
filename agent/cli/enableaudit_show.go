package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/auditship/auditship/agent/kubeadm"
)

// printPlan tells what is to be changed and why, and what is not.
func printPlan(to io.Writer, plan *kubeadm.Plan) error {
	var b strings.Builder
	if plan.Empty() {
		fmt.Fprintf(&b, "%s: audit logging is on and right: nothing to do.\n", plan.Manifest.Path)
	} else {
		fmt.Fprintf(&b, "%s: to turn audit logging on, or put it right:\n", plan.Manifest.Path)
	}
	for i, c := range plan.Changes {
		fmt.Fprintf(&b, "%3d. %s\n     why: %s\n", i+1, c.What, c.Why)
	}
	fmt.Fprintf(&b, "policy %s, log %s; the log and its backups take up to %d MiB\n", plan.PolicyPath, plan.LogPath, plan.Rotation.Bytes()>>20)
	for _, note := range plan.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	return printLines(to, b.String())
}

// keepText tells how the change outlives kubeadm.
func keepText(plan *kubeadm.Plan) string {
	return `kubeadm writes this manifest anew at its next upgrade, without the change, unless it knows of it. Either
  - kubectl -n kube-system edit configmap kubeadm-config, and put in what auditship enable-audit -o kubeadm-v1beta4 prints
    (kubeadm-v1beta3 where the ConfigMap says so), or
  - auditship enable-audit -o patches --patches-dir DIRECTORY, and give kubeadm upgrade --patches DIRECTORY each time.
Other control-plane nodes: run it on each, one after the other; the policy ` + plan.PolicyPath + ` must be on a node before kubeadm join makes it one.
`
}

// patches prints the files of a directory for kubeadm --patches, or writes them.
func (o *enableAudit) patches(to io.Writer, plan *kubeadm.Plan) error {
	files := plan.Patches()
	if o.patchesDir == "" {
		for _, f := range files {
			if err := printLines(to, "# "+f.Path+"\n"+string(f.Text)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := os.MkdirAll(o.patchesDir, 0o700); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	for _, f := range files {
		name := filepath.Join(o.patchesDir, f.Path)
		if err := os.WriteFile(name, f.Text, 0o600); err != nil {
			return fmt.Errorf("write patch: %w", err)
		}
		if err := printLine(to, "written: "+name); err != nil {
			return err
		}
	}
	return nil
}
