package agent

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Metrics is one scrape.
type Metrics map[string]*dto.MetricFamily

// ParseMetrics reads the text exposition format.
func ParseMetrics(text io.Reader) (Metrics, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(text)
	return Metrics(families), err
}

// FetchMetrics scrapes a URL.
func FetchMetrics(ctx context.Context, client *http.Client, url string) (Metrics, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, response.Status)
	}
	return ParseMetrics(response.Body)
}

// Metrics scrapes the agent.
func (p *Process) Metrics(ctx context.Context) (Metrics, error) {
	return FetchMetrics(ctx, p.client, p.url+"/metrics")
}

// Labels select the series that have all of them.
type Labels map[string]string

func (l Labels) match(metric *dto.Metric) bool {
	found := 0
	for _, pair := range metric.GetLabel() {
		if want, asked := l[pair.GetName()]; asked && want == pair.GetValue() {
			found++
		}
	}
	return found == len(l)
}

// Sum adds up the values of the selected series of a counter or gauge; 0 where there is none.
func (m Metrics) Sum(name string, labels Labels) (sum float64) {
	for _, metric := range m[name].GetMetric() {
		if labels.match(metric) {
			sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + metric.GetUntyped().GetValue()
		}
	}
	return sum
}

// Has tells whether a metric is there at all.
func (m Metrics) Has(name string) bool { return len(m[name].GetMetric()) > 0 }

// Histogram is the selected series of a histogram, added up: upper bounds and how many observations are at most each.
type Histogram struct {
	Bounds []float64
	Counts []float64
}

// Histogram adds up the selected series, which have the same buckets.
func (m Metrics) Histogram(name string, labels Labels) (h Histogram) {
	for _, metric := range m[name].GetMetric() {
		if !labels.match(metric) {
			continue
		}
		for i, bucket := range metric.GetHistogram().GetBucket() {
			if i == len(h.Bounds) {
				h.Bounds, h.Counts = append(h.Bounds, bucket.GetUpperBound()), append(h.Counts, 0)
			}
			h.Counts[i] += float64(bucket.GetCumulativeCount())
		}
	}
	return h
}

// Since is what was observed after an earlier scrape of the same process.
func (h Histogram) Since(earlier Histogram) Histogram {
	difference := Histogram{Bounds: h.Bounds, Counts: append([]float64(nil), h.Counts...)}
	for i := range earlier.Counts {
		difference.Counts[i] -= earlier.Counts[i]
	}
	return difference
}

// Quantile interpolates linearly within a bucket, as PromQL's histogram_quantile does; NaN without observations.
func (h Histogram) Quantile(q float64) float64 {
	if len(h.Counts) == 0 || h.Counts[len(h.Counts)-1] == 0 {
		return math.NaN()
	}
	rank := q * h.Counts[len(h.Counts)-1]
	lower, below := 0.0, 0.0
	for i, upper := range h.Bounds {
		if h.Counts[i] >= rank {
			if math.IsInf(upper, 1) {
				return lower
			}
			return lower + (upper-lower)*(rank-below)/(h.Counts[i]-below)
		}
		lower, below = upper, h.Counts[i]
	}
	return lower
}
