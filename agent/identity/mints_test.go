package identity

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestMints: the latest are remembered, the first word about a token counts, and one that is restored at any moment says the same as
// the other from then on.
func TestMints(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var m, restored Mints
	for i := range 5 * MaxMints {
		mint := Mint{Credential: fmt.Sprint("JTI=", random.IntN(2*MaxMints)), By: fmt.Sprint(i)}
		if random.IntN(50) == 0 {
			restored = Restore(m.List())
		}
		m.Add(mint)
		restored.Add(mint)
		if i < MaxMints && m.By([]byte(mint.Credential)) == "" {
			t.Fatalf("forgot %v", mint)
		}
		if len(m.List()) > MaxMints || i > MaxMints && !reflect.DeepEqual(m.List(), restored.List()) {
			t.Fatalf("at %d: %d and %d differ", i, len(m.List()), len(restored.List()))
		}
	}
	first := m.List()[0]
	m.Add(Mint{Credential: first.Credential, By: "somebody else"})
	if m.By([]byte(first.Credential)) != `"`+first.By+`"` {
		t.Error("the second word about a token counted")
	}
	m.Add(Mint{Credential: "new", By: "b"})
	if m.By([]byte(first.Credential)) != "" || m.By([]byte("new")) != `"b"` || len(m.by) != MaxMints {
		t.Error("not the oldest was forgotten")
	}
}

func TestNoMints(t *testing.T) {
	var m Mints
	if m.By([]byte("x")) != "" || m.List() != nil {
		t.Error("knows something")
	}
}
