package checkpoint

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/auditship/auditship/agent/disk/disktest"
	"github.com/auditship/auditship/agent/ledger"
)

// FuzzLoad takes anything for the two slots. What is loaded is one of them, whole; with nothing to go on from it is an error,
// unless there never was a save; and a save after it is loaded again.
func FuzzLoad(f *testing.F) {
	var slots [3][]byte
	for n := range slots {
		slot, err := encode(sample(n), uint64(n))
		if err != nil {
			f.Fatal(err)
		}
		slots[n] = slot
	}
	f.Add(slots[1], slots[2])
	f.Add(slots[2], slots[2])
	f.Add(slots[1], slots[2][:len(slots[2])/9])
	f.Add([]byte{}, []byte("x"))
	f.Add([]byte(magic+" generation 18446744073709551615 bytes 2 sha256 00\n{}"), []byte(magic+" generation -1 bytes -1 sha256 \n"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		d := disktest.New(1)
		if err := d.Admin().MkdirAll("/state", 0o700); err != nil {
			t.Fatal(err)
		}
		whole := 0
		for i, content := range [][]byte{a, b} {
			if err := disktest.Write(d.Admin(), "/state/"+Slots[i], content); err != nil {
				t.Fatal(err)
			}
			if _, _, err := decode(content); err == nil {
				whole++
			}
		}
		s := NewStore(d.Mount(), "/state", slog.New(slog.DiscardHandler))
		c, err := s.Load()
		if (c != nil) != (whole > 0) || (err == nil) != (whole > 0) {
			t.Fatalf("%d slots are whole; loaded %v, %v", whole, c, err)
		}
		if err != nil {
			return
		}
		if err := s.Save(sample(7)); err != nil {
			t.Fatal(err)
		}
		if c, err := NewStore(d.Mount(), "/state", slog.New(slog.DiscardHandler)).Load(); err != nil || c.Pending != 7 {
			t.Errorf("loaded %+v, %v", c, err)
		}
	})
}

// FuzzBody takes anything for a checkpoint whose checksum is right: what is taken is written as it would be read again, and
// books can be kept from there on.
func FuzzBody(f *testing.F) {
	c := sample(3)
	c.Gaps = []ledger.Gap{{File: "audit.log", From: 1, To: -1, Reason: "deleted"}}
	slot, err := encode(c, 3)
	if err != nil {
		f.Fatal(err)
	}
	_, body, _ := bytes.Cut(slot, []byte("\n"))
	for _, seed := range []string{string(bytes.TrimSpace(body)), "{}", "null", "[]", `{"counts":{"read":-1}}`, `{"counts":{"read":18446744073709551615,"delivered":1},"pending":-5}`, `{"cursor":{"a":1e999},"state":"!","time":"x"}`,
		`{"counts":{"read":1,"delivered":9},"gaps":[{"file":"\u001b[2J","from":-9,"to":-10}],"cursor":null,"replayed":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		slot := fmt.Appendf(nil, "%s generation 7 bytes %d sha256 %x\n%s", magic, len(body), checksum(7, body), body)
		c, generation, err := decode(slot)
		if err != nil {
			return
		}
		again, err := encode(c, generation)
		if err != nil {
			t.Fatalf("%q was read and can't be written: %v", body, err)
		}
		if _, _, err := decode(again); err != nil {
			t.Errorf("%q was read, and %q can't be: %v", body, again, err)
		}
		if s := ledger.New(c.Counts).Snapshot(); s.Counts != c.Counts {
			t.Errorf("the books say %+v", s)
		}
	})
}
