package elasticsearch

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/auditship/auditship/outputs"
)

// needed is what the agent's user must be let do, and useful what it should be.
var (
	needed = []string{"create_doc", "auto_configure"}
	useful = []string{"read", "maintenance"} // of a data stream: see doubts
)

// Probe asks which of its rights the user has, and whether the index or data stream is there. Any user may ask for its own
// rights (_security/user/_has_privileges); a server without security, or OpenSearch, answers that with an error, and is only
// known to answer.
func (o *Output) Probe(ctx context.Context) (p outputs.Probe, err error) {
	name := o.target()
	body, err := json.Marshal(map[string]any{"index": []any{map[string]any{"names": []string{name}, "privileges": append(needed[:len(needed):len(needed)], useful...)}}})
	if err != nil {
		return p, err
	}
	var rights map[string]bool
	fault := o.client.do(ctx, esapi.SecurityHasPrivilegesRequest{Body: strings.NewReader(string(body))}, func(answer io.Reader) (err error) {
		rights, err = readRights(answer, name)
		return err
	})
	switch {
	case fault == nil:
		o.judge(&p, name, rights)
	case fault.Reason == refused || fault.Reason == indexMissing: // 400, 404, 405: nobody knows of rights there
		p.Doubts = append(p.Doubts, "the server has no security features, or is no Elasticsearch: what the user may do could not be asked")
	default:
		return p, fault
	}
	if err := o.look(ctx, &p, name); err != nil {
		return p, err
	}
	o.foresee(ctx, &p, name)
	return p, nil
}

// foresee tells what becomes of events in an index that is not made for them, as far as we are let see.
func (o *Output) foresee(ctx context.Context, p *outputs.Probe, name string) {
	if o.preparation.done.Load() {
		return
	}
	switch found, fault := o.inspect(ctx, name); {
	case fault != nil:
	case found == opened:
		p.Doubts = append(p.Doubts, "what clients write becomes fields of "+name+", which fills up: run auditship setup, and have a new index made")
	case found == unprepared:
		p.Doubts = append(p.Doubts, "there is no index template for "+name+": run auditship setup, unless the agent may install it")
	}
}

// target is where an event of now goes.
func (o *Output) target() string {
	w := o.make()
	if w.encoder.pattern == nil {
		return w.encoder.name
	}
	return string(w.encoder.pattern.appendName(nil, time.Now()))
}

func (o *Output) judge(p *outputs.Probe, name string, rights map[string]bool) {
	for _, right := range needed {
		if rights[right] {
			p.Found = append(p.Found, right+" on "+name)
		} else {
			p.Doubts = append(p.Doubts, "the user has no right "+right+" on "+name+": grant it")
		}
	}
	for _, right := range useful {
		if o.doubts != nil && !rights[right] {
			p.Doubts = append(p.Doubts, "the user has no right "+right+" on "+name+": after a crash events may stand there twice; grant it")
		}
	}
}

// look asks whether the index is there; who may not know that need not.
func (o *Output) look(ctx context.Context, p *outputs.Probe, name string) error {
	fault := o.client.do(ctx, esapi.IndicesExistsRequest{Index: []string{name}}, func(io.Reader) error { return nil })
	switch {
	case fault == nil:
		p.Found = append(p.Found, name+" is there")
	case fault.Reason == indexMissing:
		p.Found = append(p.Found, name+" is not there yet: the first event makes it")
	case fault.Reason == unauthorized && strings.HasPrefix(fault.Detail, "status 403"):
	default:
		return fault
	}
	return nil
}

func readRights(answer io.Reader, name string) (map[string]bool, error) {
	var content struct {
		Index map[string]map[string]bool `json:"index"`
	}
	if err := json.NewDecoder(io.LimitReader(answer, 64<<10)).Decode(&content); err != nil {
		return nil, plain(err)
	}
	if content.Index[name] == nil {
		return nil, &outputs.Fault{Reason: badAnswer}
	}
	return content.Index[name], nil
}

var _ outputs.Prober = (*Output)(nil)
