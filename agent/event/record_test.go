package event

import (
	"bytes"
	"os"
	"testing"
)

// realRecords are the records in testdata/real.jsonl.
func realRecords(tb testing.TB) [][]byte {
	tb.Helper()
	data, err := os.ReadFile("testdata/real.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
}

// decode decodes a record that must be an audit event.
func decode(tb testing.TB, record string) *Event {
	tb.Helper()
	var d Decoder
	var e Event
	if err := d.Decode([]byte(record), &e); err != nil {
		tb.Fatalf("Decode(%.200s): %v at %d", record, err, err.(*SyntaxError).Offset)
	}
	return &e
}

// largeRecord is an audit event whose body holds the bodies of all real records, again and again, up to about size bytes.
func largeRecord(tb testing.TB, size int) []byte {
	tb.Helper()
	record := []byte(`{"kind":"Event","auditID":"1","stage":"ResponseComplete","responseObject":{"items":[`)
	for {
		for _, real := range realRecords(tb) {
			e := decode(tb, string(real))
			if !e.Has(ResponseObject) {
				continue
			}
			record = append(record, e.Bytes(e.Members[ResponseObject].Value)...)
			if len(record) >= size {
				return append(record, `]}}`...)
			}
			record = append(record, ',')
		}
	}
}
