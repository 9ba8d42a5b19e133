package backend

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
)

// KafkaCluster is some brokers, each of them a controller too. Topics are kept by three of them unless they say otherwise, the
// internal ones always, and a write counts when two have it: any one broker may be gone.
type KafkaCluster struct {
	Brokers []*Process
	Plain   []string // addresses as a Kafka's
	SASLTLS []string
	CAFile  string
}

const (
	clusterID       = "e2e-kafka-cluster-000A" // 16 bytes in base64
	portsOfOne      = 5
	controllerPort  = 4
	clusterReplicas = 3
)

// StartKafkaCluster starts n empty brokers, three at least, with their files in dir.
func StartKafkaCluster(ctx context.Context, dir string, n int) (*KafkaCluster, error) {
	if _, err := prepare(ctx, "kafka-up.sh", "FETCH_ONLY=1"); err != nil {
		return nil, err
	}
	first, err := Ports(n * portsOfOne)
	if err != nil {
		return nil, err
	}
	c := &KafkaCluster{Brokers: make([]*Process, n), CAFile: filepath.Join(dir, "kafka-certs", "ca.crt")}
	var voters []string
	for i := range n {
		port := first + i*portsOfOne
		c.Plain = append(c.Plain, fmt.Sprintf("127.0.0.1:%d", port))
		c.SASLTLS = append(c.SASLTLS, fmt.Sprintf("127.0.0.1:%d", port+1))
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", i+1, port+controllerPort))
	}
	return c, c.startAll(ctx, dir, first, strings.Join(voters, ","))
}

// startAll starts them side by side: none is ready before most of the controllers are there.
func (c *KafkaCluster) startAll(ctx context.Context, dir string, first int, voters string) error {
	var starting sync.WaitGroup
	errs := make([]error, len(c.Brokers))
	for i := range c.Brokers {
		name := fmt.Sprintf("kafka-%d", i+1)
		spec := Spec{
			Name: name, Dir: dir, Command: []string{"kafka-up.sh"}, Ready: tcpReady(c.Plain[i]),
			Env: []string{"KAFKA_DATA=" + filepath.Join(dir, name), fmt.Sprintf("KAFKA_PORT=%d", first+i*portsOfOne),
				fmt.Sprintf("KAFKA_NODE=%d", i+1), "KAFKA_VOTERS=" + voters, "KAFKA_CLUSTER_ID=" + clusterID,
				"KAFKA_CERTS=" + filepath.Dir(c.CAFile), fmt.Sprintf("KAFKA_REPLICAS=%d", clusterReplicas),
				"KAFKA_AUTO_CREATE=false", "KAFKA_HEAP=384m"},
		}
		starting.Go(func() { c.Brokers[i], errs[i] = Start(ctx, spec) })
	}
	starting.Wait()
	if err := errors.Join(errs...); err != nil {
		return errors.Join(err, c.Stop())
	}
	return nil
}

// Restart starts a broker again that has ended, with the files that it left.
func (c *KafkaCluster) Restart(ctx context.Context, i int) error {
	again, err := Start(ctx, c.Brokers[i].Spec)
	if err == nil {
		c.Brokers[i] = again
	}
	return err
}

// Stop ends all brokers at once: the last ones alone would wait for the others.
func (c *KafkaCluster) Stop() error {
	var stopping sync.WaitGroup
	errs := make([]error, len(c.Brokers))
	for i, broker := range c.Brokers {
		stopping.Go(func() {
			if broker != nil {
				errs[i] = broker.Stop()
			}
		})
	}
	stopping.Wait()
	return errors.Join(errs...)
}
