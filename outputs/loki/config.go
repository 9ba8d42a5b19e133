package loki

import (
	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/outputs/credentials"
)

// Config is the loki block of an output.
type Config struct {
	URL             string            `yaml:"url"`    // of the server, without /loki/api/v1/push
	Tenant          string            `yaml:"tenant"` // X-Scope-OrgID; empty: none, for a server without tenants
	Labels          map[string]string `yaml:"labels"` // of every stream, beside cluster, node, input, hour and shard; two outputs to one Loki need different ones
	Username        string            `yaml:"username"`
	Password        string            `yaml:"password"`
	PasswordFile    string            `yaml:"password_file"`
	BearerToken     string            `yaml:"bearer_token"`
	BearerTokenFile string            `yaml:"bearer_token_file"`
	TLS             *credentials.TLS  `yaml:"tls"`

	// StreamRate is how many bytes a second one stream gets at most. Default: 1MiB, which is below the 1536 KB/s at
	// which Loki begins to split streams and to store repeats twice. Only to be raised where the server has
	// shard_streams.enabled: false, or a higher desired_rate.
	StreamRate unit.Size `yaml:"stream_rate"`
}
