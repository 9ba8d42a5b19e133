package elasticsearch

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

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
	r := esapi.SearchRequest{Index: []string{d.stream}, Body: bytes.NewReader(lookupQuery(w.events, these)), IgnoreUnavailable: &yes,
		TrackTotalHits: false, FilterPath: []string{"timed_out", "_shards.failed", "hits.hits._id"}}
	found := make(map[event.ID]bool)
	fault := d.client.do(ctx, r, func(content io.Reader) error { return readHits(content, len(these), found) })
	for _, i := range these {
		if found[w.events[i].ID] {
			w.fates[i].verdict = duplicate
		}
	}
	return fault
}

// readHits adds the IDs that a search for n of them has found. Of an answer that is none it adds nothing; one that is whole,
// but not from all shards, is the fault partlySeen.
func readHits(content io.Reader, n int, found map[event.ID]bool) error {
	answer, err := readLookup(content, n)
	if err != nil || answer.TimedOut == nil {
		return errors.Join(err, errors.New("a search without its outcome"))
	}
	for _, hit := range answer.Hits.Hits {
		id, err := hex.DecodeString(hit.ID)
		if err != nil || len(id) != len(event.ID{}) {
			clear(found)
			return errors.New("a hit is not what was searched")
		}
		found[event.ID(id)] = true
	}
	if *answer.TimedOut || answer.Shards.Failed > 0 {
		return &outputs.Fault{Reason: partlySeen}
	}
	return nil
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
