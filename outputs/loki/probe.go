package loki

import (
	"context"
	"net/http"

	"github.com/golang/snappy"

	"github.com/auditship/auditship/outputs"
)

// Probe pushes nothing: a request without a stream goes through all that decides who may push, and stores nothing. Loki answers it
// with 204, or since 3.5 with 422: "at least one valid stream is required" (pkg/validation/validate.go).
func (o *Output) Probe(ctx context.Context) (p outputs.Probe, err error) {
	from, err := o.client.Post(ctx, snappy.Encode(nil, nil), nil)
	if err != nil {
		return p, err
	}
	a := answerOf(from)
	empty := from.Status == http.StatusUnprocessableEntity
	if a.outcome != stored && a.outcome != refusing && !empty {
		return p, a.fault
	}
	p.Found = append(p.Found, "pushes are accepted")
	if o.cfg.Tenant != "" {
		p.Found = append(p.Found, "for the tenant "+o.cfg.Tenant)
	}
	return p, nil
}

var _ outputs.Prober = (*Output)(nil)
