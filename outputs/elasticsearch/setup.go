package elasticsearch

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/auditship/auditship/outputs"
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

// Setup installs the index template of the data stream or index, or replaces it; that may be repeated at any time. The
// user needs the right manage_index_templates. What it did is written to out. The template is for events that have a Shape,
// made by package ecs, if ecs is set.
//
// OpenSearch has flat_object in place of flattened, since 2.7 (https://docs.opensearch.org/latest/field-types/supported-field-types/flat-object/):
// the flavor says so. Where the template is refused, it is tried without either: what clients choose the
// keys of stays in the documents then, and can't be searched.
func Setup(ctx context.Context, cfg Config, env outputs.Env, ecs bool, out io.Writer) error {
	o, err := New(cfg, env)
	if err != nil {
		return err
	}
	defer o.Close()
	name, target, template, err := indexTemplate(cfg, ecs)
	if err != nil {
		return err
	}
	note := ""
	fault := o.putTemplate(ctx, name, shaped(template, cfg.Flavor))
	if fault != nil && fault.Reason == refused && o.putTemplate(ctx, name, withoutFlattened(template)) == nil {
		note, fault = "The server refused flattened fields: bodies, annotations and extra are stored, but can't be searched.\n", nil
	}
	if fault != nil {
		return fmt.Errorf("put index template %s: %w", name, fault)
	}
	_, err = fmt.Fprintf(out, "installed the index template %s for %s\n"+note+
		"It shapes indices made from now on: if there is one already, %s.\n"+
		"It says nothing of how long events are kept: give the %s a lifecycle of yours.\n", name, target, remedy(cfg), kind(cfg))
	return err
}

func (o *Output) putTemplate(ctx context.Context, name string, template []byte) *outputs.Fault {
	return o.client.do(ctx, esapi.IndicesPutIndexTemplateRequest{Name: name, Body: bytes.NewReader(template)}, acknowledged)
}

// flattened is any flattened field of the template; none of its parameters is an object.
var flattened = regexp.MustCompile(`\{[^{}]*"type":"flattened"[^{}]*\}`)

// shaped is the template with the fields that the flavor has.
func shaped(template []byte, flavor string) []byte {
	if flavor != opensearch {
		return template
	}
	template = bodies.ReplaceAll(template, []byte(`$1{"type":"object","enabled":false}`))
	return flattened.ReplaceAll(template, []byte(`{"type":"flat_object"}`))
}

// bodies are what clients sent and got. A flat_object has no ignore_above: where a text in one is longer than a term may be, the
// whole event is refused.
var bodies = regexp.MustCompile(`("(?:requestObject|responseObject)":)` + flattened.String())

func withoutFlattened(template []byte) []byte {
	return flattened.ReplaceAll(template, []byte(`{"type":"object","enabled":false}`))
}

// indexTemplate is the template for what is configured. Names that begin with auditship- are ours.
func indexTemplate(cfg Config, ecs bool) (name, target string, template []byte, err error) {
	content, err := templateContent(ecs)
	if err != nil {
		return "", "", nil, fmt.Errorf("read the index template: %w", err)
	}
	matched := cfg.DataStream
	if matched != "" {
		content["data_stream"] = struct{}{}
	} else {
		pattern, err := parsePattern(cfg.Index)
		if err != nil {
			return "", "", nil, fmt.Errorf("read index: %w", err)
		}
		matched = pattern.wildcard()
	}
	content["index_patterns"] = []string{matched}
	template, err = json.Marshal(content)
	return "auditship-" + strings.ReplaceAll(matched, "*", "x"), "the " + kind(cfg) + " " + matched, template, err
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

func kind(cfg Config) string {
	if cfg.DataStream != "" {
		return "data stream"
	}
	return "index"
}

func remedy(cfg Config) string {
	if cfg.DataStream != "" {
		return "roll the data stream over"
	}
	return "it keeps its mapping until the next day's"
}

func acknowledged(answer io.Reader) error {
	var content struct {
		Acknowledged bool `json:"acknowledged"`
	}
	if err := json.NewDecoder(io.LimitReader(answer, 64<<10)).Decode(&content); err != nil {
		return plain(err)
	}
	if !content.Acknowledged {
		return fmt.Errorf("the server has not acknowledged it yet: run it again")
	}
	return nil
}
