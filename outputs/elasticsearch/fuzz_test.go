package elasticsearch

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// bulkAnswers are answers to two events, right and wrong ones.
var bulkAnswers = []string{
	`{"items":[{"create":{"status":201}},{"create":{"status":409}}]}`, `{"errors":true,"items":[{"create":{"status":429,"error":{"type":"es_rejected_execution_exception"}}},{"create":{"status":201}}],"took":1}`,
	`{"items":[{"create":{"status":201}}]}`, `{"items":[{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":201}}]}`, `{"items":[]}`, `{"items":null}`, `{}`, `[]`, ``, `<html>`,
	`{"items":[{"create":{"status":201}},{"index":{"status":201}}]}`, `{"items":[{"create":{"status":201.5}},{"create":{"status":"201"}}]}`, `{"items":[{"create":{"status":99}},{"create":{"status":1e3}}]}`,
	`{"items":[[],null]}`, `{"a":` + strings.Repeat("[", 20000), `{"a":{"items":[{"create":{"status":201}},{"create":{"status":201}}]}}`, `{"items":[{"create":{"status":201}},{"create":{"status":201}}`,
	`{"items":[{"create":{"status":201,"failure_store":"used"}},{"create":{"status":413}}]}`, `{"items":[{"create":{"status":409,"error":{"type":"other"}}},{"create":{"status":400,"error":{"type":"\u001b[2Jx"}}}]}`,
	`{"items":[{"create":{"status":201}},{"create":{"status":201}}],"items":[{"create":{"status":400}}]}`, `{"items":[{"create":{"status":-201}},{"create":{"status":18446744073709551817}}]}`,
	noErrors + created + "," + created + `]}`, noErrors + created + `,{"create":{"status":429}}]}`, noErrors + created + "," + created + "," + created + `]}`,
	noErrors + created + `,{`, noErrors + created + "," + created + `,"x"]}`, noErrors + created + "," + created + `,]}`,
}

// FuzzBulkAnswer takes anything for the answer to two events. An event counts as stored only if the answer is whole, has as
// many items as there are events, and the event's own says so.
func FuzzBulkAnswer(f *testing.F) {
	for _, answer := range bulkAnswers {
		f.Add(answer)
	}
	these := []int{0, 2}
	f.Fuzz(func(t *testing.T, answer string) {
		w := write{fates: make([]fate, 3)}
		err := w.read(strings.NewReader(answer), these)
		var want struct {
			Items []struct {
				Create struct{ Status int }
			}
		}
		sound := json.NewDecoder(strings.NewReader(answer)).Decode(&want) == nil && len(want.Items) == len(these)
		for n, i := range these {
			v := w.fates[i].verdict
			if (v == waiting) != (err != nil) {
				t.Errorf("event %d is %d although the answer is %v", i, v, err)
			}
			if v != accepted && v != duplicate || strings.Count(strings.ToLower(answer), "items") > 1 {
				continue
			}
			if status := 0; sound {
				status = want.Items[n].Create.Status
				if status/100 != 2 && status != http.StatusConflict {
					t.Errorf("event %d is %d, with status %d", i, v, status)
				}
			} else {
				t.Errorf("event %d is %d by an answer that is none", i, v)
			}
		}
		if w.fates[1].verdict != waiting {
			t.Error("an event that was not sent has a verdict")
		}
		for _, fate := range w.fates {
			if fate.fault != nil && strings.ContainsFunc(fate.fault.Error(), func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("the fault is %q", fate.fault)
			}
		}
	})
}

// FuzzLookup takes anything for the answer to a search: an event counts as stored only if its own ID is a hit.
func FuzzLookup(f *testing.F) {
	id := event.Sum([]byte("a"))
	for _, seed := range []string{
		`{"timed_out":false,"_shards":{"failed":0},"hits":{"hits":[{"_id":"` + id.String() + `"}]}}`, `{"timed_out":true,"_shards":{"failed":1},"hits":{"hits":[]}}`, `{"hits":{"hits":[{"_id":"` + id.String() + `"}]}}`,
		`{"timed_out":false,"_shards":{},"hits":{"hits":[{"_id":"` + id.String() + `"},{"_id":"x"}]}}`, `{"timed_out":false,"_shards":{},"hits":[]}`, `{"_shards":null,"timed_out":0}`, ``, `{"hits":` + strings.Repeat("[", 20000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		found := map[event.ID]bool{}
		if err := readHits(strings.NewReader(answer), 2, found); err != nil && outputs.FaultOf(err).Reason != partlySeen && len(found) > 0 {
			t.Errorf("%d are found by an answer that is none: %v", len(found), err)
		}
		for id := range found {
			if !strings.Contains(strings.ToLower(answer), id.String()) && !strings.Contains(answer, `\u`) {
				t.Errorf("%s is found, which is not there", id)
			}
		}
	})
}

// FuzzStatus takes anything for the answer to a whole request that failed.
func FuzzStatus(f *testing.F) {
	f.Add(400, `{"error":{"type":"parsing_exception","reason":"secret"}}`, "7")
	f.Add(429, `{"error":"too many"}`, "Sun, 22 Nov 2026 11:00:30 GMT")
	f.Add(503, strings.Repeat(`{"error":`, 20000), "-99999999999999999999")
	f.Fuzz(func(t *testing.T, status int, text, after string) {
		answer := &esapi.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(text)), Header: http.Header{"Retry-After": {after}}}
		fault := faultOfStatus(answer, time.Unix(1.8e9, 0))
		if fault.Reason == "" || fault.Permanent || fault.RetryAfter < 0 || fault.RetryAfter > time.Hour || strings.ContainsFunc(fault.Error(), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("got %+v", fault)
		}
	})
}
