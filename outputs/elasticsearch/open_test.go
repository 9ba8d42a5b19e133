package elasticsearch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs/outputtest"
)

// openIndex is a model of an index without our template: the first document with a field says what it is, until there are as many as
// there may be (https://www.elastic.co/docs/manage-data/data-store/mapping/dynamic-field-mapping).
type openIndex struct {
	limit int
	kinds map[string]string // of each field, by path
}

var looksLikeDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d`)

func (x *openIndex) refuse(_ string, doc []byte) (status int, kind string) {
	var content map[string]any
	if json.Unmarshal(doc, &content) != nil {
		return 400, "document_parsing_exception"
	}
	fresh := map[string]string{}
	if !x.fits(fresh, "", content) {
		return 400, "document_parsing_exception"
	}
	if len(fresh) > 0 && len(x.kinds)+len(fresh) > x.limit {
		return 400, "illegal_argument_exception"
	}
	for path, kind := range fresh {
		x.kinds[path] = kind
	}
	return 0, ""
}

// fits tells whether a value can go into the field, and notes what it makes of fields that are new.
func (x *openIndex) fits(fresh map[string]string, path string, value any) bool {
	kind := fmt.Sprintf("%T", value)
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			if !x.fits(fresh, path+"."+key, member) {
				return false
			}
		}
		kind = "object"
	case []any:
		for _, one := range v {
			if !x.fits(fresh, path, one) {
				return false
			}
		}
		return true
	case nil:
		return true
	case string:
		if looksLikeDate.MatchString(v) {
			kind = "date"
		}
	}
	if path == "" {
		return true
	}
	known := x.kinds[path]
	if known == "" {
		known = fresh[path]
	}
	if known == "" {
		fresh[path] = kind
		return true
	}
	return known == kind || known == "string" && kind != "object"
}

// TestOpenIndex: whatever clients have made of an index before, no event is kept out of it.
func TestOpenIndex(t *testing.T) {
	n := len(outputtest.Events(t))
	for name, c := range map[string]struct {
		limit int
		first int // so many events are those that the index has, and is made of; 0: an odd one
		odd   string
		whole int // how many documents say at least who did what, in the end
	}{
		"room for all":  {1000, 1, "", n},
		"full at once":  {0, 0, at(``), 1},
		"full later on": {0, 40, "", n - 10},
		"dates":         {1000, 0, strings.NewReplacer(`"a"`, `"2026-11-22"`, `create`, `2026-11-22`, `jane`, `2026-11-22`).Replace(at(``)), 1},
	} {
		f, index := newFake(t), &openIndex{limit: 1000, kinds: map[string]string{}}
		f.refuse = index.refuse
		o := f.output(nil)
		events := outputtest.Events(t)
		first := events[:c.first]
		if events = events[c.first:]; c.odd != "" {
			first = []event.Event{decode(t, c.odd)}
		}
		if _, err := o.Write(t.Context(), first); err != nil {
			t.Fatalf("%s: the first: %v", name, err)
		}
		index.limit = max(c.limit, len(index.kinds))
		before := len(f.arrived())
		ack, err := o.Write(t.Context(), events)
		if err != nil || len(f.arrived())-before != len(events) {
			t.Errorf("%s: %d arrived, %v", name, len(f.arrived())-before, err)
		}
		if whole := complete(f); whole < c.whole || ack.Trimmed == 0 {
			t.Errorf("%s: %d say who did what, of %d something is said to be left out", name, whole, ack.Trimmed)
		}
	}
}

// TestOpenIndexAgainstUs: where clients have spoilt a field of ours alone, events lose what is ours, and of the record nothing.
func TestOpenIndexAgainstUs(t *testing.T) {
	f, index, events := newFake(t), &openIndex{limit: 1000, kinds: map[string]string{".auditship.action": "date"}}, outputtest.Events(t)
	f.refuse = index.refuse
	for i := range events {
		events[i].Enrichment = append(bytes.Clone(events[i].Enrichment), `,"action":"read secret a/b"`...)
	}
	if _, err := f.output(nil).Write(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	if whole := complete(f); whole != len(events) {
		t.Errorf("%d of %d say who did what", whole, len(events))
	}
	texts := 0
	for i := range events {
		if e := &events[i]; e.Trimmed != 0 {
			texts++
			if doc := f.indices[".ds-stream-000000"][e.ID.String()]; !bytes.Contains(doc, []byte(`"record":"{`)) {
				t.Fatalf("step %b: something is lost: %s", e.Trimmed, doc)
			}
		}
	}
	if texts == 0 {
		t.Error("nothing had to be left out")
	}
}

// complete counts the documents that tell who did what.
func complete(f *fake) (n int) {
	for _, docs := range f.indices {
		for _, doc := range docs {
			if bytes.Contains(doc, []byte(`"user":{`)) && bytes.Contains(doc, []byte(`"verb":`)) {
				n++
			}
		}
	}
	return n
}
