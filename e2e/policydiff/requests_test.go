package policydiff

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	auditinternal "k8s.io/apiserver/pkg/apis/audit"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/apiserver/pkg/audit"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/filters"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// infos are what kube-apiserver's own factory is made of (pkg/server/config.go).
var infos = request.RequestInfoFactory{APIPrefixes: sets.NewString("api", "apis"), GrouplessAPIPrefixes: sets.NewString("api")}

// uri is the target of a request line.
func (d dice) uri() string {
	if d.one(3) {
		return d.plainURI() + d.query()
	}
	parts := []string{"/api/v1"}
	if d.one(2) {
		parts[0] = "/apis/" + d.segment("apps", "batch", "rbac.authorization.k8s.io") + "/v1"
	}
	if d.one(16) {
		parts = append(parts, d.pick("watch", "proxy"))
	}
	if d.one(2) {
		parts = append(parts, "namespaces", d.segment("prod", "dev", "pé", "a/b", "default"))
	}
	if d.IntN(8) > 0 {
		parts = append(parts, d.segment("pods", "nodes", "deployments", "clusterroles", "services", "namespaces"))
		for range d.IntN(4) {
			parts = append(parts, d.segment("a", "web", "b\\c", "a/b", "log", "status", "scale", "proxy", "finalize", "x", "*"))
		}
	}
	return strings.Join(parts, "/") + d.pick("", "", "/") + d.query()
}

func (d dice) plainURI() string {
	return d.pick("/healthz", "/readyz/etcd", "/", "/a%20b/%C3%BC", "/a%20b/x", "/api", "/api/", "/apis/apps", "/version", "//api/v1/pods", "/healthz%2Fx", "/api/v1", "/x%3Fy", "/%61pi/v1/pods", "/api//v1/pods")
}

func (d dice) query() string {
	return d.pick("", "", "?watch=true", "?fieldSelector=metadata.name%3Dweb", "?fieldSelector=metadata.name=a&limit=5", "?x=/namespaces/prod/", "?%zz", "?", "?dryRun=All")
}

// made is a request as kube-apiserver sees it, and the event that it makes of it.
type made struct {
	attributes authorizer.Attributes
	event      []byte
	stage      auditinternal.Stage
}

// request is nil where the server would answer that there is no such request.
func (d dice) request() (*made, error) {
	line := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nUser-Agent: kubectl/v1\r\n\r\n", d.pick("GET", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"), d.uri())
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line)))
	if err != nil {
		return nil, nil // the server's answer is 400, without an event
	}
	req.RemoteAddr = "10.0.0.1:2"
	info, err := infos.NewRequestInfo(req)
	if err != nil {
		return nil, nil
	}
	ctx := request.WithRequestInfo(context.Background(), info)
	if !d.one(8) { // else it failed to authenticate
		ctx = request.WithUser(ctx, &user.DefaultInfo{Name: d.pick(users...), Groups: d.some(userGroups...), UID: "u", Extra: map[string][]string{"k": {"v"}}})
	}
	attributes, err := filters.GetAuthorizerAttributes(ctx)
	if err != nil {
		return nil, err
	}
	m := &made{attributes: attributes, stage: auditinternal.Stage(d.pick(stages...))}
	return m, d.encode(ctx, req, m)
}

// encode makes the event as the audit filter does (pkg/endpoints/filters/audit.go) and writes it as the log backend does.
func (d dice) encode(ctx context.Context, req *http.Request, m *made) error {
	ctx = audit.WithAuditContext(ctx)
	written := &sink{}
	ac := audit.AuditContextFrom(ctx)
	if err := ac.Init(audit.RequestAuditConfig{Level: auditinternal.LevelMetadata}, written); err != nil {
		return err
	}
	audit.LogRequestMetadata(ctx, req, time.Unix(1, 0), m.attributes)
	if d.one(4) {
		audit.LogImpersonatedUser(ctx, &user.DefaultInfo{Name: d.pick(users...), Groups: d.some(userGroups...)}, "")
	}
	ac.ProcessEventStage(ctx, m.stage)
	d.claim(written.event)
	var err error
	m.event, err = runtime.Encode(audit.Codecs.LegacyCodec(auditv1.SchemeGroupVersion), written.event)
	m.event = []byte(strings.TrimSuffix(string(m.event), "\n"))
	return err
}

// claim completes objectRef from the body of a write, as audit.LogRequestObject does: clients choose what that says.
func (d dice) claim(e *auditinternal.Event) {
	if e.ObjectRef == nil || e.Stage == auditinternal.StageRequestReceived || e.Verb != "create" && (e.Verb != "update" || e.ObjectRef.Name == "") {
		return // no body, or none that is read: there is no update of a collection
	}
	if e.ObjectRef.Namespace == "" {
		e.ObjectRef.Namespace = d.pick("", "prod", "dev", "pé", "v1")
	}
	if e.ObjectRef.Name == "" {
		e.ObjectRef.Name = d.pick(names...)
	}
}

// sink keeps the last event.
type sink struct{ event *auditinternal.Event }

func (s *sink) ProcessEvents(events ...*auditinternal.Event) bool {
	s.event = events[len(events)-1].DeepCopy()
	s.event.AuditID = "4f1c7d4e-0000-4000-8000-000000000000"
	return true
}
