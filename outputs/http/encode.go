package http

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"github.com/auditship/auditship/agent/event"
)

var contentTypes = map[Format]string{Lines: "application/x-ndjson", Array: "application/json", Splunk: "application/json"}

// encode makes the body of a request.
func (o *Output) encode(events []event.Event) ([]byte, error) {
	body := o.body[:0]
	if o.cfg.Format == Array {
		body = append(body, '[')
	}
	for i := range events {
		if o.cfg.Format == Array && i > 0 {
			body = append(body, ',')
		}
		if o.cfg.Format == Splunk {
			body = append(events[i].AppendJSON(appendEnvelope(body, &events[i], o.filed)), '}', '\n')
			continue
		}
		body = events[i].AppendJSON(body)
		if o.cfg.Format == Lines {
			body = append(body, '\n')
		}
	}
	if o.cfg.Format == Array {
		body = append(body, ']')
	}
	o.body = body
	if o.zip == nil {
		return body, nil
	}
	return o.compress(body)
}

func (o *Output) compress(body []byte) ([]byte, error) {
	zipped := bytes.NewBuffer(o.zipped[:0])
	o.zip.Reset(zipped)
	if _, err := o.zip.Write(body); err != nil {
		return nil, err
	}
	if err := o.zip.Close(); err != nil {
		return nil, err
	}
	o.zipped = zipped.Bytes()
	return o.zipped, nil
}

// keyOf is the same for the same events in the same order, and so, where some are trimmed, for what is left of them.
func keyOf(events []event.Event) string {
	h := sha256.New()
	for i := range events {
		h.Write(events[i].ID[:])
		h.Write([]byte{byte(events[i].Trimmed), byte(events[i].Trimmed >> 8), byte(events[i].Trimmed >> 16)})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
