package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/auditship/auditship/e2e/backend"
	"github.com/twmb/franz-go/pkg/kadm"
)

// cluster is up to three Kafka brokers; the first is the controller. Each has a proxy that it tells clients to be its
// address, with SCRAM; the oracle's listener is another.
type cluster struct {
	dir     string
	host    string // that clients are told: an address, or a name
	port    int    // of the first broker; the next ones follow
	brokers []*backend.Process
	proxies []*Proxy
}

const brokerProperties = `process.roles=%s
node.id=%d
controller.quorum.voters=1@127.0.0.1:%d
listeners=PLAINTEXT://127.0.0.1:%d,AGENT://127.0.0.1:%d%s
advertised.listeners=PLAINTEXT://127.0.0.1:%d,AGENT://%s
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,AGENT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
listener.name.agent.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.agent.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
auto.create.topics.enable=false
`

const perBroker = 5 // ports

func startCluster(ctx context.Context, dir string) (*cluster, error) {
	port, err := backend.Ports(3 * perBroker)
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, host: "127.0.0.1", port: port}
	return c, c.grow(ctx, 1)
}

// grow starts brokers until there are n.
func (c *cluster) grow(ctx context.Context, n int) error {
	for i := len(c.brokers); i < n; i++ {
		p := &Proxy{Dial: dialer(fmt.Sprintf("127.0.0.1:%d", c.port+i*perBroker+1))}
		if err := listen(p); err != nil {
			return err
		}
		c.proxies = append(c.proxies, p)
		if err := c.join(i); err != nil {
			return err
		}
		broker, err := backend.Start(ctx, backend.Spec{
			Name: fmt.Sprintf("kafka-%d", i+1), Dir: c.dir, Command: []string{"kafka-up.sh"}, Ready: c.ready(i),
			Env: []string{"KAFKA_DATA=" + c.data(i), fmt.Sprintf("KAFKA_PORT=%d", c.port+i*perBroker),
				"KAFKA_EXTRA=" + c.properties(i), "KAFKA_HEAP=384m"},
		})
		if err != nil {
			return err
		}
		c.brokers = append(c.brokers, broker)
	}
	return nil
}

func (c *cluster) properties(i int) string {
	plain, control, roles, listener := c.port+i*perBroker, c.port+4, "broker", ""
	if i == 0 {
		roles, listener = "broker,controller", fmt.Sprintf(",CONTROLLER://127.0.0.1:%d", control)
	}
	return fmt.Sprintf(brokerProperties, roles, i+1, control, plain, plain+1, listener, plain, c.proxies[i].Named(c.host))
}

// join gives a later broker the identity of the cluster: the start script would make another.
func (c *cluster) join(i int) error {
	if i == 0 {
		return nil
	}
	first, err := os.ReadFile(filepath.Join(c.data(0), "log", "meta.properties"))
	if err != nil {
		return err
	}
	text := "version=1\n"
	for line := range strings.Lines(string(first)) {
		if strings.HasPrefix(line, "cluster.id=") {
			text += line
		}
	}
	log := filepath.Join(c.data(i), "log")
	if err := os.MkdirAll(log, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(log, "meta.properties"), fmt.Appendf(nil, "%snode.id=%d\n", text, i+1), 0o644)
}

func (c *cluster) data(i int) string { return filepath.Join(c.dir, fmt.Sprintf("kafka-%d", i+1)) }

// plain is the oracle's address of the first broker.
func (c *cluster) plain() string { return fmt.Sprintf("127.0.0.1:%d", c.port) }

func (c *cluster) ready(i int) func(context.Context) error {
	return func(ctx context.Context) error {
		return c.admin(ctx, func(ctx context.Context, admin *kadm.Client) error {
			brokers, err := admin.ListBrokers(ctx)
			if err == nil && len(brokers) <= i && i == len(c.brokers) {
				err = errors.New("not yet registered")
			}
			return err
		})
	}
}

func (c *cluster) stop() (err error) {
	for i := len(c.brokers) - 1; i >= 0; i-- { // the controller last
		err = errors.Join(err, c.brokers[i].Stop(), c.proxies[i].Close())
	}
	return err
}
