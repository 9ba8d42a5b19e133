package redact

import (
	"bytes"
	"slices"

	"github.com/auditship/auditship/agent/event"
)

// refusal is how a message quotes what it refuses: the object that a patch would make, with data that is in no request, or the
// value of a field. What follows the words is hidden; nobody knows where such a value ends, so that is all the rest.
type refusal struct {
	text []byte
	kept int // how many bytes of it stay: words, and not what they quote
}

// quoting are words, and how what they quote begins.
func quoting(words string, quotes ...string) (all []refusal) {
	for _, quote := range quotes {
		all = append(all, refusal{[]byte(words + quote), len(words)})
	}
	return all
}

// refusals are those that quote whole objects, or what stands in the place of one: of k8s.io/apiserver endpoints/handlers/patch.go,
// with the object as JSON or as Go prints a map; of k8s.io/apimachinery util/validation/field/errors.go; of
// structured-merge-diff/typed, which reads server-side applies (a password of digits, without quotes, is the commonest of these
// mistakes); the difference to what was there before, which validation of pods and volumes tells (apimachinery util/diff), as 1.34
// writes it and as older ones do. The last one is how decoders before Kubernetes 1.23 quote.
var refusals = slices.Concat(
	quoting("Invalid value: ", `"{`, `"[{`, `"map[`, `{`, `[{`),
	quoting("expected string, got ", ""), quoting("expected map, got ", ""), quoting("expected list, got ", ""), quoting("expected boolean, got ", ""),
	quoting("expected any scalar, got ", ""), quoting("expected numeric (int or float), got ", ""),
	quoting("", "@@ -", "core.Pod", "core.EphemeralContainer{", "core.PersistentVolume"),
	quoting("error found in #", ""),
)

// secretRefusals are for what holds nothing but secrets.
var secretRefusals = slices.Concat(quoting("Invalid value: ", ""), quoting("Unsupported value: ", ""), quoting("Duplicate value: ", ""), refusals)

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
		if at := bytes.Index(text, refusal.text); at >= 0 {
			first = min(first, at+refusal.kept)
		}
	}
	if first < len(text) {
		r.hidePart(span{first, len(text)}, text[first:])
	}
}
