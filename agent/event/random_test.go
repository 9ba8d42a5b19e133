package event

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
)

// writer writes records at random: fields in any order, mostly of the right type, keys with escapes, white space, and
// bodies that hold what looks like fields.
type writer struct {
	*rand.Rand
	b []byte
}

func (w *writer) one(choices ...string) string { return choices[w.IntN(len(choices))] }

// often is true but for one time in n.
func (w *writer) often(n int) bool { return w.IntN(n) != 0 }

func (w *writer) space() {
	for !w.often(6) {
		w.b = append(w.b, w.one(" ", "\t", "\r")...)
	}
}

func (w *writer) token(s string) {
	w.space()
	w.b = append(w.b, s...)
	w.space()
}

// key writes a name as a key, now and then with one of its characters escaped or in upper case.
func (w *writer) key(name string) {
	if i := w.IntN(len(name)); !w.often(8) {
		name = name[:i] + fmt.Sprintf(`\u%04x`, name[i]) + name[i+1:]
	} else if !w.often(100) {
		name = name[:i] + string(name[i]&^0x20|0x40) + name[i+1:]
	}
	w.token(`"` + name + `"`)
	w.token(`:`)
}

func (w *writer) text() {
	w.token(w.one(`""`, `"Event"`, `"audit.k8s.io/v1"`, `"a\"\\\/b"`, `"\ud83d\ude00"`, "\"\xff\"", `"a rather long string with nothing special in it"`, `null`))
}

// object writes an object of some of the names, each with what member writes for it.
func (w *writer) object(names []string, member func(name string)) {
	w.token(`{`)
	first := true
	for _, i := range w.Perm(len(names)) {
		if w.often(4) || names[i] == "auditID" || names[i] == "stage" {
			w.member(&first, names[i], member)
		}
		if !w.often(1000) { // twice
			w.member(&first, names[i], member)
		}
		if !w.often(200) {
			w.member(&first, w.one("x", "verb", "user", "name", "code"), func(string) { w.anything(3) })
		}
	}
	w.token(`}`)
}

func (w *writer) member(first *bool, name string, write func(string)) {
	if !*first {
		w.token(`,`)
	}
	*first = false
	w.key(name)
	if w.often(500) {
		write(name)
	} else {
		w.anything(2)
	}
}

func (w *writer) array(write func()) {
	w.token(`[`)
	for i := range w.IntN(4) {
		if i > 0 {
			w.token(`,`)
		}
		write()
	}
	w.token(`]`)
}

func (w *writer) anything(depth int) {
	switch n := w.IntN(8); {
	case n == 0 && depth > 0:
		w.object(fieldNames[:], func(string) { w.anything(depth - 1) })
	case n == 1 && depth > 0:
		w.array(func() { w.anything(depth - 1) })
	case n == 2:
		w.token(w.one(`0`, `-0`, `1.5`, `-12e+30`, `200`, `true`, `false`, `12345678901234567890`))
	case n == 3 && !w.often(500): // no JSON
		w.token(w.one(`01`, `1.`, `-`, `tru`, `"\x"`, `"`, `}`, `[,]`, `{"a"}`, ``, "\"\n\"", `'a'`))
	default:
		w.text()
	}
}

func (w *writer) field(name string) {
	plain := func() { w.token(w.one(`"a"`, `"\u0062"`, `""`)) }
	switch name {
	case "kind":
		w.token(w.one(`"Event"`, `"\u0045vent"`, `null`))
	case "apiVersion":
		w.token(w.one(`"audit.k8s.io/v1"`, `"audit.k8s.io\/v1"`))
	case "auditID", "stage":
		plain()
	case "user", "impersonatedUser":
		w.object(identityNames[:], w.field)
	case "extra":
		w.object([]string{extraNames[credentialID], extraNames[podName], "x"}, func(string) { w.array(plain) })
	case "groups", "sourceIPs":
		w.array(plain)
	case "objectRef":
		w.object(targetNames[:], w.field)
	case "responseStatus":
		w.object(statusNames[:], w.field)
	case "code":
		w.token(strconv.Itoa(w.IntN(600) * w.IntN(3)))
	case "annotations":
		w.object([]string{decisionKey, "a", "b"}, func(string) { plain() })
	case "authenticationMetadata", "requestObject", "responseObject":
		w.object(fieldNames[:], func(string) { w.anything(2) })
	default:
		w.text()
	}
}

func TestDecodeRandomRecords(t *testing.T) {
	w := &writer{Rand: rand.New(rand.NewPCG(1, 2))}
	accepted := 0
	var d Decoder
	const rounds = 500
	for range rounds {
		w.b = w.b[:0]
		w.object(fieldNames[:], w.field)
		if err := compare(&d, w.b); err != nil {
			t.Fatalf("%v: %s", err, w.b)
		}
		var e Event
		if d.Decode(w.b, &e) != nil {
			continue
		}
		accepted++
		checkTrimTo(t, e, w.IntN(2*len(w.b)))
		e.Trimmed = Fields(w.Uint32())
		checkShipped(t, &e)
	}
	t.Logf("%d of %d accepted", accepted, rounds)
	if accepted < rounds/20 || accepted > rounds*19/20 {
		t.Errorf("%d of %d accepted: that tests too little", accepted, rounds)
	}
}
