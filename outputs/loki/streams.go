package loki

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/auditship/auditship/agent/event"
)

// Whoever changes these makes visible twice what is under way while the agent is updated.
const (
	shards  = 4      // streams that take turns, so that none gets too much
	hours   = 7 * 24 // of a week
	streams = hours * shards
)

// ownLabels are the names of the labels that are not configured.
var ownLabels = []string{"cluster", "hour", "input", "node", "shard"}

// stream is one of the streams of a pipeline: the hour of the week and the shard that an event belongs to. It follows from
// the event alone.
type stream uint16

func streamOf(at time.Time, id event.ID) stream {
	const sunday = 4 * 24 * time.Hour / time.Second // the epoch was a Thursday
	hour := (at.Unix() + int64(sunday)) / 3600 % hours
	return stream(hour*shards + int64(id[0]%shards))
}

func (s stream) shard() int { return int(s) % shards }

// labelSets are the labels of all streams, as Loki writes label sets. Labels without a value are left out: to Loki they
// are the same as absent ones.
func labelSets(fixed map[string]string) []string {
	labels := make(map[string]string, len(fixed)+2)
	for name, value := range fixed {
		if value != "" {
			labels[name] = value
		}
	}
	sets := make([]string, streams)
	for s := range sets {
		labels["hour"] = hourName(s / shards)
		labels["shard"] = strconv.Itoa(s % shards)
		sets[s] = labelSet(labels)
	}
	return sets
}

// hourName is such as sun-07.
func hourName(hour int) string {
	day := strings.ToLower(time.Weekday(hour / 24).String()[:3])
	return day + "-" + strconv.Itoa(100 + hour%24)[1:]
}

func labelSet(labels map[string]string) string {
	names := make([]string, 0, len(labels))
	for name := range labels {
		names = append(names, name)
	}
	slices.Sort(names)
	set := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			set = append(set, ", "...)
		}
		set = append(append(set, name...), '=')
		set = strconv.AppendQuote(set, labels[name])
	}
	return string(append(set, '}'))
}
