package loki

import (
	"context"
	"net/http"
	"strings"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
	"github.com/auditship/auditship/outputs/post"
)

const pushPath = "/loki/api/v1/push"

func newClient(cfg *Config, env outputs.Env) *post.Client {
	header := http.Header{"Content-Type": {"application/x-protobuf"}, "Content-Encoding": {"snappy"}}
	if cfg.Tenant != "" {
		header.Set("X-Scope-OrgID", cfg.Tenant)
	}
	return post.New(post.Config{
		URL: strings.TrimRight(cfg.URL, "/") + pushPath, Header: header,
		Username: cfg.Username,
		Password: credentials.NewSecret(cfg.Password, cfg.PasswordFile),
		Token:    credentials.NewSecret(cfg.BearerToken, cfg.BearerTokenFile),
		TLS:      cfg.TLS,
		Timeout:  env.Timeout,
	})
}

// post sends the body of a push. The error is a *outputs.Fault.
func (o *Output) post(ctx context.Context, body []byte) (answer, error) {
	a, err := o.client.Post(ctx, body, nil)
	if err != nil {
		return answer{}, err
	}
	return answerOf(a), nil
}
