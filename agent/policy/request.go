package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/auditship/auditship/agent/event"
)

// Request is what an audit policy knows of a request. It is for a resource, or for a path if that is set.
type Request struct {
	User        string   `json:"user,omitempty"` // empty: a failed login
	Groups      []string `json:"groups,omitempty"`
	Verb        string   `json:"verb"`
	Path        string   `json:"path,omitempty"` // such as /healthz
	Group       string   `json:"group,omitempty"`
	Resource    string   `json:"resource,omitempty"`
	Subresource string   `json:"subresource,omitempty"`
	Namespace   string   `json:"namespace,omitempty"` // empty: none, or all
	Name        string   `json:"name,omitempty"`
}

// record is the part of an audit event that its request makes.
type record struct {
	Kind       string  `json:"kind"`
	AuditID    string  `json:"auditID"`
	Stage      string  `json:"stage"`
	RequestURI string  `json:"requestURI"`
	Verb       string  `json:"verb"`
	User       user    `json:"user"`
	ObjectRef  *object `json:"objectRef,omitempty"`
}

type user struct {
	Username string   `json:"username,omitempty"`
	Groups   []string `json:"groups,omitempty"`
}

type object struct {
	Resource    string `json:"resource"`
	Namespace   string `json:"namespace,omitempty"`
	Name        string `json:"name,omitempty"`
	APIGroup    string `json:"apiGroup,omitempty"`
	Subresource string `json:"subresource,omitempty"`
}

// decode makes the event that kube-apiserver would write of the request.
func (r *Request) decode(d *event.Decoder) (*event.Event, error) {
	e := record{Kind: "Event", AuditID: "-", Stage: "ResponseComplete", RequestURI: r.URI(), Verb: r.Verb, User: user{r.User, r.Groups}}
	if r.Path == "" {
		e.ObjectRef = &object{r.Resource, r.Namespace, r.Name, r.Group, r.Subresource}
	}
	line, err := json.Marshal(&e)
	if err != nil {
		return nil, err
	}
	var decoded event.Event
	return &decoded, d.Decode(line, &decoded)
}

// URI is where the request goes, in some version of its API group.
func (r *Request) URI() string {
	if r.Path != "" {
		return (&url.URL{Path: r.Path}).EscapedPath()
	}
	parts := []string{"/api", "v1"}
	if r.Group != "" {
		parts = []string{"/apis", r.Group, "v1"}
	}
	if r.Namespace != "" && r.Resource != "namespaces" { // a namespace counts as one of its own
		parts = append(parts, "namespaces", r.Namespace)
	}
	for _, part := range []string{r.Resource, r.Name, r.Subresource} {
		if part != "" {
			parts = append(parts, url.PathEscape(part))
		}
	}
	return strings.Join(parts, "/")
}

// String is the request as people say it.
func (r Request) String() string {
	what := r.Path
	if what == "" {
		what = Qualified(r.Group, r.Resource)
		if r.Subresource != "" {
			what += "/" + r.Subresource
		}
		if r.Name != "" {
			what += " " + fmt.Sprintf("%q", r.Name)
		}
		if r.Namespace != "" {
			what += fmt.Sprintf(" in namespace %q", r.Namespace)
		}
	}
	by := "nobody (a failed login)"
	if r.User != "" {
		by = fmt.Sprintf("%q", r.User)
	}
	if len(r.Groups) > 0 {
		by += " of " + strings.Join(r.Groups, ", ")
	}
	return cmp.Or(r.Verb, "?") + " " + what + " by " + by
}

// Qualified is a resource with its group, as kubectl has it: deployments.apps.
func Qualified(group, resource string) string {
	if group == "" {
		return resource
	}
	return resource + "." + group
}

// Of is the request that an event tells of.
func Of(e *event.Event) Request {
	r := Request{User: e.String(e.User.Username), Verb: e.String(e.Text(event.Verb))}
	for group := range e.Strings(e.User.Groups) {
		r.Groups = append(r.Groups, e.String(group))
	}
	if !e.Has(event.ObjectRef) {
		r.Path, _, _ = strings.Cut(e.String(e.Text(event.RequestURI)), "?")
		return r
	}
	o := &e.Object
	r.Group, r.Resource, r.Subresource = e.String(o.APIGroup), e.String(o.Resource), e.String(o.Subresource)
	r.Namespace, r.Name = e.String(o.Namespace), e.String(o.Name)
	return r
}
