package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/auditship/auditship/agent/completeness"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs/elasticsearch"
)

// defaulter is a struct whose fields have values before the document is read into them.
type defaulter interface{ setDefaults() }

func (c *Config) setDefaults() {
	c.StateDir = "/var/lib/auditship"
	c.Listen = "127.0.0.1:9180"
	c.Admin = "unix:///run/auditship/admin.sock"
	c.Log = Log{Level: "info", Format: "text"}
	c.Memory.MaxBytes = 48 << 20
	c.Disk = Disk{MaxBytes: 2 << 30, MinFree: 1 << 30}
	c.Protect = "on"
	c.LockTimeout = 60 * time.Second
	c.ShutdownTimeout = 20 * time.Second
}

func (o *Output) setDefaults() {
	o.Batch = Batch{MaxBytes: 1 << 20, MaxEvents: 1000, Linger: 100 * time.Millisecond}
	o.Timeout = 30 * time.Second
	o.Format = Native
}

// complete fills in what depends on other fields or on the machine.
func (d *document) complete(c *Config) {
	d.completeNode(c)
	c.Cluster = cmp.Or(c.Cluster, "kubernetes") // as kubeadm names a cluster that is given no name
	c.PolicyFile = d.beside(c.PolicyFile)
	c.Identities.File = d.beside(c.Identities.File)
	for i := range c.Inputs {
		in := &c.Inputs[i]
		if in.Cluster == "" {
			in.Cluster = c.Cluster
		}
		if in.File != nil && in.File.Start == "" {
			in.File.Start = inputs.Beginning
		}
		if in.APIServerMetrics != nil && d.lines[fmt.Sprintf("inputs[%d].apiserver_metrics.every", i)] == 0 {
			in.APIServerMetrics.Every = completeness.DefaultEvery
		}
	}
	for i := range c.Outputs {
		c.Outputs[i].completeEvents()
		c.Outputs[i].PolicyFile = d.beside(c.Outputs[i].PolicyFile)
		if c.Outputs[i].Protect == "" {
			c.Outputs[i].Protect = c.Protect
		}
	}
	d.completeLingers(c.Outputs)
	d.completeBatches(c)
}

// completeEvents tells Elasticsearch what names the fields of events have.
func (o *Output) completeEvents() {
	switch {
	case o.Elasticsearch == nil:
	case o.Compat != "":
		o.Elasticsearch.Events = elasticsearch.Foreign
	case o.Format == ECS:
		o.Elasticsearch.Events = elasticsearch.ECS
	}
}

// Who reads a topic wants events at once, and small batches cost a broker little; nobody waits for a file, whose batches cost
// two fsyncs each.
const (
	kafkaLinger = 20 * time.Millisecond
	fileLinger  = 500 * time.Millisecond
)

func (d *document) completeLingers(outputs []Output) {
	for i := range outputs {
		switch o := &outputs[i]; {
		case d.lines[fmt.Sprintf("outputs[%d].batch.linger", i)] != 0:
		case o.Kafka != nil:
			o.Batch.Linger = kafkaLinger
		case o.File != nil:
			o.Batch.Linger = fileLinger
		}
	}
}

// fileBatch is what a batch to a file has where nothing else is given: each costs an fsync.
var fileBatch = Batch{MaxBytes: 4 << 20, MaxEvents: 4000}

// completeBatches makes the batches to files larger than others, unless that takes more than half of the memory, or longer than a
// second by the rate limit: a batch that is held up at a stop is abandoned.
func (d *document) completeBatches(c *Config) {
	small := slices.Clone(c.Outputs)
	for i := range c.Outputs {
		at, b := fmt.Sprintf("outputs[%d].batch.", i), &c.Outputs[i].Batch
		slow := c.Outputs[i].RateLimit > 0 && c.Outputs[i].RateLimit < fileBatch.MaxBytes
		if c.Outputs[i].File != nil && !slow && d.lines[at+"max_bytes"]+d.lines[at+"max_events"] == 0 {
			b.MaxBytes, b.MaxEvents = fileBatch.MaxBytes, fileBatch.MaxEvents
		}
	}
	if c.MinMemory() > c.Memory.MaxBytes/2 {
		c.Outputs = small
	}
}

// completeNode takes the host's name, but not in a pod: there it changes with every pod, and with it the labels, keys and
// streams of the same log.
func (d *document) completeNode(c *Config) {
	if c.Node != "" || d.unread {
		return
	}
	if host, inPod := d.lookup("KUBERNETES_SERVICE_HOST"); inPod && host != "" {
		d.report("node", "must be given in a pod, whose host name is not the node's; set NODE_NAME through the downward API (fieldRef: spec.nodeName) and write node: ${NODE_NAME}")
		return
	}
	host, err := d.hostname()
	if err != nil || host == "" {
		d.report("node", "is not given and the host has no name; give one")
		return
	}
	c.Node = host
}

// beside takes a relative path from where the configuration file is.
func (d *document) beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(d.file), path)
}
