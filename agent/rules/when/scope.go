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

// Request is an event and what must be worked out of it to be sure.
type Request struct {
	Event     *event.Event
	Namespace event.Text // as the path has it; objectRef may have one that the client put into a body
}

// scope answers what the words of a condition stand for in one event; only what is asked for is read.
type scope struct {
	Request
	object any // once it is parsed
}

// Parent is part of cel.Activation: there is none.
func (s *scope) Parent() cel.Activation { return nil }

// ResolveName is part of cel.Activation.
func (s *scope) ResolveName(name string) (any, bool) {
	e := s.Event
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
		return e.String(s.Namespace), true
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
		return s.annotations(), true
	case "object":
		return s.body(), true
	}
	return s.caller(name)
}

// caller are the words about who made the request.
func (s *scope) caller(name string) (any, bool) {
	e := s.Event
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

func (s *scope) annotations() any {
	annotations := map[string]string{}
	if value := s.Event.Members[event.Annotations].Value; value.Present() {
		if err := json.Unmarshal(s.Event.Bytes(value), &annotations); err != nil {
			return types.WrapErr(err)
		}
	}
	return annotations
}

var errTooLong = errors.New("the object is too long to be looked into")

// body is what the client sent.
func (s *scope) body() any {
	value := s.Event.Members[event.RequestObject].Value
	switch {
	case s.object != nil:
	case !value.Present():
		s.object = map[string]any{}
	case value.Len() > maxObject:
		s.object = types.WrapErr(errTooLong)
	default:
		s.object = parse(s.Event.Bytes(value))
	}
	return s.object
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
