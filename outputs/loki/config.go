package loki

import "github.com/auditship/auditship/outputs/credentials"

// Config is the loki block of an output.
type Config struct {
	URL             string            `yaml:"url"` // of the server, without /loki/api/v1/push
	Tenant          string            `yaml:"tenant"`
	Labels          map[string]string `yaml:"labels"` // of every stream, beside cluster and node
	Username        string            `yaml:"username"`
	Password        string            `yaml:"password"`
	PasswordFile    string            `yaml:"password_file"`
	BearerToken     string            `yaml:"bearer_token"`
	BearerTokenFile string            `yaml:"bearer_token_file"`
	TLS             *credentials.TLS  `yaml:"tls"`
}
