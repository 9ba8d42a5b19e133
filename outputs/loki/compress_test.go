package loki

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/golang/snappy"
)

// TestCompress makes what snappy makes of the whole.
func TestCompress(t *testing.T) {
	random := rand.NewChaCha8([32]byte{})
	noise := make([]byte, 3*snappyBlock+17)
	random.Read(noise)
	text := bytes.Repeat([]byte(`{"kind":"Event","level":"Metadata","auditID":"`), 20_000)
	for _, whole := range [][]byte{text, noise} {
		for _, size := range []int{0, 1, 100, snappyBlock - 1, snappyBlock, snappyBlock + 1, 2 * snappyBlock, len(noise)} {
			body := whole[:size]
			if got := compress([]byte("before"), body); !bytes.Equal(got, append([]byte("before"), snappy.Encode(nil, body)...)) {
				t.Errorf("%d bytes: not what snappy makes of them", size)
			}
		}
	}
	if room := cap(compress(nil, text)); room > len(text)/4 {
		t.Errorf("room of %d bytes for a body of %d that can be compressed well", room, len(text))
	}
}
