package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Node is a whole one-node kubeadm cluster: kubelet, containerd and static pods, in namespaces of its own.
type Node struct {
	*Process
	Name string // of the node
	Host string // address of this machine, as pods see it
	Root string // where the node's root file system is on this machine; /usr of it is not to be seen there

	scripts, kubectl string
	env              []string
}

// NodeMissing tells what this machine lacks for a Node; empty: nothing.
func NodeMissing() string {
	if os.Geteuid() != 0 {
		return "root"
	}
	if !exists("/sys/fs/cgroup/memory") {
		return "a cgroup v1 hierarchy"
	}
	if exec.Command("unshare", "--mount", "--pid", "--net", "--fork", "true").Run() != nil {
		return "the right to make namespaces"
	}
	var missing []string
	for _, program := range []string{"containerd", "runc", "iptables", "ip", "busybox", "nsenter", "flock"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, program)
		}
	}
	if !exists("/usr/lib/cni/bridge") {
		missing = append(missing, "/usr/lib/cni/bridge")
	}
	return strings.Join(missing, ", ")
}

// StartNode starts a new node with its files in dir. It has no audit log yet.
func StartNode(ctx context.Context, dir string) (*Node, error) {
	out, err := prepare(ctx, "node/node-up.sh", "BUILD_ONLY=1")
	if err != nil {
		return nil, err
	}
	scripts, err := Scripts()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(dir, "node")
	n := &Node{
		Name: "cp-1", Host: "10.231.0.1", Root: filepath.Join(home, "rootfs"),
		scripts: filepath.Join(scripts, "node"), kubectl: strings.TrimSpace(string(out)), env: []string{"NODE=" + home},
	}
	n.Process, err = Start(ctx, Spec{
		Name: "node", Dir: dir, Command: []string{"node/node-up.sh"}, Env: n.env,
		Ready: func(context.Context) error {
			_, err := os.Stat(filepath.Join(home, "ready"))
			return err
		},
	})
	return n, err
}

// Exec runs a command inside the node and returns what it prints.
func (n *Node) Exec(ctx context.Context, command ...string) (string, error) {
	return n.run(exec.CommandContext(ctx, filepath.Join(n.scripts, "node-exec.sh"), command...))
}

// LoadImage imports an OCI archive.
func (n *Node) LoadImage(ctx context.Context, archive string) error {
	_, err := n.run(exec.CommandContext(ctx, filepath.Join(n.scripts, "load-image.sh"), archive))
	return err
}

// Kubectl runs kubectl on this machine, as the cluster's administrator.
func (n *Node) Kubectl(ctx context.Context, args ...string) (string, error) {
	kubeconfig := filepath.Join(n.Root, "etc/kubernetes/admin.conf")
	return n.run(exec.CommandContext(ctx, n.kubectl, append([]string{"--kubeconfig", kubeconfig}, args...)...))
}

func (n *Node) run(command *exec.Cmd) (string, error) {
	var stderr bytes.Buffer
	command.Env = append(os.Environ(), n.env...)
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w", strings.Join(command.Args[1:], " "), errors.Join(err, errors.New(strings.TrimSpace(stderr.String()))))
	}
	return string(out), err
}
