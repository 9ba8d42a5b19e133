package verify_test

import (
	"fmt"
	"testing"

	"github.com/auditship/auditship/e2e/verify"
)

// TestCensus: whatever is wrong with what was delivered is told, and nothing else.
func TestCensus(t *testing.T) {
	line := func(i int) string { return fmt.Sprintf(`{"kind":"Event","auditID":"%d"}`, i) }
	delivery := func(i int) verify.Delivery {
		id := verify.Sum([]byte(line(i))).String()
		body := line(i)[:len(line(i))-1] + `,"auditship":{"id":"` + id + `"},"@timestamp":"2026-01-01T00:00:00Z"}`
		return verify.Delivery{ID: id, Body: []byte(body)}
	}
	altered := delivery(2)
	altered.Body[2] = 'K'
	for name, c := range map[string]struct {
		deliveries []verify.Delivery
		want       verify.Result
	}{
		"exact":    {[]verify.Delivery{delivery(2), delivery(0), delivery(1)}, verify.Result{Got: 3}},
		"missing":  {[]verify.Delivery{delivery(2)}, verify.Result{Got: 1, Missing: 2}},
		"none":     {nil, verify.Result{Missing: 3}},
		"doubled":  {[]verify.Delivery{delivery(2), delivery(0), delivery(1), delivery(2), delivery(2)}, verify.Result{Got: 5, Doubled: 2}},
		"extra":    {[]verify.Delivery{delivery(2), delivery(0), delivery(1), delivery(3)}, verify.Result{Got: 4, Extra: 1}},
		"two more": {[]verify.Delivery{delivery(2), delivery(0), delivery(1), delivery(3), delivery(3)}, verify.Result{Got: 5, Extra: 1, Doubled: 1}},
		"altered":  {[]verify.Delivery{altered, delivery(0), delivery(1)}, verify.Result{Got: 3, Altered: 1}},
		"no body":  {[]verify.Delivery{{ID: delivery(2).ID}, delivery(0), delivery(1)}, verify.Result{Got: 3, Altered: 1}},
		"unnamed":  {[]verify.Delivery{{ID: "?", Body: delivery(2).Body}, delivery(0), delivery(1)}, verify.Result{Got: 3, Missing: 1, Extra: 1}},
	} {
		var first, census verify.Census
		first.Add([]byte(line(0)))
		first.Add([]byte(line(1)))
		census.Add([]byte(line(2)))
		census.Join(&first)
		got, err := census.Compare("search", deliveries(c.deliveries...))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.Got != c.want.Got || got.Missing != c.want.Missing || got.Doubled != c.want.Doubled || got.Extra != c.want.Extra || got.Altered != c.want.Altered || got.Want != 3 {
			t.Errorf("%s: %v", name, got)
		}
		if got.Exact() != (name == "exact") {
			t.Errorf("%s: exact: %v", name, got.Exact())
		}
	}
}
