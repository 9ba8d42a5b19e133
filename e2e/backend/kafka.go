package backend

import (
	"context"
	"fmt"
	"path/filepath"
)

// Kafka is one broker that is its own controller.
type Kafka struct {
	*Process
	Plain   string // address without TLS and users: for the tests' own checks
	SASLTLS string // address with TLS and SCRAM: for the agent
	CAFile  string
}

// The user of every Kafka that this package starts.
const (
	KafkaUser     = "agent"
	KafkaPassword = "agent-secret"
)

// StartKafka starts an empty broker with its files in dir.
func StartKafka(ctx context.Context, dir string) (*Kafka, error) {
	if _, err := prepare(ctx, "kafka-up.sh", "FETCH_ONLY=1"); err != nil {
		return nil, err
	}
	port, err := Ports(5)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "kafka")
	k := &Kafka{
		Plain:   fmt.Sprintf("127.0.0.1:%d", port),
		SASLTLS: fmt.Sprintf("127.0.0.1:%d", port+1),
		CAFile:  filepath.Join(data, "certs", "ca.crt"),
	}
	k.Process, err = Start(ctx, Spec{
		Name: "kafka", Dir: dir, Command: []string{"kafka-up.sh"},
		Env:   []string{"KAFKA_DATA=" + data, fmt.Sprintf("KAFKA_PORT=%d", port)},
		Ready: tcpReady(k.Plain),
	})
	return k, err
}
