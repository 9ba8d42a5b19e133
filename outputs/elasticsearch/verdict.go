package elasticsearch

import (
	"net/http"

	"github.com/auditship/auditship/outputs"
)

// verdict is what became of one event.
type verdict uint8

const (
	waiting   verdict = iota // not sent, or sent without a known outcome
	accepted                 // stored
	duplicate                // stored already
	failed                   // not stored; may be tried again as it is
	rejected                 // not stored, and never will be as it is
)

// answerItem is what the server says of one event.
type answerItem struct {
	Create struct {
		Status       int    `json:"status"`
		FailureStore string `json:"failure_store"`
		Error        struct {
			Type string `json:"type"`
		} `json:"error"`
	} `json:"create"`
}

// judge tells what an item of an answer means.
func (i *answerItem) judge() (verdict, *outputs.Fault) {
	status, kind := i.Create.Status, i.Create.Error.Type
	switch {
	case status/100 == 2 && i.Create.FailureStore == "used":
		// The server set the event aside in a place of its own, where nobody looks for it.
		return rejected, &outputs.Fault{Reason: failureStore, Detail: "used"}
	case status == http.StatusOK:
		// A document that was created has the status 201. This one has the result "noop": see BulkRequestModifier in
		// Elasticsearch, where an ingest pipeline has met its drop processor.
		return rejected, &outputs.Fault{Reason: ingestDrop}
	case status == http.StatusCreated:
		return accepted, nil
	case status == http.StatusConflict && (kind == "" || kind == "version_conflict_engine_exception"):
		return duplicate, nil
	}
	fault := faultOf(status, kind)
	if fault.Reason == tooLarge || fault.Reason == refused && status/100 == 4 && status != http.StatusConflict && !configured[kind] {
		if fault.Reason, fault.Blocked = sanitize(kind), false; fault.Reason == "" {
			fault.Reason = refused
		}
		return rejected, fault
	}
	return failed, fault
}

// configured are errors which have the status 400 though no event is to blame.
var configured = map[string]bool{
	"index_closed_exception":              true,
	"invalid_index_name_exception":        true,
	"invalid_alias_name_exception":        true,
	"validation_exception":                true, // the cluster has as many shards as it may have
	"resource_already_exists_exception":   true, // two requests created the index at once
	"version_conflict_engine_exception":   true,
	"security_exception":                  true,
	"cluster_block_exception":             true,
	"es_rejected_execution_exception":     true,
	"no_shard_available_action_exception": true,
}
