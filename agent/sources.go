package agent

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/containerlog"
	logfile "github.com/auditship/auditship/inputs/file"
	topics "github.com/auditship/auditship/inputs/kafka"
	"github.com/auditship/auditship/inputs/spool"
	"github.com/auditship/auditship/inputs/stdin"
	"github.com/auditship/auditship/inputs/webhook"
)

// newInput makes an input. What can't be read again goes through a spool.
func (a *agent) newInput(cfg *config.Input) inputs.Input {
	log := a.log.With("input", cfg.Name)
	count := func(kind string) { a.metrics.Anomaly(cfg.Name, kind) }
	switch {
	case cfg.Webhook != nil:
		return webhook.New(cfg.Name, *cfg.Webhook, a.newSpool(cfg, spool.Config{}), log, count)
	case cfg.ContainerLog != nil:
		kept := a.newSpool(cfg, spool.Config{Fed: true})
		return containerlog.New(*cfg.ContainerLog, a.spoolDir(cfg), a.options.Once, kept, a.disk, log, count)
	case cfg.Stdin != nil:
		kept := a.newSpool(cfg, spool.Config{Fed: true, Ends: cfg.Stdin.Path == ""})
		return stdin.New(*cfg.Stdin, kept, log, count)
	case cfg.Kafka != nil:
		return topics.New(*cfg.Kafka, log)
	}
	settings := *cfg.File
	settings.GuardBytes = a.inputDisk()
	settings.MinFree = a.cfg.Disk.MinFree
	settings.GuardDir = filepath.Join(a.cfg.StateDir, "guard", cfg.Name)
	return logfile.New(settings, log, count)
}

func (a *agent) newSpool(cfg *config.Input, how spool.Config) *spool.Log {
	how.Dir, how.MaxBytes, how.MinFree = a.spoolDir(cfg), a.inputDisk(), a.cfg.Disk.MinFree
	return spool.New(how, a.disk, a.log.With("input", cfg.Name), func(kind string) { a.metrics.Anomaly(cfg.Name, kind) })
}

func (a *agent) spoolDir(cfg *config.Input) string {
	return filepath.Join(a.cfg.StateDir, "spool", cfg.Name)
}

// inputDisk is what one input may keep on disk: half of the budget is theirs, the other half is for dead letters.
func (a *agent) inputDisk() unit.Size { return a.cfg.Disk.MaxBytes / 2 / unit.Size(len(a.cfg.Inputs)) }

// shareListeners lets webhook inputs with the same address share a listener, and all of them memory.
func (a *agent) shareListeners(feeds []*feed) {
	var all []*webhook.Input
	for _, f := range feeds {
		if w, ok := f.in.(*webhook.Input); ok {
			all = append(all, w)
		}
	}
	if len(all) > 0 { // they come and go together
		webhook.Share(all, a.webhooks, a.log)
	}
}

// sameListeners tells whether two configurations have the same webhook inputs. Those that share a listener come and go together.
func sameListeners(a, b *config.Config) bool {
	return reflect.DeepEqual(listeners(a), listeners(b))
}

func listeners(cfg *config.Config) (all []any) {
	if cfg == nil {
		return nil
	}
	for i := range cfg.Inputs {
		if cfg.Inputs[i].Webhook != nil {
			all = append(all, (&feed{cfg: cfg, made: &cfg.Inputs[i]}).fixed())
		}
	}
	return all
}

// withoutListeners is a crew without its webhook inputs.
func (c *crew) withoutListeners() *crew {
	rest := *c
	rest.feeds = slices.DeleteFunc(slices.Clone(c.feeds), func(f *feed) bool { return f.made.Webhook != nil })
	return &rest
}

// readable tells why an input can't be read at present; nil: it can.
func (f *feed) readable() error {
	if w, ok := f.in.(interface{ Ready() error }); ok {
		return w.Ready()
	}
	if f.made.File != nil {
		return readable(f.made.File.Path)
	}
	return nil
}

// tellMissing: a path that is misspelt looks like an API server that has written nothing yet, and only the log can say so.
func (f *feed) tellMissing(log *slog.Logger) {
	missing, path := false, f.made.Place()
	switch {
	case f.made.File != nil:
		_, err := os.Stat(path)
		missing = errors.Is(err, fs.ErrNotExist)
	case f.made.ContainerLog != nil:
		found, err := filepath.Glob(path)
		missing = err == nil && len(found) == 0
	}
	if missing {
		log.Warn("there is no log; what is written there is shipped as soon as there is one", "input", f.made.Name, "log", path)
	}
}
