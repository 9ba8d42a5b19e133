// Auditship ships Kubernetes audit logs from a control-plane node to Elasticsearch, Loki, Kafka and files, losing nothing.
package main

import (
	"os"

	"github.com/auditship/auditship/agent/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
