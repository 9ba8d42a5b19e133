// Package config is the configuration file: one closed YAML document whose keys are the fields of [Config]. [Load] reads
// it, fills in the defaults and checks it as a whole, so that whoever holds a *Config need not doubt it; all that is wrong
// is told at once, with file, line and path.
//
// The type of a field decides how its text is read: `${VAR}` and `${VAR:-default}` expand in values after the document is
// parsed, so a variable can neither inject YAML nor change what a value is. Sizes are written as 16MiB, durations as 5s.
package config

import (
	"time"

	"github.com/auditship/auditship/agent/completeness"
	"github.com/auditship/auditship/agent/identity"
	"github.com/auditship/auditship/agent/networks"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/containerlog"
	logfile "github.com/auditship/auditship/inputs/file"
	topics "github.com/auditship/auditship/inputs/kafka"
	"github.com/auditship/auditship/inputs/stdin"
	"github.com/auditship/auditship/inputs/webhook"
	"github.com/auditship/auditship/outputs/elasticsearch"
	"github.com/auditship/auditship/outputs/file"
	"github.com/auditship/auditship/outputs/forward"
	"github.com/auditship/auditship/outputs/http"
	"github.com/auditship/auditship/outputs/kafka"
	"github.com/auditship/auditship/outputs/loki"
)

// Config is the whole of it. What Load returns is complete and consistent.
type Config struct {
	Cluster         string        `yaml:"cluster"`          // in every event; default: kubernetes, as kubeadm names a cluster
	Node            string        `yaml:"node"`             // in every event; default: the host's name, but required in a pod
	StateDir        string        `yaml:"state_dir"`        // checkpoints, dead letters, guarded backups
	Listen          string        `yaml:"listen"`           // HOST:PORT of /metrics, /healthz and /readyz; port 0: any free one
	Admin           string        `yaml:"admin"`            // unix:///PATH of status and pprof
	Log             Log           `yaml:"log"`              //
	Memory          Memory        `yaml:"memory"`           //
	Disk            Disk          `yaml:"disk"`             //
	LockTimeout     time.Duration `yaml:"lock_timeout"`     // how long to wait for another agent to let go of state_dir
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"` // how long a stop may take to deliver and commit what is in flight
	Redact          redact.Config `yaml:"redact"`           // on by default, also where it is not given
	Inputs          []Input       `yaml:"inputs"`           // at least one
	Policy          []rules.Rule  `yaml:"policy"`           // for all outputs; what no rule matches is kept
	PolicyFile      string        `yaml:"policy_file"`      // a kind: Policy, relative to this file; what no rule matches is dropped
	Protect         string        `yaml:"protect"`          // on or off: whether the built-in rules keep what no rule should drop
	Outputs         []Output      `yaml:"outputs"`          // at least one

	Identities Identities         `yaml:"identities"` // who is behind a user name, a certificate or a token
	Gateways   []identity.Gateway `yaml:"gateways"`   // which proxies are believed when they name whom they act for
	OIDC       []identity.OIDC    `yaml:"oidc"`       // how user names of OpenID Connect providers are known

	Networks Networks `yaml:"networks"` // labels of addresses that requests come from

	// Labels is what Networks say.
	Labels *networks.Networks `yaml:"-"`

	// People is what Identities, Gateways and OIDC say.
	People *identity.People `yaml:"-"`

	File  string         `yaml:"-"` // where it was read from, as it was given
	lines map[string]int // of its keys by path

	patterns []pattern // of inputs that stand for one or more

	// Warnings are what is odd, and no reason not to run: FILE:LINE: KEY: what. Escape them before they go to a terminal.
	Warnings []string `yaml:"-"`
}

// Log is how the agent logs, to standard error.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// Memory is a budget for what all pipelines hold together.
type Memory struct {
	MaxBytes unit.Size `yaml:"max_bytes"`
}

// Disk bounds what is written to state_dir and kept from deletion beside the logs.
type Disk struct {
	MaxBytes unit.Size `yaml:"max_bytes"`
	MinFree  unit.Size `yaml:"min_free"` // of the file system: what must stay free
}

// Input is something that audit records are read from: exactly one of the pointers is set.
type Input struct {
	Name         string               `yaml:"name"`    // unique; part of a directory's name
	Cluster      string               `yaml:"cluster"` // default: the agent's
	File         *logfile.Config      `yaml:"file"`
	Webhook      *webhook.Config      `yaml:"webhook"`
	ContainerLog *containerlog.Config `yaml:"container_log"`
	Stdin        *stdin.Config        `yaml:"stdin"`
	Kafka        *topics.Config       `yaml:"kafka"`
	Outputs      []string             `yaml:"outputs"` // names of those that get its events; default: all

	// APIServerMetrics, if not nil, says where the API server that writes the log tells how many events it counted. It
	// is not one of the pointers of which one is set.
	APIServerMetrics *completeness.Config `yaml:"apiserver_metrics"`
}

// Output is a destination of events: exactly one of the pointers is set.
type Output struct {
	Name          string                `yaml:"name"` // unique; part of a directory's name
	Was           string                `yaml:"was"`  // its former name, whose checkpoints it takes over
	Elasticsearch *elasticsearch.Config `yaml:"elasticsearch"`
	Loki          *loki.Config          `yaml:"loki"`
	Kafka         *kafka.Config         `yaml:"kafka"`
	HTTP          *http.Config          `yaml:"http"`
	Forward       *forward.Config       `yaml:"forward"`
	File          *file.Config          `yaml:"file"`
	Format        Format                `yaml:"format"`          // the names that the fields of events have: native (default) or ecs
	Compat        string                `yaml:"compat"`          // fluentd or promtail: events look as these shipped them; see package compat
	Fields        map[string]string     `yaml:"fields"`          // with compat: static fields of each event. {cluster} and {node} stand for these
	Policy        []rules.Rule          `yaml:"policy"`          // what this output leaves out, beside what all leave out
	PolicyFile    string                `yaml:"policy_file"`     //
	Protect       string                `yaml:"protect"`         // default: the agent's
	Start         inputs.Start          `yaml:"start"`           // default: the input's
	Batch         Batch                 `yaml:"batch"`           //
	Timeout       time.Duration         `yaml:"timeout"`         // of one request
	RateLimit     unit.Size             `yaml:"rate_limit"`      // bytes read per second; 0: no limit
	MaxEventBytes unit.Size             `yaml:"max_event_bytes"` // longer events are trimmed; 0: what the output declares

	// Rules is what policy and policy_file, the agent's and the output's own, make of an event.
	Rules *rules.Rules `yaml:"-"`
}

// Batch says when a batch is full.
type Batch struct {
	MaxBytes  unit.Size     `yaml:"max_bytes"`
	MaxEvents int           `yaml:"max_events"`
	Linger    time.Duration `yaml:"linger"` // how long an event may wait for others to join it
}
