package agent

import (
	"errors"
	"io/fs"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/compat"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/ecs"
	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/elasticsearch"
	"github.com/auditship/auditship/outputs/file"
	"github.com/auditship/auditship/outputs/http"
	"github.com/auditship/auditship/outputs/kafka"
	"github.com/auditship/auditship/outputs/loki"
)

// build makes the inputs and pipelines of the configuration. Nothing is opened yet.
func (a *agent) build() error {
	a.addIdentities()
	a.addPolicies()
	for i := range a.cfg.Inputs {
		in := a.newInput(&a.cfg.Inputs[i])
		a.inputs = append(a.inputs, in)
		a.addChecker(&a.cfg.Inputs[i], in)
		for j := range a.cfg.Outputs {
			if !a.cfg.Inputs[i].Feeds(&a.cfg.Outputs[j]) {
				continue
			}
			p, err := a.newPipeline(&a.cfg.Inputs[i], in, &a.cfg.Outputs[j])
			if err != nil {
				return err
			}
			a.pipelines = append(a.pipelines, p)
		}
	}
	a.shareListeners()
	return nil
}

func newOutput(cfg *config.Output, env outputs.Env) (outputs.Output, error) {
	switch {
	case cfg.Elasticsearch != nil:
		return elasticsearch.New(*cfg.Elasticsearch, env)
	case cfg.Loki != nil:
		return loki.New(*cfg.Loki, env)
	case cfg.Kafka != nil:
		return kafka.New(*cfg.Kafka, env)
	case cfg.HTTP != nil:
		return http.New(*cfg.HTTP, env)
	case cfg.File != nil:
		return file.New(*cfg.File, env)
	}
	return nil, errors.New("has no kind") // the configuration does not allow it
}

func (a *agent) newPipeline(in *config.Input, input inputs.Input, out *config.Output) (*pipeline.Pipeline, error) {
	log := a.log.With("pipeline", in.Name+"/"+out.Name)
	output, err := newOutput(out, outputs.Env{
		Log: log, Cluster: in.Cluster, Node: a.cfg.Node, Timeout: out.Timeout, MaxBytes: int(out.Batch.MaxBytes),
		Disk: a.disk, MinFree: int64(a.cfg.Disk.MinFree),
	})
	if err != nil {
		return nil, errName("output", out.Name, err)
	}
	name, err := a.stateOf(in.Name, out)
	if err != nil {
		return nil, err
	}
	settings := pipelineConfig(a, in, out)
	if settings.MaxEventBytes == 0 {
		settings.MaxEventBytes = output.Traits().MaxEventBytes
	}
	redactor, err := a.redactor()
	if err != nil {
		return nil, err
	}
	return pipeline.New(settings, pipeline.Parts{
		Input: input, Output: output, Rules: out.Rules, Redactor: redactor, Enricher: newEnricher(a.cfg, in),
		Shaper:      shaperOf(a.cfg, in, out),
		Store:       checkpoint.NewStore(a.disk, status.PipelineDir(a.cfg.StateDir, name), log),
		DeadLetters: deadletter.NewFile(a.disk, status.DeadLetters(a.cfg.StateDir, name), a.deadLetterLimits()),
		Gate:        a.gate, Metrics: a.metrics, Log: log,
	}), nil
}

// newEnricher makes what says in plain fields who did what in the events of an input.
func newEnricher(cfg *config.Config, in *config.Input) *enrich.Enricher {
	return enrich.New(enrich.Config{Cluster: in.Cluster, Node: cfg.Node, People: cfg.People, Networks: cfg.Labels})
}

// shaperOf makes what gives the events of an output their form; nil where they keep that of the API server.
func shaperOf(cfg *config.Config, in *config.Input, out *config.Output) event.Shaper {
	switch {
	case out.Compat != "":
		return compat.New(out.Fields, in.Cluster, cfg.Node)
	case out.Format != config.ECS:
		return nil
	case out.Elasticsearch != nil:
		return ecs.New(out.Elasticsearch.DataStream)
	}
	return ecs.New("")
}

// redactor makes what redacts the events of one pipeline. All of them have the same key.
func (a *agent) redactor() (r *redact.Redactor, err error) {
	switch {
	case a.redactKey != nil || a.cfg.Redact.Off:
	case a.cfg.Redact.KeyFile != "":
		a.redactKey, err = redact.ReadKey(a.cfg.Redact.KeyFile)
	default:
		a.redactKey, err = redact.LocalKey(a.disk, a.cfg.StateDir)
	}
	if err != nil {
		return nil, err
	}
	return redact.New(a.cfg.Redact, a.redactKey)
}

func pipelineConfig(a *agent, in *config.Input, out *config.Output) pipeline.Config {
	return pipeline.Config{
		InputName: in.Name, OutputName: out.Name, Start: out.StartOf(in), Once: a.options.Once,
		MaxBytes: int(out.Batch.MaxBytes), MaxEvents: out.Batch.MaxEvents, Linger: out.Batch.Linger,
		MaxEventBytes: int(out.MaxEventBytes), RateLimit: int(out.RateLimit), StopWithin: a.cfg.ShutdownTimeout,
	}
}

// deadLetterLimits: half of the disk budget is for guarded backups, the other half is shared by the dead letters.
func (a *agent) deadLetterLimits() deadletter.Limits {
	pipelines := int64(len(a.cfg.Pipelines()))
	return deadletter.Limits{MaxBytes: int64(a.cfg.Disk.MaxBytes) / 2 / pipelines, MinFree: int64(a.cfg.Disk.MinFree)}
}

// stateOf is the name of a pipeline's state directory. That of an output's former name is taken over.
func (a *agent) stateOf(input string, out *config.Output) (string, error) {
	name := status.DirName(input, out.Name)
	a.dirs[name] = true
	dir := status.PipelineDir(a.cfg.StateDir, name)
	if out.Was == "" {
		return name, nil
	}
	if _, err := a.disk.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return name, nil
	}
	former := status.PipelineDir(a.cfg.StateDir, status.DirName(input, out.Was))
	if err := a.disk.Rename(former, dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", errName("take over the state of output", out.Was, err)
	}
	return name, nil
}
