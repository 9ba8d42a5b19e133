package auditlog_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/verify"
)

const recorded = `{"kind":"Event","auditID":"6a5c4409-6934-4c33-92e9-903c3a3b2f86","stage":"ResponseComplete","requestReceivedTimestamp":"2026-11-22T11:51:39.900000Z","stageTimestamp":"2026-11-22T11:51:39.912451Z","annotations":{"a":"b"}}
{"kind":"Event","auditID":"chosen-by-a-client","requestReceivedTimestamp":"2026-11-22T11:51:39.900000Z","stageTimestamp":"2026-11-22T11:51:39.912451Z"}
{"kind":"Event","auditID":"5efafc0b-79bb-4db4-a429-cab96ca5e56b","requestObject":{},"requestReceivedTimestamp":"2026-11-22T11:51:39.900000Z","stageTimestamp":"2026-11-22T11:51:39.912451Z"}
`

func generator(t *testing.T) *auditlog.Generator {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "audit.log"), []byte(recorded), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := auditlog.NewGenerator(dir, 1, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

type event struct {
	AuditID                                  string
	RequestReceivedTimestamp, StageTimestamp time.Time
	RequestObject                            any
	Annotations                              map[string]string
}

func parse(t *testing.T, line []byte) (e event) {
	t.Helper()
	if err := json.Unmarshal(line, &e); err != nil {
		t.Fatalf("%v in %.400s", err, line)
	}
	return e
}

func TestGenerator(t *testing.T) {
	g := generator(t)
	now := time.Date(2030, 1, 2, 3, 4, 5, 123456000, time.UTC)
	a, b, c := parse(t, g.Append(nil, now)), parse(t, g.Append(nil, now)), parse(t, g.Append(nil, now))
	if a.AuditID == b.AuditID || a.AuditID == c.AuditID || len(a.AuditID) != 36 || a.AuditID[8] != '-' {
		t.Errorf("audit IDs %q, %q and %q", a.AuditID, b.AuditID, c.AuditID)
	}
	if !a.StageTimestamp.Equal(now) || now.Sub(a.RequestReceivedTimestamp) != 12451*time.Microsecond {
		t.Errorf("timestamps %v and %v", a.RequestReceivedTimestamp, a.StageTimestamp)
	}
	if a.Annotations["a"] != "b" || b.RequestObject == nil || c.Annotations["a"] != "b" {
		t.Error("the templates are not used in turn")
	}
	large := g.AppendLarge(nil, now, 1<<20)
	if parse(t, large); len(large) < 1<<20 || bytes.Count(large, []byte{'\n'}) != 1 {
		t.Errorf("large line of %d bytes", len(large))
	}
}

func TestKeeperMissesNoRotation(t *testing.T) {
	dir := t.TempDir()
	logs, kept := filepath.Join(dir, "logs"), filepath.Join(dir, "kept")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	keeper, err := auditlog.Keep(logs, kept)
	if err != nil {
		t.Fatal(err)
	}
	writer, err := auditlog.NewWriter(logs, filepath.Join(dir, "journal"), 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	g := generator(t)
	// As fast as an API server gets, so that the keeper has the time that it has there.
	if err := writer.Generate(t.Context(), g, 40<<20, 10<<20); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := keeper.Finish(); err != nil {
		t.Fatal(err)
	}
	var journal verify.Log
	if err := journal.ReadFile(writer.Journal); err != nil {
		t.Fatal(err)
	}
	log, err := verify.ReadLog(kept)
	if err != nil {
		t.Fatal(err)
	}
	if log.Len() != journal.Len() || log.Bytes != journal.Bytes || log.Repeats+journal.Repeats > 0 {
		t.Errorf("%d lines kept of %d", log.Len(), journal.Len())
	}
}
