package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// readList takes all records of a body.
func readList(body io.Reader) (all []string, l *list, err error) {
	m := memoryOf(1 << 40)
	by, err := m.admit(&Input{}, nil)
	if err != nil {
		return nil, nil, err
	}
	l = newList(body, -1, by)
	for {
		records, err := l.next()
		if err != nil || len(records) == 0 {
			return all, l, err
		}
		for _, r := range records {
			all = append(all, string(r))
		}
	}
}

// TestRecordOfItem: a line break in an item is white space, since JSON's texts have none, and the record has to be one line.
func TestRecordOfItem(t *testing.T) {
	for item, want := range map[string]string{
		`{}`:                                  `{"kind":"Event","apiVersion":"audit.k8s.io/v1"}`,
		"{ \n }":                              `{"kind":"Event","apiVersion":"audit.k8s.io/v1"}`,
		"{\r\n\t\"level\": \"Metadata\"\r\n}": `{"kind":"Event","apiVersion":"audit.k8s.io/v1",` + "\t" + `"level": "Metadata"}`,
		`{"kind":"Event","a":1}`:              `{"kind":"Event","a":1}`,
		`{"a":"x y"}`:                         `{"kind":"Event","apiVersion":"audit.k8s.io/v1","a":"x y"}`,
		`{"kind":"Pod"}`:                      `{"kind":"Event","apiVersion":"audit.k8s.io/v1","kind":"Pod"}`,
		`{"a":"\\\"}{][","b":[{"c":"\n"}]}`:   `{"kind":"Event","apiVersion":"audit.k8s.io/v1","a":"\\\"}{][","b":[{"c":"\n"}]}`,
	} {
		for name, body := range map[string]io.Reader{"whole": bytes.NewReader(listOf(item)), "by bytes": iotest.OneByteReader(bytes.NewReader(listOf(item)))} {
			if got, _, err := readList(body); err != nil || len(got) != 1 || got[0] != want {
				t.Errorf("%q, %s: %q %v", item, name, got, err)
			}
		}
	}
}

// TestForm: what stands around the items may come in any form that JSON has.
func TestForm(t *testing.T) {
	for body, want := range map[string]string{
		"{ \n\"kind\" : \"EventList\" , \"apiVersion\":\"audit.k8s.io/v1\",\t\"items\": [ {} ,\r\n{\"a\":1} ] }\n ":                                 "",
		`{"k\u0069nd":"Event\u004cist","apiVersion":"audit.k8s.io/v1","items":[]}`:                                                                  "",
		`{"metadata":{"items":[{}]},"n":-1.5e3,"b":true,"kind":"EventList","x":null,"apiVersion":"audit.k8s.io/v1","items":[],"kind":"x","y":[[]]}`: "",
		"\xef\xbb\xbf" + string(listOf()):                                                          "no JSON",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{},]}`:                        "no object",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{}{}]}`:                       "no JSON",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[,{}]}`:                        "no object",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":{}}`:                           "no JSON",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"a":[}]}`:                    "no JSON",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{]]}`:                         "no JSON",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[null]}`:                       "no object",
		`{"kind":["EventList"],"apiVersion":"audit.k8s.io/v1","items":[]}`:                         "no JSON",
		"{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"items\":[{\"a\":\"\n\"}]}":   "control character",
		"{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"items\":[{\"a\":\x00}]}":     "control character",
		"{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"items\":[{\"a\":\"\\\n\"}]}": "control character",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1"}`:                                      "without items",
		`{"` + strings.Repeat("x", 1000) + `":1}`:                                                  "name of more",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[]}x`:                          "follows",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[`:                             "EOF",
		``: "EOF",
	} {
		_, _, err := readList(strings.NewReader(body))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.80q: %v, want %q", body, err, want)
		}
		if bad := (*malformedError)(nil); want == "EOF" && (errors.As(err, &bad) || err == io.EOF) {
			t.Errorf("%.80q: broke off, and %v", body, err)
		}
	}
}

// TestNoEvent: an item that is no JSON is a dead letter, later; those beside it must not be lost with it. One can be nested deeper than
// parsers go.
func TestNoEvent(t *testing.T) {
	deep := `{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`
	got, _, err := readList(bytes.NewReader(listOf(`{"n":1}`, deep, `{"a"}`, `{"n":2}`)))
	if err != nil || len(got) != 4 || !strings.HasSuffix(got[1], deep[1:]) || !strings.HasSuffix(got[3], `"n":2}`) {
		t.Errorf("%d records, %v", len(got), err)
	}
}

// TestLongItem: no item makes the agent hold more than is said. One that is longer is a gap, and those beside it are kept.
func TestLongItem(t *testing.T) {
	item := func(length int) string { return `{"a":"` + strings.Repeat("x", length-8) + `"}` }
	got, l, err := readList(bytes.NewReader(listOf(`{"n":1}`, item(maxItem+1), item(maxItem), `{"n":2}`)))
	if err != nil || len(got) != 4 || l.records.lost != 1 || cap(l.records.lines) > longest {
		t.Fatalf("%d records, %d lost, %d bytes; %v", len(got), l.records.lost, cap(l.records.lines), err)
	}
	if len(got[2]) != len(event)+maxItem || !strings.HasSuffix(got[0], `"n":1}`) || !strings.HasSuffix(got[3], `"n":2}`) {
		t.Errorf("%d bytes, %q, %q", len(got[2]), got[0], got[3])
	}
	if !strings.HasPrefix(got[1], `{"kind":"auditship.Gap"`) || len(got[1]) > 500 {
		t.Errorf("%.600q", got[1])
	}
}

// TestPieces: of a long list no more is held at a time than is stored at a time, be it many bytes or many items.
func TestPieces(t *testing.T) {
	for name, item := range map[string]string{"many": `{}`, "long": `{"a":"` + strings.Repeat("x", 2_000) + `"}`} {
		items := make([]string, 3000)
		for i := range items {
			items[i] = item
		}
		by := admit(t, memoryOf(4<<20), &Input{}, nil)
		l := newList(bytes.NewReader(listOf(items...)), -1, by)
		n := 0
		for {
			records, err := l.next()
			if err != nil || len(records) > enoughMany {
				t.Fatalf("%s: %d records, %v", name, len(records), err)
			}
			if n += len(records); len(records) == 0 {
				break
			}
		}
		if n != len(items) {
			t.Errorf("%s: %d records", name, n)
		}
	}
}

// FuzzList: whatever comes, each record is one line that begins as an event or tells of a gap; what encoding/json takes for a list of
// objects is taken, with as many records.
func FuzzList(f *testing.F) {
	f.Add(listOf(`{"a":1}`, `{"b":{"items":[1]}}`))
	f.Add([]byte(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{}, null]}`))
	f.Add([]byte(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"a":"\\u0041\\\\"},{ }] , "x":-1.5E3}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		records, _, err := readList(bytes.NewReader(body))
		for _, r := range records {
			if strings.ContainsAny(r, "\n\r\x00") || !strings.HasPrefix(r, string(typed)) || r[len(r)-1] != '}' {
				t.Fatalf("record %q", r)
			}
		}
		var other struct {
			Kind, APIVersion string
			Items            []map[string]any
		}
		if !json.Valid(body) || err == nil || !bytes.HasPrefix(body, listOf()[:70]) {
			return
		}
		if json.Unmarshal(body, &other) == nil && other.Items != nil && bytes.Count(body, []byte("items")) == 1 {
			for _, item := range other.Items {
				if item == nil {
					return
				}
			}
			t.Fatalf("%q: %v", body, err)
		}
	})
}

// BenchmarkList: what kube-apiserver sends, without the disk.
func BenchmarkList(b *testing.B) {
	body, err := os.ReadFile("testdata/eventlist.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := readList(bytes.NewReader(body)); err != nil {
			b.Fatal(err)
		}
	}
}
