package verify_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/verify"
)

// lokiWith answers range queries as Loki does: the oldest entries first, each with its time as its line.
func lokiWith(t *testing.T, times ...int64) *verify.Loki {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number := func(name string) int64 {
			n, err := strconv.ParseInt(r.FormValue(name), 10, 64)
			if err != nil {
				t.Error(err)
			}
			return n
		}
		from, to, limit := number("start"), number("end"), int(number("limit"))
		var values []string
		for _, at := range slices.Sorted(slices.Values(times)) {
			if at >= from && at < to && len(values) < limit {
				values = append(values, fmt.Sprintf(`["%d","%d"]`, at, at))
			}
		}
		slices.Reverse(values) // the order within an answer is not to matter
		fmt.Fprintf(w, `{"data":{"result":[{"stream":{},"values":[%s]}]}}`, strings.Join(values, ","))
	}))
	t.Cleanup(server.Close)
	return &verify.Loki{Client: server.Client(), URL: server.URL, From: time.Unix(0, 1), To: time.Unix(0, 100), Page: 3}
}

func TestLokiPages(t *testing.T) {
	for _, times := range [][]int64{{}, {1}, {1, 2, 3}, {5, 5, 6, 6, 7, 7, 8}, {1, 2, 2, 3, 99}, {98, 99}} {
		var got []int64
		for d, err := range lokiWith(t, times...).Deliveries(t.Context()) {
			if err != nil {
				t.Fatalf("%v: %v", times, err)
			}
			at, _ := strconv.ParseInt(string(d.Body), 10, 64)
			got = append(got, at)
		}
		slices.Sort(got)
		if !slices.Equal(got, times) {
			t.Errorf("%v, want %v", got, times)
		}
	}
}

func TestLokiPageOfOneTime(t *testing.T) {
	for _, err := range lokiWith(t, 5, 5, 5, 6).Deliveries(t.Context()) {
		if err != nil {
			return
		}
	}
	t.Error("no error, though entries may be left out")
}
