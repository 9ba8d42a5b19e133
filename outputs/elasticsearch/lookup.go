package elasticsearch

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// lookupSize is how many IDs one search asks for.
const lookupSize = 1000

// copies is how often an ID may be in the data stream and every other one is still found: a search returns at most
// 10,000 hits (index.max_result_window).
const copies = 5

// lookupAnswer is what the search and refresh APIs say; what is not a pointer may be left out of the answer.
type lookupAnswer struct {
	TimedOut *bool `json:"timed_out"`
	Shards   *struct {
		Failed int `json:"failed"`
	} `json:"_shards"`
	Hits struct {
		Hits []struct {
			ID string `json:"_id"`
		} `json:"hits"`
	} `json:"hits"`
}

// find gives the duplicate verdict to those of at most lookupSize events that the data stream has.
func (d *doubts) find(ctx context.Context, w *write, these []int) *outputs.Fault {
	yes := true
	r := esapi.SearchRequest{Index: []string{d.stream}, Body: bytes.NewReader(lookupQuery(w.events, these)), IgnoreUnavailable: &yes,
		TrackTotalHits: false, FilterPath: []string{"timed_out", "_shards.failed", "hits.hits._id"}}
	found := make(map[event.ID]bool)
	fault := d.client.do(ctx, r, func(content io.Reader) error {
		answer, err := readLookup(content, len(these))
		if err != nil || answer.TimedOut == nil {
			return errors.Join(err, errors.New("a search without its outcome"))
		}
		for _, hit := range answer.Hits.Hits {
			id, err := hex.DecodeString(hit.ID)
			if err != nil || len(id) != len(event.ID{}) {
				return errors.New("a hit is not what was searched")
			}
			found[event.ID(id)] = true
		}
		if *answer.TimedOut || answer.Shards.Failed > 0 {
			return &outputs.Fault{Reason: partlySeen}
		}
		return nil
	})
	for _, i := range these {
		if found[w.events[i].ID] {
			w.fates[i].verdict = duplicate
		}
	}
	return fault
}

func lookupQuery(events []event.Event, these []int) []byte {
	query := append(make([]byte, 0, 128+36*len(these)), `{"query":{"ids":{"values":[`...)
	for n, i := range these {
		if n > 0 {
			query = append(query, ',')
		}
		query = append(query, '"')
		query = hex.AppendEncode(query, events[i].ID[:])
		query = append(query, '"')
	}
	return fmt.Appendf(query, `]}},"size":%d,"_source":false,"sort":["_doc"]}`, copies*len(these))
}

func readLookup(content io.Reader, n int) (lookupAnswer, error) {
	var answer lookupAnswer
	if err := json.NewDecoder(io.LimitReader(content, answerLimit(n))).Decode(&answer); err != nil {
		return answer, plain(err)
	}
	if answer.Shards == nil {
		return answer, errors.New("the answer has another shape")
	}
	return answer, nil
}

// refresh makes all findable that was stored before the present doubts arose.
func (d *doubts) refresh(ctx context.Context) *outputs.Fault {
	epoch, due := d.due()
	if !due {
		return nil
	}
	yes := true
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
