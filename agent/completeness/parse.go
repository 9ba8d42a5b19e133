package completeness

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// The metrics of kube-apiserver that count here.
const (
	eventMetric = "apiserver_audit_event_total"
	errorMetric = "apiserver_audit_error_total" // {plugin}: log, webhook, buffered, truncate; absent while there is none
	startMetric = "process_start_time_seconds"
)

const (
	maxAnswer = 128 << 20 // bytes of an answer that are read: a large cluster's have tens of MB
	maxKept   = 64 << 10  // bytes of the lines that count
)

// counters are what one answer says.
type counters struct {
	started float64 // seconds since 1970
	events  uint64
	errors  map[string]uint64 // by plugin
}

var (
	errTooLarge = errors.New("the answer is too large")
	errMissing  = errors.New("the answer has no " + eventMetric + " or no " + startMetric)
	errNonsense = errors.New("the answer is not in the text format of Prometheus")
)

// parse reads the text format (https://prometheus.io/docs/instrumenting/exposition_formats/). Of several MB it keeps some
// hundred bytes.
func parse(body io.Reader) (counters, error) {
	kept, err := pick(body)
	if err != nil {
		return counters{}, err
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(kept)
	if err != nil {
		return counters{}, errNonsense // its text repeats the answer's
	}
	c := counters{errors: map[string]uint64{}}
	events, start := families[eventMetric].GetMetric(), families[startMetric].GetMetric()
	if len(events) != 1 || len(start) != 1 {
		return counters{}, errMissing
	}
	if c.started = value(start[0]); math.IsNaN(c.started) || math.IsInf(c.started, 0) {
		return counters{}, errNonsense
	}
	ok := count(events[0], &c.events)
	for _, m := range families[errorMetric].GetMetric() {
		var n uint64
		ok = count(m, &n) && ok
		c.errors[plugin(m)] += n
	}
	if !ok {
		return counters{}, errNonsense
	}
	return c, nil
}

// pick keeps the lines of the metrics that count.
func pick(body io.Reader) (*bytes.Buffer, error) {
	limited := &io.LimitedReader{R: body, N: maxAnswer}
	lines, kept := bufio.NewReaderSize(limited, 32<<10), &bytes.Buffer{}
	for begin := true; ; {
		line, err := lines.ReadSlice('\n')
		if begin && counts(line) {
			if errors.Is(err, bufio.ErrBufferFull) || kept.Len()+len(line) > maxKept {
				return nil, errTooLarge
			}
			kept.Write(line)
		}
		begin = err == nil
		switch {
		case err == nil || errors.Is(err, bufio.ErrBufferFull):
		case limited.N <= 0:
			return nil, errTooLarge
		case errors.Is(err, io.EOF):
			return kept, nil
		default:
			return nil, fmt.Errorf("read the answer: %w", err)
		}
	}
}

func counts(line []byte) bool {
	line = bytes.TrimPrefix(line, []byte("# TYPE "))
	for _, name := range []string{eventMetric, errorMetric, startMetric} {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '{') {
			return true
		}
	}
	return false
}

func value(m *dto.Metric) float64 {
	switch {
	case m.Counter != nil:
		return m.Counter.GetValue()
	case m.Gauge != nil:
		return m.Gauge.GetValue()
	}
	return m.Untyped.GetValue()
}

// count is the value of a counter, which is a whole number.
func count(m *dto.Metric, to *uint64) bool {
	v := value(m)
	if !(v >= 0 && v <= 1<<53) { // beyond, floats leave out numbers
		return false
	}
	*to = uint64(v)
	return true
}

// plugin is one of the few names that there are, so that an answer can't make metrics of its own.
func plugin(m *dto.Metric) string {
	for _, label := range m.GetLabel() {
		switch name := label.GetValue(); {
		case label.GetName() != "plugin":
		case name == "log", name == "webhook", name == "buffered", name == "truncate":
			return name
		}
	}
	return "other"
}
