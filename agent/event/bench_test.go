package event

import "testing"

// BenchmarkDecode decodes the lines of testdata/real.jsonl, 1.5 KB on average.
func BenchmarkDecode(b *testing.B) {
	records, size := realRecords(b), 0
	for _, r := range records {
		size += len(r)
	}
	var d Decoder
	var e Event
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range records {
			if err := d.Decode(r, &e); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkDecodeLargeBody(b *testing.B) {
	record := largeRecord(b, 1<<20)
	var d Decoder
	var e Event
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(record, &e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeHostile decodes lines that are refused at their end: being attacked must not cost more.
func BenchmarkDecodeHostile(b *testing.B) {
	record := largeRecord(b, 1<<14)
	record = append(record[:len(record)-1], `,"kind":1}`...)
	var d Decoder
	var e Event
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(record, &e); err == nil {
			b.Fatal("accepted")
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for name, trimmed := range map[string]Fields{"whole": 0, "trimmed": Bodies} {
		b.Run(name, func(b *testing.B) {
			e := decode(b, string(largeRecord(b, 1<<12)))
			e.Enrichment = []byte(`{"id":"00112233445566778899aabbccddeeff","cluster":"prod-eu"`)
			e.Trimmed = trimmed
			var dst []byte
			b.SetBytes(int64(e.Size()))
			b.ReportAllocs()
			for b.Loop() {
				dst = e.AppendJSON(dst[:0])
			}
		})
	}
}

func BenchmarkEncodeSize(b *testing.B) {
	e := decode(b, string(largeRecord(b, 1<<12)))
	e.Trimmed = Bodies
	b.ReportAllocs()
	for b.Loop() {
		e.Size()
	}
}

func BenchmarkTime(b *testing.B) {
	e := decode(b, `{"auditID":"1","stage":"Panic","stageTimestamp":"2026-11-22T11:50:28.753123Z"}`)
	b.ReportAllocs()
	for b.Loop() {
		e.Time(StageTimestamp)
	}
}

// BenchmarkSumAll gives the lines of testdata/real.jsonl their IDs.
func BenchmarkSumAll(b *testing.B) {
	var events []Event
	size := 0
	for _, r := range realRecords(b) {
		events, size = append(events, Event{Raw: r}), size+len(r)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		SumAll(events)
	}
}

func BenchmarkSum(b *testing.B) {
	record := realRecords(b)[0]
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	for b.Loop() {
		Sum(record)
	}
}
