package explain

import (
	"bytes"
	"encoding/json"
	"slices"
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
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.Token() // the brace; the object is valid
	rest = append(rest, '{')
	for decoder.More() {
		key, _ := decoder.Token()
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			break
		}
		name, _ := key.(string)
		if slices.Contains(names, name) {
			removed[name] = value
			continue
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		quoted, _ := json.Marshal(name)
		rest = append(append(append(rest, quoted...), ':'), value...)
	}
	return append(rest, '}'), removed
}
