package outputs

import (
	"log/slog"
	"time"

	"github.com/auditship/auditship/agent/disk"
)

// Env is what every output is made with, beside its own configuration. One instance of an output serves one pipeline.
type Env struct {
	Log      *slog.Logger
	Cluster  string        // name of the cluster the events come from
	Node     string        // name of the node they come from
	Timeout  time.Duration // for one request
	MaxBytes int           // shipped bytes of a batch; a batch grows beyond this by one event at most
	Disk     disk.FS       // for outputs that write files
	MinFree  int64         // bytes that such outputs leave free on their disk
}
