package elasticsearch

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
)

// templateJSON is the index template without the names it is for. Mappings are closed (dynamic: false), so that no
// client can add fields by what it sends; where clients choose the keys, fields are flattened, which also takes the keys
// that an object may not have, such as "." in managedFields. What a field can't hold (too long for a Lucene term, no
// number, no address) stays in the document and is left out of the index.
//
//go:embed template.json
var templateJSON []byte

// ecsTemplateJSON is the same for events under the names of the Elastic Common Schema (package ecs). Types are those of
// Elastic's Kubernetes integration, or nearer to what the fields are, and such as every server has. Annotations and extra are no flattened fields there:
// rules in EQL and ES|QL, which have no access to these, ask for some of their keys. Any others are stored alone. Of
// "auditship", which is the same in both, it has only what the other template lacks.
//
//go:embed template_ecs.json
var ecsTemplateJSON []byte

// The priorities of index templates: that of auditship setup, which a person has run, is above those of others (Elastic's own are
// between 100 and 200); that of the agent, above Elastic's catch-all for logs-*-* alone, gives way to whatever comes later.
const (
	setupPriority = 500
	agentPriority = 150
)

// template is the index template for what is configured. Names that begin with auditship- are ours.
type template struct {
	name    string
	matched string // the index pattern
	stream  bool
	best    templateForm // of those that the server may have
	content map[string]any
}

func newTemplate(cfg Config) (*template, error) {
	content, err := templateContent(cfg.Events == ECS)
	if err != nil {
		return nil, fmt.Errorf("read the index template: %w", err)
	}
	t := &template{matched: cfg.DataStream, stream: cfg.DataStream != "", content: content}
	if cfg.Flavor == opensearch {
		t.best = withFlatObject
	}
	if t.stream {
		content["data_stream"] = struct{}{}
	} else {
		pattern, err := parsePattern(cfg.Index)
		if err != nil {
			return nil, fmt.Errorf("read index: %w", err)
		}
		t.matched = pattern.wildcard()
	}
	content["index_patterns"] = []string{t.matched}
	t.name = "auditship-" + strings.ReplaceAll(t.matched, "*", "x")
	return t, nil
}

// templateForm is what stands where clients choose the keys.
type templateForm uint8

const (
	withFlattened  templateForm = iota // as it is in Elasticsearch
	withFlatObject                     // as it is in OpenSearch
	unsearched                         // what every server has: such fields are stored alone
)

func (t *template) json(priority int, form templateForm) []byte {
	content := maps.Clone(t.content)
	content["priority"] = priority
	text, _ := json.Marshal(content) // it was read from JSON
	switch form {
	case withFlatObject:
		text = bodies.ReplaceAll(text, []byte(`$1{"type":"object","enabled":false}`))
		return flattened.ReplaceAll(text, []byte(`{"type":"flat_object"}`))
	case unsearched:
		return flattened.ReplaceAll(text, []byte(`{"type":"object","enabled":false}`))
	}
	return text
}

// flattened is any flattened field of the template; none of its parameters is an object.
var flattened = regexp.MustCompile(`\{[^{}]*"type":"flattened"[^{}]*\}`)

// bodies are what clients sent and got. A flat_object has no ignore_above: where a text in one is longer than a term may be, the
// whole event is refused.
var bodies = regexp.MustCompile(`("(?:requestObject|responseObject)":)` + flattened.String())

func (t *template) kind() string {
	if t.stream {
		return "data stream"
	}
	return "index"
}

func (t *template) remedy() string {
	if t.stream {
		return "roll the data stream over"
	}
	return "it keeps its mapping until the next day's"
}

func templateContent(ecs bool) (content map[string]any, err error) {
	if err := json.Unmarshal(templateJSON, &content); err != nil || !ecs {
		return content, err
	}
	own := below(content, "template", "mappings", "properties", "auditship", "properties")
	content = nil
	if err := json.Unmarshal(ecsTemplateJSON, &content); err != nil {
		return nil, err
	}
	maps.Copy(below(content, "template", "mappings", "properties", "auditship", "properties"), own)
	return content, nil
}

// below is the object that the keys lead to.
func below(object map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		object, _ = object[key].(map[string]any)
	}
	return object
}
