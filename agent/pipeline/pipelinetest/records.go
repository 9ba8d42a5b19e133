package pipelinetest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/auditship/auditship/agent/ledger"
)

// The verbs of records, which decide about their fates: any other one is delivered.
const (
	Filtered = "watch"
	NoEvent  = "none" // a record that is no audit event
)

// Record is one record. Its audit ID is its number, its length depends on that, too.
func Record(n int, verb string) string {
	if verb == NoEvent {
		return fmt.Sprint("no event ", n)
	}
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"%d","stage":"ResponseComplete","requestURI":"/%s","verb":"%s"}`,
		n, strings.Repeat("x", n*53%700), verb)
}

// Records are n of them, of all fates.
func Records(n int) (all []string) {
	for i := range n {
		verb := "get"
		switch {
		case i%9 == 4:
			verb = NoEvent
		case i%5 == 3:
			verb = Filtered
		}
		all = append(all, Record(i, verb))
	}
	return all
}

// Fates are what must become of records: the books, the audit IDs that are delivered, and the dead letters.
func Fates(records []string) (books ledger.Counts, delivered, letters []string) {
	for _, record := range records {
		var e struct{ AuditID, Verb string }
		books.Read++
		switch err := json.Unmarshal([]byte(record), &e); {
		case err != nil:
			books.DeadLettered++
			letters = append(letters, record)
		case e.Verb == Filtered:
			books.Filtered++
		default:
			books.Delivered++
			delivered = append(delivered, e.AuditID)
		}
	}
	return books, delivered, letters
}
