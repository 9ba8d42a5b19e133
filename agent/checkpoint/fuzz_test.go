package checkpoint

import (
	"log/slog"
	"testing"

	"github.com/auditship/auditship/agent/disk/disktest"
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
