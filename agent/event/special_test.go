package event

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestLook holds the vector instructions against the definition, for all bytes at all places and for all lengths.
func TestLook(t *testing.T) {
	if !hasVectors {
		t.Skip("this machine has none")
	}
	random := rand.New(rand.NewPCG(1, 2))
	var d Decoder
	for length := range 300 {
		data := make([]byte, length)
		for i := range data {
			data[i] = byte(random.Uint32())
			if random.IntN(3) == 0 {
				data[i] = "\"\\\x1f\x20\x00\xff!\n"[random.IntN(8)]
			}
		}
		checkLook(t, &d, data)
	}
	for c := range 256 {
		checkLook(t, &d, []byte(strings.Repeat("a", 150)+string([]byte{byte(c)})))
	}
}

func checkLook(t *testing.T, d *Decoder, data []byte) {
	t.Helper()
	d.data = data
	d.look()
	for i := range 8 * len(d.special) {
		found := d.special[i/8]>>(i%8)&1 == 1
		want := i < len(data) && (data[i] == '"' || data[i] == '\\' || data[i] < ' ')
		if found != want {
			t.Fatalf("byte %d of %q: %v, want %v", i, data, found, want)
		}
	}
}

// TestStringEnd holds what finds the ends of strings in 64 bytes at a time against what does so in 8.
func TestStringEnd(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var d Decoder
	for range 20_000 {
		data := []byte(strings.Repeat("a", random.IntN(150)))
		for range random.IntN(4) {
			data = append(data, []string{`\"`, `\\`, `"`, `\u00e9`, "\x01", `\x`, strings.Repeat("b", random.IntN(80))}[random.IntN(7)]...)
		}
		d.data = append(data, '}')
		d.look()
		from := random.IntN(len(d.data))
		end, escaped := d.stringEnd(from)
		wantEnd, wantEscaped := stringEnd(d.data, from)
		if end != wantEnd || end >= 0 && escaped != wantEscaped {
			t.Fatalf("from %d in %q: %d %v, want %d %v", from, d.data, end, escaped, wantEnd, wantEscaped)
		}
	}
}
