package redact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

// alike tells whether a record is redacted in the same way by one who knows what is quiet in it and by one who does not.
func alike(r *Redactor, record string, omitManagedFields bool) error {
	var plain, marked event.Event
	if new(event.Decoder).Decode([]byte(record), &plain) != nil {
		return nil
	}
	(&event.Decoder{Notable: Notable}).Decode([]byte(record), &marked)
	if _, err := r.Redact(&plain, nil, omitManagedFields); err != nil || r.rereadable < 0 { // who need not read does not run out of it
		return err
	}
	if _, err := r.Redact(&marked, nil, omitManagedFields); err != nil {
		return err
	}
	if string(plain.Raw) != string(marked.Raw) || string(plain.Redacted) != string(marked.Redacted) {
		return fmt.Errorf("%s\nbecomes %s %s\nand %s %s", record, plain.Raw, plain.Redacted, marked.Raw, marked.Redacted)
	}
	return nil
}

// TestQuiet holds what is passed over against what is read, in real events and in hostile ones among which long quiet parts stand.
func TestQuiet(t *testing.T) {
	events, _ := realEvents(t, hasBody)
	for _, config := range []Config{{}, {ConfigMaps: true, Arguments: ArgumentAll}, {Rules: []Rule{{Path: "responseObject.**.name"}}}, {Off: true}} {
		r := redactor(t, config)
		for i := range events {
			if err := alike(r, string(events[i].Raw), true); err != nil {
				t.Error(err)
			}
		}
		for _, body := range hostile {
			for _, record := range surroundings(body) {
				if err := alike(r, record, true); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// surroundings are records in which a body stands between, and in, parts that are long and quiet.
func surroundings(body string) (records []string) {
	long := `{"name":"A_TOKEN","kind":"Secret","list":[` + strings.Repeat(`{"a":["b",1,null]},`, 9) + `{}]}`
	for _, around := range []string{
		`[` + long + `,%s,` + long + `]`, `{"metadata":` + long + `,"kind":"Secret","b":%s,"c":` + long + `}`, `{"a":{"b":[%s,` + long + `]},"metadata":{"managedFields":` + long + `}}`,
		strings.Repeat(`[`, 150) + `%s` + strings.Repeat(`]`, 150), `{"data":` + long + `,"value":` + long + `,"env":%s}`,
	} {
		around = strings.Replace(around, "%s", body, 1)
		for _, request := range []string{`"verb":"patch","objectRef":{"resource":"secrets"}`, `"verb":"update","objectRef":{"resource":"pods"}`} {
			records = append(records, head+request+`,"requestObject":`+around+`,"responseObject":`+around+`}`)
		}
	}
	return records
}

// TestNotable holds the set of keys against what is hidden: without one of them there is nothing.
func TestNotable(t *testing.T) {
	r := redactor(t, Config{ConfigMaps: true, Arguments: ArgumentAll})
	words := []string{"op", "env", "kind", "data", "name", "spec", "path", "args", "items", "value", "token", "status", "command", "metadata", "stringData", "binaryData", "annotations", "managedFields", "password"}
	hidden := 0
	for _, outer := range words {
		for _, inner := range words {
			body := `{"kind":"Secret","name":"TOKEN","op":"add","path":"/data/a","` + outer + `":{"` + inner + `":"--password=xyz {}","b":["--token=x","` + strings.Repeat("long ", 20) + `"]}}`
			for _, record := range surroundings(body) {
				if err := alike(r, record, true); err != nil {
					t.Error(err)
				}
			}
			hidden += r.list.count
		}
	}
	if hidden == 0 {
		t.Error("nothing was hidden")
	}
}
