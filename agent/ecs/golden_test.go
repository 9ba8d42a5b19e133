package ecs

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file")

// shown are the real records that the golden file has as documents.
var shown = []int{
	13, // scale a deployment
	14, // a JSON Patch, which is an array
	18, // bind a cluster role
	21, // a user with other letters
	27, // a URL that is no resource
	28, // RequestReceived: no answer yet
	31, // an impersonation
	39, // anonymous
	41, // a failed login
	74, // an exec begins
	79, // an exec is refused
	86, // an attach ends
	91, // a port-forward ends
	99, // kubectl debug
}

// TestGolden holds the documents of some real records against testdata/golden.jsonl, byte by byte. What "auditship" says there
// is taken as what package enrich has said, so that this is about what is made of it alone.
func TestGolden(t *testing.T) {
	path, records := filepath.Join("testdata", "golden.jsonl"), realRecords(t)
	if *update {
		var all []byte
		for _, i := range shown {
			all = append(append(all, shape(mustDecode(t, string(records[i])))...), '\n')
		}
		if err := os.WriteFile(path, all, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(golden), []byte("\n"))
	if len(lines) != len(shown) {
		t.Fatalf("%d documents, want %d", len(lines), len(shown))
	}
	for i, want := range lines {
		var document struct{ Auditship json.RawMessage }
		if err := json.Unmarshal(want, &document); err != nil {
			t.Fatal(err)
		}
		e := mustDecode(t, string(records[shown[i]]))
		e.Enrichment = document.Auditship[:len(document.Auditship)-1]
		if got := shape(e); !bytes.Equal(got, want) {
			t.Errorf("record %d (write it with -update) gave\n%s\nwant\n%s", shown[i], got, want)
		}
	}
}
