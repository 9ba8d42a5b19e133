package forward

import (
	"net"
	"strconv"
	"strings"

	"github.com/auditship/auditship/outputs/credentials"
)

// Config is the forward block of an output.
type Config struct {
	Addresses     []string         `yaml:"addresses"`       // HOST:PORT; one of them is used, the next where it fails
	Tag           string           `yaml:"tag"`             // default: kubernetes.audit
	SharedKey     string           `yaml:"shared_key"`      // by which both sides prove who they are
	SharedKeyFile string           `yaml:"shared_key_file"` //
	Username      string           `yaml:"username"`        // beside the key, where the receiver knows users
	Password      string           `yaml:"password"`
	PasswordFile  string           `yaml:"password_file"`
	Compression   string           `yaml:"compression"` // none (default) or gzip
	TLS           *credentials.TLS `yaml:"tls"`         // nil: no TLS
}

const (
	defaultTag = "kubernetes.audit"
	gzipped    = "gzip"
	plain      = "none"
)

// Validate reports all that is wrong with the block: the path of a key below it, and what to do.
func (c Config) Validate(report func(path, problem string)) {
	if len(c.Addresses) == 0 {
		report("addresses", "is missing: write it as [fluentd:24224]")
	}
	for i, address := range c.Addresses {
		validateAddress(address, func(problem string) { report("addresses["+strconv.Itoa(i)+"]", problem) })
	}
	if strings.ContainsFunc(c.Tag, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		report("tag", "must have neither spaces nor control characters: write it as kubernetes.audit")
	}
	if c.Compression != "" && c.Compression != gzipped && c.Compression != plain {
		report("compression", "must be none or gzip")
	}
	if c.SharedKey != "" && c.SharedKeyFile != "" {
		report("shared_key_file", "give either shared_key or shared_key_file, not both")
	}
	if c.Username != "" && c.SharedKey == "" && c.SharedKeyFile == "" {
		report("username", "needs shared_key_file beside it: receivers ask for a user only where they ask for a key")
	}
	credentials.Basic{Username: c.Username, Password: c.Password, PasswordFile: c.PasswordFile}.Validate(report)
	c.TLS.Validate(func(path, problem string) { report("tls."+path, problem) })
}

func validateAddress(address string, report func(problem string)) {
	host, port, err := net.SplitHostPort(address)
	number, bad := strconv.ParseUint(port, 10, 16)
	switch {
	case strings.Contains(address, "://"):
		report("must be HOST:PORT, without a scheme")
	case err != nil || host == "":
		report("must be HOST:PORT, such as fluentd:24224")
	case bad != nil || number == 0:
		report("has no port between 1 and 65535")
	}
}
