package backend

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Kubernetes is an API server with its etcd, and kubectl to speak to it. There is no kubelet.
type Kubernetes struct {
	etcd, apiserver *Process
	kubectl         string // path of the program
	Kubeconfigs     string // directory of USER.kubeconfig: admin, jane, bob, ci-bot, node-1 …
	AuditDir        string // where audit.log is
	dir             string
}

// StartKubernetes starts a new cluster with its files in dir. Its audit log rotates at 1 MiB and keeps five backups,
// compressed if asked for. The API server gets the flags beside.
func StartKubernetes(ctx context.Context, dir string, compress bool, flags ...string) (*Kubernetes, error) {
	binaries, err := prepareKubernetes(ctx)
	if err != nil {
		return nil, err
	}
	port, err := Ports(3)
	if err != nil {
		return nil, err
	}
	k := &Kubernetes{
		kubectl:     filepath.Join(filepath.Dir(binaries), "kubectl"),
		Kubeconfigs: filepath.Join(dir, "kubernetes", "kubeconfig"),
		AuditDir:    filepath.Join(dir, "audit"),
		dir:         dir,
	}
	etcd := fmt.Sprintf("http://127.0.0.1:%d", port)
	k.etcd, err = Start(ctx, Spec{
		Name: "etcd", Dir: dir, Command: []string{"etcd-up.sh"},
		Env: []string{"ETCD_DATA=" + filepath.Join(dir, "etcd"), fmt.Sprintf("ETCD_PORT=%d", port),
			fmt.Sprintf("ETCD_PEER_PORT=%d", port+1)},
		Ready: httpReady(etcd+"/health", "", "", ""),
	})
	if err != nil {
		return nil, err
	}
	if err := k.startAPIServer(ctx, etcd, port+2, compress, flags); err != nil {
		return nil, errors.Join(err, k.etcd.Stop())
	}
	return k, nil
}

func prepareKubernetes(ctx context.Context) (apiserver string, err error) {
	if _, err := prepare(ctx, "etcd-up.sh", "BUILD_ONLY=1"); err != nil {
		return "", err
	}
	out, err := prepare(ctx, "kube-apiserver-up.sh", "BUILD_ONLY=1", "KUBE_COMPONENTS=kube-apiserver kubectl")
	if err != nil {
		return "", err
	}
	return strings.Fields(string(out))[0], nil
}

func (k *Kubernetes) startAPIServer(ctx context.Context, etcd string, port int, compress bool, flags []string) (err error) {
	mode := "log"
	if compress {
		mode = "compress"
	}
	data := filepath.Join(k.dir, "kubernetes")
	ready := fmt.Sprintf("https://127.0.0.1:%d/readyz", port)
	k.apiserver, err = Start(ctx, Spec{
		Name: "kube-apiserver", Dir: k.dir, Command: append([]string{"kube-apiserver-up.sh"}, flags...),
		Env: []string{"ETCD_SERVERS=" + etcd, "APISERVER_DATA=" + data, "AUDIT_DIR=" + k.AuditDir, "AUDIT_MODE=" + mode,
			fmt.Sprintf("APISERVER_PORT=%d", port)},
		Ready: httpReady(ready, "", "", filepath.Join(data, "pki", "ca.crt")),
	})
	return err
}

// Stop ends the API server, and then etcd.
func (k *Kubernetes) Stop() error { return errors.Join(k.apiserver.Stop(), k.etcd.Stop()) }
