package kafka

import "github.com/auditship/auditship/outputs/credentials"

// Config is the kafka block of an output.
type Config struct {
	Brokers     []string         `yaml:"brokers"`
	Topic       string           `yaml:"topic"`
	Key         string           `yaml:"key"` // what decides the partition: node (default), cluster, user, namespace, audit_id, none
	SASL        *SASL            `yaml:"sasl"`
	TLS         *credentials.TLS `yaml:"tls"`         // nil: no TLS; an empty block: TLS with the system's roots
	Compression string           `yaml:"compression"` // zstd (default), gzip, snappy, lz4 or none
}

// SASL is how to log in.
type SASL struct {
	Mechanism    string `yaml:"mechanism"` // PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	Username     string `yaml:"username"`
	Password     string `yaml:"password"`
	PasswordFile string `yaml:"password_file"`
}
