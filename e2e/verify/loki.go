package verify

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Loki reads all entries that a stream selector matches.
type Loki struct {
	Client   *http.Client
	URL      string
	Selector string // LogQL: {job="…"}
	From, To time.Time
	Page     int // entries in one answer; 0: 2000
}

// Deliveries asks for one page after the other, the oldest entries first. An answer that is cut off by its limit may lack
// entries with its last timestamp: the next one begins with that, so nothing is assumed about their order.
func (l *Loki) Deliveries(ctx context.Context) Deliveries {
	return func(yield func(Delivery, error) bool) {
		for from := l.From.UnixNano(); ; {
			entries, full, err := l.query(ctx, from, l.To.UnixNano())
			if err != nil {
				yield(Delivery{}, err)
				return
			}
			next := from
			for _, entry := range entries {
				next = max(next, entry.time)
			}
			if full && next == from {
				yield(Delivery{}, fmt.Errorf("query Loki: more entries at %d ns than an answer holds", from))
				return
			}
			for _, entry := range entries {
				if (!full || entry.time < next) && !yield(entry.Delivery, nil) {
					return
				}
			}
			if !full {
				return
			}
			from = next
		}
	}
}

type lokiEntry struct {
	Delivery
	time int64 // ns
}

type queryAnswer struct {
	Data struct {
		Result []struct {
			Stream map[string]string `json:"stream"`
			Values [][2]string       `json:"values"` // timestamp in ns, line
		} `json:"result"`
	} `json:"data"`
}

func (l *Loki) query(ctx context.Context, from, to int64) (entries []lokiEntry, full bool, err error) {
	limit := l.Page
	if limit == 0 {
		limit = 2000
	}
	query := url.Values{
		"query": {l.Selector}, "direction": {"forward"}, "limit": {strconv.Itoa(limit)},
		"start": {strconv.FormatInt(from, 10)}, "end": {strconv.FormatInt(to, 10)},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.URL+"/loki/api/v1/query_range?"+query.Encode(), nil)
	if err != nil {
		return nil, false, err
	}
	var answer queryAnswer
	if err := fetchJSON(l.Client, request, &answer); err != nil {
		return nil, false, err
	}
	for _, stream := range answer.Data.Result {
		name, named := stream.Stream[lokiID]
		if !named {
			name = unnamed
		}
		for _, value := range stream.Values {
			at, err := strconv.ParseInt(value[0], 10, 64)
			if err != nil {
				return nil, false, fmt.Errorf("read an entry's time: %w", err)
			}
			entries = append(entries, lokiEntry{Delivery{ID: name, Body: []byte(value[1])}, at})
		}
	}
	return entries, len(entries) >= limit, nil
}
