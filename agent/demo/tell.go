package demo

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/terminal"
)

// shipped is what is told of a shipped event.
type shipped struct {
	Verb           string
	Stage          string
	RequestURI     string
	StageTimestamp string
	ObjectRef      struct{ Resource, Namespace, Name, Subresource string }
	ResponseStatus struct{ Code int }
	Auditship      struct {
		Actor     struct{ Kind, Name, Namespace string }
		Effective struct{ Name string }
		Client    string
		LatencyMS float64 `json:"latency_ms"`
		SourceIP  string  `json:"source_ip"`
	}
}

// tell is an event in one line: time, who, did what, to what, from where, and what came of it.
func (o Options) tell(line []byte) string {
	var e shipped
	if err := json.Unmarshal(line, &e); err != nil {
		return "an event that can't be read: " + terminal.Escape(err.Error())
	}
	text := fmt.Sprintf("%s %-26s %-52s %-22s %s", e.time(), e.who(), e.what(), e.from(), e.outcome())
	return o.paint(e.color(), terminal.Escape(text))
}

func (e *shipped) time() string {
	_, clock, _ := strings.Cut(e.StageTimestamp, "T")
	return clock[:min(8, len(clock))]
}

func (e *shipped) who() string {
	who := e.Auditship.Actor.Name
	switch e.Auditship.Actor.Kind {
	case "unauthenticated":
		who = "(nobody)"
	case "serviceaccount":
		who = "sa " + e.Auditship.Actor.Namespace + "/" + who
	case "node":
		who = "node " + who
	}
	if as := e.Auditship.Effective.Name; as != "" {
		who += " as " + as
	}
	return shorten(who, 26)
}

var verbs = map[string]string{
	"get": "read", "list": "listed", "watch": "watched", "create": "created", "update": "changed", "patch": "changed",
	"delete": "deleted", "deletecollection": "deleted all",
}

func (e *shipped) what() string {
	ref := e.ObjectRef
	switch ref.Subresource {
	case "exec":
		return shorten("ran `"+e.command()+"` in "+e.place(), 52)
	case "attach":
		return shorten("attached to "+e.place(), 52)
	case "portforward":
		return shorten("forwarded ports of "+e.place(), 52)
	}
	verb := verbs[e.Verb]
	if verb == "" {
		verb = e.Verb
	}
	if ref.Resource == "" {
		return shorten(verb+" "+e.RequestURI, 52)
	}
	return shorten(verb+" "+e.target(), 52)
}

func (e *shipped) target() string {
	target := e.ObjectRef.Resource
	if e.ObjectRef.Subresource != "" {
		target += "/" + e.ObjectRef.Subresource
	}
	if place := e.place(); place != "" {
		target += " " + place
	}
	return target
}

func (e *shipped) place() string {
	return strings.Trim(e.ObjectRef.Namespace+"/"+e.ObjectRef.Name, "/")
}

// command is what was executed: the log has it in the request's URI only.
func (e *shipped) command() string {
	address, err := url.Parse(e.RequestURI)
	if err != nil {
		return "?"
	}
	return strings.Join(address.Query()["command"], " ")
}

func (e *shipped) from() string {
	return shorten(strings.TrimSpace(e.Auditship.Client+" "+e.Auditship.SourceIP), 22)
}

func (e *shipped) outcome() string {
	code := e.ResponseStatus.Code
	switch {
	case code == 401:
		return "401 not let in"
	case code == 403:
		return "403 denied"
	case code >= 400:
		return fmt.Sprintf("%d failed", code)
	case strings.Contains(e.RequestURI, "dryRun=All"):
		return fmt.Sprintf("%d dry run", code)
	case e.Stage == "ResponseStarted":
		return fmt.Sprintf("%d begins", code)
	case e.Auditship.LatencyMS >= 1000:
		return fmt.Sprintf("%d after %.1f s", code, e.Auditship.LatencyMS/1000)
	}
	return fmt.Sprintf("%d", code)
}

// Colors of lines, as ANSI codes.
const (
	plain  = ""
	red    = "31" // not allowed
	yellow = "33" // allowed, and worth a look
	gray   = "90"
)

var sensitive = []string{"secrets", "roles", "clusterroles", "rolebindings", "clusterrolebindings", "mutatingwebhookconfigurations", "validatingwebhookconfigurations"}

func (e *shipped) color() string {
	switch {
	case e.ResponseStatus.Code == 401, e.ResponseStatus.Code == 403:
		return red
	case slices.Contains([]string{"exec", "attach", "portforward", "ephemeralcontainers", "token"}, e.ObjectRef.Subresource),
		slices.Contains(sensitive, e.ObjectRef.Resource), e.Auditship.Effective.Name != "", e.Auditship.Actor.Kind == "anonymous":
		return yellow
	}
	return plain
}

func (o Options) paint(color, text string) string {
	if !o.Color || color == plain {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func (o Options) dim(text string) string { return o.paint(gray, text) }

// shorten cuts a text to a number of characters.
func shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
