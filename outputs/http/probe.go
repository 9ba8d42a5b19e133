package http

import (
	"context"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/post"
)

// bare leaves out what tells of a body.
var bare = nethttp.Header{"Content-Type": nil, "Content-Encoding": nil}

// Probe sends no event. A Splunk collector is sent a request without data, which it answers behind its look at the token. Others are asked
// by HEAD, which must change nothing (RFC 9110, section 9.2.1): that they are there, and what they say to the certificates and credentials. Whether
// they would take events nobody can ask them.
func (o *Output) Probe(ctx context.Context) (outputs.Probe, error) {
	if o.cfg.Format == Splunk {
		a, err := o.client.Post(ctx, nil, nethttp.Header{"Content-Encoding": nil})
		if err != nil {
			return outputs.Probe{}, err
		}
		return splunkProbe(a)
	}
	a, err := o.client.Head(ctx, bare)
	if err != nil {
		return outputs.Probe{}, err
	}
	return headProbe(a)
}

// splunkNoData is what a collector says to a request without an event, once it has taken the token.
const splunkNoData = 5

func splunkProbe(a post.Answer) (p outputs.Probe, err error) {
	code := readAnswer(a.Text).Code
	if fault := splunkFault(a); fault != nil && !(a.Status == nethttp.StatusBadRequest && (code == splunkNoData || slices.Contains(splunkEventCodes, code))) {
		return p, fault
	}
	p.Found = append(p.Found, "a collector takes the token; whether it may write to the index shows with the first event")
	return p, nil
}

func headProbe(a post.Answer) (p outputs.Probe, err error) {
	switch fault := faultOf(a); a.Status {
	case nethttp.StatusUnauthorized, nethttp.StatusBadGateway, nethttp.StatusServiceUnavailable, nethttp.StatusGatewayTimeout:
		return p, fault
	case nethttp.StatusForbidden:
		p.Doubts = append(p.Doubts, "it forbids HEAD (403): see that the credentials are right, unless it takes nothing but POST")
	case nethttp.StatusNotFound:
		p.Doubts = append(p.Doubts, "it finds nothing there (404): see that the path of the url is right, unless it takes nothing but POST")
	case nethttp.StatusMethodNotAllowed:
		if a.Allow != "" && !slices.ContainsFunc(strings.Split(a.Allow, ","), func(m string) bool { return strings.TrimSpace(m) == nethttp.MethodPost }) {
			p.Doubts = append(p.Doubts, "POST is not among the methods that it allows there: see that the path of the url is right")
		}
	}
	if a.Status/100 == 3 {
		p.Doubts = append(p.Doubts, "it redirects ("+strconv.Itoa(a.Status)+"), which events do not follow: see that the url is right")
	}
	p.Found = append(p.Found, "reached (HEAD "+strconv.Itoa(a.Status)+"); whether it takes events shows with the first of them")
	return p, nil
}

var _ outputs.Prober = (*Output)(nil)
