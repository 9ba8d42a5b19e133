package elasticsearch

import (
	"encoding/json"
	"testing"
)

func TestJudge(t *testing.T) {
	for answer, want := range map[string]struct {
		verdict verdict
		reason  string
		blocked bool
	}{
		`{"status":201}`:                         {verdict: accepted},
		`{"status":200}`:                         {verdict: rejected, reason: ingestDrop},
		`{"status":202}`:                         {verdict: failed, reason: refused, blocked: true},
		`{"status":201,"failure_store":"used"}`:  {verdict: rejected, reason: "failure_store"},
		`{"status":201,"failure_store":"other"}`: {verdict: accepted},
		`{"status":409,"error":{"type":"version_conflict_engine_exception"}}`: {verdict: duplicate},
		`{"status":409}`: {verdict: duplicate},
		`{"status":409,"error":{"type":"something_else"}}`:                  {verdict: failed, reason: refused, blocked: true},
		`{"status":429,"error":{"type":"es_rejected_execution_exception"}}`: {verdict: failed, reason: overloaded},
		`{"status":429,"error":{"type":"cluster_block_exception"}}`:         {verdict: failed, reason: indexBlocked, blocked: true},
		`{"status":403,"error":{"type":"cluster_block_exception"}}`:         {verdict: failed, reason: indexBlocked, blocked: true},
		`{"status":503,"error":{"type":"cluster_block_exception"}}`:         {verdict: failed, reason: unavailable},
		`{"status":503,"error":{"type":"unavailable_shards_exception"}}`:    {verdict: failed, reason: unavailable},
		`{"status":500}`: {verdict: failed, reason: unavailable},
		`{"status":401,"error":{"type":"security_exception"}}`:          {verdict: failed, reason: unauthorized, blocked: true},
		`{"status":403,"error":{"type":"security_exception"}}`:          {verdict: failed, reason: unauthorized, blocked: true},
		`{"status":404,"error":{"type":"index_not_found_exception"}}`:   {verdict: failed, reason: indexMissing, blocked: true},
		`{"status":400,"error":{"type":"index_closed_exception"}}`:      {verdict: failed, reason: refused, blocked: true},
		`{"status":400,"error":{"type":"validation_exception"}}`:        {verdict: failed, reason: refused, blocked: true},
		`{"status":400,"error":{"type":"document_parsing_exception"}}`:  {verdict: rejected, reason: "document_parsing_exception"},
		`{"status":400,"error":{"type":"illegal_argument_exception"}}`:  {verdict: rejected, reason: "illegal_argument_exception"},
		`{"status":400,"error":{"type":"Strange Type: jane\u001b[2J"}}`: {verdict: rejected, reason: "trangeypejane"},
		`{"status":400}`: {verdict: rejected, reason: refused},
		`{"status":413,"error":{"type":"content_too_long_exception"}}`: {verdict: rejected, reason: "content_too_long_exception"},
		`{"status":302}`: {verdict: failed, reason: refused, blocked: true},
	} {
		var item answerItem
		if err := json.Unmarshal([]byte(`{"create":`+answer+`}`), &item); err != nil {
			t.Fatal(err)
		}
		verdict, fault := item.judge()
		if verdict != want.verdict || (fault == nil) != (want.reason == "") {
			t.Errorf("%s: got %v, %v", answer, verdict, fault)
		} else if fault != nil && (fault.Reason != want.reason || fault.Blocked != want.blocked || fault.Permanent) {
			t.Errorf("%s: got %+v", answer, fault)
		}
	}
}
