package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/auditship/auditship/outputs"
)

// Setup installs the index template of the data stream or index, or replaces it; that may be repeated at any time. The
// user needs the right manage_index_templates. What it did is written to out.
//
// OpenSearch has flat_object in place of flattened, since 2.7 (https://docs.opensearch.org/latest/field-types/supported-field-types/flat-object/).
// Where a server refuses the template, it is tried with that, and then without either: what clients choose the keys of stays in the
// documents then, and can't be searched.
func Setup(ctx context.Context, cfg Config, env outputs.Env, out io.Writer) error {
	o, err := New(cfg, env)
	if err != nil {
		return err
	}
	defer o.Close()
	form, fault := o.putTemplate(ctx, setupPriority, false)
	if fault != nil {
		return fmt.Errorf("put index template %s: %w", o.template.name, fault)
	}
	note := ""
	if form == unsearched {
		note = "The server refused flattened fields: bodies, annotations and extra are stored, but can't be searched.\n"
	}
	_, err = fmt.Fprintf(out, "installed the index template %s for the %s %s\n"+note+
		"It shapes indices made from now on: if there is one already, %s.\n"+
		"It says nothing of how long events are kept: give the %s a lifecycle of yours.\n",
		o.template.name, o.template.kind(), o.template.matched, o.template.remedy(), o.template.kind())
	return err
}

// putTemplate installs the template in the best form that the server takes. create: unless there is one.
func (o *Output) putTemplate(ctx context.Context, priority int, create bool) (form templateForm, fault *outputs.Fault) {
	for form = o.template.best; form <= unsearched; form++ {
		body := bytes.NewReader(o.template.json(priority, form))
		fault = o.client.do(ctx, esapi.IndicesPutIndexTemplateRequest{Name: o.template.name, Body: body, Create: &create}, acknowledged)
		if fault == nil || fault.Reason != refused {
			break
		}
	}
	return form, fault
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
