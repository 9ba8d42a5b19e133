package elasticsearch

import "github.com/auditship/auditship/outputs"

// The reasons of faults. An event that is refused for good has the server's error type as its reason instead.
const (
	unreachable  = "unreachable"   // no connection, or it broke
	timedOut     = "timeout"       // no answer in time
	badAnswer    = "bad_answer"    // an answer that is none: truncated, of a proxy, or not for what was sent
	overloaded   = "overloaded"    // 429
	unavailable  = "unavailable"   // 5xx
	unauthorized = "unauthorized"  // 401, 403
	indexMissing = "index_missing" // 404: it does not exist, and may not be created by itself
	indexBlocked = "index_blocked" // read-only: by hand, or since its disk is full (flood stage)
	tooLarge     = "too_large"     // 413
	refused      = "refused"       // any other status, whatever is sent
	certificate  = "certificate"   // TLS: one side does not trust the other
	secrets      = "credentials"   // a file with a secret can't be read
	canceled     = "canceled"      // we were told to stop
	waitRefresh  = "wait_refresh"  // a look-up waits until what was stored last can be found
	partlySeen   = "partly_seen"   // a look-up did not reach all indices of the data stream
	failureStore = "failure_store" // the server has set the event aside in a place of its own, where nobody looks for it
	ingestDrop   = "ingest_drop"   // an ingest pipeline of the server left the event out: success, it says, and stores nothing
)

// unknown tells whether a request that ended so may still have been carried out.
func unknown(f *outputs.Fault) bool {
	switch f.Reason {
	case unreachable, timedOut, badAnswer, unavailable, canceled:
		return true
	}
	return false
}
