package elasticsearch

import (
	"context"
	"io"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/auditship/auditship/outputs"
)

// ownRefresh is how long the server may take to refresh by itself: the default index.refresh_interval is 1 s.
const ownRefresh = 2 * time.Second

// refresh makes all findable that was stored before the present doubts arose.
func (d *doubts) refresh(ctx context.Context) *outputs.Fault {
	epoch, due := d.due()
	if !due {
		return nil
	}
	r := esapi.IndicesRefreshRequest{Index: []string{d.stream}, IgnoreUnavailable: &yes, FilterPath: []string{"_shards.failed"}}
	fault := d.client.do(ctx, r, func(content io.Reader) error {
		answer, err := readLookup(content, 0)
		if err == nil && answer.Shards.Failed > 0 {
			err = &outputs.Fault{Reason: partlySeen}
		}
		return err
	})
	if fault != nil && !fault.Blocked {
		return fault
	}
	return d.noteRefresh(epoch, fault)
}

func (d *doubts) due() (epoch int, due bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.epoch, d.refreshed < d.epoch
}

// noteRefresh ends a refresh, or has who called wait for the server's own, if we have no right to ask for one.
func (d *doubts) noteRefresh(epoch int, fault *outputs.Fault) *outputs.Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	if fault != nil && fault.Reason != indexMissing {
		d.tell("refresh the data stream before looking up events: refused; grant the right maintenance, or leave index.refresh_interval as it is",
			"fault", fault.Error())
		now := time.Now()
		if d.waitFor != epoch {
			d.waitFor, d.waitUntil = epoch, now.Add(ownRefresh)
		}
		if left := d.waitUntil.Sub(now); left > 0 {
			return &outputs.Fault{Reason: waitRefresh, RetryAfter: left}
		}
	}
	d.refreshed = max(d.refreshed, epoch)
	return nil
}
