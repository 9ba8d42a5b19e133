package backend

import (
	"context"
	"fmt"
	"path/filepath"
)

// Loki is one single-binary Loki. It can be stopped and started again on the same data and ports.
type Loki struct {
	*Process
	URL string
}

// StartLoki starts an empty Loki with its files in dir, building it first where the cache has none.
func StartLoki(ctx context.Context, dir string) (*Loki, error) {
	if _, err := prepare(ctx, "loki-up.sh", "BUILD_ONLY=1"); err != nil {
		return nil, err
	}
	port, err := Ports(2)
	if err != nil {
		return nil, err
	}
	l := &Loki{URL: fmt.Sprintf("http://127.0.0.1:%d", port)}
	l.Process, err = Start(ctx, Spec{
		Name: "loki", Dir: dir, Command: []string{"loki-up.sh"},
		Env: []string{"LOKI_DATA=" + filepath.Join(dir, "loki"), fmt.Sprintf("LOKI_PORT=%d", port),
			fmt.Sprintf("LOKI_GRPC_PORT=%d", port+1)},
		Ready: httpReady(l.URL+"/ready", "", "", ""),
	})
	return l, err
}

// Restart starts it again after Stop.
func (l *Loki) Restart(ctx context.Context) error {
	p, err := Start(ctx, l.Spec)
	if err == nil {
		l.Process = p
	}
	return err
}
