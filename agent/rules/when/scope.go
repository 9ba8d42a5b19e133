package when

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"github.com/auditship/auditship/agent/event"
)

// Request is an event, and what its conditions ask of it. Only what is asked for is worked out, and once for all of them. It belongs to
// one goroutine.
type Request struct {
	event       *event.Event
	namespace   event.Text
	object      any // once it is parsed
	annotations any // as above
}

// NewRequest makes a Request of an event. The namespace is that of the path; objectRef may have one that the client put into a body.
func NewRequest(e *event.Event, namespace event.Text) *Request {
	return &Request{event: e, namespace: namespace}
}

// Parent is part of cel.Activation: there is none.
func (r *Request) Parent() cel.Activation { return nil }

// ResolveName is part of cel.Activation.
func (r *Request) ResolveName(name string) (any, bool) {
	e := r.event
	switch name {
	case "verb":
		return e.String(e.Text(event.Verb)), true
	case "group":
		return e.String(e.Object.APIGroup), true
	case "resource":
		return e.String(e.Object.Resource), true
	case "subresource":
		return e.String(e.Object.Subresource), true
	case "ns":
		return e.String(r.namespace), true
	case "name":
		return e.String(e.Object.Name), true
	case "code":
		return int64(e.Code), true
	case "source_ip":
		return e.String(e.SourceIP), true
	case "uri":
		return e.String(e.Text(event.RequestURI)), true
	case "level":
		return e.String(e.Text(event.Level)), true
	case "stage":
		return e.String(e.Text(event.Stage)), true
	case "annotations":
		return r.readAnnotations(), true
	case "object":
		return r.body(), true
	}
	return r.caller(name)
}

// caller are the words about who made the request.
func (r *Request) caller(name string) (any, bool) {
	e := r.event
	switch name {
	case "user":
		return e.String(e.User.Username), true
	case "groups":
		groups := []string{}
		for group := range e.Strings(e.User.Groups) {
			groups = append(groups, e.String(group))
		}
		return groups, true
	case "actor":
		return e.CallerKind().String(), true
	case "client":
		agent := e.String(e.Text(event.UserAgent))
		if end := strings.IndexAny(agent, "/ ("); end >= 0 {
			agent = agent[:end]
		}
		return agent, true
	}
	return nil, false
}

func (r *Request) readAnnotations() any {
	if r.annotations != nil {
		return r.annotations
	}
	annotations := map[string]string{}
	r.annotations = annotations
	if value := r.event.Members[event.Annotations].Value; value.Present() {
		if err := json.Unmarshal(r.event.Bytes(value), &annotations); err != nil {
			r.annotations = types.WrapErr(err)
		}
	}
	return r.annotations
}

var errTooLong = errors.New("the object is too long to be looked into")

// body is what the client sent.
func (r *Request) body() any {
	value := r.event.Members[event.RequestObject].Value
	switch {
	case r.object != nil:
	case !value.Present():
		r.object = map[string]any{}
	case value.Len() > maxObject:
		r.object = types.WrapErr(errTooLong)
	default:
		r.object = parse(r.event.Bytes(value))
	}
	return r.object
}

// parse reads JSON as Kubernetes does: numbers without a fraction are integers (k8s.io/apimachinery/pkg/util/json).
func parse(data []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return types.WrapErr(err)
	}
	return numbers(value)
}

func numbers(value any) any {
	switch v := value.(type) {
	case nil:
		return types.NullValue
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return n
		}
		n, _ := v.Float64() // beyond all numbers it is infinite
		return n
	case map[string]any:
		for key, element := range v {
			v[key] = numbers(element)
		}
	case []any:
		for i, element := range v {
			v[i] = numbers(element)
		}
	}
	return value
}
