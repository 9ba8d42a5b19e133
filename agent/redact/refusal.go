package redact

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
)

// refusal is how a message quotes what it refuses: the object that a patch would make, with data that is in no request, or the
// value of a field. What follows the words is hidden; nobody knows where such a value ends, so that is all the rest.
type refusal struct {
	words string
	quote string // what must follow; the words stay
}

// refusals are those that quote whole objects, or what stands in the place of one: of k8s.io/apiserver endpoints/handlers/patch.go,
// with the object as JSON or as Go prints a map; of k8s.io/apimachinery util/validation/field/errors.go; of
// structured-merge-diff/typed, which reads server-side applies (a password of digits, without quotes, is the commonest of these
// mistakes); the difference to what was there before, which validation of pods and volumes tells (apimachinery util/diff), as 1.34
// writes it and as older ones do. The last one is how decoders before Kubernetes 1.23 quote.
var refusals = []refusal{
	{"Invalid value: ", `"{`}, {"Invalid value: ", `"[{`}, {"Invalid value: ", `"map[`}, {"Invalid value: ", `{`}, {"Invalid value: ", `[{`},
	{"expected string, got ", ""}, {"expected map, got ", ""}, {"expected list, got ", ""}, {"expected boolean, got ", ""}, {"expected any scalar, got ", ""},
	{"expected numeric (int or float), got ", ""}, {"", "@@ -"}, {"", "core.Pod"}, {"", "core.EphemeralContainer{"}, {"", "core.PersistentVolume"}, {words: "error found in #"},
}

// secretRefusals are for what holds nothing but secrets.
var secretRefusals = append([]refusal{{words: "Invalid value: "}, {words: "Unsupported value: "}, {words: "Duplicate value: "}}, refusals...)

// refusalsOf are those to look for in what the server says of an event.
func (r *Redactor) refusalsOf(e *event.Event) []refusal {
	switch resource := e.Object.Resource; {
	case e.Equal(resource, "secrets"), e.Equal(resource, "tokenreviews"), e.Equal(resource, "serviceaccounts") && e.Equal(e.Object.Subresource, "token"),
		r.configMaps && e.Equal(resource, "configmaps"):
		return secretRefusals
	}
	return refusals
}

// mayRefuse tells whether the status of an event may have one of them: it is looked at as it stands, since none of the words can
// be escaped by a server. The commonest refusals are of nothing
// that was sent: what authorization forbids has not been read.
func mayRefuse(e *event.Event) bool {
	if e.Code < 400 || e.Code == 401 || e.Code == 404 || e.Code == 409 || e.Code == 403 && e.Equal(e.Decision, "forbid") {
		return false
	}
	status := e.Bytes(e.Members[event.ResponseStatus].Value)
	for _, words := range [...]string{" value: ", ", got ", "@@ -", "core.P", "core.E", "error found in #"} {
		if bytes.Contains(status, []byte(words)) {
			return true
		}
	}
	return false
}

// hideRefused hides what a message quotes.
func (r *Redactor) hideRefused(text []byte) {
	first := len(text)
	for _, refusal := range r.refusals {
		if at := bytes.Index(text, []byte(refusal.words+refusal.quote)); at >= 0 {
			first = min(first, at+len(refusal.words))
		}
	}
	if first < len(text) {
		r.hidePart(span{first, len(text)}, text[first:])
	}
}
