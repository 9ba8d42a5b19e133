// Package rivals runs what the agent is compared with.
package rivals

import (
	"bytes"
	"os"
	"time"

	"github.com/go-kit/kit/log"
	"github.com/grafana/loki-client-go/loki"
	"github.com/prometheus/common/model"
)

// LokiClient sends lines by github.com/grafana/loki-client-go.
type LokiClient struct {
	client *loki.Client
	labels model.LabelSet
}

// NewLokiClient makes one with its defaults, but for the longest pause between its ten retries, which is 5 minutes by
// default: it sets after how long an outage the client gives a batch up.
func NewLokiClient(url, job string, maxBackoff time.Duration) (*LokiClient, error) {
	config, err := loki.NewDefaultConfig(url + "/loki/api/v1/push")
	if err != nil {
		return nil, err
	}
	config.BackoffConfig.MaxBackoff = maxBackoff
	client, err := loki.NewWithLogger(config, log.NewNopLogger())
	if err != nil {
		return nil, err
	}
	return &LokiClient{client: client, labels: model.LabelSet{"job": model.LabelValue(job)}}, nil
}

// SendFile hands all lines of a file to the client. It returns when the client has taken them, and never learns whether
// they arrived.
func (c *LokiClient) SendFile(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for line := range bytes.Lines(content) {
		if err := c.Send(line); err != nil {
			return err
		}
	}
	return nil
}

// Send hands over one line.
func (c *LokiClient) Send(line []byte) error {
	return c.client.Handle(c.labels, time.Now(), string(bytes.TrimSuffix(line, []byte{'\n'})))
}

// Stop sends what is left, and gives up what can't be sent.
func (c *LokiClient) Stop() { c.client.Stop() }
