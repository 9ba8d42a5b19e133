package verify

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Delivery is one event as an output holds it.
type Delivery struct {
	ID   string // what the output itself calls it (_id, a header, …); empty where it has no name for it
	Body []byte // the shipped JSON
}

// Deliveries are all events that an output holds. They end at the first error.
type Deliveries = iter.Seq2[Delivery, error]

// Result is what a comparison found.
type Result struct {
	Output   string
	Want     int // lines in the log
	Got      int // deliveries
	Missing  int // lines that were not delivered
	Doubled  int // deliveries beyond the first of a line
	Extra    int // deliveries that are of no line of the log
	Altered  int // deliveries whose fields differ from their line's
	Trimmed  int // deliveries that name fields left out; no fault by itself
	Examples []string
}

// Exact tells whether every line is there once, with its fields intact.
func (r *Result) Exact() bool { return r.Missing+r.Doubled+r.Extra+r.Altered == 0 && r.Want > 0 }

func (r *Result) String() string {
	text := fmt.Sprintf("%-13s want %d  got %d  missing %d  doubled %d  extra %d  altered %d  trimmed %d",
		r.Output, r.Want, r.Got, r.Missing, r.Doubled, r.Extra, r.Altered, r.Trimmed)
	return strings.Join(append([]string{text}, r.Examples...), "\n    ")
}

const maxExamples = 5

func (r *Result) example(format string, args ...any) {
	if len(r.Examples) < maxExamples {
		r.Examples = append(r.Examples, fmt.Sprintf(format, args...))
	}
}

// Compare holds what an output of the agent has against the log.
func (l *Log) Compare(output string, deliveries Deliveries) (*Result, error) {
	return l.compare(output, deliveries, func(d Delivery) (*shipped, error) {
		if event := l.untouched(d.Body); event != nil {
			return event, nil
		}
		return parseShipped(d.Body)
	})
}

// CompareLines holds what something else delivered against the log: bodies that are the raw lines themselves.
func (l *Log) CompareLines(output string, deliveries Deliveries) (*Result, error) {
	return l.compare(output, deliveries, func(d Delivery) (*shipped, error) { return &shipped{id: Sum(d.Body)}, nil })
}

func (l *Log) compare(output string, deliveries Deliveries, parse func(Delivery) (*shipped, error)) (*Result, error) {
	result := &Result{Output: output, Want: len(l.lines)}
	times := make(map[ID]int, len(l.lines))
	for delivery, err := range deliveries {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", output, err)
		}
		result.Got++
		event, err := parse(delivery)
		if err != nil {
			result.Extra++
			result.example("no shipped event: %v", err)
			continue
		}
		l.check(result, times, delivery.ID, event)
	}
	result.countMissing(l, times)
	return result, nil
}

func (l *Log) check(result *Result, times map[ID]int, name string, event *shipped) {
	line, known := l.lines[event.id]
	if !known {
		result.Extra++
		result.example("extra: %v", event.id)
		return
	}
	if len(event.trimmed) > 0 {
		result.Trimmed++
	}
	if times[event.id]++; times[event.id] > 1 {
		result.Doubled++
		result.example("%d times: %v", times[event.id], event.id)
	}
	if name != "" && event.fields != nil && name != event.id.String() {
		result.Altered++
		result.example("%v is named %q", event.id, name)
	} else if err := event.equals(line); err != nil {
		result.Altered++
		result.example("%v: %v", event.id, err)
	}
}

func (r *Result) countMissing(l *Log, times map[ID]int) {
	var missing []string
	for id, line := range l.lines {
		if times[id] == 0 {
			missing = append(missing, fmt.Sprintf("missing: %v, %d bytes, %s", id, len(line), stageTime(line)))
		}
	}
	r.Missing = len(missing)
	slices.SortFunc(missing, func(a, b string) int { return strings.Compare(lastWord(a), lastWord(b)) })
	for _, text := range missing {
		r.example("%s", text)
	}
}

func lastWord(text string) string { return text[strings.LastIndexByte(text, ' ')+1:] }
