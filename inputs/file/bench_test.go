package file

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// BenchmarkQuietLook is what a look at a hundred backups costs, none of which has changed; BenchmarkQuietPass the guard's.
func BenchmarkQuietLook(b *testing.B) {
	r, _ := hundred(b)
	b.ReportAllocs()
	for b.Loop() {
		r.look()
	}
}

func BenchmarkQuietPass(b *testing.B) {
	_, g := hundred(b)
	b.ReportAllocs()
	for b.Loop() {
		g.pass()
	}
}

func hundred(b *testing.B) (*reader, *guard) {
	m := newMemory()
	m.births, m.history = true, func(string, ...any) {}
	m.between = func() {}
	for i := range 100 {
		n := m.create(fmt.Sprintf("%s/audit-2026-11-22T11-50-%02d.%03d.log", modelDir, i%60, i))
		m.write(n, 0, fmt.Sprintf("line %d\n", i))
	}
	m.write(m.create(logPath), 0, "z\n")
	m.now = m.now.Add(1 << 32)
	in := New(Config{Path: logPath, GuardDir: modelState}, slog.New(slog.DiscardHandler), func(string) {})
	in.sys = m
	opened, err := in.Open(inputs.Options{Pipeline: "api/bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { opened.Close() })
	g := newGuard(in)
	g.pass()
	return opened.(*reader), g
}
