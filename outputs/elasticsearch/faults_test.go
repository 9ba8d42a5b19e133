package elasticsearch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/post"
)

// against makes an Output for a server that answers like this.
func against(t *testing.T, timeout time.Duration, answer http.HandlerFunc) *Output {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	o, err := New(Config{URLs: []string{server.URL}, Index: "audit"}, outputs.Env{Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

func TestStatusOfTheWholeRequest(t *testing.T) {
	for name, c := range map[string]struct {
		status         int
		header, answer string
		want           outputs.Fault
	}{
		"overloaded":      {429, "7", `{"error":{"type":"es_rejected_execution_exception","reason":"secret"}}`, outputs.Fault{Reason: overloaded, RetryAfter: 7 * time.Second}},
		"unavailable":     {503, "999999", ``, outputs.Fault{Reason: unavailable, RetryAfter: time.Hour}},
		"negative pause":  {503, "-5", ``, outputs.Fault{Reason: unavailable}},
		"strange pause":   {503, "soon", ``, outputs.Fault{Reason: unavailable}},
		"past pause":      {503, "Fri, 31 Dec 1999 23:59:59 GMT", ``, outputs.Fault{Reason: unavailable}},
		"bad gateway":     {502, "", `<html>secret</html>`, outputs.Fault{Reason: unavailable}},
		"no password":     {401, "", `{"error":{"type":"security_exception"}}`, outputs.Fault{Reason: unauthorized, Blocked: true}},
		"no right":        {403, "", `{"error":"secret"}`, outputs.Fault{Reason: unauthorized, Blocked: true}},
		"flood stage":     {429, "", `{"error":{"type":"cluster_block_exception"}}`, outputs.Fault{Reason: indexBlocked, Blocked: true}},
		"no index":        {404, "", `{"error":{"type":"index_not_found_exception"}}`, outputs.Fault{Reason: indexMissing, Blocked: true}},
		"bad request":     {400, "", `{"error":{"type":"illegal_argument_exception","reason":"secret"}}`, outputs.Fault{Reason: refused, Blocked: true}},
		"another address": {301, "", ``, outputs.Fault{Reason: refused, Blocked: true}},
	} {
		o := against(t, 10*time.Second, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", c.header)
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.answer)
		})
		_, err := o.Write(t.Context(), some(t, 3))
		got, ok := err.(*outputs.Fault)
		if !ok || got.Reason != c.want.Reason || got.Blocked != c.want.Blocked || got.RetryAfter != c.want.RetryAfter || got.Permanent {
			t.Errorf("%s: got %+v", name, err)
		} else if !strings.Contains(got.Detail, fmt.Sprint(c.status)) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRetryAfterAsDate(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	header := http.Header{"Retry-After": {now.Add(90 * time.Second).Format(http.TimeFormat)}}
	if got := post.RetryAfter(header.Get("Retry-After"), now); got != 90*time.Second {
		t.Errorf("got %v", got)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a page":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>secret</html>") },
		"nothing": func(http.ResponseWriter, *http.Request) {},
		"too few": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"items":[{"create":{"status":201}}]}`) },
		"truncated": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"items":[{"create":{"status":201}},{"cre`)
		},
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"items":[{"create":{"status":201}},`)
		},
	} {
		_, err := against(t, 10*time.Second, answer).Write(t.Context(), some(t, 2))
		if got, ok := err.(*outputs.Fault); !ok || got.Reason != badAnswer || got.Blocked || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSlowServers(t *testing.T) {
	for name, first := range map[string]string{"before the answer": "", "in the answer": `{"items":[`} {
		o := against(t, 100*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, first)
			if first != "" {
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		})
		_, err := o.Write(t.Context(), some(t, 1))
		if got := outputs.FaultOf(err); got.Reason != timedOut {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestStopEndsWrite(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	o := against(t, time.Hour, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		stop()
		<-r.Context().Done()
	})
	_, err := o.Write(ctx, some(t, 1))
	if !errors.Is(err, context.Canceled) || outputs.FaultOf(err).Reason != canceled {
		t.Errorf("got %v", err)
	}
}

// listen accepts connections and does with each what serve says.
func listen(t *testing.T, serve func(net.Conn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
		}
	}()
	return "http://" + l.Addr().String()
}

func TestBrokenConnections(t *testing.T) {
	closed, _ := net.Listen("tcp", "127.0.0.1:0")
	closed.Close()
	for name, url := range map[string]string{
		"nobody listens":    "http://" + closed.Addr().String(),
		"hangs up":          listen(t, func(c net.Conn) { c.Close() }),
		"speaks otherwise":  listen(t, func(c net.Conn) { fmt.Fprint(c, "220 secret ready\r\n"); c.Close() }),
		"does not know TLS": strings.Replace(listen(t, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.0 400 secret\r\n\r\n"); c.Close() }), "http", "https", 1),
	} {
		o, err := New(Config{URLs: []string{url}, Index: "audit"}, outputs.Env{Timeout: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		_, err = o.Write(t.Context(), some(t, 1))
		if got := outputs.FaultOf(err); got.Reason != unreachable || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
		o.Close()
	}
}

func TestUntrustedServer(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = quiet
	server.StartTLS()
	defer server.Close()
	o, _ := New(Config{URLs: []string{server.URL}, Index: "audit"}, outputs.Env{Timeout: 10 * time.Second})
	_, err := o.Write(t.Context(), some(t, 1))
	if got := outputs.FaultOf(err); got.Reason != certificate || !got.Blocked {
		t.Errorf("got %v", err)
	}
}
