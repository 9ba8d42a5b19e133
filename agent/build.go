package agent

import (
	"errors"
	"io/fs"
	"slices"

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
	"github.com/auditship/auditship/outputs/forward"
	"github.com/auditship/auditship/outputs/http"
	"github.com/auditship/auditship/outputs/kafka"
	"github.com/auditship/auditship/outputs/loki"
)

// assemble makes the crew of a configuration. Those of the crew before who would work in the same way stay. Nothing is opened
// yet, and nobody stopped.
func (a *agent) assemble(cfg *config.Config, before *crew) (*crew, error) {
	key, err := a.redactKey()
	if err != nil {
		return nil, err
	}
	c := &crew{cfg: cfg}
	if !sameListeners(before.cfg, cfg) {
		before = before.withoutListeners()
	}
	for i := range cfg.Inputs {
		f := a.feed(&cfg.Inputs[i], before)
		c.feeds = append(c.feeds, f)
		for j := range cfg.Outputs {
			if !cfg.Inputs[i].Feeds(&cfg.Outputs[j]) {
				continue
			}
			l, err := a.lane(f, recipe{cfg: cfg, in: &cfg.Inputs[i], out: &cfg.Outputs[j], key: key}, before)
			if err != nil {
				return nil, err
			}
			c.lanes = append(c.lanes, l)
		}
	}
	a.shareListeners(c.lacksFeeds(before))
	return c, nil
}

// feed is that of the crew before, or a new one.
func (a *agent) feed(cfg *config.Input, before *crew) *feed {
	f := &feed{cfg: a.cfg, made: cfg}
	if i := slices.IndexFunc(before.feeds, f.same); i >= 0 {
		return before.feeds[i]
	}
	f.in = a.newInput(cfg)
	f.checker = a.newChecker(cfg, f.in)
	return f
}

// lane is that of the crew before, or a new one.
func (a *agent) lane(f *feed, r recipe, before *crew) (*lane, error) {
	former := before.lane(r.in.Name + "/" + r.out.Name)
	if former != nil && former.feed == f && former.recipe.same(r) {
		return former, nil
	}
	p, err := a.newPipeline(r, f.in)
	return &lane{Pipeline: p, recipe: r, feed: f}, err
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
	case cfg.Forward != nil:
		return forward.New(*cfg.Forward, env)
	case cfg.File != nil:
		return file.New(*cfg.File, env)
	}
	return nil, errors.New("has no kind") // the configuration does not allow it
}

func (a *agent) newPipeline(r recipe, input inputs.Input) (*pipeline.Pipeline, error) {
	cfg, in, out := r.cfg, r.in, r.out
	log := a.log.With("pipeline", in.Name+"/"+out.Name)
	output, err := newOutput(out, outputs.Env{
		Log: log, Cluster: in.Cluster, Node: cfg.Node, Timeout: out.Timeout, MaxBytes: int(out.Batch.MaxBytes),
		Disk: a.disk, MinFree: int64(cfg.Disk.MinFree),
	})
	if err != nil {
		return nil, errName("output", out.Name, err)
	}
	settings := pipelineConfig(a, in, out)
	if settings.MaxEventBytes == 0 {
		settings.MaxEventBytes = output.Traits().MaxEventBytes
	}
	redactor, err := redact.New(cfg.Redact, r.key)
	if err != nil {
		return nil, err
	}
	name := status.DirName(in.Name, out.Name)
	return pipeline.New(settings, pipeline.Parts{
		Input: input, Output: output, Rules: out.Rules, Redactor: redactor, Enricher: newEnricher(cfg, in),
		Shaper:      shaperOf(cfg, in, out),
		Store:       checkpoint.NewStore(a.disk, status.PipelineDir(cfg.StateDir, name), log),
		DeadLetters: deadletter.NewFile(a.disk, status.DeadLetters(cfg.StateDir, name), deadLetterLimits(cfg)),
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

// redactKey is the key of all pipelines; nil where nothing is redacted.
func (a *agent) redactKey() ([]byte, error) {
	switch {
	case a.cfg.Redact.Off:
		return nil, nil
	case a.cfg.Redact.KeyFile != "":
		return redact.ReadKey(a.cfg.Redact.KeyFile)
	}
	return redact.LocalKey(a.disk, a.cfg.StateDir)
}

func pipelineConfig(a *agent, in *config.Input, out *config.Output) pipeline.Config {
	return pipeline.Config{
		InputName: in.Name, OutputName: out.Name, Start: out.StartOf(in), Once: a.options.Once,
		MaxBytes: int(out.Batch.MaxBytes), MaxEvents: out.Batch.MaxEvents, Linger: out.Batch.Linger,
		MaxEventBytes: int(out.MaxEventBytes), RateLimit: int(out.RateLimit), StopWithin: a.cfg.ShutdownTimeout,
	}
}

// deadLetterLimits: half of the disk budget is for guarded backups, the other half is shared by the dead letters.
func deadLetterLimits(cfg *config.Config) deadletter.Limits {
	pipelines := int64(len(cfg.Pipelines()))
	return deadletter.Limits{MaxBytes: int64(cfg.Disk.MaxBytes) / 2 / pipelines, MinFree: int64(cfg.Disk.MinFree)}
}

// takeOver gives pipelines the state that they had under a former name of their output.
func (a *agent) takeOver(lanes []*lane) error {
	for _, l := range lanes {
		if _, err := a.stateOf(l.in.Name, l.out); err != nil {
			return err
		}
	}
	return nil
}

// stateOf is the name of a pipeline's state directory. That of an output's former name is taken over.
func (a *agent) stateOf(input string, out *config.Output) (string, error) {
	name := status.DirName(input, out.Name)
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
