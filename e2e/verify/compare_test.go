package verify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/verify"
)

const (
	lineA = `{"kind":"Event","auditID":"a","requestObject":{"n":12345678901234567890,"f":1.0},"stageTimestamp":"2026-01-01T00:00:00Z"}`
	lineB = `{"kind":"Event","auditID":"b","stageTimestamp":"2026-01-01T00:00:01Z"}`
)

// ship is what the agent makes of a line.
func ship(line, extra string) verify.Delivery {
	id := verify.Sum([]byte(line)).String()
	body := fmt.Sprintf(`%s,"@timestamp":"x","auditship":{"id":%q%s}}`, strings.TrimSuffix(line, "}"), id, extra)
	return verify.Delivery{ID: id, Body: []byte(body)}
}

func rewrite(d verify.Delivery, old, replacement string) verify.Delivery {
	d.Body = []byte(strings.Replace(string(d.Body), old, replacement, 1))
	return d
}

func deliveries(all ...verify.Delivery) verify.Deliveries {
	return func(yield func(verify.Delivery, error) bool) {
		for _, d := range all {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func TestCompare(t *testing.T) {
	a, b := ship(lineA, ""), ship(lineB, "")
	body := `"requestObject":{"n":12345678901234567890,"f":1.0},`
	misnamed := b
	misnamed.ID = a.ID
	for name, test := range map[string]struct {
		have verify.Deliveries
		want verify.Result
	}{
		"exact":            {deliveries(b, a), verify.Result{Got: 2}},
		"missing":          {deliveries(a), verify.Result{Got: 1, Missing: 1}},
		"doubled":          {deliveries(a, b, a), verify.Result{Got: 3, Doubled: 1}},
		"extra":            {deliveries(a, b, ship(`{"auditID":"c"}`, "")), verify.Result{Got: 3, Extra: 1}},
		"not shipped":      {deliveries(a, b, verify.Delivery{Body: []byte(lineA)}), verify.Result{Got: 3, Extra: 1}},
		"trimmed":          {deliveries(rewrite(ship(lineA, `,"trimmed":["requestObject"]`), body, ""), b), verify.Result{Got: 2, Trimmed: 1}},
		"trimmed in words": {deliveries(ship(lineA, `,"trimmed":["requestObject"]`), b), verify.Result{Got: 2, Trimmed: 1, Altered: 1}},
		"not said":         {deliveries(rewrite(a, body, ""), b), verify.Result{Got: 2, Altered: 1}},
		"rounded":          {deliveries(rewrite(a, "12345678901234567890", "12345678901234567000"), b), verify.Result{Got: 2, Altered: 1}},
		"rewritten number": {deliveries(rewrite(a, "1.0", "1"), b), verify.Result{Got: 2, Altered: 1}},
		"member again":     {deliveries(rewrite(a, `"@timestamp":"x"`, `"kind":"Other"`), b), verify.Result{Got: 2, Altered: 1}},
		"misnamed":         {deliveries(a, misnamed), verify.Result{Got: 2, Altered: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var log verify.Log
			log.Add([]byte(lineA))
			log.Add([]byte(lineB))
			got, err := log.Compare("x", test.have)
			if err != nil {
				t.Fatal(err)
			}
			test.want.Output, test.want.Want = "x", 2
			if exact := name == "exact" || name == "trimmed"; got.Exact() != exact {
				t.Errorf("exact %v, want %v", got.Exact(), exact)
			}
			got.Examples = nil
			if fmt.Sprint(got) != fmt.Sprint(&test.want) {
				t.Errorf("got  %v\nwant %v", got, &test.want)
			}
		})
	}
}

func TestReadLogAndFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("audit-1.log.gz", gzipped(t, lineA+"\n"))
	write("audit-2.log.gz", []byte("unfinished"))
	write("audit-2.log", []byte(lineB+"\n"))
	write("audit.log", nil)
	log, err := verify.ReadLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	if log.Len() != 2 || log.Repeats != 0 {
		t.Fatalf("%d lines and %d repeats, want 2 and 0", log.Len(), log.Repeats)
	}
	write("events-1.jsonl.zst", zstandard(t, string(ship(lineA, "").Body)+"\n"))
	write("events.jsonl", []byte(string(ship(lineB, "").Body)+"\n"))
	result, err := log.Compare("file", verify.Files(filepath.Join(dir, "events.jsonl")))
	if err != nil || !result.Exact() {
		t.Errorf("%v, error %v", result, err)
	}
	write("events.jsonl", []byte("torn"))
	if _, err := log.Compare("file", verify.Files(filepath.Join(dir, "events.jsonl"))); err == nil {
		t.Error("no error for a torn last line")
	}
}
