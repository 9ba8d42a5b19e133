package elasticsearch

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/auditship/auditship/outputs"
)

// finding is what is known of how the destination takes in events.
type finding uint8

const (
	unremarkable finding = iota // all is well as far as one can see, or nobody lets us look
	opened                      // it is there, and what clients write becomes fields of it
	unprepared                  // it is not there, and no index template is for it but such as come with the server
)

// inspect looks at the destination that an event goes to, by what the rights that the agent's user needs anyway let it see, and
// what others do if it happens to have them.
func (o *Output) inspect(ctx context.Context, name string) (finding, *outputs.Fault) {
	open := false
	r := esapi.FieldCapsRequest{Index: []string{name}, Fields: inBodies, IncludeUnmapped: &yes, FilterPath: []string{"fields.*.*.type"}}
	fault := o.client.do(ctx, r, func(answer io.Reader) (err error) {
		open, err = readOpen(answer)
		return err
	})
	switch {
	case fault == nil && open:
		return opened, nil
	case fault != nil && fault.Reason == indexMissing:
		return o.inspectTemplates(ctx, name)
	}
	return unremarkable, fault
}

// inBodies are fields that no closed mapping has.
var inBodies = []string{"requestObject.*", "responseObject.*", "kubernetes.audit.requestObject.*", "kubernetes.audit.responseObject.*"}

var yes = true

// readOpen tells whether there is a field of a body in all indices. In a data stream that was rolled over to get a new mapping, the
// former ones have their fields still.
func readOpen(answer io.Reader) (open bool, err error) {
	var content struct {
		Fields map[string]map[string]json.RawMessage `json:"fields"`
	}
	if err := json.NewDecoder(io.LimitReader(answer, listLimit)).Decode(&content); err != nil {
		return false, plain(err)
	}
	for _, kinds := range content.Fields {
		if _, absent := kinds["unmapped"]; !absent {
			return true, nil
		}
	}
	return false, nil
}

// listLimit is how long a list of fields or templates may be. Clusters with more than some thousand of either have better ways of
// knowing.
const listLimit = 4 << 20

func (o *Output) inspectTemplates(ctx context.Context, name string) (finding, *outputs.Fault) {
	found := false
	look := func(r esapi.Request, read func(io.Reader, string) (bool, error)) *outputs.Fault {
		return o.client.do(ctx, r, func(answer io.Reader) error {
			matches, err := read(answer, name)
			found = found || matches
			return err
		})
	}
	fault := look(esapi.IndicesGetIndexTemplateRequest{FilterPath: []string{"index_templates.index_template.index_patterns", "index_templates.index_template._meta.managed"}}, readTemplates)
	if fault == nil && !found {
		fault = look(esapi.IndicesGetTemplateRequest{FilterPath: []string{"*.index_patterns"}}, readLegacyTemplates)
	}
	if fault != nil || found {
		return unremarkable, fault
	}
	return unprepared, nil
}

// readTemplates tells whether there is a template for the name that somebody made. Elasticsearch's own, which it marks as managed, is
// for all of logs-*-*, and leaves mappings open.
func readTemplates(answer io.Reader, name string) (bool, error) {
	var content struct {
		Templates []struct {
			Template struct {
				Patterns []string `json:"index_patterns"`
				Meta     struct {
					Managed bool `json:"managed"`
				} `json:"_meta"`
			} `json:"index_template"`
		} `json:"index_templates"`
	}
	if err := json.NewDecoder(io.LimitReader(answer, listLimit)).Decode(&content); err != nil {
		return false, plain(err)
	}
	for _, t := range content.Templates {
		if !t.Template.Meta.Managed && matchesAny(t.Template.Patterns, name) {
			return true, nil
		}
	}
	return false, nil
}

func readLegacyTemplates(answer io.Reader, name string) (bool, error) {
	var content map[string]struct {
		Patterns []string `json:"index_patterns"`
	}
	if err := json.NewDecoder(io.LimitReader(answer, listLimit)).Decode(&content); err != nil {
		return false, plain(err)
	}
	for _, t := range content {
		if matchesAny(t.Patterns, name) {
			return true, nil
		}
	}
	return false, nil
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, name) })
}

// matches tells whether a pattern is for the name: * stands for anything, and nothing else is special.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, last)
}
