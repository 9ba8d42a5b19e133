package check

import (
	"bytes"
	"encoding/json"
)

// otlp is what the Collector's file exporter writes: many records in a line.
type otlp struct {
	ResourceLogs []struct {
		ScopeLogs []struct {
			LogRecords []struct {
				Body       value
				Attributes []struct {
					Key   string
					Value value
				}
			}
		}
	}
}

type value struct{ StringValue string }

func isOTLP(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"resourceLogs"`)) }

func eachOTLP(line []byte, f func(*event, added) error) error {
	var logs otlp
	if err := json.Unmarshal(line, &logs); err != nil {
		return err
	}
	for _, resource := range logs.ResourceLogs {
		for _, scope := range resource.ScopeLogs {
			for _, record := range scope.LogRecords {
				var e event
				if err := json.Unmarshal([]byte(record.Body.StringValue), &e); err != nil {
					return err
				}
				var with added
				for _, attribute := range record.Attributes {
					switch attribute.Key {
					case "cluster":
						with.Cluster = attribute.Value.StringValue
					case "node":
						with.Node = attribute.Value.StringValue
					}
				}
				if err := f(&e, with); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
