package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// OTLP returns the records of a file of OTLP in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): the body of
// each, or where it has none an object of its attributes, but for one that the receiver added. Empty texts, which stand for what is
// behind the last line of a request, are none.
func OTLP(path, added string) Deliveries {
	return func(yield func(Delivery, error) bool) {
		err := eachLine(path, func(line []byte) error {
			var logs otlpLogs
			decoder := json.NewDecoder(bytes.NewReader(line))
			decoder.UseNumber()
			if err := decoder.Decode(&logs); err != nil {
				return err
			}
			for _, record := range logs.records() {
				body, err := record.event(added)
				if err != nil {
					return err
				}
				if len(body) > 0 && !yield(Delivery{Body: body}, nil) {
					return errEnough
				}
			}
			return nil
		})
		if err != nil && err != errEnough {
			yield(Delivery{}, fmt.Errorf("read OTLP: %w", err))
		}
	}
}

type otlpLogs struct {
	ResourceLogs []struct {
		ScopeLogs []struct{ LogRecords []otlpRecord }
	}
}

type otlpRecord struct {
	Body       otlpValue
	Attributes otlpMembers
}

func (r *otlpRecord) event(added string) ([]byte, error) {
	switch body := r.Body.plain().(type) {
	case string:
		return []byte(body), nil
	case nil:
		fields := r.Attributes.object()
		delete(fields, added)
		return json.Marshal(fields)
	default:
		return json.Marshal(body)
	}
}

func (l *otlpLogs) records() (all []otlpRecord) {
	for _, resource := range l.ResourceLogs {
		for _, scope := range resource.ScopeLogs {
			all = append(all, scope.LogRecords...)
		}
	}
	return all
}

type otlpMembers []struct {
	Key   string
	Value otlpValue
}

func (m otlpMembers) object() map[string]any {
	object := make(map[string]any, len(m))
	for _, member := range m {
		object[member.Key] = member.Value.plain()
	}
	return object
}

// otlpValue is one of its fields, or null.
type otlpValue struct {
	StringValue *string
	BoolValue   *bool
	IntValue    *json.Number // 64 bits stand in quotes
	DoubleValue *json.Number
	KvlistValue *struct{ Values otlpMembers }
	ArrayValue  *struct{ Values []otlpValue }
}

func (v otlpValue) plain() any {
	switch {
	case v.StringValue != nil:
		return *v.StringValue
	case v.BoolValue != nil:
		return *v.BoolValue
	case v.IntValue != nil:
		return *v.IntValue
	case v.DoubleValue != nil:
		return *v.DoubleValue
	case v.KvlistValue != nil:
		return v.KvlistValue.Values.object()
	case v.ArrayValue != nil:
		all := []any{}
		for _, element := range v.ArrayValue.Values {
			all = append(all, element.plain())
		}
		return all
	}
	return nil
}
