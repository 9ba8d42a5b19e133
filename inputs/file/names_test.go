package file

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/inputs"
)

func TestNames(t *testing.T) {
	for file, want := range map[string]kind{
		"audit.log": live, backup1: lumberjack, backup1 + ".gz": lumberjack, "audit.log.1": logrotate, "audit.log.12.gz": logrotate, "audit.log.0": logrotate,
		"audit.log-20261122": logrotate, "audit.log-20261122.gz": logrotate, "audit.log-20261122-1795348228": logrotate, "audit.log-1795348228.gz": logrotate,
		"audit.log-2026112213": logrotate, "audit.log-20261122-130559.gz": logrotate, "audit.log-2026-11-22": logrotate, "audit.log.2026-11-22_13": logrotate,
		"audit.1.log": logrotate, "audit-20261122.log.gz": logrotate, "audit-2026112213.log": logrotate, "audit-2026-11-22.log": logrotate,
		"audit.log.20261122-120527": logrotate, "audit.log.20261122-120527.gz": logrotate, "audit.log.20261322-120527": noLog, "audit.log.20261122-120527.tmp": noLog,
		"audit.log.old": noLog, "audit.log.gz": noLog, "audit-.log": noLog, "audit.log-": noLog, "audit.log--1795348228": noLog, "audit-2.log": noLog, "audit-events.log": noLog,
		"audit2-2026-11-22T11-50-28.753.log": noLog, "audit.log-20261399": noLog, "audit.log-2026112225": noLog, "audit.log-202611": noLog, backup1 + ".swp": noLog, ".audit.log.1": noLog,
		"audit.log.1.gz.tmp": noLog, "audit-2026-11-22T11-50-28.753.log.1": noLog, "audit.log.01": noLog, "audit.log.1.xz": noLog, "audit.jsonl": noLog,
	} {
		gz := want != noLog && strings.HasSuffix(file, ".gz")
		if got := parseName("audit.log", file); got.kind != want || got.gz != gz {
			t.Errorf("parseName(%q) = %+v, want kind %d", file, got, want)
		}
		if IsBackup("audit.log", file) != (want > live) {
			t.Errorf("IsBackup(%q) is wrong", file)
		}
	}
	for _, seq := range []uint64{1, 1<<63 - 1} {
		for _, gz := range []bool{false, true} {
			if got := parseLink("audit.log", linkName("audit.log", seq, gz)); got.seq != seq || got.gz != gz || got.kind != guarded {
				t.Errorf("parseLink of sequence %d = %+v", seq, got)
			}
		}
	}
	if got := parseLink("audit.log", filepath.Base(linkName("other.log", 1, false))); got.kind != noLog {
		t.Errorf("another log's link: %+v", got)
	}
}

// TestNamesTellTheOrder: with whatever logrotate dates its backups, they are read from the oldest to the newest, and one that was
// compressed by something that can't be read is told.
func TestNamesTellTheOrder(t *testing.T) {
	for _, names := range [][]string{
		{"audit.log.2", "audit.log.1", "audit.log.0"},
		{"audit.2.log", "audit.1.log"},
		{"audit.log-2026112209", "audit.log-2026112210", "audit.log-20261123"},
		{"audit.log-20261122-095959", "audit.log-20261122-100000"},
		{"audit.log-999999999", "audit.log-1795348228"},
		{"audit-20261031.log", "audit-20261101.log"},
		{"audit.log_2026.10.31", "audit.log_2026.11.01T00"},
	} {
		h := newHome(t)
		h.write("audit.log", "live\n")
		want := []string{}
		for i := len(names) - 1; i >= 0; i-- { // so that times of change say the opposite
			h.write(names[i], names[i]+"\n")
			want = append([]string{names[i]}, want...)
		}
		h.write(names[0]+".xz", "x")
		r := h.open(inputs.Options{})
		r.want(append(want, "live")...)
		r.wantSeen("unreadable")
	}
}
