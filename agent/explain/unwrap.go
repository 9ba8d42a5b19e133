package explain

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// wrappings are where events are in what wraps them. Of an array all elements are meant.
var wrappings = [][]string{
	{"items"},            // EventList, as the webhook backend sends it
	{"_source"},          // a document of Elasticsearch
	{"hits", "hits"},     // what a search of Elasticsearch finds
	{"line"},             // logcli --output=jsonl
	{"data", "result"},   // what a query of Loki finds
	{"streams"},          // what is pushed to Loki
	{"values", "$lines"}, // of a stream of Loki: pairs of a time and a line
}

// walk follows keys into objects; nil where there is nothing.
func walk(members map[string]json.RawMessage, path []string) json.RawMessage {
	value := members[path[0]]
	if len(path) == 1 || value == nil {
		return value
	}
	if path[1] == "$lines" {
		return lines(value)
	}
	var below map[string]json.RawMessage
	if json.Unmarshal(value, &below) != nil {
		return nil
	}
	return walk(below, path[1:])
}

// lines are the lines of the entries of a stream, as an array.
func lines(entries json.RawMessage) json.RawMessage {
	var all [][]json.RawMessage
	if json.Unmarshal(entries, &all) != nil {
		return nil
	}
	found := []json.RawMessage{}
	for _, entry := range all {
		if len(entry) >= 2 {
			found = append(found, entry[1])
		}
	}
	array, _ := json.Marshal(found) // of what was unmarshalled there is no error
	return array
}

// without is an object without some members, which are given back. All else stays as it is.
func without(object []byte, names ...string) (rest []byte, removed map[string]json.RawMessage) {
	removed = map[string]json.RawMessage{}
	rest = rewritten(object, func(name string, value json.RawMessage) (string, bool) {
		if slices.Contains(names, name) {
			removed[name] = value
			return "", false
		}
		return name, true
	})
	return rest, removed
}

// rewritten is an object with other names for its members, and without those of which keep is false.
func rewritten(object []byte, rename func(name string, value json.RawMessage) (to string, keep bool)) []byte {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.Token() // the brace; the object is valid
	rest := []byte{'{'}
	for decoder.More() {
		key, _ := decoder.Token()
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			break
		}
		name, _ := key.(string)
		to, keep := rename(name, value)
		if !keep {
			continue
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		quoted, _ := json.Marshal(to)
		rest = append(append(append(rest, quoted...), ':'), value...)
	}
	return append(rest, '}')
}

// fromECS is an event of the format ecs as it was before: what the API server wrote stands below kubernetes.audit, but for the keys of
// its annotations, which have lost their dots there.
func fromECS(members map[string]json.RawMessage) (record []byte, ok bool) {
	audit := walk(members, []string{"kubernetes", "audit"})
	if len(audit) == 0 || audit[0] != '{' {
		return nil, false
	}
	record, removed := without(audit, "annotations")
	if all := removed["annotations"]; len(all) > 0 && all[0] == '{' && len(record) > 2 {
		all = rewritten(all, func(name string, _ json.RawMessage) (string, bool) { return dotted(name), true })
		record = append(append(append(record[:len(record)-1], `,"annotations":`...), all...), '}')
	}
	return record, true
}

// dotted puts the dots back into the key of an annotation: before the slash is the name of a domain, in which there are no underscores.
// What stands behind it stays: Kubernetes' own keys have underscores there, and no dots.
func dotted(key string) string {
	domain, name, found := strings.Cut(key, "/")
	if !found {
		return key
	}
	return strings.ReplaceAll(domain, "_", ".") + "/" + name
}
