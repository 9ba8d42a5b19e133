package redact

import "bytes"

// knownNames are the parameters of Kubernetes' own API, none of which is a credential. They are looked up so that most queries
// need not be read. command is not among them.
type knownNames [256]string

// parameterNames are the options of k8s.io/apimachinery meta/v1 and of k8s.io/api core/v1 (types.go), and what proxies of
// kubectl add.
var parameterNames = []string{
	"allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch",
	"sendInitialEvents", "timeoutSeconds", "watch", "timeout", "fieldManager", "fieldValidation", "force", "dryRun", "pretty",
	"propagationPolicy", "gracePeriodSeconds", "orphanDependents", "container", "follow", "previous", "sinceSeconds", "sinceTime",
	"tailLines", "timestamps", "limitBytes", "stdin", "stdout", "stderr", "tty", "ports", "path", "stream", "verbose", "exclude",
}

func newKnownNames(names *names) *knownNames {
	k := &knownNames{}
	for _, name := range parameterNames {
		if at := slot(len(name), name[0], name[len(name)-1]); k[at] == "" && !names.match([]byte(name)) {
			k[at] = name
		}
	}
	return k
}

// slot is different for all of parameterNames, as a test demands.
func slot(length int, first, last byte) byte { return byte(length*13) ^ first<<2 ^ last }

// suspect tells whether the content of a requestURI has a parameter that is not known. & comes as \u0026 from the API server.
func (k *knownNames) suspect(uri []byte, escaped bool) bool {
	at := bytes.IndexByte(uri, '?')
	if at < 0 {
		return escaped && bytes.Contains(uri, []byte(`\u003`)) // a ? that is escaped, which the API server never does
	}
	for rest := uri[at+1:]; len(rest) > 0; {
		end := bytes.IndexByte(rest, '=')
		if end <= 0 {
			return end == 0 || bytes.IndexByte(rest, '\\') >= 0
		}
		if k[slot(end, rest[0], rest[end-1])] != string(rest[:end]) {
			return true
		}
		for end++; end < len(rest) && !interrupts[rest[end]]; end++ {
		}
		if end == len(rest) {
			return false
		}
		if !bytes.HasPrefix(rest[end:], ampersand) {
			return true
		}
		rest = rest[end+len(ampersand):]
	}
	return false
}

// interrupts are the bytes that may end a value, or hide what ends it.
var interrupts = [256]bool{'&': true, ';': true, '\\': true}

var ampersand = []byte(`\u0026`)
