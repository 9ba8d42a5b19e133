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

// Deliveries asks for ever smaller ranges of time until no answer is cut off by its limit. So no assumption about the
// order of entries with the same timestamp is needed.
func (l *Loki) Deliveries(ctx context.Context) Deliveries {
	return func(yield func(Delivery, error) bool) {
		l.each(ctx, l.From.UnixNano(), l.To.UnixNano(), yield)
	}
}

// each yields what lies in [from, to) and reports whether more is wanted.
func (l *Loki) each(ctx context.Context, from, to int64, yield func(Delivery, error) bool) bool {
	entries, full, err := l.query(ctx, from, to)
	switch {
	case err == nil && full && to-from == 1:
		err = fmt.Errorf("query Loki: more entries at %d ns than an answer holds", from)
		fallthrough
	case err != nil:
		yield(Delivery{}, err)
		return false
	case full:
		middle := from + (to-from)/2
		return l.each(ctx, from, middle, yield) && l.each(ctx, middle, to, yield)
	}
	for _, entry := range entries {
		if !yield(entry, nil) {
			return false
		}
	}
	return true
}

type queryAnswer struct {
	Data struct {
		Result []struct {
			Stream map[string]string `json:"stream"`
			Values [][2]string       `json:"values"` // timestamp in ns, line
		} `json:"result"`
	} `json:"data"`
}

func (l *Loki) query(ctx context.Context, from, to int64) (entries []Delivery, full bool, err error) {
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
			entries = append(entries, Delivery{ID: name, Body: []byte(value[1])})
		}
	}
	return entries, len(entries) >= limit, nil
}
