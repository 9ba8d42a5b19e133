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
	Flavor       string           `yaml:"flavor"`      // elasticsearch (default) or opensearch: what setup installs
	DataStream   string           `yaml:"data_stream"` // either this
	Index        string           `yaml:"index"`       // or this: a name with %Y %m %d of the event's stageTimestamp; no alias that is rolled over
	Username     string           `yaml:"username"`
	Password     string           `yaml:"password"`
	PasswordFile string           `yaml:"password_file"`
	APIKey       string           `yaml:"api_key"` // as the server encodes it, or ID:KEY
	APIKeyFile   string           `yaml:"api_key_file"`
	Compression  string           `yaml:"compression"` // gzip (default) or none
	TLS          *credentials.TLS `yaml:"tls"`
}
