package elasticsearch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/auditship/auditship/outputs"
)

// client sends requests to one of the servers. Several goroutines may use it.
type client struct {
	servers *servers
	timeout time.Duration // for one request, from its first byte to the last of its answer
}

// do sends a request, and has the answer read if its status tells success. It neither retries nor pauses.
func (c *client) do(ctx context.Context, r esapi.Request, read func(io.Reader) error) *outputs.Fault {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	answer, err := r.Do(limited, c.servers)
	if err != nil {
		return faultOfNetwork(ctx, err)
	}
	defer closeAnswer(answer.Body)
	if answer.StatusCode >= http.StatusMultipleChoices {
		return faultOfStatus(answer, time.Now())
	}
	if err := read(answer.Body); err != nil {
		return faultOfAnswer(ctx, limited, err)
	}
	return nil
}

// closeAnswer reads the little that may be left, so that the connection can be used again.
func closeAnswer(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 4<<10)
	body.Close()
}

// faultOfAnswer is the fault of an answer that could not be read.
func faultOfAnswer(ctx, limited context.Context, err error) *outputs.Fault {
	var fault *outputs.Fault
	switch {
	case errors.As(err, &fault):
		return fault
	case ctx.Err() != nil:
		return &outputs.Fault{Reason: canceled, Err: ctx.Err()}
	case limited.Err() != nil:
		return &outputs.Fault{Reason: timedOut}
	}
	return &outputs.Fault{Reason: badAnswer, Err: err}
}
