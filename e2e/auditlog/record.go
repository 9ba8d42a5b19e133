package auditlog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/auditship/auditship/e2e/backend"
)

const (
	recordTime    = 40 * time.Second // about 60 MB on two cores
	recordWorkers = 4
)

// record runs a real kube-apiserver under load and keeps all that it writes.
func record(ctx context.Context, to string) (err error) {
	work, err := os.MkdirTemp(filepath.Dir(to), "recording-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	kept := filepath.Join(work, "kept")
	if err := recordInto(ctx, work, kept); err != nil {
		return err
	}
	return os.Rename(kept, to)
}

func recordInto(ctx context.Context, work, kept string) error {
	cluster, err := backend.StartKubernetes(ctx, work, false)
	if err != nil {
		return err
	}
	keeper, err := Keep(cluster.AuditDir, kept)
	if err != nil {
		return errors.Join(err, cluster.Stop())
	}
	err = cluster.Load(ctx, recordTime, recordWorkers)
	return errors.Join(err, cluster.Stop(), keeper.Finish())
}
