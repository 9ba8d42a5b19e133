package outputs

import (
	"log/slog"
	"time"
)

// Env is what every output is made with, beside its own configuration. One instance of an output serves one pipeline.
type Env struct {
	Log      *slog.Logger
	Cluster  string        // name of the cluster the events come from
	Node     string        // name of the node they come from
	Timeout  time.Duration // for one request
	MaxBytes int           // shipped bytes of a batch, unless one event alone is longer
}
