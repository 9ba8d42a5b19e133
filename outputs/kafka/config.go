package kafka

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/auditship/auditship/outputs/credentials"
)

// Config is the kafka block of an output.
type Config struct {
	Brokers     []string         `yaml:"brokers"` // HOST:PORT; a few of them are enough, the others are found
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

var (
	keys         = []string{"node", "cluster", "user", "namespace", "audit_id", "none"}
	compressions = []string{"zstd", "gzip", "snappy", "lz4", "none"}
	mechanisms   = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}

	topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`) // org.apache.kafka.common.internals.Topic
)

// Validate reports everything that is wrong, each with the path of the key below this block and what to do about it.
func (c Config) Validate(report func(path, problem string)) {
	if len(c.Brokers) == 0 {
		report("brokers", "is missing: list at least one broker, such as kafka-1:9092")
	}
	for i, broker := range c.Brokers {
		if problem := addressProblem(broker); problem != "" {
			report("brokers["+strconv.Itoa(i)+"]", problem)
		}
	}
	switch {
	case c.Topic == "":
		report("topic", "is missing: name the topic to write to")
	case !topicName.MatchString(c.Topic) || c.Topic == "." || c.Topic == "..":
		report("topic", "is no topic name: use at most 249 letters, digits, '.', '_' and '-'")
	}
	oneOf(report, "key", c.Key, keys)
	oneOf(report, "compression", c.Compression, compressions)
	c.SASL.validate(report)
	c.TLS.Validate(func(path, problem string) { report("tls."+path, problem) })
}

func addressProblem(broker string) string {
	host, port, err := net.SplitHostPort(broker)
	if err != nil || host == "" || strings.Contains(host, "/") {
		return fmt.Sprintf("%q is no address: write HOST:PORT, such as kafka-1:9092", broker)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Sprintf("%q has no valid port: use a number from 1 to 65535", broker)
	}
	return ""
}

// oneOf reports a value that is neither empty nor one of those allowed.
func oneOf(report func(path, problem string), path, value string, allowed []string) {
	if value != "" && !slices.Contains(allowed, value) {
		report(path, fmt.Sprintf("is %q: use one of %s", value, strings.Join(allowed, ", ")))
	}
}

func (s *SASL) validate(report func(path, problem string)) {
	if s == nil {
		return
	}
	if s.Mechanism == "" {
		report("sasl.mechanism", "is missing: use one of "+strings.Join(mechanisms, ", "))
	}
	oneOf(report, "sasl.mechanism", s.Mechanism, mechanisms)
	if s.Username == "" {
		report("sasl.username", "is missing")
	}
	switch {
	case s.Password == "" && s.PasswordFile == "":
		report("sasl.password_file", "is missing: give the password in a file, or as password")
	case s.Password != "" && s.PasswordFile != "":
		report("sasl.password", "stands beside password_file: keep one of them")
	}
}
