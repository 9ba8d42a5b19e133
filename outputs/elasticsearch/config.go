package elasticsearch

import "github.com/auditship/auditship/outputs/credentials"

// The flavors of servers. Events are written in the same way to both.
const (
	stock      = "elasticsearch"
	opensearch = "opensearch"
)

// Config is the elasticsearch block of an output.
type Config struct {
	URLs         []string         `yaml:"urls"`        // http or https, with a path where a proxy wants one
	Flavor       string           `yaml:"flavor"`      // elasticsearch (default) or opensearch: whose fields are tried first in the index template
	DataStream   string           `yaml:"data_stream"` // either this
	Index        string           `yaml:"index"`       // or this: a name with %Y %m %d of the event's stageTimestamp; no alias that is rolled over
	Username     string           `yaml:"username"`
	Password     string           `yaml:"password"`
	PasswordFile string           `yaml:"password_file"`
	APIKey       string           `yaml:"api_key"` // as the server encodes it, or ID:KEY
	APIKeyFile   string           `yaml:"api_key_file"`
	Template     string           `yaml:"template"`    // auto (default): the agent installs the index template where none is, and it may; or off
	Compression  string           `yaml:"compression"` // gzip (default) or none
	TLS          *credentials.TLS `yaml:"tls"`

	Events Events `yaml:"-"` // follows from the output's format and compat
}

// Events is whose names the fields of events have, which the index template must go with.
type Events string

// The names that fields may have.
const (
	Native  Events = ""        // those of audit.k8s.io
	ECS     Events = "ecs"     // those of the Elastic Common Schema: events have a Shape, made by package ecs
	Foreign Events = "foreign" // those of another agent, whose templates stay as they are
)

// The ways to deal with the index template.
const (
	templateAuto = "auto"
	templateOff  = "off"
)
