package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// shipped is one delivered event, taken apart.
type shipped struct {
	id      ID
	trimmed []string       // the fields that it says were left out
	fields  map[string]any // those of the API server; nil: the ID says it all
	intact  bool           // the fields are the line's, byte by byte
}

func parseShipped(body []byte) (*shipped, error) {
	fields, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	own, ok := fields["auditship"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("no auditship object in %d bytes", len(body))
	}
	text, _ := own["id"].(string)
	id, err := ParseID(text)
	if err != nil {
		return nil, err
	}
	s := &shipped{id: id, fields: fields}
	if names, ok := own["trimmed"].([]any); ok {
		for _, name := range names {
			s.trimmed = append(s.trimmed, fmt.Sprint(name))
		}
	}
	delete(fields, "auditship")
	delete(fields, "@timestamp")
	return s, nil
}

// untouched recognizes, without parsing all of it, an event that is its line with nothing but members of the agent's behind:
// most are. nil: perhaps it is no such event.
func (l *Log) untouched(body []byte) *shipped {
	at := bytes.LastIndex(body, []byte(`,"auditship":{`))
	if at < 0 {
		return nil
	}
	var tail struct{ Auditship struct{ ID string } }
	if err := json.Unmarshal(append([]byte{'{'}, body[at+1:]...), &tail); err != nil {
		return nil
	}
	id, err := ParseID(tail.Auditship.ID)
	if err != nil {
		return nil
	}
	own, found := bytes.CutPrefix(body, bytes.TrimSuffix(l.lines[id], []byte{'}'}))
	if !found || len(own) == len(body) {
		return nil
	}
	event, err := parseShipped(append([]byte{'{'}, bytes.TrimPrefix(own, []byte{','})...))
	if err != nil || len(event.fields) > 0 || len(event.trimmed) > 0 || event.id != id {
		return nil
	}
	event.intact = true
	return event
}

// equals tells how the event differs from its raw line: not at all (nil), but for the fields that were trimmed. Numbers
// are the same only if they are written the same.
func (s *shipped) equals(line []byte) error {
	if s.fields == nil || s.intact {
		return nil
	}
	want, err := parseObject(line)
	if err != nil {
		return err
	}
	for _, name := range s.trimmed {
		if _, there := s.fields[name]; there {
			return fmt.Errorf("field %s is there, though trimmed", name)
		}
		if _, there := want[name]; !there {
			return fmt.Errorf("field %s is said to be trimmed, but the line has none", name)
		}
		delete(want, name)
	}
	return differing(want, s.fields)
}

func differing(want, got map[string]any) error {
	var names []string
	for name := range want {
		if _, there := got[name]; !there || !reflect.DeepEqual(want[name], got[name]) {
			names = append(names, name)
		}
	}
	for name := range got {
		if _, there := want[name]; !there {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return fmt.Errorf("fields differ: %v", names)
}

func parseObject(text []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return nil, fmt.Errorf("parse event of %d bytes: %w", len(text), err)
	}
	if decoder.More() {
		return nil, fmt.Errorf("parse event of %d bytes: more than one value", len(text))
	}
	return fields, nil
}

func stageTime(line []byte) string {
	var event struct{ StageTimestamp string }
	if err := json.Unmarshal(line, &event); err != nil {
		return "time-unknown"
	}
	return event.StageTimestamp
}
