// Package kafka reads the events that other agents put into Kafka, as the second tier of a large installation: agents on the
// control-plane nodes ship into topics, and consumer groups of the same binary read from them.
//
// # A group for each output
//
// Each pipeline is a member of a consumer group of its own, GROUP-OUTPUT, so that a dead output delays no other. Where to
// begin is the group's matter: offsets are committed to Kafka when the output has acknowledged everything before them, and the
// checkpoint in state_dir is not asked. When the group is rebalanced, what was read and not yet acknowledged comes again to
// whoever has the partition then. Elasticsearch and Loki show it once all the same, by the event's ID; files and other Kafka
// topics may show it twice.
//
// # What comes
//
// An event has the ID that its agent gave it, from the header auditship-id, and keeps the "auditship" object that its agent
// made. What has no such header is taken for a line of an audit log.
package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs/credentials"
	out "github.com/auditship/auditship/outputs/kafka"
)

// Config is the kafka block of an input.
type Config struct {
	Brokers []string         `yaml:"brokers"` // HOST:PORT; a few of them are enough, the others are found
	Topics  []string         `yaml:"topics"`
	Group   string           `yaml:"group"` // default: auditship; the consumer group of an output is GROUP-OUTPUT
	Start   inputs.Start     `yaml:"start"` // beginning (default) or end, of partitions of which the group has no offset
	SASL    *out.SASL        `yaml:"sasl"`
	TLS     *credentials.TLS `yaml:"tls"` // nil: no TLS; an empty block: TLS with the system's roots
}

const defaultGroup = "auditship"

var groupName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,200}$`)

// Validate reports everything that is wrong, each with the path of the key below this block and what to do about it.
func (c *Config) Validate(report func(path, problem string)) {
	if len(c.Topics) == 0 {
		report("topics", "is missing: name the topics to read from")
	}
	for i, topic := range c.Topics {
		connection := out.Config{Brokers: c.Brokers, Topic: topic, SASL: c.SASL, TLS: c.TLS}
		connection.Validate(func(path, problem string) {
			switch {
			case path == "topic":
				report("topics["+strconv.Itoa(i)+"]", problem)
			case i == 0:
				report(path, problem)
			}
		})
	}
	if c.Group != "" && !groupName.MatchString(c.Group) {
		report("group", "is no name of a group: use at most 200 letters, digits, '.', '_' and '-'")
	}
}

// Input is the topics. What it needs in the background belongs to its readers.
type Input struct {
	cfg Config
	log *slog.Logger

	mu  sync.Mutex
	tls *credentials.Client
}

// New makes an Input. Nothing is opened yet.
func New(cfg Config, log *slog.Logger) *Input {
	if cfg.Group == "" {
		cfg.Group = defaultGroup
	}
	return &Input{cfg: cfg, log: log, tls: credentials.NewClient(cfg.TLS)}
}

// errOnce: what is in the topics at present and what this member will be given of it, nobody can say beforehand.
var errOnce = errors.New("a kafka input has no end: run without --once")

// Open joins the group of the pipeline's output.
func (in *Input) Open(o inputs.Options) (inputs.Reader, error) {
	if o.Once {
		return nil, errOnce
	}
	start := o.Start
	if start == "" {
		start = in.cfg.Start
	}
	_, output, _ := strings.Cut(o.Pipeline, "/")
	return newReader(in, in.cfg.Group+"-"+output, start), nil
}

// Run waits: readers do all that is to be done.
func (in *Input) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Forget does nothing: the group's offsets are Kafka's, and end by its offsets.retention.minutes.
func (in *Input) Forget(string) {}

const (
	dialTimeout = 10 * time.Second
	clientID    = "auditship"
)

// dialer logs in with the credentials of the moment.
func (in *Input) dialer() *kafka.Dialer {
	d := &kafka.Dialer{ClientID: clientID, Timeout: dialTimeout, DialFunc: in.dial}
	if in.cfg.SASL != nil {
		d.SASLMechanism = out.NewLogin(in.cfg.SASL)
	}
	return d
}

// dial opens a connection, with TLS where it is configured. TLS is not left to kafka-go, which would keep the certificates that it
// was given.
func (in *Input) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(dialTimeout)); err != nil { // of the TLS handshake
		return nil, errors.Join(fmt.Errorf("limit the handshake: %w", err), conn.Close())
	}
	if in.cfg.TLS == nil {
		return limited{conn}, nil
	}
	in.mu.Lock()
	config, err := in.tls.Config()
	in.mu.Unlock()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read TLS files: %w", err), conn.Close())
	}
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	return limited{tls.Client(conn, config)}, nil
}

// dialFramed is dial with answers looked at before kafka-go's client makes room for what they announce.
func (in *Input) dialFramed(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := in.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return out.Framed(conn), nil
}

// limited is a connection on which nothing waits for ever. kafka-go logs in and asks for leaders without a deadline, so that a broker
// that hangs, being the first of the list, would keep all others from being asked.
type limited struct{ net.Conn }

func (c limited) SetReadDeadline(t time.Time) error  { return c.Conn.SetReadDeadline(orSoon(t)) }
func (c limited) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(orSoon(t)) }

func orSoon(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now().Add(dialTimeout)
	}
	return t
}
