package elasticsearch

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/ecs"
	"github.com/auditship/auditship/agent/enrich"
)

// stored are fields that are in no index on purpose: what they say stands in others, or nobody asks for it.
var stored = map[string]bool{"kind": true, "apiVersion": true, "responseStatus.metadata": true}

// TestTemplatesFit: every field of the real events, in both formats, is in the template for it, with a type that takes its value.
func TestTemplatesFit(t *testing.T) {
	for _, shaped := range []bool{false, true} {
		template, err := newTemplate(Config{DataStream: "logs-kubernetes.audit_logs-default", Events: map[bool]Events{false: Native, true: ECS}[shaped]})
		if err != nil {
			t.Fatal(err)
		}
		var content map[string]any
		if err := json.Unmarshal(template.json(setupPriority, withFlattened), &content); err != nil {
			t.Fatal(err)
		}
		mappings := below(content, "template", "mappings")
		if mappings["dynamic"] != false {
			t.Error("anybody can add fields")
		}
		for _, document := range documents(t, shaped) {
			if problem := misfit(mappings, "", document); problem != "" {
				t.Errorf("ecs %v: %s", shaped, problem)
			}
		}
	}
}

// documents are the real events as an index gets them.
func documents(t *testing.T, shaped bool) (all []any) {
	t.Helper()
	data, err := os.ReadFile("../../agent/event/testdata/real.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n, s := enrich.New(enrich.Config{Cluster: "prod", Node: "cp-1"}), ecs.New("logs-kubernetes.audit_logs-default")
	bulk := encoder{name: "stream"}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data))
	for lines.Scan() {
		e := decode(t, lines.Text())
		n.Enrich(&e, nil)
		if shaped {
			s.Shape(&e, nil)
		}
		_, source, _ := bytes.Cut(bulk.encode(nil, &e, whole), []byte("\n"))
		var document any
		d := json.NewDecoder(bytes.NewReader(source))
		d.UseNumber()
		if err := d.Decode(&document); err != nil {
			t.Fatal(err)
		}
		all = append(all, document)
	}
	return all
}

// misfit is what is wrong with a value under a mapping; empty: nothing.
func misfit(mapping map[string]any, path string, value any) string {
	if list, ok := value.([]any); ok {
		for _, element := range list {
			if problem := misfit(mapping, path, element); problem != "" {
				return problem
			}
		}
		return ""
	}
	if properties, ok := mapping["properties"].(map[string]any); ok {
		return misfits(mapping, properties, path, value)
	}
	if text := fmt.Sprint(value); value != nil && !takes(mapping["type"], text, value) {
		return fmt.Sprintf("%s of type %v has %.100s", path, mapping["type"], text)
	}
	return ""
}

func misfits(mapping, properties map[string]any, path string, value any) string {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Sprintf("%s is no object: %v", path, value)
	}
	for key, member := range object {
		at := strings.TrimPrefix(path+"."+key, ".")
		field := fieldAt(properties, key)
		if field == nil && !stored[at] && !strings.HasSuffix(path, ".annotations") {
			return fmt.Sprintf("%s is not in the template", at)
		}
		if field == nil {
			continue
		}
		if problem := misfit(field, at, member); problem != "" {
			return problem
		}
	}
	return ""
}

// fieldAt is the mapping of a key, whose dots lead into objects.
func fieldAt(properties map[string]any, key string) map[string]any {
	if field, ok := properties[key].(map[string]any); ok {
		return field
	}
	first, rest, found := strings.Cut(key, ".")
	if inner, ok := below(properties, first)["properties"].(map[string]any); found && ok {
		return fieldAt(inner, rest)
	}
	return nil
}

// takes tells whether a field of the type has a use for the value.
func takes(kind any, text string, value any) bool {
	_, object := value.(map[string]any)
	_, number := value.(json.Number)
	_, boolean := value.(bool)
	switch kind {
	case "flattened", "object":
		return object
	case "keyword", "text":
		return !object && !number && !boolean
	case "ip":
		_, err := netip.ParseAddr(text)
		return err == nil
	case "date", "date_nanos":
		_, err := time.Parse(time.RFC3339Nano, text)
		return err == nil
	case "long", "integer":
		return number && !strings.ContainsAny(text, ".eE")
	case "float":
		return number
	case "boolean":
		return boolean
	}
	return false
}

// TestTemplatesShareOurFields: what is auditship's own is mapped the same in both formats.
func TestTemplatesShareOurFields(t *testing.T) {
	var fields [2]map[string]any
	for i, shaped := range []bool{false, true} {
		content, err := templateContent(shaped)
		if err != nil {
			t.Fatal(err)
		}
		fields[i] = below(content, "template", "mappings", "properties", "auditship", "properties")
	}
	delete(fields[1], "unmapped")
	if native, other := fmt.Sprint(fields[0]), fmt.Sprint(fields[1]); native != other || len(fields[0]) < 10 {
		t.Errorf("%s\nand\n%s", native, other)
	}
}

// TestShapedHasOneTimestamp: an event that brings its own @timestamp gets no other.
func TestShapedHasOneTimestamp(t *testing.T) {
	e := decode(t, at(`,"stageTimestamp":"2026-11-22T10:00:00.123456Z"`))
	ecs.New("").Shape(&e, nil)
	line := (&encoder{name: "stream"}).encode(nil, &e, whole)
	if bytes.Count(line, []byte("@timestamp")) != 1 || !bytes.HasSuffix(line, []byte("}\n")) || bytes.Count(line, []byte("\n")) != 2 {
		t.Errorf("got %s", line)
	}
}
