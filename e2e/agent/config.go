// Package agent builds the real agent, runs it and watches it from outside: by its configuration file, its signals, its
// HTTP endpoints and /proc.
package agent

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/auditship/auditship/e2e/backend"
	"gopkg.in/yaml.v3"
)

// Config is the part of the agent's configuration file that the tests use.
type Config struct {
	Cluster  string            `yaml:"cluster"`
	Node     string            `yaml:"node"`
	StateDir string            `yaml:"state_dir"`
	Listen   string            `yaml:"listen"`
	Admin    string            `yaml:"admin"`
	Log      map[string]string `yaml:"log,omitempty"`
	Memory   map[string]string `yaml:"memory,omitempty"`
	Disk     map[string]string `yaml:"disk,omitempty"`
	Redact   string            `yaml:"redact,omitempty"` // "off": what arrives is held against the log, field by field
	Inputs   []Input           `yaml:"inputs"`
	Outputs  []Output          `yaml:"outputs"`
}

// Input is where events come from: one of the blocks is set.
type Input struct {
	Name         string             `yaml:"name"`
	Cluster      string             `yaml:"cluster,omitempty"`
	File         *FileInput         `yaml:"file,omitempty"`
	Webhook      *Webhook           `yaml:"webhook,omitempty"`
	ContainerLog *ContainerLogInput `yaml:"container_log,omitempty"`
	Kafka        *KafkaInput        `yaml:"kafka,omitempty"`
}

// Webhook takes events from API servers.
type Webhook struct {
	Listen  string    `yaml:"listen"`
	TLS     ServerTLS `yaml:"tls"`
	Clients []string  `yaml:"clients,omitempty"`
}

// ServerTLS is how to be a server.
type ServerTLS struct {
	CertFile     string `yaml:"cert_file"`
	KeyFile      string `yaml:"key_file"`
	ClientCAFile string `yaml:"client_ca_file"`
}

// ContainerLogInput is what an API server prints.
type ContainerLogInput struct {
	Path   string `yaml:"path"`
	Format string `yaml:"format,omitempty"`
}

// KafkaInput is what other agents put into Kafka.
type KafkaInput struct {
	Brokers []string `yaml:"brokers"`
	Topics  []string `yaml:"topics"`
	Group   string   `yaml:"group"`
	Start   string   `yaml:"start,omitempty"`
	SASL    *SASL    `yaml:"sasl,omitempty"`
	TLS     *TLS     `yaml:"tls,omitempty"`
}

// FileInput is where the log is.
type FileInput struct {
	Path string `yaml:"path"`
}

// Output is one destination: one of the blocks is set.
type Output struct {
	Name          string         `yaml:"name"`
	Elasticsearch *Elasticsearch `yaml:"elasticsearch,omitempty"`
	Loki          *Loki          `yaml:"loki,omitempty"`
	Kafka         *Kafka         `yaml:"kafka,omitempty"`
	HTTP          *HTTP          `yaml:"http,omitempty"`
	Forward       *Forward       `yaml:"forward,omitempty"`
	File          *File          `yaml:"file,omitempty"`
	Format        string         `yaml:"format,omitempty"`
	RateLimit     string         `yaml:"rate_limit,omitempty"`
	Timeout       string         `yaml:"timeout,omitempty"`
}

// Elasticsearch writes to a data stream or to dated indices.
type Elasticsearch struct {
	URLs       []string `yaml:"urls"`
	Flavor     string   `yaml:"flavor,omitempty"`
	DataStream string   `yaml:"data_stream,omitempty"`
	Index      string   `yaml:"index,omitempty"`
	Username   string   `yaml:"username,omitempty"`
	Password   string   `yaml:"password,omitempty"`
	Secret     string   `yaml:"password_file,omitempty"` // a file
	TLS        TLS      `yaml:"tls,omitempty"`
}

// TLS trusts one CA, and may show a certificate.
type TLS struct {
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file,omitempty"`
	KeyFile  string `yaml:"key_file,omitempty"`
}

// Loki writes to a stream of its own.
type Loki struct {
	URL    string            `yaml:"url"`
	Labels map[string]string `yaml:"labels"`
}

// Kafka writes to a topic.
type Kafka struct {
	Brokers []string `yaml:"brokers"`
	Topic   string   `yaml:"topic"`
	Key     string   `yaml:"key,omitempty"`
	SASL    SASL     `yaml:"sasl"`
	TLS     TLS      `yaml:"tls,omitempty"`
}

// SASL logs in.
type SASL struct {
	Mechanism string `yaml:"mechanism"`
	Username  string `yaml:"username"`
	Password  string `yaml:"password"`
	Secret    string `yaml:"password_file,omitempty"` // a file
}

// HTTP sends to what takes events by POST.
type HTTP struct {
	URL       string `yaml:"url"`
	Format    string `yaml:"format"`
	Index     string `yaml:"index,omitempty"`
	TokenFile string `yaml:"bearer_token_file"`
	TLS       TLS    `yaml:"tls"`
}

// Forward sends to what speaks the Forward Protocol.
type Forward struct {
	Addresses   []string `yaml:"addresses"`
	Compression string   `yaml:"compression,omitempty"`
}

// File writes JSON lines.
type File struct {
	Path     string `yaml:"path"`
	MaxSize  string `yaml:"max_size,omitempty"`
	Compress string `yaml:"compress,omitempty"`
}

// New is the configuration of an agent that keeps its files in dir and ships one log.
func New(dir, log string, outputs ...Output) (*Config, error) {
	port, err := backend.Ports(1)
	if err != nil {
		return nil, err
	}
	return &Config{
		Cluster:  "e2e",
		Node:     "node-1",
		StateDir: filepath.Join(dir, "state"),
		Listen:   fmt.Sprintf("127.0.0.1:%d", port),
		Admin:    "unix://" + filepath.Join(dir, "admin.sock"),
		Redact:   "off",
		Inputs:   []Input{{Name: "apiserver", File: &FileInput{Path: log}}},
		Outputs:  outputs,
	}, nil
}

// Path is where the file is: beside the state directory.
func (c *Config) Path() string { return filepath.Join(filepath.Dir(c.StateDir), "auditship.yaml") }

// Text is what is in the file.
func (c *Config) Text() ([]byte, error) { return yaml.Marshal(c) }

func (c *Config) write() (path string, err error) {
	text, err := c.Text()
	if err != nil {
		return "", err
	}
	return c.Path(), os.WriteFile(c.Path(), text, 0o600)
}
