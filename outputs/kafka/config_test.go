package kafka

import (
	"slices"
	"testing"

	"github.com/auditship/auditship/outputs/credentials"
)

func TestValidate(t *testing.T) {
	good := Config{Brokers: []string{"k1:9092", "[::1]:9093"}, Topic: "kubernetes-audit"}
	for name, test := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"good": {func(c *Config) {}, nil},
		"everything": {func(c *Config) {
			*c = Config{Key: "usr", Compression: "zip", SASL: &SASL{}, TLS: &credentials.TLS{CertFile: "a"}}
		}, []string{"brokers", "topic", "key", "compression", "sasl.mechanism", "sasl.username", "sasl.password_file", "tls.cert_file"}},
		"addresses":        {func(c *Config) { c.Brokers = []string{"k1", "k1:0", "k1:x", "kafka://k1:9092", ":9092", "k1:9092"} }, []string{"brokers[0]", "brokers[1]", "brokers[2]", "brokers[3]", "brokers[4]"}},
		"topic":            {func(c *Config) { c.Topic = "a b" }, []string{"topic"}},
		"dots":             {func(c *Config) { c.Topic = ".." }, []string{"topic"}},
		"mechanism":        {func(c *Config) { c.SASL = &SASL{Mechanism: "GSSAPI", Username: "u", Password: "p"} }, []string{"sasl.mechanism"}},
		"two passwords":    {func(c *Config) { c.SASL = &SASL{Mechanism: "PLAIN", Username: "u", Password: "p", PasswordFile: "f"} }, []string{"sasl.password"}},
		"all keys allowed": {func(c *Config) { c.Key, c.Compression = "audit_id", "none" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := good
			test.change(&c)
			var got []string
			c.Validate(func(path, problem string) {
				got = append(got, path)
				t.Log(path, problem)
			})
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
